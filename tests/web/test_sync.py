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
                " CAST(:state AS jsonb), :now, :now, :now, 24311, :mirror, :number,"
                " CAST(:kinds AS jsonb))",
                key=key,
                state=STATE,
                now=NOW - timedelta(hours=1),
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
