"""Entry in a school's name: what opens, what is refused, what is kept, and who sees it."""

import csv

import pytest
import sqlalchemy as sa

from bridge.xform import primary_instance
from processing.db.queries import entries
from processing.web import entry_checks, entry_tables
from processing.web.security import MAX_REQUEST_BYTES
from tests.web.entries import (
    EARLIER,
    FORM,
    LATER,
    PAGE,
    PNG,
    ROUND,
    filled,
    parts,
)
from tests.web.factories import NOW, insert


def count(books, statement: str = "SELECT count(*) FROM ops.entry") -> int:
    with books.connect() as connection:
        return connection.execute(sa.text(statement)).scalar_one()


FIRST = {"source": "telephone", "given_by": " Umm Ali, head "}
SHEETS = (("sheets", "IMG 1.png", PNG), ("sheets", "2.jpg", b"\xff\xd8\xff.."))


def first_entry() -> bytes:
    return filled("uuid:e1", books="x" * MAX_REQUEST_BYTES, version="6")


@pytest.fixture
def kept(books, enter):
    """The module's one entry, also where the test that makes it has run elsewhere."""
    if not count(books):
        assert enter(first_entry(), *SHEETS, **FIRST)[0] == 201


@pytest.fixture
def landed(kept, books):
    """The same, when the pull has brought it."""
    if not count(books, "SELECT count(*) FROM ops.entry WHERE sent_at IS NOT NULL"):
        with books.begin() as connection:
            entries.save_sent(connection, "uuid:e1", NOW)
    if not count(books, "SELECT count(*) FROM raw.submission WHERE instance_id = 'uuid:e1'"):
        land(books)


def land(books) -> None:
    with books.begin() as connection:
        form_key = connection.execute(
            sa.text("SELECT form_key FROM raw.form WHERE form_id = :form"), {"form": FORM}
        ).scalar_one()
        place = {"form_key": form_key, "instance_id": "uuid:e1", "school_code": "S1",
                 "period": ROUND}  # fmt: skip
        insert(connection, "raw.submission", **place, odata="{}", odata_sha256=b"",
               submission_date=NOW, current_version_id="v", landed_at=NOW)  # fmt: skip
        insert(connection, "emis.school_return", **place, form_id=FORM, school_year=2026,
               received_at=NOW, has_blocking_issue=False)  # fmt: skip


def page(client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status
    return answer.get_data(as_text=True)


def test_a_department_chooses_among_its_own_schools(books, client_as):
    shown = page(client_as("department"), "/entry/schools")
    assert "Al-Amal" in shown
    assert "Azadi" not in shown
    assert "Al-Noor" not in page(client_as("department"), "/entry/schools?q=amal")
    assert "Azadi" in page(client_as("ministry"), "/entry/schools")


def test_a_school_owes_what_is_open_now(books, client_as):
    shown = page(client_as("department"), "/entry/schools/S1")
    assert f"Books {ROUND}" in shown
    assert f"Books {EARLIER}" not in shown
    assert f"Books {LATER}" not in shown
    assert "Census 2026" in shown
    assert "Received" in shown, "the census of S1 is here"


@pytest.mark.parametrize(
    "path",
    [
        "/entry/schools/S4",
        f"/entry/schools/S4/{ROUND}",
        f"/entry/schools/S4/{ROUND}/form.xml",
        f"/entry/schools/S4/{ROUND}/lists/schools.csv",
        f"{PAGE}-none",
        f"{PAGE}/lists/staff.csv",
        f"{PAGE}/lists/..%2Fform.xml",
        f"{PAGE}/media/schools.csv",
        f"{PAGE}/media/tap.png",
        f"{PAGE}/media/..%2Ftextbook_return.xlsx",
        "/entry/scripts/none/index.js",
        "/entry/returns/uuid:none",
    ],
)
def test_what_is_not_there_for_a_department(books, client_as, path):
    assert client_as("department").get(path).status_code == 404


def test_the_form_opens_in_the_readers_language_for_that_school_and_round(books, client_as):
    xform = page(client_as("department", "en"), f"{PAGE}/form.xml")
    assert '<translation lang="English (en)" default="true()"' in xform
    assert xform.count("default=") == 1
    answers = {node.tag.rpartition("}")[2]: node.text for node in primary_instance(xform)[0]}
    assert answers == {"governorate": "IQG08", "district": "IQG08Q01", "school": "S1",
                       "round": ROUND}  # fmt: skip


def test_its_lists_hold_that_school_and_round_alone_as_central_gives_them(books, client_as):
    client = client_as("department")
    schools = list(csv.DictReader(page(client, f"{PAGE}/lists/schools.csv").splitlines()))
    assert schools == [
        {"name": "schools-S1", "label": "مدرسة S1", "__version": "3", "school_code": "S1"}
    ]
    rounds = list(csv.DictReader(page(client, f"{PAGE}/lists/rounds.csv").splitlines()))
    assert [row["round_code"] for row in rounds] == [ROUND]


def test_the_page_of_a_form_may_run_it_and_speaks_to_nobody_else(books, client_as):
    client = client_as("department", "ar")
    answer = client.get(PAGE)
    shown = answer.get_data(as_text=True)
    assert "wasm-unsafe-eval" in answer.headers["Content-Security-Policy"]
    assert "http" not in answer.headers["Content-Security-Policy"]
    assert "من أين تأتي الإجابات؟" in shown
    address = shown.split('data-engine="')[1].split('"')[0]
    script = client.get(address)
    assert (script.status_code, script.headers["Content-Encoding"]) == (200, "gzip")
    assert "immutable" in script.headers["Cache-Control"]
    assert client_as("school_head").get(address).status_code == 403


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (f"/entry/schools/S1/{EARLIER}", "This round is closed"),
        (f"/entry/schools/S1/{LATER}", "has not opened yet"),
        ("/entry/schools/S1/2026-census", "is here already"),
    ],
)
def test_a_form_that_cannot_be_entered_says_why(books, client_as, enter, path, words):
    assert words in page(client_as("department"), path, 409)
    round_code = path.rpartition("/")[2]
    form = "school_census" if "census" in path else FORM
    version = "2026-1" if "census" in path else "7"
    xml = filled("uuid:late", round_code=round_code, form=form, version=version)
    status, said = enter(xml, path=path)
    assert (status, words in said) == (409, True)
    assert count(books) == 0


def test_nothing_is_entered_for_a_closed_school(books, client_as, enter):
    with books.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE emis.school_history SET is_open = false WHERE school_code = 'S2'"
        )
    try:
        closed = f"/entry/schools/S2/{ROUND}"
        assert "This school is closed" in page(client_as("department"), closed, 409)
        assert enter(filled("uuid:c", school="S2"), path=closed)[0] == 409
    finally:
        with books.begin() as connection:
            connection.exec_driver_sql(
                "UPDATE emis.school_history SET is_open = true WHERE school_code = 'S2'"
            )


def test_a_school_that_centrals_lists_do_not_have_yet_is_told(books, client_as):
    with books.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE raw.entity SET gone_at = now() WHERE uuid = 'schools-S2'"
        )
    assert "do not hold this school" in page(
        client_as("department"), f"/entry/schools/S2/{ROUND}", 409
    )


def test_another_areas_school_is_not_entered(books, enter):
    assert enter(filled("uuid:x", school="S4"), path=f"/entry/schools/S4/{ROUND}")[0] == 404
    assert enter(filled("uuid:x", school="S3"))[1] == (
        "In the form another school is chosen than on this page."
    )
    assert count(books) == 0


DOCTYPE = b'<!DOCTYPE data [<!ENTITY a "b">]>'
EDIT = "<orx:deprecatedID>uuid:old</orx:deprecatedID>"


@pytest.mark.parametrize(
    ("xml", "files", "changed", "words"),
    [
        (b"", (), {}, "The form is missing"),
        (b"not XML", (), {}, "cannot be read"),
        (DOCTYPE + filled("uuid:1"), (), {}, "cannot be read"),
        (filled(""), (), {}, "cannot be read"),
        (filled("u" * 101), (), {}, "cannot be read"),
        (filled("uuid:1", meta=EDIT), (), {}, "cannot be read"),
        (filled("uuid:1", form="school_census"), (), {}, "another form"),
        (filled("uuid:1", round_code=EARLIER), (), {}, "another round"),
        (filled("uuid:1", version="8"), (), {}, "does not know this version"),
        (filled("uuid:1"), (), {"source": ""}, "Choose what"),
        (filled("uuid:1"), (), {"source": "rumour"}, "Choose what"),
        (filled("uuid:1"), (), {"given_by": "  "}, "Write who signed"),
        (filled("uuid:1"), (), {"given_by": "x" * 1001}, "at most 1,000 characters"),
        (filled("uuid:1"), (), {"given_on": "2026-11-24"}, "Give the day"),
        (filled("uuid:1"), (), {"given_on": "2025-11-01"}, "Give the day"),
        (filled("uuid:1"), (), {"given_on": "today"}, "Give the day"),
        (filled("uuid:1"), (("sheets", "a.pdf", b"%PDF"),), {}, "JPEG, PNG or WebP"),
        (filled("uuid:1"), (("sheets", "a.png", PNG),) * 13, {}, "at most 12"),
        (filled("uuid:1"), (), {"source": "paper_sheet"}, "a photo of each page"),
        (filled("uuid:1"), (("x.jpg", "x.jpg", b"?"),), {}, "does not ask for"),
    ],
)  # fmt: skip
def test_what_is_not_right_is_refused_in_words_and_nothing_is_kept(
    books, enter, xml, files, changed, words
):
    status, said = enter(xml, *files, **changed)
    assert status in (400, 409)
    assert words in said
    assert count(books) == 0


def test_a_photo_that_is_too_large_is_refused(books, enter, monkeypatch):
    monkeypatch.setattr(entry_checks, "MOST_SHEET_BYTES", 100)
    photo = PNG + b"\0" * 100
    assert enter(filled("uuid:1"), ("sheets", "a.png", photo)) == (
        413, "A photo is larger than 5 MB. Take a smaller one.",
    )  # fmt: skip


def test_only_an_entry_may_be_larger_than_a_form_of_these_pages(books, client_as, token_of):
    client = client_as("department")
    body = {"csrf_token": token_of(client, "/entry"), "filler": "x" * MAX_REQUEST_BYTES}
    assert client.post("/language", data=body).status_code == 413


def test_a_request_from_elsewhere_is_refused(books, client_as):
    answer = client_as("department").post(PAGE, data=parts(filled("uuid:1"), "no token"))
    assert answer.status_code == 400
    assert count(books) == 0


def test_an_entry_is_kept_once_with_who_entered_it_and_from_what(books, enter):
    xml = first_entry()
    assert enter(xml, *SHEETS, **FIRST) == (201, "/entry")
    again = xml.replace(b"T12:00", b"T12:05")
    assert enter(again, *SHEETS) == (201, "/entry"), "the browser did not hear the first answer"
    assert enter(filled("uuid:e1"))[0] == 409, "another return under the same id"
    assert "on its way" in enter(filled("uuid:e2"), login="ministry")[1], "a second officer"
    with books.connect() as connection:
        row = connection.execute(sa.text("SELECT * FROM ops.entry")).mappings().one()
        due = connection.execute(
            sa.text("SELECT count(*) FROM ops.due WHERE stage = 'send_entries'")
        ).scalar_one()
        trail = connection.execute(
            sa.text("SELECT actor, subject, detail FROM ops.audit_trail"
                    " WHERE action = 'return_entered'")
        ).all()  # fmt: skip
    assert bytes(row["xml"]) == xml
    assert row["entered_by"] == "Post of department (department)"
    assert (row["source_code"], row["given_by"]) == ("telephone", "Umm Ali, head")
    assert (row["school_code"], row["period"], row["form_version"]) == ("S1", ROUND, "6")
    assert due == 1
    assert [(actor, subject) for actor, subject, _ in trail] == [("department", "S1")]
    assert "Umm Ali" not in str(trail)


def test_its_page_shows_the_sheet_to_those_who_see_the_school(kept, books, client_as):
    shown = page(client_as("department"), "/entry/returns/uuid:e1")
    assert "Waits for ODK Central" in shown
    assert "Telephone call" in shown
    sheet = client_as("department").get("/entry/returns/uuid:e1/sheets/1.png")
    assert (sheet.data, sheet.mimetype) == (PNG, "image/png")
    assert sheet.headers["X-Content-Type-Options"] == "nosniff"
    assert client_as("department").get("/entry/returns/uuid:e1/sheets/3.png").status_code == 404
    with books.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE ops.user_account SET scope_code = 'DEP-B1' WHERE login = 'general_directorate'"
        )
    other = client_as("general_directorate")
    assert other.get("/entry/returns/uuid:e1").status_code == 404
    assert other.get("/entry/returns/uuid:e1/sheets/1.png").status_code == 404
    assert "uuid:e1" not in page(other, "/entry")
    assert count(books, "SELECT count(*) FROM ops.audit_trail WHERE action = 'sheet_seen'") == 1


@pytest.mark.parametrize(
    ("language", "words"), [("ar", "تنتظر ODK Central"), ("ckb", "چاوەڕێی ODK Central")]
)
def test_the_list_of_entries_speaks_the_readers_language(kept, books, client_as, language, words):
    assert words in page(client_as("department", language), "/entry")


def test_that_entries_wait_for_an_account_is_said_on_the_page(kept, books, client_as):
    client = client_as("department")
    assert "no account is named" not in page(client, "/entry")
    with books.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE ops.due SET attempts = 1, reason = '[central-no-manager] This needs'"
            " WHERE stage = 'send_entries'"
        )
    assert "no account is named" in page(client, "/entry")


def test_an_entry_is_seen_at_central_then_landed_then_with_the_school(kept, books, client_as):
    with books.begin() as connection:
        entries.put_off(connection, "uuid:e1", "Central refused it", NOW)
    assert "Central refused it" in page(client_as("department"), "/entry/returns/uuid:e1")
    with books.begin() as connection:
        entries.save_sent(connection, "uuid:e1", NOW)
    assert "In ODK Central" in page(client_as("department"), "/entry")
    land(books)
    assert "Has arrived" in page(client_as("department"), "/entry")
    shown = page(client_as("school_head"), "/schools/S1")
    assert "Post of department (department), from: Telephone call" in shown
    assert "by the school" in shown, "the census came from a tablet"
    with books.connect() as connection:
        view = connection.execute(sa.text("SELECT * FROM emis.entered_return")).mappings().one()
    assert (view["form_id"], view["school_code"], view["source_code"]) == (FORM, "S1", "telephone")


def test_what_is_sent_on_occasion_is_entered_as_often_as_it_occurs(
    landed, books, client_as, monkeypatch
):
    department = client_as("department")
    assert department.get(PAGE).status_code == 409
    for module in (entry_checks, entry_tables):
        monkeypatch.setattr(module, "is_owed", lambda form_id: form_id != FORM)
    assert department.get(PAGE).status_code == 200
    assert "Sent on occasion" in page(department, "/entry/schools/S1")


def test_a_return_that_was_rejected_may_be_entered_again(landed, books, client_as, enter):
    assert client_as("department").get(PAGE).status_code == 409
    with books.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE raw.submission SET review_state = 'rejected' WHERE instance_id = 'uuid:e1'"
        )
    assert client_as("department").get(PAGE).status_code == 200
    assert enter(filled("uuid:e3"))[0] == 201
