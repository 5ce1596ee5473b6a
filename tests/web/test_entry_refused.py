"""Entries that ODK Central refuses: seen, withdrawn or corrected, and their school free again."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from processing.db.engine import open_engine
from processing.db.queries import entries
from tests.web.entries import PAGE, PNG, ROUND, add_form, filled
from tests.web.factories import NOW, insert

JPEG = b"\xff\xd8\xff.."
REFUSAL = "Central refused a submission with status 409: another content."
RETURNS = "/entry/returns"


@pytest.fixture(scope="module")
def owner(database, books):
    engine = open_engine(database, "owner")
    yield engine
    engine.dispose()


@pytest.fixture(autouse=True)
def nothing_entered(owner):
    with owner.begin() as connection:
        connection.exec_driver_sql("TRUNCATE ops.entry, ops.entry_file, ops.audit_trail")


@pytest.fixture
def refused(books, enter):
    """The id of an entry of S1 that Central has refused."""
    xml = filled("uuid:r1", books="31<photo>a.jpg</photo>")
    assert enter(xml, ("sheets", "s.png", PNG), ("a.jpg", "a.jpg", JPEG)) == (201, "/entry")
    with books.begin() as connection:
        entries.put_off(connection, "uuid:r1", REFUSAL, NOW)
    return "uuid:r1"


@pytest.fixture
def withdraw(client_as, token_of):
    def post(instance_id: str, reason: str = "wrong school", login: str = "department"):
        client = client_as(login)
        token = token_of(client, "/entry/schools")
        return client.post(
            f"{RETURNS}/{instance_id}/withdrawal",
            data={"csrf_token": token, "reason": reason}, follow_redirects=True,
        )  # fmt: skip

    return post


def page(client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status
    return answer.get_data(as_text=True)


def rows(books, statement: str) -> list:
    with books.connect() as connection:
        return connection.execute(sa.text(statement)).all()


def due_ids(books) -> list[str]:
    with books.begin() as connection:
        later = NOW + timedelta(days=2)
        taken = entries.take_entries(connection, "central", 1, 20, later)
        assert entries.has_entries(connection, "central", 1, later) == bool(taken)
    return [entry["instance_id"] for entry in taken]


def edited(instance_id: str, old: str, books: str = "13") -> bytes:
    """The form as the browser sends it after it was opened with the answers of `old`."""
    meta = f"<orx:deprecatedID>{old}</orx:deprecatedID>"
    return filled(instance_id, books=books, meta=meta)


def test_a_refusal_stands_on_the_list_on_the_form_and_on_its_own_page(books, client_as, refused):
    client = client_as("department")
    shown = page(client, "/entry")
    assert "Not taken by ODK Central" in shown
    assert "ODK Central did not take these returns: 1." in shown
    assert "Entered, not taken by ODK Central" in page(client, "/entry/schools/S1")
    form = page(client, PAGE, 409)
    assert "ODK Central did not take it. Open the entry" in form
    assert f'href="{RETURNS}/{refused}"' in form
    own = page(client, f"{RETURNS}/{refused}")
    assert REFUSAL in own
    assert "Withdraw it" in own


@pytest.mark.parametrize(
    ("language", "words"), [("ar", "لم يأخذها ODK Central"), ("ckb", "ODK Central وەری نەگرت")]
)
def test_it_is_told_in_the_readers_language(client_as, refused, language, words):
    assert words in page(client_as("department", language), "/entry")
    assert words in page(client_as("department", language), f"{RETURNS}/{refused}")


def test_withdrawn_it_leaves_school_and_round_free_and_is_never_sent(
    books, client_as, enter, refused, withdraw
):
    assert due_ids(books) == [refused]
    shown = withdraw(refused).get_data(as_text=True)
    assert "The school and the round are free again" in shown
    assert "Withdrawn by Post of department (department)" in shown
    assert "wrong school" in shown
    assert due_ids(books) == []
    assert client_as("department").get(PAGE).status_code == 200
    assert enter(filled("uuid:r2")) == (201, "/entry")
    assert due_ids(books) == ["uuid:r2"]
    trail = "SELECT actor, subject, detail FROM ops.audit_trail WHERE action = 'return_withdrawn'"
    ((actor, subject, detail),) = rows(books, trail)
    assert (actor, subject) == ("department", "S1")
    assert detail == {"instance_id": refused, "round": ROUND}, "no words of a person"
    assert rows(books, "SELECT xml IS NOT NULL FROM ops.entry WHERE instance_id = 'uuid:r1'")[0][0]


@pytest.mark.parametrize(
    ("reason", "words"),
    [("", "Write why"), ("   ", "Write why"), ("x" * 1001, "at most 1,000 characters")],
)
def test_a_withdrawal_needs_its_reason(books, refused, withdraw, reason, words):
    assert words in withdraw(refused, reason).get_data(as_text=True)
    assert due_ids(books) == [refused]


def test_only_what_central_has_refused_is_withdrawn(books, enter, withdraw):
    assert enter(filled("uuid:r3"))[0] == 201
    assert "changed meanwhile" in withdraw("uuid:r3").get_data(as_text=True), "it was never tried"
    with books.begin() as connection:
        entries.put_off(connection, "uuid:r3", REFUSAL, NOW)
        entries.save_sent(connection, "uuid:r3", NOW)
    assert "changed meanwhile" in withdraw("uuid:r3").get_data(as_text=True), "Central has it"
    assert rows(books, "SELECT 1 FROM ops.entry WHERE withdrawn_at IS NOT NULL") == []


def test_one_that_is_being_sent_at_this_moment_is_not_withdrawn(books, refused, withdraw):
    with books.begin() as worker:
        assert entries.take_entries(worker, "central", 1, 20, NOW + timedelta(days=2))
        assert "changed meanwhile" in withdraw(refused).get_data(as_text=True)
        entries.save_sent(worker, refused, NOW)
    assert rows(books, "SELECT withdrawn_at FROM ops.entry") == [(None,)]


def test_another_area_neither_reads_nor_withdraws_it(books, client_as, refused, withdraw):
    with books.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE ops.user_account SET scope_code = 'DEP-B1' WHERE login = 'general_directorate'"
        )
    assert withdraw(refused, login="general_directorate").status_code == 404
    client = client_as("general_directorate")
    for path in ("answers.xml", "answers/a.jpg"):
        assert client.get(f"{RETURNS}/{refused}/{path}").status_code == 404
    assert due_ids(books) == [refused]


def test_its_form_opens_with_its_answers(books, client_as, refused):
    client = client_as("department")
    form = page(client, f"{PAGE}?corrects={refused}")
    assert f'data-answers="{RETURNS}/{refused}/answers.xml"' in form
    assert "a.jpg" in form
    assert 'value="the head"' in form
    answers = client.get(f"{RETURNS}/{refused}/answers.xml")
    assert b"<books>31<photo>" in answers.data
    assert client.get(f"{RETURNS}/{refused}/answers/a.jpg").data == JPEG
    assert len(rows(books, "SELECT 1 FROM ops.audit_trail WHERE action = 'answers_seen'")) == 1


def test_answers_are_read_of_refused_entries_alone(books, client_as, enter):
    assert enter(filled("uuid:r4"))[0] == 201
    client = client_as("department")
    assert client.get(f"{RETURNS}/uuid:r4/answers.xml").status_code == 404
    assert client.get(f"{PAGE}?corrects=uuid:r4").location == PAGE
    assert client.get(f"{PAGE}?corrects=uuid:none").location == PAGE


def test_corrected_it_is_replaced_by_a_new_entry_with_its_files(books, client_as, enter, refused):
    path, xml = f"{PAGE}?corrects={refused}", edited("uuid:r5", refused, "9<photo>a.jpg</photo>")
    assert enter(xml, path=path, source="paper_sheet") == (201, "/entry"), "its photo is kept"
    assert due_ids(books) == ["uuid:r5"]
    ((xml,),) = rows(books, "SELECT xml FROM ops.entry WHERE instance_id = 'uuid:r5'")
    assert b"deprecatedID" not in bytes(xml), "Central never had what it was edited from"
    assert b"<books>9<photo>a.jpg</photo></books>" in bytes(xml)
    files = "SELECT kind, name FROM ops.entry_file WHERE instance_id = 'uuid:r5' ORDER BY 1"
    assert rows(books, files) == [("answer", "a.jpg"), ("sheet", "1.png")]
    shown = page(client_as("department"), f"{RETURNS}/{refused}")
    assert "Corrected by another entry" in shown
    assert f'href="{RETURNS}/uuid:r5"' in shown
    # The browser did not hear the answer and sends it again.
    assert enter(edited("uuid:r5", refused, "9<photo>a.jpg</photo>"), path=path) == (201, "/entry")
    assert enter(edited("uuid:r6", refused), path=path)[0] == 409, "a second officer"
    assert due_ids(books) == ["uuid:r5"]


def test_new_photos_of_the_sheet_stand_for_those_of_before(books, enter, refused):
    xml = edited("uuid:r7", refused)
    path = f"{PAGE}?corrects={refused}"
    assert enter(xml, ("sheets", "n.jpg", JPEG), path=path)[0] == 201
    files = "SELECT kind, name FROM ops.entry_file WHERE instance_id = 'uuid:r7'"
    assert rows(books, files) == [("sheet", "1.jpg")], "and no file that no answer names"


def test_what_is_refused_of_a_correction_leaves_the_entry_as_it_was(books, enter, refused):
    path = f"{PAGE}?corrects={refused}"
    assert enter(edited("uuid:r8", refused), path=path, source="")[0] == 400
    assert enter(edited("uuid:r8", refused), ("sheets", "a.pdf", b"%PDF"), path=path)[0] == 400
    assert enter(edited("uuid:r8", "uuid:other"), path=path)[0] == 400
    assert enter(edited("uuid:r8", refused))[0] == 400, "an edit that corrects nothing"
    assert due_ids(books) == [refused]


def test_a_newer_form_of_a_training_project_takes_no_entry_and_its_return_is_none(
    owner, books, client_as, enter
):
    with books.begin() as connection:
        training = add_form(connection, project=2, created_at=NOW + timedelta(days=1))
        insert(connection, "raw.submission", form_key=training, instance_id="uuid:practice",
               school_code="S1", period=ROUND, odata="{}", odata_sha256=b"", submission_date=NOW,
               current_version_id="v", landed_at=NOW)  # fmt: skip
    assert client_as("department").get(PAGE).status_code == 200, "practice is not received"
    assert enter(filled("uuid:r9")) == (201, "/entry")
    assert due_ids(books) == ["uuid:r9"], "it is sent to the project of the returns"
    assert client_as("department").get(PAGE).status_code == 409, "it is on its way"
    with owner.begin() as connection:
        connection.execute(sa.text("UPDATE ops.entry SET form_key = :key"), {"key": training})
    assert client_as("department").get(PAGE).status_code == 200, "practice is not on its way"
