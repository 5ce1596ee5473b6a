"""Collect's log of a filling, as it comes from tablets of many releases."""

import io

import pytest

from processing.attachments.client_audit import field_path, read_client_audit

FULL = """\
event,node,start,end,latitude,longitude,accuracy,old-value,new-value,user,change-reason
form start,,1762300800000,,,,,,,Zainab,
question,/data/grades[2]/girls/age_0,1762300801500,1762300809000,33.3,44.4,8.5,,"12, maybe",Zainab,
change reason,,1762300810000,,,,,,,Zainab,"wrong
school"
"""


def read(text: str | bytes) -> list:
    return list(read_client_audit(io.BytesIO(text if isinstance(text, bytes) else text.encode())))


def test_a_full_log_is_read_event_by_event():
    start, question, reason = read(FULL)
    assert (start.position, start.event, start.node) == (1, "form start", None)
    assert start.start_at == "2025-11-05T00:00:00+00:00"
    assert question.field_path == "/grades/girls/age_0"
    assert (question.latitude, question.longitude, question.accuracy_m) == (33.3, 44.4, 8.5)
    assert (question.old_value, question.new_value) == (None, "12, maybe")
    assert question.end_at == "2025-11-05T00:00:09+00:00"
    assert (reason.change_reason, reason.user_name) == ("wrong\nschool", "Zainab")


def test_a_log_without_places_and_changes_has_none():
    [event] = read("event,node,start,end\njump,,1762300800000,\n")
    assert (event.latitude, event.old_value, event.user_name) == (None, None, None)


@pytest.mark.parametrize(
    ("cell", "column"),
    [
        ("yesterday", "start"),
        ("99999999999999999999", "start"),
        ("NaN", "latitude"),
        ("1e999", "latitude"),
        ("north", "latitude"),
        ("x", "a-new-column"),
    ],
)
def test_what_does_not_fit_is_kept_as_it_stands(cell, column):
    [event] = read(f"event,{column}\nquestion,{cell}\n")
    assert event.remainder == {column: cell}


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("a photo, or so\n", 0),
        ("event,node\n", 0),
        ("event,node\n\n\nform exit,\n", 1),
        ("\ufeffevent,node\nform exit,\n", 1),
        ("event,node\nquestion\nquestion,/data/a,too,many\n", 2),
        (b"event,node\nquestion,/data/\xff\xfe\x00\n", 1),
        ('event,new-value\nquestion,"' + "x" * 1_000_000 + '"\n', 1),
        ('event,new-value\nquestion,"never closed\n', 1),
    ],
)
def test_odd_files_never_stop_the_reader(text, count):
    assert len(read(text)) == count


@pytest.mark.parametrize(
    ("node", "path"),
    [
        ("/data/a", "/a"),
        ("/data/g[1]/r[22]/a", "/g/r/a"),
        ("/data", None),
        ("", None),
        (None, None),
    ],
)
def test_a_node_is_named_as_the_forms_fields_are(node, path):
    assert field_path(node) == path
