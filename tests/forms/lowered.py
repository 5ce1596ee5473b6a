"""Returns in which a number of rows is lowered when the rows are filled: a count was wrong, or the
school that was chosen first was another one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tests.forms.answers import census, declaration, everyone_special, grade
from tests.forms.media import School
from tests.forms.returns import DEVICE, connectivity, monthly, textbooks, year_end
from tests.forms.staff import LESSON, LINE, newcomer, people, staff
from tests.forms.submission import read_values
from tests.forms.visits import ACTION, klass, lesson, visit

SERIALS = [DEVICE | {"serial": f"R52T-10{n}"} for n in range(3)]
LESSONS = (LESSON, LESSON | {"lesson_subject": "mathematics"})
NEW = [newcomer(), newcomer("ليلى", staff_number="9002")]
COUNT = {"age_0": 12}
Answers = Callable[[Mapping[str, School]], dict]


@dataclass(frozen=True)
class Lowered:
    """many, few: the answers with the rows that are too many and without. corrected: path -> what
    is answered again. gone: the rows that are too many.
    """

    form_id: str
    many: Answers
    few: Answers
    corrected: Mapping[str, object]
    gone: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.form_id}: {', '.join(self.gone)}"

    def rest(self, xml: bytes) -> dict[str, str]:
        """What is answered, without the shells of the rows that are gone."""
        values = read_values(xml)
        assert all(values.pop(row, "") == "" for row in self.gone)
        return values


def _new_people(count: int, lessons: tuple[dict, ...] = (LESSON,)) -> Answers:
    new = [newcomer(lessons=lessons), *NEW[1:]][:count]
    roster = {"has_changes": "yes", "new_count": count}
    training = {"any_trained": "no"}
    return lambda schools: staff(
        schools["MIXED"], roster=roster, in_service=training, newcomers=new
    )


def _taught(count: int) -> Answers:
    lines = [{"line": LINE}, {"line": LINE | {"line_subject": "science"}}][:count]
    change = {"change": {"changes": ["teaching"], "line_count": count}, "teaching": lines}
    roster = {"has_changes": "yes", "changed_people": ["P2"], "new_count": 0}
    training = {"any_trained": "no"}
    return lambda schools: staff(
        schools["MIXED"], roster=roster, in_service=training,
        people=people(schools["MIXED"], P2=change),
    )  # fmt: skip


def _agreed(count: int) -> Answers:
    return lambda schools: visit(
        schools["BOYS"], agreeing={"action_count": count},
        actions=[{"action": ACTION}] * count or None,
    )  # fmt: skip


def _observed(count: int) -> Answers:
    return lambda schools: visit(
        schools["MIXED"], observing={"lesson_count": count}, lessons=[lesson()] * count or None
    )


def _counted(count: int) -> Answers:
    return lambda schools: visit(schools["TO7"], *[klass(schools["TO7"])] * count)


def _census(code: str) -> Answers:
    def answers(schools: Mapping[str, School]) -> dict:
        school = schools[code]
        numbers = range(school.lowest_grade, school.highest_grade + 1)
        grades = [grade(number, COUNT, COUNT) for number in numbers]
        special = everyone_special(school, levels=2 if school.highest_grade > 6 else 1)
        return census(school, *grades, special=special)

    return answers


def _of(make: Callable[..., dict], code: str, *rows: dict) -> Answers:
    return lambda schools: make(schools[code], *rows)


# Another school has another head.
MIXED = {"identification/school": "MIXED"}
HEAD_TOO = MIXED | {"declaration/head_name": declaration()["head_name"]}
LOWERED = [
    Lowered(
        "connectivity_readiness", _of(connectivity, "MIXED", *SERIALS),
        _of(connectivity, "MIXED", *SERIALS[:2]), {"place/device_count": 2}, ("devices[3]",),
    ),
    Lowered(
        "staff_return", _new_people(2), _new_people(1), {"roster/new_count": 1}, ("newcomers[2]",)
    ),
    Lowered(
        "staff_return", _new_people(1, LESSONS), _new_people(1, LESSONS[:1]),
        {"newcomers/background/lesson_count": 1}, ("newcomers/lessons[2]",),
    ),
    Lowered(
        "staff_return", _taught(2), _taught(1), {"people[2]/change/line_count": 1},
        ("people[2]/teaching[2]",),
    ),
    Lowered(
        "inspection_visit", _counted(2), _counted(1), {"counting/class_count": 1}, ("classes[2]",)
    ),
    Lowered(
        "inspection_visit", _observed(2), _observed(1), {"observing/lesson_count": 1},
        ("lessons[2]",),
    ),
    Lowered(
        "inspection_visit", _agreed(2), _agreed(0), {"agreeing/action_count": 0},
        ("actions", "actions[2]"),
    ),
    Lowered(
        "school_census", _census("TO7"), _census("MIXED"), HEAD_TOO, ("grades[7]", "levels[2]")
    ),
    Lowered("monthly_return", _of(monthly, "TO7"), _of(monthly, "MIXED"), MIXED, ("grades[7]",)),
    Lowered(
        "textbook_return", _of(textbooks, "TO7"), _of(textbooks, "MIXED"), HEAD_TOO, ("grades[7]",)
    ),
    Lowered(
        "year_end_results", _of(year_end, "TO7"), _of(year_end, "MIXED"), HEAD_TOO, ("grades[7]",)
    ),
]  # fmt: skip
