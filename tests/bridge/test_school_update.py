"""An opening that a school reports: an entity of the list of schools, once it is approved."""

import time
from uuid import uuid4

import pytest

from bridge.compile import compile_form
from bridge.entities import ensure_list, keep_list_equal, require_approval
from bridge.publish import publish_form
from bridge.reviews import set_review
from config.entity_lists import ROUND_PROPERTIES, SCHOOL_PROPERTIES
from config.forms import load_catalogue

FORM = "school_update"
KNOWN = {"label": "مدرسة الفرات", "school_code": "S1", "governorate": "IQG01"}
WAIT_S = 60
"""A real Central makes entities a second or two after the submission, later under load."""


@pytest.fixture(scope="module")
def version(central):
    """The version of the published form, beside its lists."""
    with central.manager() as client:
        ensure_list(client, "rounds", ROUND_PROPERTIES)
        keep_list_equal(client, "schools", SCHOOL_PROPERTIES, [KNOWN])
        require_approval(client, "schools")
        require_approval(client, "schools")
        xlsx = load_catalogue()[FORM].xlsx
        return publish_form(client, compile_form(xlsx), xlsx.parent).version


def _report(client, version: str, kind: str, code: str) -> str:
    """What a tablet would send of one change; the instance id."""
    instance_id, create = f"uuid:{uuid4()}", int(kind == "opened")
    xml = f"""
        <data xmlns:entities="http://www.opendatakit.org/xforms/entities"
            entities:entities-version="2024.1.0" id="{FORM}" version="{version}">
          <identification><governorate>IQG01</governorate><district>IQG01Q01</district>
            <changes>{kind}</changes></identification>
          <new_school><new_code>{code}</new_code><level>primary</level></new_school>
          <meta><instanceID>{instance_id}</instanceID>
            <entity dataset="schools" create="{create}" id="{uuid4()}">
              <label>مدرسة {code}</label></entity></meta>
        </data>"""
    path = client.path("forms", FORM, "submissions")
    headers = {"Content-Type": "application/xml"}
    client.request("POST", path, data=xml.strip().encode(), headers=headers)
    return instance_id


def _schools(client) -> dict[str, dict]:
    path = client.path("datasets", "schools.svc", "Entities")
    return {row["school_code"]: row for row in client.get_json(path)["value"]}


def _wait_for(client, code: str) -> dict:
    until = time.monotonic() + WAIT_S
    while code not in (schools := _schools(client)) and time.monotonic() < until:
        time.sleep(0.2)
    return schools[code]


def test_a_new_school_waits_for_approval_and_is_then_on_the_list(manager, version):
    first = _report(manager, version, "opened", "N1")
    second = _report(manager, version, "opened", "N2")
    set_review(manager, FORM, second, "approved")
    made = _wait_for(manager, "N2")
    assert (made["label"], made["governorate"], made["level"]) == ("مدرسة N2", "IQG01", "primary")
    assert "N1" not in _schools(manager)
    set_review(manager, FORM, first, "approved")
    _wait_for(manager, "N1")


def test_another_change_makes_no_entity_when_it_is_approved(manager, version):
    renamed = _report(manager, version, "renamed", "N3")
    opened = _report(manager, version, "opened", "N4")
    for instance_id in (renamed, opened):
        set_review(manager, FORM, instance_id, "approved")
    _wait_for(manager, "N4")
    assert "N3" not in _schools(manager)
