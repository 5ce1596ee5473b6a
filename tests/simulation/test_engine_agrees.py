"""The simulation's XML against the real engine's: JavaRosa, which is inside ODK Collect.

Both get the same answers; then the trees are compared, node for node and text for text, but for
what a tablet draws itself (start, end, deviceid, instanceID, the audit file's name).
"""

from collections import defaultdict
from datetime import UTC, datetime

import pytest
from lxml import etree

from bridge.simulation.survey import Submission
from tests.forms.engine import OdkForm

SAMPLE_SIZE = 60
XF = "{http://www.w3.org/2002/xforms}"
DRAWN_BY_THE_TABLET = {"start", "end", "deviceid", "instanceID", "audit"}
SEVERAL = ("/data/power/sources", "/data/special/special_groups")
"""Questions of which several choices can be picked."""
OPENED = datetime(2026, 11, 5, 8, tzinfo=UTC)


def kind_of(submission: Submission) -> tuple:
    """What makes a school's form look different."""
    school = submission.school
    if submission.form_id == "facility_return":
        return (submission.form_id, school.building_role_code, school.sex_code)
    return (submission.form_id, school.level_code, school.highest_grade, school.sex_code)


def sample(survey) -> list[Submission]:
    """Every kind of school at least once, then more of each until the sample is full."""
    kinds = defaultdict(list)
    for submission in survey.submissions():
        kinds[kind_of(submission)].append(submission)
    chosen = [found[0] for found in kinds.values()]
    further = [submission for found in kinds.values() for submission in found[1:3]]
    return chosen + further[: max(0, SAMPLE_SIZE - len(chosen))]


def asked_paths(xform: str) -> set[str]:
    """What a person can answer: a control in the body, and no formula."""
    root = etree.fromstring(xform.encode())
    calculated = {bind.get("nodeset") for bind in root.iter(f"{XF}bind") if bind.get("calculate")}
    controls = (root.iter(f"{XF}{tag}") for tag in ("input", "select1", "select", "trigger"))
    return {control.get("ref") for each in controls for control in each} - calculated


def only_asked(filled, asked: set[str], path: str = "/data"):
    """The answers among the values, in the shape that the engine's driver takes."""
    answers = {}
    for name, value in filled.items():
        below = f"{path}/{name}"
        if isinstance(value, dict):
            answers[name] = only_asked(value, asked, below)
        elif isinstance(value, list):
            answers[name] = [only_asked(row, asked, below) for row in value]
        elif below in asked and value is not None:
            answers[name] = value.split() if below in SEVERAL else value
    return {name: value for name, value in answers.items() if value not in ({}, [])}


def leaves(element: etree._Element, path: str = "") -> list[str]:
    """`path = text` of every node in order, an empty group included."""
    below = f"{path}/{etree.QName(element).localname}"
    if below.rpartition("/")[2] in DRAWN_BY_THE_TABLET:
        return [below]
    children = [line for child in element for line in leaves(child, below)]
    return children or [f"{below} = {element.text or ''}"]


@pytest.fixture(scope="module")
def engines(xforms, media):
    return {form_id: OdkForm(xform, media) for form_id, xform in xforms.items()}


def test_the_sample_is_large_and_holds_every_kind_of_school(survey):
    submissions = sample(survey)
    assert len(submissions) >= 50
    levels = {submission.school.level_code for submission in submissions}
    assert levels == {school.level_code for school in survey.registry.schools}
    assert {s.school.building_role_code for s in submissions} == {"host", "guest"}
    assert {s.school.sex_code for s in submissions} == {"boys", "girls", "mixed"}


def test_the_xml_is_that_of_the_real_engine(survey, xforms, engines):
    asked = {form_id: asked_paths(xform) for form_id, xform in xforms.items()}
    for submission in sample(survey):
        filled = survey.fill(submission)
        filling = engines[submission.form_id].new(start=OPENED, end=OPENED, instance_id="uuid:x")
        answers = only_asked(filled, asked[submission.form_id])
        # First the identification: the grades are there to answer only once the school is known.
        filling.fill({"identification": answers["identification"]})
        filling.fill(answers)
        real = etree.fromstring(filling.finalize())
        simulated = etree.fromstring(survey.pack(submission, filled).xml)
        assert leaves(simulated) == leaves(real), submission
        assert dict(simulated.attrib) == dict(real.attrib)
