"""How each of our forms is condensed to one page: which of its rows become which table.

What a table here adds up is not printed a second time, and what is left out is named on the page
(`left_out`). Every other question is printed with its label; so is a question, or a whole form,
that this module does not know.

| a repeat                 | printed                                                   |
|--------------------------|-----------------------------------------------------------|
| with a table here        | its rows, or turned round: a column for each              |
| in `counted`             | how many rows gave each answer; no row by itself          |
| any other                | its rows, where they are few; else counted                |
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask_babel import lazy_gettext as _

from processing.db.queries.returns import AGE_BANDS, ENTRANT_BANDS
from processing.web.words import code_name


@dataclass(frozen=True)
class Figure:
    """A number of a row: the sum of some questions, less that of others."""

    plus: tuple[str, ...]
    minus: tuple[str, ...] = ()


@dataclass(frozen=True)
class Column:
    """title: its words, as `str` gives them. figures: one, or one for each of the table's parts."""

    title: object
    figures: tuple[Figure, ...]


@dataclass(frozen=True)
class GridDesign:
    """repeat: whose rows it has. name: the question that names a row, `{}` for the language.

    parts: what stands beneath each title. is_turned: a column for each row. needs_figures: a row
    without any is left out. groups_by: a question with choices: the rows that gave the same answer
    are one, which has its name. The last row adds up the others.
    """

    repeat: str
    head: str
    name: str
    columns: tuple[Column, ...]
    parts: tuple[str, ...] = ()
    caption: str = ""
    is_turned: bool = False
    needs_figures: bool = False
    groups_by: str = ""


@dataclass(frozen=True)
class Design:
    """covered: questions that stand in a table, by the beginning of their path. sums: a number
    that the tablet has added up -> what it adds up. names: a repeat -> the question that names its
    rows where they are listed."""

    grids: tuple[GridDesign, ...] = ()
    covered: tuple[str, ...] = ()
    counted: frozenset[str] = frozenset()
    sums: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    names: Mapping[str, str] = field(default_factory=dict, hash=False)
    left_out: str = ""
    has_staff: bool = False


SEXES = ("girls", "boys")
BY_SEX = (_("Girls"), _("Boys"))
GRADES, LEVELS = "/grades", "/levels"
# In place of a question: how many rows have become one.
ROWS = "rows"
EXAM_ROUNDS = ("first", "second", "third")
DIFFICULTIES = ("seeing", "hearing", "walking", "communication", "learning", "behaviour")
OUTCOMES = ("passed", "passed_carrying", "failed", "deferred_absent", "struck_off", "left")
# Of each screen of the textbook return.
SUBJECTS = {
    "core": ("religion", "arabic", "kurdish", "english", "mathematics", "science"),
    "further": ("social_studies", "computing", "physics", "chemistry", "biology", "turkmen"),
    "more": ("history", "geography", "economics", "syriac", "french", "vocational"),
}


@dataclass(frozen=True)
class CodeTitle:
    """The name of a code, in the language of whoever reads it."""

    code_list: str
    code: str

    def __str__(self) -> str:
        return code_name(self.code_list, self.code)


def _one(title, *paths: str) -> Column:
    return Column(title, (Figure(paths),))


def _pair(title, pattern: str) -> Column:
    """Both sexes of a question. pattern: its path with `{}` for the sex."""
    return Column(title, tuple(Figure((pattern.format(sex),)) for sex in SEXES))


def _ages(sex: str) -> tuple[str, ...]:
    return tuple(f"/grades/{sex}/age_{band}" for band in AGE_BANDS)


def _new(sex: str) -> tuple[str, ...]:
    """New entrants by year of birth in grade 1, as one number at the beginning of a later level."""
    ages = (f"/grades/entrants/{sex}_age_{band}" for band in ENTRANT_BANDS)
    return (*ages, f"/grades/flow/{sex}_new")


def _promoted(sex: str) -> Figure:
    flows = (f"/grades/flow/{sex}_{flow}" for flow in ("repeaters", "transferred_in", "returners"))
    return Figure(_ages(sex), (*_new(sex), *flows))


CENSUS_GRADES = GridDesign(
    GRADES, _("Grade"), "/grades/grade_{}",
    (
        _one(_("Sections"), "/grades/classes/sections"),
        Column(_("Pupils"), tuple(Figure(_ages(sex)) for sex in SEXES)),
        Column(_("Together"), (Figure((*_ages("girls"), *_ages("boys"))),)),
        Column(_("New entrants"), tuple(Figure(_new(sex)) for sex in SEXES)),
        Column(_("Promoted"), tuple(_promoted(sex) for sex in SEXES)),
        _pair(_("Repeaters"), "/grades/flow/{}_repeaters"),
        _pair(_("Transferred in"), "/grades/flow/{}_transferred_in"),
        _pair(_("Back after leaving"), "/grades/flow/{}_returners"),
    ),
    parts=BY_SEX,
)  # fmt: skip
CENSUS_LEVELS = GridDesign(
    LEVELS, _("Level"), "/levels/stage_{}",
    (
        *(_pair(CodeTitle("disability_domain", code), f"/levels/difficulties/{{}}_{code}")
          for code in DIFFICULTIES),
        _pair(_("Displaced"), "/levels/displacement/{}_displaced"),
    ),
    parts=BY_SEX,
    caption=_("Pupils with a lot of difficulty, and displaced pupils"),
)  # fmt: skip
MONTH_GRADES = GridDesign(
    GRADES, _("Grade"), "/grades/grade_{}",
    tuple(
        _pair(title, f"/grades/pupils/{{}}_{code}")
        for code, title in (
            ("start", _("At the start")), ("joined", _("Joined")), ("left", _("Left")),
            ("end", _("At the end")), ("absent_days", _("Days of absence")),
        )
    ),
    parts=BY_SEX,
)  # fmt: skip
RESULTS = GridDesign(
    GRADES, _("Grade"), "/grades/grade_{}",
    tuple(
        _pair(title, f"/grades/{{}}/{code}")
        for code, title in (
            ("enrolled", _("On the register")),
            *((code, CodeTitle("year_end_outcome", code)) for code in OUTCOMES),
            ("without_outcome", _("Without an outcome")),
        )
    ),
    parts=BY_SEX,
)  # fmt: skip
EXAMS = GridDesign(
    GRADES, _("Grade"), "/grades/grade_{}",
    (
        *(
            _pair(title, f"/grades/{{}}_exam/{did}_{which}")
            for which, sat, passed in (
                ("first", _("Sat, round 1"), _("Passed, round 1")),
                ("second", _("Sat, round 2"), _("Passed, round 2")),
                ("third", _("Sat, round 3"), _("Passed, round 3")),
            )
            for did, title in (("sat", sat), ("passed", passed))
        ),
        _pair(_("Graduates"), "/grades/{}_exam/graduates"),
    ),
    parts=BY_SEX, caption=_("Ministerial exam"), needs_figures=True,
)  # fmt: skip
BOOKS = GridDesign(
    GRADES, _("Grade"), "/grades/grade",
    tuple(
        Column(CodeTitle("subject", code), tuple(
            Figure((f"/grades/{screen}/{code}_{part}",)) for part in ("copies", "needed")
        ))
        for screen, codes in SUBJECTS.items() for code in codes
    ),
    parts=(_("In hand"), _("Needed")), is_turned=True,
)  # fmt: skip

CLASSES = GridDesign(
    "/classes", _("Grade"), "",
    (
        _one(_("Classes"), ROWS),
        *(_pair(title, f"/classes/class/{{}}_{code}")
          for code, title in (("register", _("In the register")), ("present", _("Present")))),
    ),
    parts=BY_SEX, groups_by="/classes/class/class_grade",
)  # fmt: skip

DESIGNS = {
    "school_census": Design(
        (CENSUS_GRADES, CENSUS_LEVELS),
        (
            *(path for sex in SEXES for path in (*_ages(sex), f"/grades/{sex}/total", *_new(sex))),
            "/grades/flow/", "/grades/classes/sections", "/levels/difficulties/",
            "/levels/displacement/", "/totals/girls", "/totals/boys", "/totals/pupils",
            "/totals/sections", "/totals/repeaters",
        ),
        left_out=_("Pupils by year of birth are added up here; the return holds each year."),
    ),
    "monthly_return": Design(
        (MONTH_GRADES,), ("/grades/pupils/", "/totals/", "/moves/moved")
    ),
    "year_end_results": Design(
        (RESULTS, EXAMS),
        ("/grades/girls/", "/grades/boys/", "/grades/girls_exam/", "/grades/boys_exam/",
         "/totals/girls_enrolled", "/totals/boys_enrolled", "/totals/pupils"),
    ),
    "textbook_return": Design((BOOKS,), ("/grades/core/", "/grades/further/", "/grades/more/")),
    "facility_return": Design(
        sums={
            "/sanitation/usable": tuple(
                f"/sanitation/{whom}_usable" for whom in (*SEXES, "common")
            )
        },
    ),
    "staff_return": Design(
        covered=("/people/teaching/", "/newcomers/lessons/", "/newcomers/newcomer/sex",
                 "/newcomers/newcomer/work", "/people/change/line_count",
                 "/newcomers/background/lesson_count"),
        counted=frozenset({"/people", "/newcomers"}),
        left_out=_("Persons and their periods are counted here; the return holds each person."),
        has_staff=True,
    ),
    "inspection_visit": Design(
        (CLASSES,),
        ("/classes/class/girls_", "/classes/class/boys_", "/classes/class/class_grade",
         "/classes/class/section", "/lessons/"),
        names={"/earlier_actions": "/earlier_actions/action_text"},
        left_out=_("Classes are added up by grade; scores of lessons are not printed."),
    ),
}  # fmt: skip


def design_of(form_id: str) -> Design:
    return DESIGNS.get(form_id, Design())
