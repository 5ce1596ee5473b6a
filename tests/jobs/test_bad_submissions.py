"""Bad submissions from end to end: sent to Central, pulled, landed, compared with their XML.

Each is landed or named with its reason; none stops the form.
"""

import datetime as dt
import uuid
from dataclasses import replace

import pytest
import sqlalchemy as sa

from bridge.client import open_client
from bridge.compile import compile_form
from bridge.errors import CentralRefused
from bridge.publish import publish_form
from config.errors import OperatorError
from processing.db.engine import open_engine
from processing.jobs.catalogue import load_catalogue
from processing.jobs.pulling import pull_one
from processing.jobs.verifying import verify_some
from tests.bridge.workbooks import write_xlsform

SURVEY = """
    type            | name    | label
    text            | name    | Name
    integer         | age     | Age
    decimal         | weight  | Weight
    date            | born    | Born
    time            | woken   | Woken
    dateTime        | seen    | Seen
    geopoint        | place   | Place
    begin repeat    | kids    | Kids
    integer         | kid_age | Age
    end repeat      |         |
"""
GARBAGE = {
    "age": "twelve",
    "weight": "1e400",
    "born": "last spring",
    "woken": "at dawn",
    "seen": "2026-11-01T25:61:00.000+03:00",
    "place": "near the river",
}


class Ward:
    """A small form at Central, and the ways to send to it and to look at what has landed."""

    def __init__(self, settings, folder):
        self.settings = settings
        self.form_id = f"ward_{uuid.uuid4().hex[:8]}"
        compiled = compile_form(write_xlsform(folder / f"{self.form_id}.xlsx", survey=SURVEY))
        with open_client(settings, "manager") as client:
            self.version = publish_form(client, compiled, folder).version
        self.engine = open_engine(settings, "worker")
        with self.engine.begin() as connection:
            load_catalogue(connection)

    def send(self, body: str, instance_id: str | None = "", version: str | None = None) -> str:
        if instance_id == "":
            instance_id = f"uuid:{uuid.uuid4()}"
        meta = "" if instance_id is None else f"<instanceID>{instance_id}</instanceID>"
        named = f'id="{self.form_id}" version="{version or self.version}"'
        xml = f"<data {named}>{body}<meta>{meta}</meta></data>"
        with open_client(self.settings, "manager") as client:
            answer = client.request(
                "POST",
                client.path("forms", self.form_id, "submissions"),
                data=xml.encode(),
                headers={"Content-Type": "application/xml"},
            )
        return answer.json()["instanceId"]

    def pull(self):
        now = dt.datetime.now(dt.UTC)
        with self.engine.begin() as connection:
            report = pull_one(connection, self.settings, self.form_id, now)
        with self.engine.begin() as connection:
            verify_some(connection, self.settings, self.form_id, now)
        return report

    def rows(self, statement: str, **values) -> list[tuple]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(sa.text(statement), values)]

    def issues(self, instance_id: str) -> dict[str, str]:
        rows = self.rows(
            "SELECT subject, arguments->>'value' FROM quality.issue"
            " WHERE instance_id = :id AND state = 'open' AND rule = 'value_fits_its_type'",
            id=instance_id,
        )
        return dict(rows)


@pytest.fixture
def ward(complete_settings, tmp_path):
    ward = Ward(complete_settings, tmp_path)
    yield ward
    ward.engine.dispose()


def test_garbage_in_every_field_is_listed_field_by_field(ward):
    body = "".join(f"<{name}>{value}</{name}>" for name, value in GARBAGE.items())
    bad = ward.send(
        f"<name>x</name>{body}<kids><kid_age>5</kid_age></kids><kids><kid_age>?</kid_age></kids>"
    )
    good = ward.send("<name>y</name><age>7</age>")
    ward.pull()
    assert ward.issues(bad) == {**GARBAGE, "kids[2]/kid_age": "?"}
    assert ward.issues(good) == {}
    ages = ward.rows(f"SELECT instance_id, age, _is_verified FROM survey.{ward.form_id}")
    assert sorted(ages) == sorted([(bad, None, True), (good, 7, True)])
    assert ward.rows(f"SELECT kid_age FROM survey.{ward.form_id}_kids ORDER BY _row_number") == [
        (5,),
        (None,),
    ]


def test_a_moment_at_the_edge_of_the_calendar_is_listed_and_holds_up_no_other(ward):
    """In UTC it lies in the year before the first."""
    moment = "0001-01-01T00:00:00.000+03:00"
    bad, good = ward.send(f"<seen>{moment}</seen>"), ward.send("<age>7</age>")
    ward.pull()
    assert ward.issues(bad) == {"seen": moment}
    verified = ward.rows(f"SELECT instance_id, _is_verified FROM survey.{ward.form_id}")
    assert dict(verified) == {bad: True, good: True}


NUMBERS = {
    ("age", "9007199254740993"): 9007199254740993,
    ("age", "-9223372036854775808"): -(2**63),
    ("age", "9223372036854775808"): None,
    ("age", "7.0"): None,
    ("weight", "NaN"): None,
    ("weight", "-Infinity"): None,
    ("weight", "1e400"): None,
    ("weight", "-1e308"): -1e308,
    ("weight", "9007199254740993"): 9007199254740992.0,
}


def test_numbers_beyond_what_json_can_say_are_kept_true_or_listed(ward):
    sent = {ward.send(f"<{name}>{text}</{name}>"): (name, text) for name, text in NUMBERS}
    ward.pull()
    rows = ward.rows(f"SELECT instance_id, age, weight, _is_verified FROM survey.{ward.form_id}")
    assert len(rows) == len(NUMBERS)
    for instance_id, age, weight, is_verified in rows:
        name, text = sent[instance_id]
        assert (age if name == "age" else weight) == NUMBERS[name, text], text
        is_listed = NUMBERS[name, text] is None
        assert ward.issues(instance_id) == ({name: text} if is_listed else {})
        assert is_verified


def test_ten_megabytes_of_text_land_whole(ward):
    text = "قصة طويلة " * 600_000
    instance_id = ward.send(f"<name>{text}</name><age>1</age>")
    ward.pull()
    assert ward.rows(f"SELECT name = :text FROM survey.{ward.form_id}", text=text) == [(True,)]
    assert ward.issues(instance_id) == {}


def test_control_characters_and_odd_ids_land(ward):
    ids = {ward.send("<name>a\x01b\x1f</name>", instance_id) for instance_id in ODD_IDS}
    ids.add(ward.send("<name>without an id</name>", None))
    ward.pull()
    assert {row[0] for row in ward.rows(f"SELECT instance_id FROM survey.{ward.form_id}")} == ids
    kept = ward.rows("SELECT count(*) FROM raw.submission_version WHERE length(xml) > 0")
    assert kept == [(len(ids),)]


ODD_IDS = ("it's", "a/b?c=d#e", "x" * 64, "with space", "مدرسة")


def test_an_unknown_form_version_is_refused_by_central_and_the_rest_goes_on(ward):
    good = ward.send("<name>y</name>")
    with pytest.raises(CentralRefused) as refused:
        ward.send("<name>z</name>", version="never published")
    assert refused.value.problem == 404.6
    ward.pull()
    assert ward.rows(f"SELECT instance_id FROM survey.{ward.form_id}") == [(good,)]


def test_a_disk_that_takes_nothing_is_told_and_nothing_is_lost(ward, tmp_path):
    good, whole = ward.send("<name>y</name>"), ward.settings
    (tmp_path / "file").write_text("")
    ward.settings = replace(whole, emis_data_dir=tmp_path / "file")
    with pytest.raises(OperatorError) as told:
        ward.pull()
    assert told.value.code == "spool-unwritable"
    ward.settings = whole
    ward.pull()
    assert ward.rows(f"SELECT instance_id FROM survey.{ward.form_id}") == [(good,)]


def test_the_xml_is_kept_as_it_was_sent(ward):
    body = "<name>a &amp; b  <![CDATA[<c>]]></name><age>٤٢</age>"
    instance_id = ward.send(body)
    ward.pull()
    [(xml,)] = ward.rows(
        "SELECT xml FROM raw.submission_version WHERE instance_id = :i", i=instance_id
    )
    assert body.encode() in bytes(xml)
    assert ward.rows(f"SELECT name, age FROM survey.{ward.form_id}") == [("a & b  <c>", 42)]
