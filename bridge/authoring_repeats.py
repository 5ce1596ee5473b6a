"""Rows of a repeat that stay when the number behind its `repeat_count` is lowered.

Comes in: the workbook. Goes out: findings, one a repeat.

| `relevant` of a row directly below a repeat with the count `${n}` | a surplus row is |
|--------------------------------------------------------------------|------------------|
| none, or `${sex} = 'girls'`                                        | kept and sent    |
| `position(..) <= ${n}`, `${n} >= position(..)`                     | empty            |
| `${sex} = 'girls' and position(..) <= ${n}`                        | empty            |
| `${sex} = 'girls' or position(..) <= ${n}`                         | kept and sent    |

Collect adds rows when a count grows and takes none away when it falls: it shows them, sends them
and adds them up (JavaRosa, issue 45). On the repeat itself the condition would be a cycle.
"""

import re
from collections.abc import Iterator
from itertools import accumulate

from bridge.findings import Finding
from bridge.sqlnames import WITHOUT_FIELD
from bridge.xlsform import Row, Sheet, XlsForm, type_words

# Texts, questions, signs of two letters, names and numbers; whatever else is a word of its own.
WORD = re.compile(r"""'[^']*'|"[^"]*"|\$\{[^}]*\}|[<>!]=|[\w.]+(?:-[\w.]+)*|\S""")
DEPTHS = {"(": 1, "[": 1, ")": -1, "]": -1}
POSITION = ["position", "(", "..", ")"]
CONSTANT = re.compile(r"[\d\s.+*()'\"-]*")


def check_counted_repeats(form: XlsForm) -> Iterator[Finding]:
    """A warning, since the form works as long as nobody lowers the number."""
    survey = form.survey
    column = survey.header_of("relevant", "relevance")
    for count, repeat, children in _counted_repeats(survey):
        kept = [row for row in children if not is_bounded(row.get(column), count)]
        if kept:
            yield _finding(survey, column or "relevant", count, repeat, kept)


def is_bounded(condition: str, count: str) -> bool:
    """Is the condition false for every row beyond the count, whatever else it asks?"""
    return _is_bounded(WORD.findall(condition), _unwrapped(WORD.findall(count)))


def _finding(survey: Sheet, column: str, count: str, repeat: Row, kept: list[Row]) -> Finding:
    name = survey.header_of("name")
    kind = type_words(survey, kept[0])
    child = f"{kind[-1] if kind[0] == 'begin' else 'question'} {kept[0].get(name)}"
    more = f" and {len(kept) - 1} more" if len(kept) > 1 else ""
    are = "stay and are" if more else "stays and is"
    return Finding(
        "survey", kept[0].number, column, "row-outlives-count", "warning",
        f"The {child}{more} in the repeat {repeat.get(name)} {are} sent when {count} is lowered: "
        "Collect keeps rows that are too many.",
        f"Write position(..) <= {count} into {'the relevant of each' if more else 'its relevant'}, "
        "joined by `and` to a condition that stands there.",
    )  # fmt: skip


def _counted_repeats(survey: Sheet) -> Iterator[tuple[str, Row, list[Row]]]:
    """(count, its row, the rows directly below it) of each repeat whose count can fall."""
    column = survey.header_of("repeat_count", "jr:count", "count")
    opened: list[tuple[Row, list[Row]]] = []
    for row in survey.rows:
        words = type_words(survey, row)
        if words[:1] == ["end"] and len(words) > 1:
            repeat, children = opened.pop() if opened else (row, [])
            count = repeat.get(column) if "repeat" in type_words(survey, repeat) else ""
            if not CONSTANT.fullmatch(count):
                yield count, repeat, children
            continue
        if opened and words and words[0] not in WITHOUT_FIELD:
            opened[-1][1].append(row)
        if words[:1] == ["begin"]:
            opened.append((row, []))


def _is_bounded(words: list[str], count: list[str]) -> bool:
    words = _unwrapped(words)
    for joint, holds in (("or", all), ("and", any)):
        parts = _split(words, joint)
        if len(parts) > 1:
            return holds(_is_bounded(part, count) for part in parts)
    sides = _split(words, "<=") if "<=" in words else _split(words, ">=")[::-1]
    return [_unwrapped(side) for side in sides] == [POSITION, count]


def _unwrapped(words: list[str]) -> list[str]:
    """Without brackets around the whole."""
    while words[:1] == ["("] and words[-1] == ")" and 0 not in _depths(words)[:-1]:
        words = words[1:-1]
    return words


def _split(words: list[str], joint: str) -> list[list[str]]:
    """The parts between the joints that stand in no bracket."""
    parts: list[list[str]] = [[]]
    for word, depth in zip(words, _depths(words), strict=True):
        if word == joint and depth == 0:
            parts.append([])
        else:
            parts[-1].append(word)
    return parts


def _depths(words: list[str]) -> list[int]:
    """How many brackets are open behind each word."""
    return list(accumulate(DEPTHS.get(word, 0) for word in words))
