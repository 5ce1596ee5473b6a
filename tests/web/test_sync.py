"""The sync page and /metrics: what the mirror promises, how late it is, what is wrong."""

import csv
import datetime as dt
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from prometheus_client.parser import text_string_to_metric_families

from processing.db.queries import measures
from processing.web.app import create_app
from tests.web.factories import NOW

TOKEN = "monitor-" + "m" * 32
STARTED = NOW - timedelta(minutes=5)
STATE = '{"cold_every_s": 120.5, "cold_proved_at": "2026-10-01T05:00:00+00:00"}'
PROBED, CHANGED = NOW - timedelta(minutes=1), NOW - timedelta(hours=2)
COMPARED = NOW - timedelta(hours=1)


@pytest.fixture(scope="module")
def mirrored(country):
    """Two forms: one compared and equal, with rows of a pull; one that differed."""
    with country.begin() as connection:
        run = lambda statement, **values: connection.execute(sa.text(statement), values)  # noqa: E731
        keys = [
            run(
                "INSERT INTO raw.form (central, project, form_id, form_created_at, first_seen_at)"
                " VALUES ('c', 1, :form_id, :now, :now) RETURNING form_key",
                form_id=form_id,
                now=NOW,
            ).scalar_one()
            for form_id in ("equal_form", "other_form")
        ]
        for key, number in zip(keys, (0, 3), strict=True):
            run(
                "INSERT INTO ops.sync_state (form_key, state, probed_at, changed_at, reconciled_at,"
                " central_count, mirror_count, difference_count, differences) VALUES (:key,"
                " CAST(:state AS jsonb), :probed, :changed, :compared, 24311, :mirror, :number,"
                " CAST(:kinds AS jsonb))",
                key=key,
                state=STATE,
                probed=PROBED,
                changed=CHANGED,
                compared=COMPARED,
                mirror=24311 - number,
                number=number,
                kinds='{"missing": 3}' if number else "{}",
            )
        # Times at Central: 2 s and 4 s before the commit, and a restored row of last year.
        for number, age in enumerate((2, 4, 400 * 86400)):
            run(
                "INSERT INTO raw.submission (form_key, instance_id, odata, odata_sha256,"
                " submission_date, current_version_id, landed_at, attachments_present,"
                " attachments_expected) VALUES (:key, :id, '{}', '', :sent, :id, :landed, 0, 1)",
                key=keys[0],
                id=f"uuid:{number}",
                sent=STARTED - timedelta(seconds=age),
                landed=STARTED,
            )
        run(
            "INSERT INTO ops.pull (form_key, started_at, finished_at, is_full, row_count, added,"
            " changed, purged, request_count, byte_count) VALUES (:key, :at, :at, false, 3, 3, 0,"
            " 0, 4, 2000000)",
            key=keys[0],
            at=STARTED,
        )
        run(
            "INSERT INTO raw.attachment (form_key, instance_id, version_id, name, is_present,"
            " attempts, is_refused, reason) VALUES (:key, 'uuid:0', 'uuid:0', 'p.jpg', true, 3,"
            " true, 'more than 256 MiB')",
            key=keys[0],
        )
        run(
            "INSERT INTO ops.xml_trouble (form_key, instance_id, since, next_at, attempts, reason)"
            " SELECT :key, 'uuid:' || n, :now, :now, 2 + n, '[central-fault] It fails over this.'"
            " FROM generate_series(0, 1) n",
            key=keys[0],
            now=NOW,
        )
        run(
            "INSERT INTO ops.form_event (form_key, at, what, path, before, after)"
            " VALUES (:key, :now, 'question-retyped', '/age', 'int', 'string')",
            key=keys[0],
            now=NOW,
        )
        run(
            "INSERT INTO ops.late_row (form_key, instance_id, since, next_at)"
            " VALUES (:key, 'uuid:1', :now, :now)",
            key=keys[0],
            now=NOW,
        )
        run(
            "INSERT INTO ops.due (stage, form_id, since, not_before, attempts, reason)"
            " VALUES ('pull', 'equal_form', :now, :now, 2, '[central-unreachable] no answer')",
            now=NOW,
        )
    return keys


def test_the_page_says_whether_the_mirror_is_equal(mirrored, client_as):
    page = client_as("administrator").get("/sync").get_data(as_text=True)
    assert "Central 24,311 = mirror 24,311, verified" in page
    assert "Central 24,311, mirror 24,308" in page
    assert "missing 3" in page
    assert "141 s, while Central answers" in page, "2 x 10 + 120.5: a bound is rounded up"


def test_the_page_shows_lag_waiting_files_and_reasons(mirrored, client_as):
    client = client_as("administrator")
    effort = client.get("/sync?download=effort.csv").get_data(as_text=True)
    row = next(line for line in effort.splitlines() if line.startswith("equal_form"))
    assert row.split(",")[1:6] == ["2", "3.0", "3.9", "1", "2"], "2 s and 4 s; the restore is out"
    waiting = client.get("/sync?download=waiting.csv").get_data(as_text=True)
    row = next(line for line in waiting.splitlines() if line.startswith("equal_form"))
    assert row.split(",")[1] == "1"
    assert row.split(",")[-1] == "1", "Central cannot serve it"
    mirror = client.get("/sync?download=mirror.csv").get_data(as_text=True)
    row = next(line for line in mirror.splitlines() if line.startswith("equal_form"))
    assert row.split(",")[1:3] == ["equal_form", "Open"]
    [cells] = [c for c in csv.DictReader(mirror.splitlines()) if c["Form id"] == "equal_form"]
    assert cells["Not yet verified"] == "3"
    assert cells["Older ones last proved"].startswith("2026-10-01T08:00"), "in Baghdad"
    faults = client.get("/sync?download=faults.csv").get_data(as_text=True)
    assert "more than 256 MiB" in faults
    assert "central-unreachable" in faults


def table(client, name: str) -> list[dict]:
    """A table of the page, as people download it."""
    text = client.get(f"/sync?download={name}.csv").get_data().decode("utf-8-sig")
    return list(csv.DictReader(text.splitlines()))


def test_the_page_says_what_is_promised_for_what(mirrored, client_as):
    rows = table(client_as("administrator"), "promises")
    assert [tuple(row.values()) for row in rows] == [
        (
            "Submissions, edits, deletions and reviews that are new",
            "Exact",
            "10 s, while Central answers",
        ),
        (
            "Restores, purges and late commits of older submissions",
            "Exact",
            "141 s, while Central answers",
        ),
        ("Questions and choices of a form", "Exact", "10 s, while Central answers"),
        ("Typed answers against the XML", "Exact", "Rows that wait for it are counted above"),
        ("Entity lists", "Exact", "60 s, while Central answers"),
        (
            "Files and encrypted parts that arrive late",
            "Within a bound",
            "A minute at first, a day at last",
        ),
        (
            "Files that were replaced, senders that were renamed",
            "Within a bound",
            "The next night",
        ),
        ("Comments where something is open", "Within a bound", "An hour"),
        ("Other comments", "Within a bound", "When somebody asks"),
        ("App users and senders", "Within a bound", "An hour"),
    ]


def test_the_page_shows_when_each_form_was_asked_and_what_it_took(mirrored, client_as, country):
    with country.begin() as connection:
        measures.save_pull(
            connection,
            mirrored[1],
            STARTED,
            is_full=True,
            seen=9,
            added=9,
            changed=0,
            purged=0,
            requests=7,
            byte_count=3_000_000,
            seconds=0.5,
        )
    client = client_as("administrator")
    [form] = [row for row in table(client, "mirror") if row["Form id"] == "equal_form"]
    found = [dt.datetime.fromisoformat(form[name]) for name in ("Last asked", "Last change")]
    assert found == [PROBED, CHANGED]
    assert (form["Submissions"], form["Deleted"], form["Purged"]) == ("3", "0", "0")
    [other] = [row for row in table(client, "effort") if row["Form"] == "other_form"]
    assert other["Requests since the start"] == "7"
    assert float(other["Megabytes since the start"]) == 3


def test_xml_that_central_does_not_serve_is_among_what_failed(mirrored, client_as):
    """Two submissions for one reason are a line; it names none of them."""
    failed = [
        row for row in table(client_as("administrator"), "faults") if "fails" in row["Reason"]
    ]
    assert [(row["Stage"], row["Form"], row["Attempts"], row["Reason"]) for row in failed] == [
        ("Compare with the XML", "equal_form", "3", "[central-fault] It fails over this. (2)")
    ]


def test_the_page_tells_what_has_changed_in_forms(mirrored, client_as):
    events = client_as("administrator").get("/sync?download=events.csv").get_data(as_text=True)
    row = next(line for line in events.splitlines() if line.startswith("equal_form"))
    assert row.split(",")[2:] == ["Another type", "/age", "int", "string"]


@pytest.mark.parametrize("language", ["ar", "ckb", "en"])
def test_the_page_speaks_three_languages(mirrored, client_as, language):
    answer = client_as("administrator", language).get("/sync")
    assert answer.status_code == 200
    assert ("Sync" in answer.get_data(as_text=True)) == (language == "en")


def metrics(answer) -> dict:
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/plain; version=0.0.4")
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(answer.get_data(as_text=True))
        for sample in family.samples
    }


def test_metrics_say_the_same_in_prometheus_text(mirrored, client_as, country):
    with country.begin() as connection:
        for _ in range(2):
            measures.save_pull(
                connection,
                mirrored[0],
                STARTED,
                is_full=False,
                seen=3,
                added=3,
                changed=0,
                purged=0,
                requests=4,
                byte_count=1000,
                seconds=0.5,
            )
    found = metrics(client_as("administrator").get("/metrics"))
    assert found["emis_submissions", "equal_form", "live"] == 3
    assert found["emis_submissions_unverified", "equal_form"] == 3
    proved_at = dt.datetime(2026, 10, 1, 5, tzinfo=dt.UTC).timestamp()
    assert found["emis_sync_old_rows_proved_timestamp_seconds", "equal_form"] == proved_at
    assert found["emis_reconcile_differences", "other_form"] == 3
    assert found["emis_sync_requests_total", "equal_form"] == 8
    assert found["emis_sync_received_bytes_total", "equal_form"] == 2000
    assert found["emis_sync_lag_seconds_count", "equal_form"] >= 4
    assert found["emis_files", "equal_form", "refused"] == 1
    assert found["emis_files", "equal_form", "late"] == 1
    assert found["emis_due_slices", "pull", "ready"] >= 1
    assert found["emis_reconcile_mirror_rows", "other_form"] == 24308
    assert found["emis_sync_lag_day_seconds", "0.5", "equal_form"] > 0
    assert found["emis_sync_lag_day_seconds", "0.95", "equal_form"] > 0
    assert found["emis_sync_faults", "central-unreachable", "equal_form", "pull"] == 2
    assert found["emis_sync_faults", "attachments", "equal_form", "other"] == 3
    assert found["emis_files_bytes", "equal_form"] == 0


def test_metrics_tell_the_times_too(mirrored, client_as):
    found = metrics(client_as("administrator").get("/metrics"))
    for name, at in (
        ("emis_sync_probed_timestamp_seconds", PROBED),
        ("emis_sync_changed_timestamp_seconds", CHANGED),
        ("emis_reconciled_timestamp_seconds", COMPARED),
    ):
        assert found[name, "equal_form"] == at.timestamp()
    assert found["emis_sync_faults", "central-fault", "equal_form", "verify"] == 3


def test_the_token_opens_metrics_and_nothing_else(mirrored, database, web_engine):
    settings = replace(database, emis_metrics_token=TOKEN)
    client = create_app(settings, web_engine, clock=lambda: NOW).test_client()
    good = {"Authorization": f"Bearer {TOKEN}"}
    assert metrics(client.get("/metrics", headers=good))
    for bad in ("Bearer ", "Bearer wrong", TOKEN, f"Basic {TOKEN}", "Bearer é"):
        assert client.get("/metrics", headers={"Authorization": bad}).status_code == 403
    assert client.get("/sync", headers=good).status_code == 303


def test_without_a_token_nobody_guesses_it(mirrored, app):
    client = app.test_client()
    for value in ("Bearer ", "Bearer None"):
        assert client.get("/metrics", headers={"Authorization": value}).status_code == 403


def test_a_file_that_holds_a_name_never_shows_it(mirrored, client_as):
    text = client_as("administrator").get("/metrics").get_data(as_text=True)
    assert "p.jpg" not in text
    assert "uuid:" not in text
