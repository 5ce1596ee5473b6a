"""A submission that is sent in a tablet's way: once, with its files, or refused with a reason."""

import io

import pytest

from bridge.errors import CentralRefused
from bridge.files import download_file
from bridge.filled import WEB_DEVICE_ID
from bridge.submitting import send_filled
from tests.bridge.conftest import WARD, publish_ward

PHOTO = b"\xff\xd8 not really a photo"
NAMED = "<photo>1.jpg</photo>"


@pytest.fixture
def form(manager, tmp_path):
    return publish_ward(manager, tmp_path, survey=WARD + "    image | photo | Photo\n")


def ids(form) -> list[str]:
    return [row["instanceId"] for row in form.manager.get_json(form.path())]


def test_a_submission_is_taken_once_with_its_files_and_the_name_of_the_device(form, reader):
    xml = form.xml("uuid:w", kids=NAMED)
    for _ in range(2):
        send_filled(form.manager, xml, {"1.jpg": (PHOTO, "image/jpeg")}, WEB_DEVICE_ID)
    assert ids(form) == ["uuid:w"]
    assert form.manager.get_json(form.path("uuid:w"))["deviceId"] == WEB_DEVICE_ID
    file = io.BytesIO()
    download_file(reader, form.key, "uuid:w", None, "1.jpg", file)
    assert file.getvalue() == PHOTO


def test_another_submission_under_the_same_id_is_refused(form):
    send_filled(form.manager, form.xml("uuid:w"), {}, WEB_DEVICE_ID)
    with pytest.raises(CentralRefused) as raised:
        send_filled(form.manager, form.xml("uuid:w", name="Bea"), {}, WEB_DEVICE_ID)
    assert raised.value.status == 409
    assert b"Ada" in form.manager.request("GET", form.path("uuid:w.xml")).content


@pytest.mark.parametrize(("old", "new"), [('version="', 'version="no-'), ('id="', 'id="no-')])
def test_what_central_cannot_place_is_refused_with_its_reason(form, old, new):
    """It places whatever names a form and version that it has, also an XML that breaks off."""
    xml = form.xml("uuid:w").replace(old.encode(), new.encode(), 1)
    with pytest.raises(CentralRefused) as raised:
        send_filled(form.manager, xml, {}, WEB_DEVICE_ID)
    assert raised.value.status == 404
    assert "no reason given" not in str(raised.value)
    assert ids(form) == []


def test_a_form_that_is_closed_takes_nothing(form):
    form.manager.request("PATCH", form.manager.path("forms", form.id), json={"state": "closed"})
    with pytest.raises(CentralRefused) as raised:
        send_filled(form.manager, form.xml("uuid:w"), {}, WEB_DEVICE_ID)
    assert raised.value.status == 409
