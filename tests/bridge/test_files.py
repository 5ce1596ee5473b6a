"""Files of submissions, to a file of ours and never whole in memory."""

import hashlib
import io

import pytest

from bridge.changes import IncompleteAnswer
from bridge.files import Download, Unchanged, download_file, list_files, list_version_ids
from config.errors import OperatorError
from tests.bridge.conftest import WARD, publish_ward

CONTENT = b"\xff\xd8 not really a photo" * 5000
PHOTO = "<photo>p 1.jpg</photo>"


@pytest.fixture
def photo_form(manager, tmp_path):
    form = publish_ward(manager, tmp_path, survey=WARD + "    image | photo | Photo\n")
    form.send("uuid:a", kids=PHOTO)
    return form


def upload(form, content: bytes, instance_id="uuid:a", name="p 1.jpg") -> None:
    path = form.path(instance_id, "attachments", name)
    headers = {"Content-Type": "image/jpeg"}
    form.manager.request("POST", path, data=content, headers=headers)


def test_a_file_comes_with_its_hashes(photo_form, reader):
    upload(photo_form, CONTENT)
    file = io.BytesIO()
    got = download_file(reader, photo_form.key, "uuid:a", None, "p 1.jpg", file)
    md5, sha256 = hashlib.md5(CONTENT).hexdigest(), hashlib.sha256(CONTENT).hexdigest()
    assert got == Download(md5, sha256, len(CONTENT), "image/jpeg")
    assert file.getvalue() == CONTENT
    again = download_file(reader, photo_form.key, "uuid:a", None, "p 1.jpg", io.BytesIO(), md5)
    assert again == Unchanged(md5)


def test_what_has_not_arrived_and_what_nobody_named_is_none(photo_form, reader):
    (listed,) = list_files(reader, photo_form.key, "uuid:a")
    assert (listed.name, listed.is_present) == ("p 1.jpg", False)
    assert download_file(reader, photo_form.key, "uuid:a", None, "p 1.jpg", io.BytesIO()) is None
    assert download_file(reader, photo_form.key, "uuid:a", None, "x", io.BytesIO()) is None
    assert list_files(reader, photo_form.key, "uuid:none") is None


def test_an_older_version_keeps_its_own_files(photo_form, reader):
    upload(photo_form, CONTENT)
    xml = photo_form.xml(
        "uuid:a2", kids="<photo>p 2.jpg</photo>", meta="<deprecatedID>uuid:a</deprecatedID>"
    )
    photo_form._post("PUT", ("uuid:a",), xml)
    assert list_version_ids(reader, photo_form.key, "uuid:a") == ("uuid:a", "uuid:a2")
    (now,) = list_files(reader, photo_form.key, "uuid:a")
    (before,) = list_files(reader, photo_form.key, "uuid:a", "uuid:a")
    assert (now.name, before.name) == ("p 2.jpg", "p 1.jpg")
    file = io.BytesIO()
    got = download_file(reader, photo_form.key, "uuid:a", "uuid:a", "p 1.jpg", file)
    assert got.byte_count == len(CONTENT)


@pytest.mark.parametrize("ending", ["whole", "reset", "unfinished"])
def test_a_file_that_breaks_off_is_no_file(photo_form, proxied, proxy, ending):
    upload(photo_form, CONTENT)
    proxy.fault = lambda path, answer: (
        answer.cut(len(answer.body) // 2, ending) if path.endswith(".jpg") else answer
    )
    with pytest.raises(IncompleteAnswer):
        download_file(proxied, photo_form.key, "uuid:a", None, "p 1.jpg", io.BytesIO())


def test_a_server_that_dies_of_a_file_is_an_operators_error(photo_form, proxied, proxy):
    upload(photo_form, CONTENT)
    proxy.fault = lambda path, answer: answer.cut(0, "dropped") if path.endswith(".jpg") else answer
    with pytest.raises(OperatorError) as error:
        download_file(proxied, photo_form.key, "uuid:a", None, "p 1.jpg", io.BytesIO())
    assert error.value.code == "central-unreachable"
