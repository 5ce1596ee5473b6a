"""Encrypted submissions: the envelope is kept, the row has no answers, the status tells why."""

import pytest

from tests.conformance.central_api import new_id
from tests.conformance.xforms import SIMPLE, write_form

KEY = "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA"


@pytest.fixture
def sealed(make_form):
    """(form with a public key, the envelope of one submission, its id)."""
    model = f'<submission base64RsaPublicKey="{KEY}"/>'
    form = make_form(xml=write_form("sealed", "1", SIMPLE, extra_model=model), form_id="sealed")
    instance_id = new_id()
    envelope = (
        '<data id="sealed" version="1" encrypted="yes" xmlns="http://opendatakit.org/submissions">'
        "<base64EncryptedKey>a2V5</base64EncryptedKey>"
        f"<meta><instanceID>{instance_id}</instanceID></meta>"
        "<media><file>a.jpg.enc</file></media>"
        "<encryptedXmlFile>submission.xml.enc</encryptedXmlFile>"
        "<base64EncryptedElementSignature>c2ln</base64EncryptedElementSignature></data>"
    )
    return form, envelope, instance_id


def test_encrypted_row_has_no_answers(sealed):
    form, envelope, instance_id = sealed
    assert form.send_openrosa(envelope).status_code == 201
    (row,) = form.rows(expand="*")
    assert list(row) == ["__id", "__system"]
    assert row["__system"]["status"] == "missingEncryptedFormData"
    assert row["__system"]["attachmentsExpected"] == 2
    tag = form.tag()
    files = [("submission.xml.enc", b"x", "application/octet-stream")]
    assert form.send_openrosa(envelope, files).status_code == 201
    system = form.rows()[0]["__system"]
    assert (system["status"], system["attachmentsPresent"]) == ("notDecrypted", 1)
    assert form.tag() == tag  # the file is not seen by the tag
    listed = form.api.json(f"{form.at(instance_id)}/attachments")
    assert {item["name"]: item["exists"] for item in listed} == {
        "a.jpg.enc": False,
        "submission.xml.enc": True,
    }
