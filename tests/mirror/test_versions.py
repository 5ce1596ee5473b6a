"""Every version of a submission stays, and the current one is told at once."""

from tests.bridge.conftest import publish_ward  # noqa: F401


def versions(mirror, instance_id: str) -> list[tuple]:
    return mirror.rows(
        "SELECT version_id, is_current FROM raw.submission_version"
        " WHERE instance_id = :id ORDER BY version_number",
        id=instance_id,
    )


def test_every_version_of_an_edited_submission_is_kept(ward, mirror_of):
    ward.send("uuid:a")
    mirror = mirror_of(ward)
    mirror.pull()
    mirror.verify()
    ward.edit("uuid:a", "uuid:a", "uuid:a2", "Bea")
    ward.edit("uuid:a", "uuid:a2", "uuid:a3", "Cai")
    mirror.pull()
    mirror.verify()
    assert versions(mirror, "uuid:a") == [("uuid:a", False), ("uuid:a2", False), ("uuid:a3", True)]


def test_no_older_version_says_that_it_is_current_once_an_edit_has_landed(ward, mirror_of):
    ward.send("uuid:a")
    mirror = mirror_of(ward)
    mirror.pull()
    mirror.verify()
    ward.edit("uuid:a", "uuid:a", "uuid:a2", "Bea")
    mirror.pull()
    assert versions(mirror, "uuid:a") == [("uuid:a", False)], "before the new XML is fetched"


def test_the_xml_of_a_deleted_submission_stays(ward, mirror_of):
    ward.send("uuid:a", name="Ada")
    mirror = mirror_of(ward)
    mirror.pull()
    mirror.verify()
    ward.delete("uuid:a")
    mirror.pull()
    [(xml,)] = mirror.rows("SELECT xml FROM raw.submission_version")
    assert b"Ada" in bytes(xml)
    assert mirror.system("uuid:a", "deleted_at IS NOT NULL", "verified_at IS NOT NULL") == (
        True,
        True,
    )


def test_another_submission_under_a_purged_ones_id_has_xml_of_its_own(ward, mirror_of):
    """An id is free again after a purge; the mirror may have seen nothing but its new moment."""
    ward.send("uuid:a", name="Ada")
    mirror = mirror_of(ward)
    mirror.pull()
    mirror.verify()
    key = int(mirror.form_key)
    mirror.rows(
        "UPDATE raw.submission SET submission_date = submission_date - interval '40 days',"
        " odata_sha256 = '' WHERE form_key = :key",
        key=key,
    )
    assert versions(mirror, "uuid:a") == []
    assert len(mirror.rows("SELECT * FROM raw.purged_version")) == 1
    mirror.pull(anew=True)
    mirror.verify()
    assert versions(mirror, "uuid:a") == [("uuid:a", True)]
    assert mirror.system("uuid:a", "verified_at IS NOT NULL") == (True,)
