"""The whole simulated survey: which submissions there are, and the XML of each.

In: a registry, a seed, the rounds, the published XForms. Out: `Submission`s in a fixed order, and
their XML when asked for. Promised: ids are derived from the seed, so a submission that is built
twice is byte for byte the same.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from bridge.simulation.answers import REASON, Respondent, census_answers, facility_answers
from bridge.simulation.building import describe_buildings
from bridge.simulation.filling import Form, Lists
from bridge.simulation.lists import Round, entity_rows, round_rows
from bridge.simulation.registry import Registry, School
from bridge.simulation.xml import SubmissionWriter
from config.places import read_areas

FORM_IDS = ("school_census", "facility_return")
NAMESPACE = uuid.UUID("6f1f0c52-3d7e-4a63-9a55-2f6b2f0f7a10")
AUDIT_FILE = "audit.csv"


@dataclass(frozen=True)
class Submission:
    """One return of one school. `copy`: 0, or 1 for a second return of the same round."""

    form_id: str
    school: School
    copy: int = 0


@dataclass(frozen=True)
class Parcel:
    """What a tablet sends at once: the XML and the files that it names, and which tablet it is."""

    xml: bytes
    device_id: str = ""
    files: dict[str, bytes] = field(default_factory=dict)


class Survey:
    """Builds submissions; several threads may ask at once."""

    def __init__(
        self, registry: Registry, seed: int, rounds: tuple[Round, ...], xforms: dict[str, str]
    ):
        self.registry, self.seed = registry, seed
        self._rounds = {item.form_id: item for item in rounds}
        self._governorates = {area.area_code: area.parent_code for area in read_areas()}
        self._facts = describe_buildings(seed, registry)
        lists = Lists({"schools": entity_rows(registry), "rounds": round_rows(rounds)})
        self._forms = {form_id: Form(xform, lists) for form_id, xform in xforms.items()}
        self._writers = {form_id: SubmissionWriter(xform) for form_id, xform in xforms.items()}

    def submissions(self) -> Iterator[Submission]:
        """Every school's returns, one for each form."""
        for school in self.registry.schools:
            for form_id in self._forms:
                yield Submission(form_id, school)

    def instance_id(self, submission: Submission) -> str:
        key = (
            f"{self.seed}/{len(self.registry.schools)}/{submission.form_id}"
            f"/{submission.school.school_code}/{submission.copy}"
        )
        return f"uuid:{uuid.uuid5(NAMESPACE, key)}"

    def answers(self, submission: Submission) -> dict:
        """What the head answers, before the form has calculated anything."""
        school = submission.school
        governorate = self._governorates[school.area_code]
        respondent = Respondent(school, governorate, self._rounds[submission.form_id])
        if submission.form_id == "school_census":
            return census_answers(self.seed, respondent)
        return facility_answers(self.seed, respondent, self._facts[school.building_code])

    def fill(self, submission: Submission, answers: dict | None = None) -> dict:
        """The values that are sent: answered, calculated, and the ids of the submission."""
        given = self.answers(submission) if answers is None else answers
        filled = self._forms[submission.form_id].fill(given, otherwise=REASON)
        filled["meta"] |= {"instanceID": self.instance_id(submission)}
        if "audit" in filled["meta"]:
            filled["meta"]["audit"] = AUDIT_FILE
        return filled

    def refusals(self, submission: Submission) -> list[str]:
        """Paths of answers that the form would not take: none, if the survey is sound."""
        return self._forms[submission.form_id].faults(self.answers(submission), otherwise=REASON)

    def pack(self, submission: Submission, filled: dict) -> Parcel:
        """The XML of these values, and the audit log that Collect writes where a form wants one."""
        xml = self._writers[submission.form_id].write(filled)
        has_audit = filled["meta"].get("audit") == AUDIT_FILE
        files = {AUDIT_FILE: _audit_log(filled)} if has_audit else {}
        return Parcel(xml, filled["deviceid"], files)


def _audit_log(filled: dict) -> bytes:
    """When the form was opened and finalized, in Collect's columns and milliseconds."""
    opened, closed = (
        int(datetime.fromisoformat(filled[name]).timestamp() * 1000) for name in ("start", "end")
    )
    lines = (
        "event,node,start,end,old-value,new-value",
        f"form start,,{opened},,,",
        f"form save,,{closed},,,",
        f"form exit,,{closed},,,",
        f"form finalize,,{closed},,,",
    )
    return "".join(f"{line}\n" for line in lines).encode()
