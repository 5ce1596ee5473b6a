"""The XML behind the feed, byte for byte, and the files beside it."""

import hashlib

import pytest

from bridge.changes import IncompleteAnswer
from bridge.pull import fetch_attachment, fetch_attachment_list, fetch_versions
from bridge.versions import form_version_of, is_cut_off
from config.errors import OperatorError
from tests.bridge.conftest import WARD, publish_ward


def test_a_submission_that_was_never_edited_is_one_request(ward, proxied, proxy):
    ward.send("uuid:a")
    before = len(proxy.requests)
    (version,) = fetch_versions(proxied, ward.key, "uuid:a", 0)
    assert len(proxy.requests) == before + 1
    assert version.xml == ward.xml("uuid:a")
    assert (version.version_id, version.version_number, version.is_current) == ("uuid:a", 1, True)
    assert version.form_version == ward.version


def test_an_edited_submission_gives_all_versions_oldest_first(ward, reader):
    ward.send("uuid:a")
    ward.edit("uuid:a", "uuid:a", "uuid:a2", "Bea")
    ward.edit("uuid:a", "uuid:a2", "uuid:a3", "Cai")
    versions = fetch_versions(reader, ward.key, "uuid:a", 2)
    assert [v.version_id for v in versions] == ["uuid:a", "uuid:a2", "uuid:a3"]
    assert [v.version_number for v in versions] == [1, 2, 3]
    assert [v.is_current for v in versions] == [False, False, True]
    assert versions[0].xml == ward.xml("uuid:a")
    assert b"Cai" in versions[2].xml
    assert all(v.instance_id == "uuid:a" and v.created_at for v in versions)


def test_an_edit_that_came_after_the_feed_is_noticed(ward, reader):
    ward.send("uuid:a")
    ward.edit("uuid:a", "uuid:a", "uuid:a2", "Bea")
    versions = fetch_versions(reader, ward.key, "uuid:a", edits=0)
    assert [v.version_id for v in versions] == ["uuid:a", "uuid:a2"]


@pytest.mark.parametrize(
    "odd",
    ["it's", "a/b", "a b", "a&amp;b", 'ü"?#%', "x" * 64, "..%2f", "a+b", "(1)", "*", "عربي", "..."],
)
def test_odd_instance_ids_are_fetched_like_any_other(ward, reader, odd):
    instance = ward.send(odd)
    (version,) = fetch_versions(reader, ward.key, instance, 0)
    assert version.xml == ward.xml(odd)
    (listed,) = fetch_versions(reader, ward.key, instance, 1)
    assert (listed.version_id, listed.xml) == (instance, version.xml)


@pytest.mark.parametrize("odd", [".", ".."])
def test_ids_that_no_address_can_name_never_give_another_things_xml(ward, reader, odd):
    ward.send(odd)
    (version,) = fetch_versions(reader, ward.key, odd, 0)
    assert version.xml == ward.xml(odd)
    with pytest.raises(OperatorError) as error:
        fetch_versions(reader, ward.key, odd, 1)
    assert error.value.code == "central-id-unaddressable"


def test_xml_without_an_instance_id_stays_without_one(ward, reader):
    instance = ward.send("")
    (version,) = fetch_versions(reader, ward.key, instance, 0)
    assert version.xml == ward.xml("")
    assert version.version_id == instance


@pytest.mark.parametrize("text", ["a\x01b", "x" * 10_000_000, "<!-- -->", "&#0;", "  " * 1000])
def test_hostile_text_comes_back_byte_for_byte(ward, reader, text):
    instance = ward.send("uuid:hostile", name=text)
    (version,) = fetch_versions(reader, ward.key, instance, 0)
    assert version.xml == ward.xml("uuid:hostile", name=text)


@pytest.mark.parametrize("edits", [0, 1])
def test_a_deleted_submission_has_no_versions(ward, reader, edits):
    ward.send("uuid:a")
    ward.delete("uuid:a")
    assert fetch_versions(reader, ward.key, "uuid:a", edits) == ()


@pytest.mark.parametrize(
    ("xml", "version"),
    [
        (b'<data id="a" version="3"><x version="9"/></data>', "3"),
        (b"<?xml version='1.0'?>\n<data version='3' id='a'/>", "3"),
        (b'<!-- <data version="1"> --><data id="a" orx:version="4">', "4"),
        (b'<data id="a"><x version="9"/></data>', None),
        (b'<data id="a" version="">', ""),
        (b"\xff\xfe nonsense", None),
    ],
)
def test_the_version_is_that_of_the_root(xml, version):
    assert form_version_of(xml) == version


# -- files -----------------------------------------------------------------------------------------


@pytest.fixture
def photo_form(manager, tmp_path):
    return publish_ward(manager, tmp_path, survey=WARD + "    image | photo | Photo\n")


def test_files_are_listed_and_fetched_with_their_md5(photo_form, reader):
    photo = "<photo>p 1.jpg</photo>"
    photo_form.send("uuid:a", kids=photo)
    (listed,) = fetch_attachment_list(reader, photo_form.key, "uuid:a")
    assert (listed.name, listed.is_present) == ("p 1.jpg", False)
    assert fetch_attachment(reader, photo_form.key, "uuid:a", "p 1.jpg") is None

    content = b"\xff\xd8 not really a photo"
    path = photo_form.path("uuid:a", "attachments", "p 1.jpg")
    headers = {"Content-Type": "image/jpeg"}
    photo_form.manager.request("POST", path, data=content, headers=headers)
    (listed,) = fetch_attachment_list(reader, photo_form.key, "uuid:a")
    assert listed.is_present
    got = fetch_attachment(reader, photo_form.key, "uuid:a", "p 1.jpg")
    assert got.content == content
    assert got.md5 == hashlib.md5(content).hexdigest()
    again = fetch_attachment(reader, photo_form.key, "uuid:a", "p 1.jpg", got.md5)
    assert (again.md5, again.content) == (got.md5, None)
    assert fetch_attachment(reader, photo_form.key, "uuid:a", "p 1.jpg", "0" * 32).content


def test_a_submission_that_is_gone_has_no_files(ward, reader):
    assert fetch_attachment_list(reader, ward.key, "uuid:none") == ()
    assert fetch_attachment(reader, ward.key, "uuid:none", "x.jpg") is None


def test_a_file_that_is_cut_off_and_ends_cleanly_is_not_taken(photo_form, proxied, proxy):
    photo_form.send("uuid:cut", kids="<photo>p 1.jpg</photo>")
    key, path = photo_form.key, photo_form.path("uuid:cut", "attachments", "p 1.jpg")
    headers = {"Content-Type": "image/jpeg"}
    photo_form.manager.request("POST", path, data=b"12345678", headers=headers)
    proxy.fault = lambda path, answer: answer.cut(4) if "/attachments/" in path else answer
    with pytest.raises(IncompleteAnswer, match="did not come whole"):
        fetch_attachment(proxied, key, "uuid:cut", "p 1.jpg")
    proxy.fault = lambda path, answer: answer
    assert fetch_attachment(proxied, key, "uuid:cut", "p 1.jpg").content == b"12345678"


def test_xml_that_is_cut_off_at_any_byte_is_seen_to_be():
    whole = (
        '<?xml version="1.0"?><data id="d" version="1"><name>Ada &amp; \x01 عربي</name>'
        "<note><![CDATA[a<b]]></note><meta><instanceID>uuid:a</instanceID></meta></data>"
    ).encode()
    assert not is_cut_off(whole)
    assert not is_cut_off(whole + b"\n")
    assert [at for at in range(len(whole)) if not is_cut_off(whole[:at])] == []


def test_xml_that_is_wrong_but_whole_is_not_called_cut_off():
    assert not is_cut_off(b"<data><a></b></data>")
    assert not is_cut_off(b"no XML at all")


@pytest.mark.parametrize("edits", [0, 1], ids=["only", "listed"])
def test_xml_that_is_cut_off_and_ends_cleanly_is_fetched_again(ward, proxied, proxy, edits):
    ward.send("uuid:a")
    if edits:
        ward.edit("uuid:a", "uuid:a", "uuid:a2", "Bea")
    cuts = iter([len("</data>"), 0])
    proxy.fault = lambda path, answer: _shortened(path, answer, next(cuts, 0))
    found = fetch_versions(proxied, ward.key, "uuid:a", edits)
    assert found[0].xml == ward.xml("uuid:a")
    assert all(each.xml.endswith(b"</data>") for each in found)


def test_xml_that_comes_short_in_two_ways_is_not_taken(ward, proxied, proxy):
    ward.send("uuid:a")
    cuts = iter([len("</data>"), len("a></data>")])
    proxy.fault = lambda path, answer: _shortened(path, answer, next(cuts, 0))
    with pytest.raises(IncompleteAnswer, match="ended before it was whole"):
        fetch_versions(proxied, ward.key, "uuid:a", 0)


def _shortened(path: str, answer, count: int):
    is_xml = path.endswith(".xml") and answer.status == 200
    return answer.cut(len(answer.body) - count) if is_xml else answer
