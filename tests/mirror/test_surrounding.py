"""People, comments, versions of forms and entity lists, as the mirror keeps them."""

import time
from uuid import uuid4

import pytest

from bridge.provision import ensure_app_user
from processing.jobs import listing, surrounding
from processing.jobs.timetable import TASKS
from tests.bridge.conftest import WARD, publish_ward
from tests.conformance.xforms import fill, write_form


def test_senders_and_app_users_are_known_by_name(ward, mirror_of, manager):
    user = ensure_app_user(manager, "Tablet 7", [ward.id])
    ward.send("uuid:a")
    mirror = mirror_of(ward)
    mirror.pull()
    mirror.act(surrounding.read_people, mirror.tick())
    assert ("field_key", "Tablet 7", True, False) in mirror.rows(
        "SELECT kind, display_name, is_app_user, is_revoked FROM raw.actor"
    )
    [(sender,)] = mirror.rows(
        "SELECT kind FROM raw.form_submitter JOIN raw.actor USING (actor_id)"
        " JOIN raw.form f USING (form_key) WHERE f.form_id = :id",
        id=ward.id,
    )
    assert sender == "user"
    manager.request("DELETE", f"sessions/{user.token}")
    mirror.act(surrounding.read_people, mirror.tick())
    assert mirror.rows("SELECT is_revoked FROM raw.actor WHERE display_name = 'Tablet 7'") == [
        (True,)
    ]
    found = mirror.rows("SELECT CAST(a AS text) FROM raw.actor a")
    assert user.token not in str(found)


def test_without_a_managers_account_senders_are_read_all_the_same(ward, mirror_of):
    ward.send("uuid:a")
    mirror = mirror_of(ward, central_manager_email=None)
    mirror.pull()
    mirror.act(surrounding.read_people, mirror.tick())
    assert mirror.rows("SELECT count(*) > 0, bool_or(is_app_user) FROM raw.actor") == [
        (True, False)
    ]


def test_comments_are_read_for_those_who_ask(ward, mirror_of, manager):
    ward.send("uuid:a")
    comment(manager, ward, "please correct")
    mirror = mirror_of(ward)
    mirror.pull()
    read = lambda: mirror.act(  # noqa: E731
        surrounding.read_comments, int(mirror.form_key), "uuid:a", mirror.tick()
    )
    assert [row.body for row in read()] == ["please correct"]
    comment(manager, ward, "done")
    assert [(row.number, row.body) for row in read()] == [(1, "please correct"), (2, "done")]


def test_comments_are_read_by_the_clock_where_something_is_open(ward, mirror_of, manager):
    for name in ("a", "b", "c"):
        ward.send(f"uuid:{name}")
        comment(manager, ward, f"about {name}", f"uuid:{name}")
    manager.request("PATCH", ward.path("uuid:a"), json={"reviewState": "hasIssues"})
    mirror = mirror_of(ward)
    mirror.pull()
    mirror.rows(
        "INSERT INTO quality.issue (rule, severity, form_key, form_id, instance_id, subject,"
        " arguments, period, first_seen_at, last_seen_at) SELECT 'value_fits_its_type', 'error',"
        " form_key, form_id, 'uuid:b', '/age', '{}', '', now(), now() FROM raw.form"
        " WHERE form_id = :id",
        id=ward.id,
    )
    assert mirror.act(surrounding.read_due_comments, mirror.tick()) == (2, False)
    bodies = mirror.rows("SELECT body FROM raw.comment ORDER BY body")
    assert bodies == [("about a",), ("about b",)]
    assert mirror.act(surrounding.read_due_comments, mirror.tick()) == (0, False)
    # As the page promises, an hour: at the worst the timetable has looked just before.
    mirror.wait(hours=1, seconds=-TASKS["comments"].every_s(mirror.settings))
    assert mirror.act(surrounding.read_due_comments, mirror.tick()) == (2, False)


def test_each_version_of_a_form_is_kept_with_its_fields(ward, mirror_of, manager, tmp_path):
    publish_ward(manager, tmp_path, ward.id, WARD + "    integer | rooms | Rooms\n")
    mirror = mirror_of(ward)
    mirror.pull()
    assert mirror.act(surrounding.read_form_versions, mirror.tick()) >= 2
    rows = mirror.rows(
        "SELECT version, jsonb_path_exists(fields, '$[*] ? (@.path == \"/rooms\")'),"
        " xform LIKE '%' || form_id || '%'"
        " FROM raw.form_version JOIN raw.form USING (form_key) WHERE form_id = :id"
        " ORDER BY published_at",
        id=ward.id,
    )
    assert [row[1:] for row in rows] == [(False, True), (True, True)]
    assert mirror.act(surrounding.read_form_versions, mirror.tick()) == 0


class TestEntityLists:
    @pytest.fixture
    def people(self, manager):
        name = f"people_{uuid4().hex[:6]}"
        manager.request("POST", manager.path("datasets"), json={"name": name})
        for item in ("sex", "home.town"):
            path = manager.path("datasets", name, "properties")
            manager.request("POST", path, json={"name": item})
        ids = [str(uuid4()) for _ in range(3)]
        entities = [
            {"uuid": each, "label": f"person {n}", "data": {"sex": "f", "home.town": f"town {n}"}}
            for n, each in enumerate(ids)
        ]
        body = {"entities": entities, "source": {"name": "test"}}
        manager.request("POST", manager.path("datasets", name, "entities"), json=body)
        return name, ids

    def read(self, mirror) -> tuple[int, bool]:
        return mirror.act(listing.read_entity_lists, mirror.tick())

    def rows(self, mirror, name: str) -> list[tuple]:
        return mirror.rows(
            "SELECT label, version, data->>'home.town', deleted_at IS NOT NULL, conflict"
            " FROM raw.entity JOIN raw.entity_list l USING (list_key) WHERE l.name = :name"
            " ORDER BY label",
            name=name,
        )

    def test_a_list_is_mirrored_and_then_only_asked_after(self, people, mirror_of, ward):
        name, _ = people
        mirror = mirror_of(ward)
        self.read(mirror)
        assert self.rows(mirror, name) == [
            (f"person {n}", 1, f"town {n}", False, None) for n in range(3)
        ]
        assert self.read(mirror) == (0, False)

    def test_updates_deletions_and_bulk_restores_are_seen(self, people, mirror_of, ward, manager):
        name, ids = people
        mirror = mirror_of(ward)
        self.read(mirror)
        path = manager.path("datasets", name, "entities")
        update = {"data": {"home.town": "elsewhere"}}
        manager.request("PATCH", f"{path}/{ids[0]}?force=true", json=update)
        manager.request("DELETE", f"{path}/{ids[1]}")
        self.read(mirror)
        assert [row[1:4] for row in self.rows(mirror, name)] == [
            (2, "elsewhere", False),
            (1, "town 1", True),
            (1, "town 2", False),
        ]
        manager.request("POST", f"{path}/bulk-restore", json={"ids": [ids[1]]})
        (deleted_at,) = mirror.rows("SELECT deleted_at FROM raw.entity WHERE uuid = :id", id=ids[1])
        self.read(mirror)
        assert self.rows(mirror, name)[1][3] is False
        kept = mirror.rows(
            "SELECT deleted_at, restored_at FROM raw.entity_restore WHERE uuid = :id", id=ids[1]
        )
        assert kept == [(*deleted_at, mirror.now)], "by our clock: Central gives it no time"

    def test_every_version_is_kept(self, people, mirror_of, ward, manager):
        name, ids = people
        path = manager.path("datasets", name, "entities", ids[0])
        for sex in ("m", "f", "m"):
            manager.request("PATCH", f"{path}?force=true", json={"data": {"sex": sex}})
        mirror = mirror_of(ward)
        self.read(mirror)
        assert mirror.rows(
            "SELECT version, data->>'sex', data_received->>'sex' FROM raw.entity_version"
            " WHERE uuid = :id ORDER BY version",
            id=ids[0],
        ) == [(1, "f", "f"), (2, "m", "m"), (3, "f", "f"), (4, "m", "m")]

    @pytest.mark.parametrize(
        ("field", "conflict", "clashing"), [("town", "soft", []), ("size", "hard", ["size"])]
    )
    def test_a_conflict_is_mirrored_and_so_is_its_end(
        self, mirror_of, ward, manager, field, conflict, clashing
    ):
        name, uuid = f"made_{uuid4().hex[:6]}", str(uuid4())
        publish_entity_form(manager, name)
        path = manager.path("datasets", name, "entities")
        body = {"uuid": uuid, "label": "E", "data": {"size": "3", "town": "E"}}
        manager.request("POST", path, json=body)
        mirror = mirror_of(ward)
        self.read(mirror)
        changed = {"data": {"size": "4"}}
        manager.request("PATCH", f"{path}/{uuid}?baseVersion=1", json=changed)
        update_from_form(manager, name, uuid, f"<{field}>9</{field}>")
        wait_for(lambda: manager.get_json(f"{path}/{uuid}")["conflict"])
        self.read(mirror)
        entity = "SELECT version, conflict FROM raw.entity WHERE uuid = :id"
        assert mirror.rows(entity, id=uuid) == [(3, conflict)]
        versions = (
            "SELECT version, base_version, conflict, conflicting_properties, data->>:field"
            " FROM raw.entity_version WHERE uuid = :id ORDER BY version"
        )
        assert mirror.rows(versions, id=uuid, field=field)[-1] == (3, 1, conflict, clashing, "9")
        manager.request("PATCH", f"{path}/{uuid}?resolve=true&baseVersion=3", json={})
        self.read(mirror)
        assert mirror.rows(entity, id=uuid) == [(3, None)]

    def test_names_that_fall_together_keep_their_own_values(self, people, mirror_of, ward, manager):
        name, ids = people
        path = manager.path("datasets", name)
        manager.request("POST", f"{path}/properties", json={"name": "home-town"})
        update = {"data": {"home-town": "second"}}
        manager.request("PATCH", f"{path}/entities/{ids[0]}?force=true", json=update)
        mirror = mirror_of(ward)
        self.read(mirror)
        [(data,)] = mirror.rows("SELECT data FROM raw.entity WHERE uuid = :id", id=ids[0])
        assert (data["home.town"], data["home-town"]) == ("town 0", "second")
        [(data,)] = mirror.rows("SELECT data FROM raw.entity WHERE uuid = :id", id=ids[1])
        assert data["home.town"] == "town 1"


def publish_entity_form(manager, name: str) -> None:
    """A form `writes_<name>` whose submissions update entities of the list."""
    meta = f'<entity dataset="{name}" update="" baseVersion="" id=""/>'
    fields = [("town", "string:town"), ("size", "int:size")]
    xml = write_form(f"writes_{name}", "1", fields, meta=meta)
    path, headers = f"{manager.path('forms')}?publish=true", {"Content-Type": "application/xml"}
    manager.request("POST", path, data=xml.encode(), headers=headers)


def update_from_form(manager, name: str, uuid: str, inside: str) -> None:
    entity = f'<entity dataset="{name}" update="1" baseVersion="1" id="{uuid}"/>'
    xml = fill(f"writes_{name}", "1", f"uuid:{uuid4()}", inside)
    xml = xml.replace("<meta>", f"<meta>{entity}")
    path = manager.path("forms", f"writes_{name}", "submissions")
    headers = {"Content-Type": "application/xml"}
    manager.request("POST", path, data=xml.encode(), headers=headers)


def wait_for(condition, within_s: float = 240) -> None:
    """Central makes entities some time after the submission; minutes after, when it is busy."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.2)


def comment(manager, form, body: str, instance_id="uuid:a") -> None:
    manager.request("POST", form.path(instance_id, "comments"), json={"body": body})
