"""Central and the mirror compared, whatever the sync believes; each kind of difference healed."""

import pytest

from processing.db.slices import Slice
from processing.jobs import reconciling
from processing.jobs.stages import STAGES, Context
from tests.bridge.conftest import publish_ward
from tests.mirror.conftest import upload

WIDE = """
    type      | name  | label
    text      | name  | Name
    integer   | age   | Age
    decimal   | share | Share
    date      | day   | Day
    dateTime  | at    | At
    time      | hour  | Hour
    geopoint  | place | Place
    begin repeat | kids | Kids
    text      | kid   | Kid
    end repeat |      |
"""
ANSWERS = (
    "<share>1e-7</share><day>2026-11-01</day><at>2026-11-01T10:00:00.000+03:00</at>"
    "<hour>09:05:00.000+03:00</hour><place>33.312345678 44.4 12.5 3</place>"
    "<kids><kid>Noor\tA</kid></kids><kids><kid>back\\slash</kid></kids>"
)


@pytest.fixture
def wide(manager, tmp_path):
    return publish_ward(manager, tmp_path, survey=WIDE)


@pytest.fixture
def mirror(wide, mirror_of):
    """Three submissions, one of them edited and one deleted, mirrored and verified."""
    for name in ("a", "b", "c"):
        wide.send(f"uuid:{name}", name=f"Ada {name}", kids=ANSWERS)
    wide.edit("uuid:b", "uuid:b", "uuid:b2", "Bea")
    mirror = mirror_of(wide)
    mirror.settle()
    mirror.verify()
    wide.delete("uuid:c")
    mirror.settle()
    return mirror


def compare(mirror, **options):
    return mirror.act(reconciling.reconcile_form, mirror.form.id, mirror.tick(), **options)


@pytest.mark.parametrize("is_deep", [False, True])
def test_a_mirror_that_is_equal_says_so(mirror, is_deep):
    difference = compare(mirror, is_deep=is_deep)
    assert difference.ids == {}
    assert difference.in_words() == "Central 2 = mirror 2"


DAMAGES = {
    "missing": "UPDATE raw.submission SET purged_at = now() WHERE {a}",
    "extra": "INSERT INTO raw.submission (form_key, instance_id, odata, odata_sha256,"
    " submission_date, current_version_id, landed_at) SELECT form_key, 'uuid:x', odata,"
    " odata_sha256, submission_date, 'uuid:x', landed_at FROM raw.submission WHERE {a}",
    "deleted": "UPDATE raw.submission SET deleted_at = now() WHERE {a}",
    "version": "UPDATE raw.submission SET edits = 7 WHERE {a}",
    "review": "UPDATE raw.submission SET review_state = 'approved' WHERE {a}",
    "stale": "UPDATE raw.submission SET odata_sha256 = 'x' WHERE {a}",
    "columns": "UPDATE raw.submission SET submitter_name = 'somebody' WHERE {a}",
}


@pytest.mark.parametrize("kind", DAMAGES)
def test_each_difference_is_told_by_its_kind_and_healed(mirror, kind):
    mirror.rows(DAMAGES[kind].format(a=f"instance_id = 'uuid:a' AND form_key = {mirror.form_key}"))
    difference = compare(mirror)
    assert difference.counts == {kind: 1}
    assert difference.ids[kind] == ("uuid:x" if kind == "extra" else "uuid:a",)
    assert difference.in_words().startswith("Central 2, mirror ")
    mirror.act(reconciling.heal_form, difference, mirror.tick())
    mirror.verify()
    assert compare(mirror, is_deep=True).ids == {}


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE survey.{root} SET age = age + 1 WHERE instance_id = 'uuid:a'",
        "UPDATE survey.{root} SET share = 1.0000000000000002e-7 WHERE instance_id = 'uuid:a'",
        "UPDATE survey.{root} SET place_longitude = NULL WHERE instance_id = 'uuid:a'",
        "UPDATE survey.{root} SET at = at + interval '1 ms' WHERE instance_id = 'uuid:a'",
        "UPDATE survey.{root} SET _review_state = 'approved' WHERE instance_id = 'uuid:a'",
        "DELETE FROM survey.{root} WHERE instance_id = 'uuid:a'",
        "UPDATE survey.{root}_kids SET kid = 'Nor' WHERE instance_id = 'uuid:a' AND _position = 2",
        "DELETE FROM survey.{root}_kids WHERE instance_id = 'uuid:a' AND _position = 2",
        "INSERT INTO survey.{root}_kids SELECT form_key, instance_id, 3, 0, 3, kid"
        " FROM survey.{root}_kids WHERE instance_id = 'uuid:a' AND _position = 2",
    ],
)
def test_a_typed_value_that_differs_is_found_when_looking_deep(mirror, damage):
    [(root,)] = mirror.rows(
        "SELECT table_name FROM raw.form_field WHERE path = '' AND form_key = :key",
        key=int(mirror.form_key),
    )
    mirror.rows(damage.format(root=root))
    assert compare(mirror).ids == {}, "no rendering differs"
    difference = compare(mirror, is_deep=True)
    assert difference.ids == {"typed": ("uuid:a",)}
    mirror.act(reconciling.heal_form, difference, mirror.tick())
    mirror.verify()
    assert compare(mirror, is_deep=True).ids == {}


def test_a_version_that_is_not_here_is_found_and_fetched(mirror, database):
    owner_removes(mirror, "DELETE FROM raw.submission_version WHERE version_id = 'uuid:b'")
    difference = compare(mirror)
    assert difference.ids == {"history": ("uuid:b",)}
    mirror.act(reconciling.heal_form, difference, mirror.tick())
    mirror.verify()
    assert compare(mirror).ids == {}


def test_xml_that_is_not_centrals_is_found_when_looking_deep_and_fetched_anew(mirror):
    owner_removes(
        mirror,
        "UPDATE raw.submission_version SET xml = xml || '<!-- -->' WHERE version_id = 'uuid:a'",
    )
    difference = compare(mirror, is_deep=True)
    assert difference.ids == {"xml": ("uuid:a",)}
    mirror.act(reconciling.heal_form, difference, mirror.tick())
    mirror.verify()
    assert compare(mirror, is_deep=True).ids == {}
    set_aside = mirror.rows("SELECT instance_id, version_id FROM raw.purged_version")
    assert set_aside == [("uuid:a", "uuid:a")], "nothing of `raw` is thrown away"


def test_what_has_just_changed_at_central_is_no_difference(mirror):
    mirror.form.send("uuid:new")
    mirror.form.edit("uuid:a", "uuid:a", "uuid:a2", "Ada again")
    difference = compare(mirror)
    assert difference.ids == {}
    assert difference.central_count == difference.mirror_count == 3


def test_rows_that_a_pull_lands_meanwhile_are_counted_on_neither_side(mirror, monkeypatch):
    reading = reconciling.read_form

    def read_and_go_on(*args):
        yield from reading(*args)
        mirror.form.send("uuid:new")
        mirror.pull()

    monkeypatch.setattr(reconciling, "read_form", read_and_go_on)
    assert compare(mirror).in_words().startswith("Central 2 = mirror 2")


def test_a_row_that_comes_after_the_pull_is_waited_for_before_both_are_counted(mirror, monkeypatch):
    counting, late = reconciling.count_live, iter(["uuid:late"])

    def come_and_count(*args):
        for name in late:
            mirror.form.send(name)
        return counting(*args)

    monkeypatch.setattr(reconciling, "count_live", come_and_count)
    mirror.form.send("uuid:new")
    assert compare(mirror).in_words().startswith("Central 4 = mirror 4")


def test_rows_that_are_not_verified_yet_are_counted_and_no_difference(mirror):
    mirror.form.send("uuid:new")
    mirror.settle()
    difference = compare(mirror, is_deep=True)
    assert (difference.count, difference.unverified) == (0, 1)
    assert difference.in_words() == "Central 3 = mirror 3 (1 not yet verified)"


def test_a_form_that_central_has_lost_shows_all_its_rows_as_extra(mirror, manager):
    manager.request("DELETE", manager.path("forms", mirror.form.id))
    difference = compare(mirror)
    assert difference.counts == {"extra": 3}


def test_the_nightly_stage_keeps_the_result_and_orders_the_healing(mirror):
    mirror.rows("UPDATE raw.submission SET review_state = 'approved' WHERE instance_id = 'uuid:a'")
    stage = STAGES["reconcile"]

    def act(connection, settings):
        return stage.do(connection, [Slice(mirror.form.id)], Context(settings, mirror.tick()))

    result = mirror.act(act)
    assert (stage.then, result.due) == (("pull",), (Slice(mirror.form.id),))
    assert mirror.rows(
        "SELECT central_count, mirror_count, difference_count, differences, is_deep"
        " FROM ops.sync_state WHERE reconciled_at = :now",
        now=mirror.now,
    ) == [(2, 2, 1, {"review": 1}, False)]
    mirror.settle()
    assert mirror.act(act).due == ()


def test_files_are_no_part_of_it(mirror, photos, mirror_of):
    photos.send("uuid:p", kids="<photo>p.jpg</photo>")
    own = mirror_of(photos)
    own.settle()
    upload(photos, "uuid:p", "p.jpg", b"x")
    assert compare(own).counts == {"stale": 1}, "a count that Central gave no signal of"


def owner_removes(mirror, statement: str) -> None:
    import sqlalchemy as sa

    from processing.db.engine import open_engine

    engine = open_engine(mirror.settings, "owner")
    with engine.begin() as connection:
        connection.execute(sa.text(statement))
    engine.dispose()
