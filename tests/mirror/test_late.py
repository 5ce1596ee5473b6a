"""What Central changes without a signal: encrypted parts, counts of files, names of senders."""

import uuid

from bridge.changes import FormKey
from processing.jobs import rereading, surrounding
from tests.bridge.conftest import Form
from tests.mirror.conftest import clear, upload

PHOTO = "<photo>p.jpg</photo>"
KEY = (
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAyYh7bSui/0xppQ+J3i5xghfao+559Rqg9X0xNbdMEsW35CzYUfmC"
    "8sOzeeUiE4pG7HIEUmiJal+mo70UMDUlywXj9z053n0g6MmtLlUyBw0ZGhEZWHsfBxPQixdzY/c5i7sh0dFzWVBZ7UrqBc2q"
    "jRFUYxeXqHsAxSPClTH1nW47Mr2h4juBLC7tBNZA3biZA/XTPt//hAuzv1d6MGiF3vQJXvFTNdfsh6Ckq4KXUsAv+07cLtON"
    "0KXO7GJ6OyYlI9MEQsCZyTnLEE0kWfjLzcJwtJ/QB7G8rMZgTcuWI6LNYVs7jMBpVG4dVY/4HaPl7eLCF6CoVEwx0Y7cVg/L"
    "KwIDAQAB"
)
ENCRYPTED_FORM = """<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml">
<h:head><h:title>Closed</h:title><model><instance><data id="{id}" version="1"><name/>
<meta><instanceID/></meta></data></instance>
<submission base64RsaPublicKey="{key}" method="form-data-post"/>
<bind nodeset="/data/name" type="string"/>
<bind nodeset="/data/meta/instanceID" type="string" readonly="true()"/></model></h:head>
<h:body><input ref="/data/name"><label>Name</label></input></h:body></h:html>"""
ENCRYPTED = (
    '<data xmlns="http://opendatakit.org/submissions" id="{id}" version="1" encrypted="yes">'
    "<base64EncryptedKey>eA==</base64EncryptedKey>"
    '<orx:meta xmlns:orx="http://openrosa.org/xforms"><orx:instanceID>uuid:e</orx:instanceID>'
    "</orx:meta><encryptedXmlFile>submission.xml.enc</encryptedXmlFile>"
    "<base64EncryptedElementSignature>eA==</base64EncryptedElementSignature></data>"
)


def closed_form(manager, tmp_path) -> Form:
    """A form whose answers only the holder of a private key can read."""
    form_id = f"closed_{uuid.uuid4().hex[:8]}"
    xform = ENCRYPTED_FORM.format(id=form_id, key=KEY)
    headers = {"Content-Type": "application/xml"}
    path = manager.path("forms")
    manager.request("POST", f"{path}?publish=true", data=xform.encode(), headers=headers)
    record = manager.get_json(manager.path("forms", form_id))
    key = FormKey(manager.name, manager.project, form_id, record["createdAt"])
    return Form(manager, key, "1", tmp_path)


def test_an_encrypted_part_that_arrives_later_is_found(manager, tmp_path, mirror_of):
    form = closed_form(manager, tmp_path)
    form._post("POST", (), ENCRYPTED.format(id=form.id).encode())
    mirror = mirror_of(form)
    mirror.settle()
    assert mirror.system("uuid:e", "status") == ("missingEncryptedFormData",)
    mirror.reread_late()
    upload(form, "uuid:e", "submission.xml.enc", b"closed")
    assert mirror.pull().changed == 0, "Central gives no signal of it"
    mirror.wait(seconds=61)
    mirror.reread_late()
    assert mirror.system("uuid:e", "status") == ("notDecrypted",)
    mirror.verify()
    mirror.fetch_files()
    assert mirror.rows("SELECT name, sha256 IS NOT NULL FROM raw.attachment") == [
        ("submission.xml.enc", True)
    ]


def test_the_nightly_reading_finds_cleared_files(photos, mirror_of):
    photos.send("uuid:a", kids=PHOTO)
    upload(photos, "uuid:a", "p.jpg", b"x")
    mirror = mirror_of(photos)
    mirror.settle()
    clear(photos, "uuid:a", "p.jpg")
    assert mirror.pull().changed == 0
    assert reread(mirror) == 1
    assert mirror.system("uuid:a", "attachments_present") == (0,)
    assert reread(mirror) == 0


def test_the_nightly_reading_finds_renamed_senders(ward, mirror_of, central):
    ward.send("uuid:a")
    mirror = mirror_of(ward)
    mirror.pull()
    mirror.rows("UPDATE raw.submission SET submitter_name = 'as before', odata_sha256 = ''")
    assert reread(mirror) == 1
    assert mirror.system("uuid:a", "submitter_name") != ("as before",)


def test_reading_again_leaves_the_pulls_own_state_alone(photos, mirror_of):
    photos.send("uuid:a", kids=PHOTO)
    mirror = mirror_of(photos)
    mirror.pull()
    [(before,)] = mirror.rows("SELECT state FROM ops.sync_state")
    mirror.reread_late()
    upload(photos, "uuid:a", "p.jpg", b"x")
    mirror.wait(seconds=61)
    mirror.reread_late()
    [(after,)] = mirror.rows("SELECT state FROM ops.sync_state")
    assert after == before
    photos.send("uuid:b")
    mirror.pull()
    assert mirror.system("uuid:b", "edits") == (0,)


def test_a_submission_that_is_deleted_while_it_waits_waits_no_more(photos, mirror_of):
    photos.send("uuid:a", kids=PHOTO)
    mirror = mirror_of(photos)
    mirror.pull()
    mirror.reread_late()
    photos.delete("uuid:a")
    mirror.wait(seconds=61)
    mirror.reread_late()
    assert mirror.rows("SELECT * FROM ops.late_row") == []


def reread(mirror) -> int:
    def act(connection, settings):
        [form] = [
            form
            for form in surrounding.followed_forms(connection, settings)
            if form.form_id == mirror.form.id
        ]
        return rereading.reread_form(connection, settings, form, mirror.tick())

    return mirror.act(act)
