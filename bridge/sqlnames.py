"""Will each question of a form have a column of its own in the warehouse?

Comes in: the survey sheet. Goes out: the names that clash. The rule of naming is that of the
survey tables: a path joined with `_`, lower case, what is not a-z, 0-9 or `_` replaced; a table
for the form and one for each repeat; a leading underscore is kept for the system's own columns.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bridge.xlsform import Row, Sheet, type_words

GEOPOINT_PARTS = ("latitude", "longitude", "altitude", "accuracy")


@dataclass(frozen=True)
class Clash:
    row: int
    code: str
    message: str


def name_clashes(survey: Sheet) -> Iterator[Clash]:
    taken: dict[tuple[str, str], str] = {}
    for row, table, path in _questions(survey):
        shown = "/" + "/".join(path)
        columns = _columns(path, row.get(survey.header_of("type")))
        if columns[0].startswith("_"):
            yield Clash(
                row.number,
                "name-reserved",
                f"The column of {shown} would begin with an underscore, like the system's own.",
            )
        for column in columns:
            other = taken.setdefault((table, column), shown)
            if other != shown:
                yield Clash(
                    row.number,
                    "name-clash",
                    f"{shown} and {other} would be the same column {column} in the warehouse.",
                )
                break


def _questions(survey: Sheet) -> Iterator[tuple[Row, str, tuple[str, ...]]]:
    """(row, table, path inside that table) of each question that holds an answer.

    A repeat starts a new table, named by its whole path.
    """
    name = survey.header_of("name")
    parents: list[tuple[bool, str]] = []
    for row in survey.rows:
        words = type_words(survey, row)
        if words[:1] == ["begin"]:
            parents.append(("repeat" in words, row.get(name)))
        elif words[:1] == ["end"] and len(words) > 1:
            parents = parents[:-1]
        elif row.get(name) and words[:1] != ["note"]:
            repeats = [index for index, (is_repeat, _) in enumerate(parents, 1) if is_repeat]
            start = repeats[-1] if repeats else 0
            names = [parent for _, parent in parents]
            yield row, "/".join(names[:start]), (*names[start:], row.get(name))


def _columns(path: tuple[str, ...], kind: str) -> list[str]:
    column = re.sub(r"[^a-z0-9_]", "_", "_".join(path).lower())
    if kind.split()[:1] == ["geopoint"]:
        return [f"{column}_{part}" for part in GEOPOINT_PARTS]
    return [column]
