"""Every published version of a form, with its definition."""

from bridge.form_versions import fetch_version, list_versions
from tests.bridge.conftest import WARD, publish_ward


def test_each_version_keeps_its_own_fields(ward, manager, reader, tmp_path):
    publish_ward(manager, tmp_path, ward.id, WARD + "    integer | rooms | Rooms\n")
    newer, older = list_versions(reader, ward.id)
    assert older.version == ward.version
    old, new = fetch_version(reader, ward.id, older), fetch_version(reader, ward.id, newer)
    assert "/rooms" in [item["path"] for item in new.fields]
    assert "/rooms" not in [item["path"] for item in old.fields]
    assert f'id="{ward.id}"' in old.xform
    assert old.published_at < new.published_at


def test_a_form_that_is_not_there_has_no_versions(reader):
    assert list_versions(reader, "no_such_form") is None
