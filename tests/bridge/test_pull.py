"""What a pull of a form gives, step by step, and when it may be believed."""

import json
import re
import threading
import time
import tracemalloc
from dataclasses import replace
from itertools import islice

import pytest

from bridge.changes import (
    FormGone,
    IncompleteAnswer,
    PullComplete,
    RowChanged,
    SchemaChanged,
)
from bridge.client import open_client
from bridge.compile import compile_form
from bridge.publish import publish_form
from bridge.pull import pull_changes
from config.errors import OperatorError
from tests.bridge.conftest import WARD, publish_ward
from tests.bridge.plain_mirror import PlainMirror
from tests.bridge.workbooks import write_xlsform


def rows_of(changes) -> dict:
    return {change.instance_id: change for change in changes if isinstance(change, RowChanged)}


def kinds(changes) -> list[str]:
    return [type(change).__name__ for change in changes]


def test_a_first_pull_gives_the_definition_then_the_rows_then_its_end(ward, reader):
    ward.send("uuid:a", kids="<kids><kid>K1</kid></kids><kids><kid>K2</kid></kids>")
    changes = ward.mirror().pull(reader)
    assert kinds(changes) == ["SchemaChanged", "PullStarted", "RowChanged", "PullComplete"]
    row = changes[2]
    assert (row.instance_id, row.row["name"], row.row["age"]) == ("uuid:a", "Ada", 7)
    assert [kid["kid"] for kid in row.row["kids"]] == ["K1", "K2"]
    assert row.system["edits"] == 0
    assert json.loads(row.raw) == row.row
    assert changes[3].row_count == 1
    assert changes[3].is_full
    assert changes[1].key == changes[3].key == ward.key


def test_an_empty_form_is_pulled_too(ward, reader):
    mirror = ward.mirror()
    assert kinds(mirror.pull(reader)) == ["SchemaChanged", "PullStarted", "PullComplete"]
    assert kinds(mirror.pull(reader)) == ["NothingNew"]


def test_the_definition_names_fields_and_choices_with_their_languages(manager, reader, tmp_path):
    survey = """
        type | name | label::العربية (ar) | label::English (en)
        select_one sex | sex | الجنس | Sex
        select_multiple sex | seen | ما شوهد | Seen
        geopoint | place | المكان | Place
        image | photo | صورة | Photo
        begin group | a-b | مجموعة | Group
        date | day | اليوم | Day
        end group | | |
    """
    choices = """
        list_name | name | label::العربية (ar) | label::English (en)
        sex | f | أنثى | female
        sex | m | ذكر | male
    """
    xlsx = write_xlsform(tmp_path / "definition.xlsx", survey=survey, choices=choices)
    publish_form(manager, compile_form(xlsx), tmp_path)
    (changed,) = [
        change
        for change in PlainMirror("definition", tmp_path).pull(reader)
        if isinstance(change, SchemaChanged)
    ]
    fields = {field.path: field for field in changed.schema.fields}
    assert fields["/sex"].kind == "string"
    assert fields["/seen"].is_select_multiple
    assert fields["/place"].kind == "geopoint"
    assert fields["/photo"].is_binary
    assert fields["/a-b"].kind == "structure"
    assert fields["/a-b/day"].kind == "date"
    labels = {(c.path, c.code, c.language): c.label for c in changed.schema.choices}
    assert labels["/sex", "f", "ar"] == "أنثى"
    assert labels["/seen", "m", "en"] == "male"
    assert len(labels) == 2 * 2 * 2
    assert changed.schema.version.xform.startswith("<")


def test_the_state_is_plain_json(ward, reader):
    mirror = ward.mirror()
    mirror.pull(reader)
    assert json.loads(json.dumps(mirror.state)) == mirror.state


@pytest.mark.parametrize("event", ["new", "edit", "delete", "restore", "review"])
def test_every_event_is_seen_by_the_next_pull(ward, reader, event):
    ward.send("uuid:a")
    if event == "restore":
        ward.delete("uuid:a")
    mirror = ward.mirror()
    mirror.pull(reader)
    {
        "new": lambda: ward.send("uuid:b"),
        "edit": lambda: ward.edit("uuid:a", "uuid:a", "uuid:a2", "Bea"),
        "delete": lambda: ward.delete("uuid:a"),
        "restore": lambda: ward.restore("uuid:a"),
        "review": lambda: ward.manager.pyodk.submissions.review("uuid:a", "approved", ward.id),
    }[event]()
    changes = mirror.pull(reader)
    assert kinds(changes)[0] == "PullStarted"
    row = rows_of(changes)["uuid:b" if event == "new" else "uuid:a"]
    assert (row.system["deletedAt"] is not None) == (event == "delete")
    assert (row.system["edits"], row.row["name"]) == ((1, "Bea") if event == "edit" else (0, "Ada"))
    assert row.system["reviewState"] == {"edit": "edited", "review": "approved"}.get(event)
    mirror.pull_until_quiet(reader)
    mirror.require_equal(reader)


def test_a_new_definition_gives_every_row_anew_although_no_row_has_changed(ward, manager, reader):
    ward.send("uuid:a")
    mirror = ward.mirror()
    mirror.pull(reader)
    publish_ward(manager, ward.folder, ward.id, WARD + "    text | more | More\n")
    changes = mirror.pull(reader)
    assert kinds(changes) == ["SchemaChanged", "PullStarted", "RowChanged", "PullComplete"]
    assert changes[0].schema.version.version == "2"
    assert "more" in changes[2].row


def test_a_form_that_is_gone_is_told_and_one_that_never_was_is_refused(ward, manager, reader):
    mirror = ward.mirror()
    mirror.pull(reader)
    manager.request("DELETE", manager.path("forms", ward.id))
    assert mirror.pull(reader) == [FormGone(ward.key)]
    with pytest.raises(OperatorError) as refused:
        ward.mirror().pull(reader)
    assert refused.value.code == "form-unknown"


def test_a_form_id_that_is_used_again_has_another_key(ward, manager, reader):
    ward.send("uuid:a")
    mirror = ward.mirror()
    mirror.pull(reader)
    manager.request("DELETE", manager.path("forms", ward.id))
    again = publish_ward(manager, ward.folder, ward.id)
    changes = mirror.pull(reader)
    assert kinds(changes) == ["SchemaChanged", "PullStarted", "PullComplete"]
    assert changes[1].key == again.key != ward.key


def test_a_draft_is_not_pulled(manager, reader, ward):
    xform = manager.request("GET", manager.path("forms", f"{ward.id}.xml")).text
    draft = xform.replace(ward.id, f"{ward.id}_draft")
    manager.request(
        "POST", manager.path("forms"), data=draft.encode(),
        headers={"Content-Type": "application/xml"},
    )  # fmt: skip
    with pytest.raises(OperatorError) as refused:
        PlainMirror(f"{ward.id}_draft", ward.folder).pull(manager)
    assert refused.value.code == "form-not-published"


# -- hostile rows ----------------------------------------------------------------------------------


def test_ten_megabytes_of_text_come_whole_in_a_small_memory(ward, reader):
    text = "مدرسة " * 1_000_000
    ward.send("uuid:long", name=text)
    tracemalloc.start()
    rows = rows_of(ward.mirror().pull(reader))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert rows["uuid:long"].row["name"] == text
    # 6 million characters of two bytes, held as text, as JSON and as the row: 11 MB each.
    assert peak < 100_000_000


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("a\x01b", "a\x01b"),
        ("\x1b[31m", "\x1b[31m"),
        ("&quot;}],&quot;@odata.count&quot;:0}", '"}],"@odata.count":0}'),
        ("\\u0041\\", "\\u0041\\"),
        ("\U0001f600 \u200f\u0631", "\U0001f600 \u200f\u0631"),
        ("' OR 1=1; --", "' OR 1=1; --"),
    ],
)
def test_odd_text_arrives_as_it_was_sent(ward, reader, sent, shown):
    instance = ward.send(name=sent)
    row = rows_of(ward.mirror().pull(reader))[instance]
    assert row.row["name"] == shown
    assert json.loads(row.raw)["name"] == shown


def test_a_submission_without_an_instance_id_gets_one_from_central(ward, reader):
    instance = ward.send("")
    row = rows_of(ward.mirror().pull(reader))[instance]
    assert row.row["meta"]["instanceID"] is None
    assert re.fullmatch(r"[0-9a-f-]{36}", instance)


# -- half answers ----------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["whole", "reset", "unfinished"])
@pytest.mark.parametrize("share", [0, 0.3, 0.7, 0.999])
def test_an_answer_that_stops_anywhere_is_never_complete(ward, proxy, proxied, ending, share):
    for number in range(20):
        ward.send(f"uuid:{number}")
    proxy.on_data(lambda answer: answer.cut(int(len(answer.body) * share), ending))
    refuse_half(ward, proxied)


@pytest.mark.parametrize("ending", ["whole", "reset", "unfinished"])
def test_an_answer_that_stops_between_two_rows_is_never_complete(ward, proxy, proxied, ending):
    for number in range(3):
        ward.send(f"uuid:{number}")
    boundary = re.compile(rb"\},(?=\{)")
    proxy.on_data(lambda answer: answer.cut(boundary.search(answer.body).end() - 1, ending))
    refuse_half(ward, proxied)


@pytest.mark.parametrize(
    ("found", "instead"),
    [
        (rb',"@odata.count":\d+', b""),
        (rb'"@odata.context":', b'"@odata.other":'),
        (rb'"@odata.count":2', b'"@odata.count":3'),
        (rb'"@odata.count":2', b'"@odata.count":1'),
        (rb'"value":', b'"values":'),
        (rb'"__id"', b'"_id"'),
        (rb"\}$", b"}}"),
        (rb"^\{", b"<html>"),
    ],
)
def test_an_answer_that_lacks_its_proof_is_never_complete(ward, proxy, proxied, found, instead):
    ward.send("uuid:a")
    ward.send("uuid:b")
    proxy.on_data(lambda answer: replace(answer, body=re.sub(found, instead, answer.body)))
    refuse_half(ward, proxied)


def test_an_answer_that_falls_silent_is_left_after_the_time_limit(
    central, ward, proxy, monkeypatch
):
    for number in range(20):
        ward.send(f"uuid:{number}")
    proxy.on_data(lambda answer: answer.cut(len(answer.body) // 2, "stalled", stall_s=30.0))
    monkeypatch.setattr("bridge.http.READ_SECONDS", 5)
    with open_client(replace(central.settings, central_url=proxy.url)) as client:
        begun = time.monotonic()
        refuse_half(ward, client)
        assert time.monotonic() - begun < 30.0, "while Central is silent"


def test_after_a_half_answer_the_next_pull_is_whole(ward, proxy, proxied):
    ward.send("uuid:a")
    proxy.on_data(lambda answer: answer.cut(50, "reset"))
    refuse_half(ward, proxied)
    proxy.on_data(lambda answer: answer)
    assert set(rows_of(ward.mirror().pull(proxied))) == {"uuid:a"}


def refuse_half(ward, client) -> None:
    seen, mirror = [], ward.mirror()
    with pytest.raises(IncompleteAnswer) as refused:
        seen.extend(pull_changes(client, ward.id, {}, mirror, mirror.terms()))
    assert refused.value.code == "answer-incomplete"
    assert not any(isinstance(change, PullComplete) for change in seen)
    assert list((ward.folder / "spool").iterdir()) == []


def test_a_definition_that_changes_while_rows_are_read_is_not_mixed_with_them(
    ward, manager, reader
):
    ward.send("uuid:a")
    mirror = ward.mirror()
    changes = pull_changes(reader, ward.id, {}, mirror, mirror.terms())
    assert isinstance(next(changes), SchemaChanged)
    publish_ward(manager, ward.folder, ward.id, WARD + "    text | more | More\n")
    with pytest.raises(IncompleteAnswer, match="published"):
        list(changes)


# -- a Central that is older, or newer -------------------------------------------------------------


def test_pages_of_a_future_central_are_followed_to_their_end(ward, proxy, proxied):
    for number in range(7):
        ward.send(f"uuid:{number}")
    page_by_two(proxy)
    changes = ward.mirror().pull(proxied)
    assert len(rows_of(changes)) == changes[-1].row_count == 7
    pages = [path for _, path in proxy.requests if "expand=" in path]
    assert len(pages) == 4


def test_a_page_that_is_lost_between_two_others_shows(ward, proxy, proxied):
    for number in range(7):
        ward.send(f"uuid:{number}")
    page_by_two(proxy, empty_from=2)
    refuse_half(ward, proxied)


def page_by_two(proxy, empty_from: int = 99) -> None:
    """Plays a Central with a page limit of its own, over the whole answer of this one."""
    turns = iter(range(100))

    def page(answer):
        turn = next(turns)
        document = json.loads(answer.body)
        rows = document["value"]
        start = turn * 2
        document["value"] = [] if turn >= empty_from else rows[start : start + 2]
        if start + 2 < len(rows) and turn < empty_from:
            document["@odata.nextLink"] = f"http://elsewhere.invalid/x?%24skiptoken=0{turn}"
        return replace(answer, body=json.dumps(document).encode())

    # The Central behind the proxy knows nothing of these cursors.
    proxy.rewrite = lambda path: re.sub(r"&%24skiptoken=[^&]*", "", path)
    proxy.on_data(page)


# -- the reader and the download -------------------------------------------------------------------


def test_a_reader_that_stops_leaves_no_thread_and_no_file(ward, reader):
    for number in range(50):
        ward.send(f"uuid:{number}", name="x" * 20_000)
    before = set(threading.enumerate())  # one of an earlier test may end meanwhile
    mirror = ward.mirror()
    changes = pull_changes(reader, ward.id, {}, mirror, mirror.terms())
    assert isinstance(next(c for c in changes if isinstance(c, RowChanged)), RowChanged)
    changes.close()
    assert set(threading.enumerate()) <= before
    assert list((ward.folder / "spool").iterdir()) == []
    assert len(rows_of(ward.mirror().pull(reader))) == 50


def test_rows_come_while_the_rest_of_the_answer_is_still_on_its_way(ward, proxy, proxied):
    for number in range(20):
        ward.send(f"uuid:{number}", name="x" * 20_000)
    proxy.on_data(lambda answer: answer.cut(len(answer.body) // 2, "stalled", stall_s=8.0))
    mirror, begun = ward.mirror(), time.monotonic()
    changes = pull_changes(proxied, ward.id, {}, mirror, mirror.terms())
    rows = (change for change in changes if isinstance(change, RowChanged))
    assert len(list(islice(rows, 5))) == 5
    assert time.monotonic() - begun < 8.0, "while Central is silent"
    with pytest.raises(IncompleteAnswer):
        list(changes)
