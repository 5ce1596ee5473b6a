"""Faults that are planted on purpose, so that quality work has something true to find.

In: a survey, a share, a seed. Out: a `FaultPlan`: which submission carries which fault, and the
rule that should find it. Promised: a planted fault does break its rule; what is not in the plan is
as the form made it; the same seed plants the same faults.

    kind             | what is done                            | rule that should find it
    impossible_total | census: a total its parts do not make   | girls_and_boys_make_the_total
                     | facility: more toilets usable than are  | usable_within_total
    swapped_digits   | 15 typed as 51, and added up as typed   | enrolment_change_plausible
    duplicate        | a second return of a school and round   | one_return_per_school_and_round
    wrong_school     | a code that the registry does not have  | school_is_in_the_registry
    gps_far          | kilometres from the building            | gps_near_registered_place
    arabic_digits    | a count in Arabic-Indic digits          | digits_are_western
    stray_spaces     | spaces around a name                    | text_is_trimmed
"""

from collections import Counter
from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass, replace
from random import Random

from bridge.simulation.building import geopoint
from bridge.simulation.draws import make_draw
from bridge.simulation.survey import Parcel, Submission, Survey

RULES = {
    ("impossible_total", "school_census"): "girls_and_boys_make_the_total",
    ("impossible_total", "facility_return"): "usable_within_total",
    ("swapped_digits", "school_census"): "enrolment_change_plausible",
    ("duplicate", "school_census"): "one_return_per_school_and_round",
    ("duplicate", "facility_return"): "one_return_per_school_and_round",
    ("wrong_school", "school_census"): "school_is_in_the_registry",
    ("wrong_school", "facility_return"): "school_is_in_the_registry",
    ("gps_far", "facility_return"): "gps_near_registered_place",
    ("arabic_digits", "school_census"): "digits_are_western",
    ("arabic_digits", "facility_return"): "digits_are_western",
    ("stray_spaces", "school_census"): "text_is_trimmed",
    ("stray_spaces", "facility_return"): "text_is_trimmed",
}
KINDS = tuple(dict.fromkeys(kind for kind, _ in RULES))

ARABIC_INDIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
STRAY_SPACES = ("  ", " \t")
# Clear of what the rule lets pass (a change of 20 %, of 30 pupils in a small school).
SWAP_CHANGE_PCT, SWAP_CHANGE_PUPILS = 25, 40
# Degrees, about 6 to 50 km: clear of the kilometre that the rule lets pass, and within the bounds
# of the country that the form itself holds.
FAR_DEGREES = (0.06, 0.45)
CENTRE_OF_IRAQ = (33.2, 43.7)
UNKNOWN_SCHOOLS_FROM = 900_000


@dataclass(frozen=True)
class PlantedFault:
    """`instance_ids`: where the issue may stand; of a duplicate, on either of the two returns."""

    kind: str
    rule: str
    form_id: str
    school_code: str
    instance_ids: tuple[str, ...]


@dataclass(frozen=True)
class FaultPlan:
    """`kinds`: what is planted in which submission; duplicates are submissions of their own."""

    faults: tuple[PlantedFault, ...]
    kinds: dict[Submission, str]

    def planted(self) -> dict[str, int]:
        """How many of each kind."""
        counts = Counter(fault.kind for fault in self.faults)
        return {kind: counts[kind] for kind in KINDS}

    def duplicates(self) -> list[Submission]:
        return [submission for submission in self.kinds if submission.copy]

    def found(self, issues: Iterable[tuple[str, str]]) -> dict[str, int]:
        """How many of each kind are among `issues`, given as (rule, instance id)."""
        known = set(issues)
        counts = Counter(
            fault.kind
            for fault in self.faults
            if any((fault.rule, instance_id) in known for instance_id in fault.instance_ids)
        )
        return {kind: counts[kind] for kind in KINDS}


def plan_faults(survey: Survey, pct: float) -> FaultPlan:
    """Faults in `pct` per cent of the submissions, the kinds in equal parts as far as they fit."""
    if not 0 <= pct <= 50:
        raise ValueError("between 0 and 50 per cent of the submissions can carry a fault")
    submissions = list(survey.submissions())
    draw = make_draw(survey.seed, "faults")
    chosen = draw.sample(submissions, round(len(submissions) * pct / 100))
    counts: Counter[str] = Counter()
    faults, kinds = [], {}
    for submission in chosen:
        kind = _fitting_kind(survey, submission, counts)
        counts[kind] += 1
        carrier = replace(submission, copy=1) if kind == "duplicate" else submission
        kinds[carrier] = kind
        faults.append(_planted(survey, kind, submission))
    return FaultPlan(tuple(faults), kinds)


def build(survey: Survey, plan: FaultPlan, submission: Submission) -> Parcel:
    """What the school sends, with the fault that the plan has for it."""
    kind = plan.kinds.get(submission)
    if kind is None or kind == "duplicate":
        return survey.pack(submission, survey.fill(submission))
    filled = _plant(survey, submission, kind)
    if filled is None:
        raise RuntimeError(f"{kind} does not fit {submission.school.school_code}, yet was planned")
    return survey.pack(submission, filled)


def _planted(survey: Survey, kind: str, submission: Submission) -> PlantedFault:
    carriers = [submission]
    if kind == "duplicate":
        carriers.append(replace(submission, copy=1))
    return PlantedFault(
        kind=kind,
        rule=RULES[kind, submission.form_id],
        form_id=submission.form_id,
        school_code=submission.school.school_code,
        instance_ids=tuple(survey.instance_id(carrier) for carrier in carriers),
    )


def _fitting_kind(survey: Survey, submission: Submission, counts: Counter) -> str:
    """The kind planted least so far among those that this submission can carry."""
    offered = [kind for kind in KINDS if (kind, submission.form_id) in RULES]
    for kind in sorted(offered, key=lambda kind: counts[kind]):
        if kind == "duplicate" or _plant(survey, submission, kind) is not None:
            return kind
    raise RuntimeError("every submission can carry a duplicate")


def _plant(survey: Survey, submission: Submission, kind: str) -> dict | None:
    """The values with the fault; None where the submission has no place for it."""
    draw = make_draw(survey.seed, kind, submission.form_id, submission.school.school_code)
    return PLANTERS[kind](survey, submission, draw)


def _impossible_total(survey: Survey, submission: Submission, draw: Random) -> dict | None:
    filled = survey.fill(submission)
    if submission.form_id == "school_census":
        filled["totals"]["pupils"] += draw.randint(3, 60)
        return filled
    sanitation = filled.get("sanitation", {})
    if not sanitation.get("toilets"):
        return None
    sanitation["girls_usable"] = sanitation["toilets"] + draw.randint(1, 9)
    return filled


def _swapped_digits(survey: Survey, submission: Submission, draw: Random) -> dict | None:
    """The form calculates with what was typed, so its sums agree: only last year betrays it."""
    answers = survey.answers(submission)
    pupils = survey.fill(submission, answers)["totals"]["pupils"]
    last_year = submission.school.pupil_count_last_year
    needed = max(last_year * (1 + SWAP_CHANGE_PCT / 100), last_year + SWAP_CHANGE_PUPILS) - pupils
    places = [
        (row, word, band, swapped)
        for row, grade in enumerate(answers["grades"])
        for word in ("girls", "boys")
        for band, count in grade.get(word, {}).items()
        if (swapped := _largest_swap(count)) - count >= needed
    ]
    if not places:
        return None
    row, word, band, swapped = draw.choice(places)
    typed = deepcopy(answers)
    typed["grades"][row][word][band] = swapped
    return survey.fill(submission, typed)


def _wrong_school(survey: Survey, submission: Submission, draw: Random) -> dict:
    filled = survey.fill(submission)
    filled["identification"]["school"] = f"SIM{draw.randrange(UNKNOWN_SCHOOLS_FROM, 1_000_000)}"
    return filled


def _gps_far(survey: Survey, submission: Submission, draw: Random) -> dict | None:
    filled = survey.fill(submission)
    gps = filled.get("location", {}).get("gps")
    if not gps:
        return None
    latitude, longitude, altitude_m, accuracy_m = map(float, gps.split())
    north, east = (draw.uniform(*FAR_DEGREES) for _ in range(2))
    towards = (
        latitude + (north if latitude < CENTRE_OF_IRAQ[0] else -north),
        longitude + (east if longitude < CENTRE_OF_IRAQ[1] else -east),
    )
    filled["location"]["gps"] = geopoint(*towards, altitude_m, accuracy_m)
    return filled


def _arabic_digits(survey: Survey, submission: Submission, draw: Random) -> dict:
    """In a count that goes into no total, so that this rule alone has to find it."""
    filled = survey.fill(submission)
    if submission.form_id == "school_census":
        group = filled["grades"][-1]["flow"]
        name = draw.choice([name for name in group if name.endswith("_transferred_in")])
    else:
        group, name = filled["rooms"], "classrooms_used_in_session"
    group[name] = str(group[name]).translate(ARABIC_INDIC)
    return filled


def _stray_spaces(survey: Survey, submission: Submission, draw: Random) -> dict:
    filled = survey.fill(submission)
    before, after = draw.choice(STRAY_SPACES), draw.choice(STRAY_SPACES)
    filled["declaration"]["head_name"] = f"{before}{filled['declaration']['head_name']}{after}"
    return filled


def _largest_swap(count: int) -> int:
    """The largest number that `count` becomes when two digits side by side change places."""
    digits = str(count)
    swaps = (
        int(digits[:at] + digits[at + 1] + digits[at] + digits[at + 2 :])
        for at in range(len(digits) - 1)
    )
    return max(swaps, default=count)


PLANTERS: dict[str, Callable[[Survey, Submission, Random], dict | None]] = {
    "impossible_total": _impossible_total,
    "swapped_digits": _swapped_digits,
    "wrong_school": _wrong_school,
    "gps_far": _gps_far,
    "arabic_digits": _arabic_digits,
    "stray_spaces": _stray_spaces,
}
