"""Who works at a school, as its return says: by actual work and sex, and nobody by name.

In: the answers of a staff return, the sex of the people whom the registry knows. Out: a `Grid`.
"""

from collections import Counter
from collections.abc import Iterator, Mapping

from flask_babel import gettext

from processing.web.i18n import show_number
from processing.web.printed.answers import Answers
from processing.web.printed.records import Cell, Grid
from processing.web.words import code_name

WOMEN, MEN, UNKNOWN = "female", "male", ""


def staff_grid(answers: Answers, sexes: Mapping[str, str]) -> Grid | None:
    """sexes: assignment -> sex. None where nobody works at the school."""
    counts = Counter(_people(answers, sexes))
    if not counts:
        return None
    titles = {WOMEN: gettext("Women"), MEN: gettext("Men"), UNKNOWN: gettext("Sex not known")}
    shown = [sex for sex in titles if sex or any(not known for _, known in counts)]
    by_work = Counter()
    for (work, _), count in counts.items():
        by_work[work] += count
    rows = [
        (_work_name(work), _cells([counts[work, sex] for sex in shown]))
        for work, _ in by_work.most_common()
    ]
    totals = [sum(counts[work, sex] for work in by_work) for sex in shown]
    return Grid(
        gettext("The staff by actual work and sex"),
        gettext("Actual work"),
        (*((titles[sex], 1) for sex in shown), (gettext("Together"), 1)),
        (),
        (*rows, (gettext("All together"), _cells(totals))),
        has_total=True,
    )


def _people(answers: Answers, sexes: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """(work, sex) of each who has not left and is not seconded elsewhere."""
    for row in answers.rows.get("/people", []):
        if row.values.get("/people/is_here") == 1:
            code = row.values.get("/people/assignment_code")
            yield row.values.get("/people/work_now") or "", sexes.get(code, UNKNOWN)
    for row in answers.rows.get("/newcomers", []):
        if row.values.get("/newcomers/newcomer_is_here") == 1:
            sex = row.values.get("/newcomers/newcomer/sex")
            work = row.values.get("/newcomers/newcomer/work") or ""
            yield work, sex if sex in (WOMEN, MEN) else UNKNOWN


def _cells(counts: list[int]) -> tuple[Cell, ...]:
    return tuple(Cell(show_number(count)) for count in (*counts, sum(counts)))


def _work_name(work: str) -> str:
    return code_name("staff_job", work) if work else gettext("not known")
