"""Which entities a tablet receives: by its own properties, by owner, or all.

The odd parts are Central's: rules are ORed, a rule with an unknown name is dropped in silence.
"""

from secrets import token_hex

import pytest

from tests.conformance.central_api import OPENROSA, XML, Form, refused
from tests.conformance.test_entity_lists import add, read_csv
from tests.conformance.xforms import SIMPLE, write_form

ROWS = [
    (f"{region}/{school}", {"region": region, "school": school})
    for region in "NS"
    for school in "AB"
]


@pytest.fixture
def world(admin, project_id, make_app_user):
    """(path of a list with four rows, {"NA": tablet of N and A, "S": of S, "": of nothing})."""
    name = f"people_{token_hex(3)}"
    admin.post(f"/projects/{project_id}/datasets", json={"name": name})
    path = f"/projects/{project_id}/datasets/{name}"
    for item in ("region", "school"):
        admin.post(f"{path}/properties", json={"name": item})
        admin.post(f"/projects/{project_id}/actor-properties", json={"name": item})
    add(admin, path, *ROWS)
    form = Form(admin, project_id, f"uses_{name}")
    model = f'<instance id="{name}" src="jr://file-csv/{name}.csv"/>'
    xml = write_form(form.form_id, "1", SIMPLE, extra_model=model)
    params = {"publish": "true"}
    admin.post(f"/projects/{project_id}/forms", data=xml, headers=XML, params=params)
    tablets = {
        "NA": make_app_user(form, properties={"region": "N", "school": "A"})[0],
        "S": make_app_user(form, properties={"region": "S"})[0],
        "": make_app_user(form)[0],
    }

    def seen(who: str) -> set[str]:
        answer = tablets[who].get(f"{form.path}/attachments/{name}.csv")
        manifest = tablets[who].get(f"{form.path}/manifest", headers=OPENROSA).text
        assert f"<hash>md5:{answer.headers['ETag'].strip(chr(34))}</hash>" in manifest
        return {row["label"] for row in read_csv(answer.text)}

    return path, seen, tablets, form


def _rules(*pairs: tuple[str, str]) -> dict:
    rules = [{"datasetProperty": mine, "actorProperty": theirs} for mine, theirs in pairs]
    return {"accessFilter": {"type": "property", "rules": rules}}


def _set(admin, path: str, body: dict) -> dict:
    answer = admin.patch(path, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


EVERYTHING = {label for label, _ in ROWS}


def test_without_a_filter_every_tablet_gets_everything(world):
    _, seen, _, _ = world
    assert seen("NA") == seen("S") == seen("") == EVERYTHING


def test_one_rule(admin, world):
    path, seen, _, _ = world
    body = _rules(("region", "region"))
    assert _set(admin, path, body)["accessFilter"] == body["accessFilter"]
    assert seen("NA") == {"N/A", "N/B"}
    assert seen("S") == {"S/A", "S/B"}
    assert seen("") == set()


def test_several_rules_are_alternatives(admin, world):
    path, seen, _, _ = world
    _set(admin, path, _rules(("region", "region"), ("school", "school")))
    assert seen("NA") == {"N/A", "N/B", "S/A"}
    assert seen("S") == {"S/A", "S/B"}


def test_rule_of_an_unknown_name_is_dropped(admin, world):
    path, seen, _, _ = world
    shown = _set(admin, path, _rules(("region", "nothing")))
    assert "accessFilter" not in shown
    assert seen("NA") == EVERYTHING
    shown = _set(admin, path, _rules(("nothing", "region"), ("school", "school")))
    assert len(shown["accessFilter"]["rules"]) == 1


def test_owner_only(admin, world):
    path, seen, _, _ = world
    shown = _set(admin, path, {"accessFilter": {"type": "ownerOnly"}})
    assert (shown["ownerOnly"], shown["accessFilter"]) == (True, {"type": "ownerOnly"})
    assert seen("NA") == seen("") == set()
    shown = _set(admin, path, {"accessFilter": None})
    assert shown["ownerOnly"] is False
    assert seen("NA") == EVERYTHING


def test_filter_and_owner_only_replace_each_other(admin, world):
    path, seen, _, _ = world
    _set(admin, path, _rules(("region", "region")))
    assert "rules" not in _set(admin, path, {"ownerOnly": True})["accessFilter"]
    assert _set(admin, path, _rules(("region", "region")))["ownerOnly"] is False
    assert seen("S") == {"S/A", "S/B"}


def test_change_of_a_tablets_property_changes_its_file(admin, project_id, world, make_app_user):
    path, _, _, form = world
    name = path.rpartition("/")[2]
    _set(admin, path, _rules(("region", "region")))
    tablet, actor_id = make_app_user(form, properties={"region": "N"})
    address = f"{form.path}/attachments/{name}.csv"
    first = tablet.get(address)
    body = {"properties": {"region": "S"}}
    admin.patch(f"/projects/{project_id}/app-users/{actor_id}", json=body)
    second = tablet.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert {row["label"] for row in read_csv(second.text)} == {"S/A", "S/B"}


def test_integrity_hides_what_the_filter_hides(admin, world):
    path, _, tablets, _ = world
    _set(admin, path, _rules(("region", "region")))
    by_label = {e["currentVersion"]["label"]: e["uuid"] for e in admin.json(f"{path}/entities")}
    answer = tablets["S"].get(f"{path}/integrity", headers=OPENROSA)
    text = "".join(answer.text.split())
    assert f'<entityid="{by_label["N/A"]}"><deleted>true</deleted></entity>' in text
    assert f'<entityid="{by_label["S/A"]}"><deleted>false</deleted></entity>' in text


def test_whoever_may_list_entities_sees_all(admin, world):
    path, _, _, form = world
    name = path.rpartition("/")[2]
    _set(admin, path, _rules(("region", "region")))
    rows = read_csv(admin.get(f"{form.path}/attachments/{name}.csv").text)
    assert {row["label"] for row in rows} == EVERYTHING


@pytest.mark.parametrize(
    "given",
    [
        {"type": "other"},
        {"type": "property"},
        {"type": "property", "rules": []},
        {"type": "property", "rules": [{"datasetProperty": "region"}]},
    ],
)
def test_unusable_filter_is_refused(admin, world, given):
    assert refused(admin.patch(world[0], json={"accessFilter": given}), 400.8)


def test_filter_is_not_taken_at_creation(admin, project_id):
    body = {"name": f"at_{token_hex(3)}", "accessFilter": {"type": "ownerOnly"}}
    made = admin.post(f"/projects/{project_id}/datasets", json=body).json()
    assert "accessFilter" not in made
