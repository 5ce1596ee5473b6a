"""Every command on real servers, in the order in which an operator would use them.

One survey of twelve simulated schools; each test looks at what the one before has made.
"""

import datetime as dt
import re
import subprocess
import sys
from dataclasses import replace

import pytest
import sqlalchemy as sa

from bridge.client import open_client
from config.paths import ROOT
from processing.db.engine import open_engine
from processing.db.queries.due import WHOLE, delay_due, mark_due
from processing.db.queries.runs import finish_run, start_run
from processing.local import environment_of
from tests.bridge.workbooks import write_xlsform
from tests.command.tablet import send_from_tablet

SCHOOLS = 12
NOW = dt.datetime(2026, 11, 5, 8, 0, tzinfo=dt.UTC)
LATER = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def settings(database, valkey_url, sandbox):
    return sandbox.fill(replace(database, redis_url=valkey_url))


@pytest.fixture(scope="module")
def emis(settings):
    """Run `emis …`, with some settings changed; the answer's output is one text."""

    def run(*arguments: str, code: int = 0, text: str = "", **changes) -> str:
        answer = subprocess.run(
            [sys.executable, "-m", "processing.command", *arguments],
            env=environment_of(replace(settings, **changes))
            | {"COLUMNS": "200", "PYTHONPATH": str(ROOT)},
            input=text,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        assert answer.returncode == code, answer.stdout + answer.stderr
        assert "Traceback" not in answer.stderr
        return answer.stdout + answer.stderr

    return run


@pytest.fixture(scope="module")
def survey(emis):
    """The simulated survey, sent once for all the tests of this module."""
    return emis("simulate", "--schools", str(SCHOOLS), "--seed", "5", "--faults", "10")


def test_the_database_is_at_this_version_and_migrating_again_leaves_it_there(emis):
    before = emis("db", "status")
    assert "up to date" in before
    emis("db", "migrate")
    assert emis("db", "status") == before


def test_doctor_finds_nothing_amiss(emis):
    text = emis("doctor")
    assert "FAULT" not in text
    assert "v2026.2.2-sandbox; Project Viewer" in text


def test_a_simulated_survey_is_sent_and_nothing_more_the_second_time(emis, survey):
    assert f"school_census: {SCHOOLS}" in survey
    assert "Planted faults" in survey
    assert emis("simulate", "--schools", str(SCHOOLS), "--seed", "5", "--faults", "10") == survey


@pytest.mark.parametrize("other", [("13", "5", "10"), ("12", "6", "10"), ("12", "5", "20")])
def test_another_survey_beside_the_first_is_refused(emis, survey, other):
    """The same codes would stand for other schools, and no count would agree any more."""
    schools, seed, faults = other
    text = emis("simulate", "--schools", schools, "--seed", seed, "--faults", faults, code=3)
    assert "another-survey" in text
    assert "of 12 schools (seed 5, 10 % faults)" in text


def test_pulling_brings_everything_and_then_nothing(emis, survey):
    text = emis("pull", "--once")
    assert "school_census" in text
    assert "facility_return" in text
    # Questions went to Central with it: what we said there comes back once, and sets off nothing.
    emis("pull", "school_census")
    assert "nothing new" in emis("pull", "school_census")


def test_pulling_an_unknown_form_fails_and_the_others_go_on(emis, survey):
    emis("pull", "school_census")
    text = emis("pull", "no_such_form", "school_census", code=1)
    assert "form-unknown" in text
    assert "nothing new" in text


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"central_url": "http://127.0.0.1:9"}, "central-unreachable"),
        ({"central_password": "hunter2"}, "central-login-refused"),
        ({"central_project": 99999}, "central-project-unknown"),
        ({"database_url": "postgresql://e:hunter2@127.0.0.1:9/e"}, "database-unreachable"),
    ],
)
def test_a_pull_that_cannot_begin_is_told_in_one_line(emis, changed, code):
    text = emis("pull", "--once", code=3, **changed)
    assert text.startswith(f"Error [{code}]: ")
    assert len(text.splitlines()) == 1
    assert "hunter2" not in text


def test_without_a_manager_pulling_goes_on_and_what_writes_says_what_is_missing(emis, survey):
    nobody = {"central_manager_email": None, "central_manager_password": None}
    emis("pull", "--once", **nobody)
    again = ("simulate", "--schools", str(SCHOOLS), "--seed", "5", "--faults", "10")
    for words in (("forms", "publish"), again):
        text = emis(*words, code=3, **nobody)
        assert text.startswith("Error [central-no-manager]: ")
        assert "CENTRAL_MANAGER_EMAIL" in text


def test_status_shows_forms_due_work_and_runs(emis, survey):
    emis("pull")
    text = emis("status", "--stage", "normalize")
    assert "school_census" in text
    assert "normalize" in text
    assert "done" in text


def test_status_shows_the_code_of_what_failed(emis, settings):
    engine = open_engine(settings, "worker")
    with engine.begin() as connection:
        run_id = start_run(connection, "pull", "", "here", NOW)
        finish_run(connection, run_id, "failed", NOW, reason="[answer-incomplete] It broke off.")
    engine.dispose()
    assert "[answer-incomplete] It broke off." in emis("status", "--stage", "pull")


def test_status_shows_how_often_work_was_tried_in_vain(emis, settings):
    engine = open_engine(settings, "worker")
    with engine.begin() as connection:
        mark_due(connection, "reconcile", [WHOLE], NOW)
        for _ in range(3):
            delay_due(connection, "reconcile", [WHOLE], "[away] Central is away.", LATER)
    text = emis("status")
    with engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM ops.due WHERE stage = 'reconcile'"))
    engine.dispose()
    (row,) = re.findall(r"^│ reconcile +│(.*)│$", text, re.MULTILINE)
    ready, waiting, attempts, _, reason = (cell.strip() for cell in row.split("│"))
    assert (ready, waiting, attempts, reason) == ("0", "1", "3", "[away] Central is away.")


def test_the_mirror_is_compared_and_healed(emis, survey, settings):
    emis("pull")
    assert "=" in emis("reconcile")
    spoil(settings, "raw.submission SET odata_sha256 = sha256('spoilt')")
    assert "1 stale" in emis("reconcile", "school_census", "--fix", code=1)
    assert "stale" not in emis("reconcile", "school_census")
    instance_id = spoil(settings, "survey.school_census SET totals_pupils = totals_pupils + 1")
    assert "typed" not in emis("reconcile", "school_census")
    text = emis("reconcile", "school_census", "--deep", "--fix", code=1)
    assert "1 typed" in text
    assert f"typed  {instance_id}" in text
    assert "typed" not in emis("reconcile", "school_census", "--deep")


def test_a_form_that_neither_side_has_is_not_called_equal(emis, survey):
    assert "form-unknown" in emis("reconcile", "school_census", "no_such_form", code=3)


def test_comments_are_read_when_somebody_asks(emis, survey, settings):
    emis("pull")
    with open_client(settings, "manager") as client:
        ids = [row["instanceId"] for row in client.get_json(submissions(client))]
        # Schools with something planted have been asked about it, in a comment.
        instance_id = next(i for i in ids if not client.get_json(comments_on(client, i)))
        assert "No comments" in emis("comments", "school_census", instance_id)
        body = {"body": "Call [us] back"}
        client.request("POST", comments_on(client, instance_id), json=body)
    assert "Call [us] back" in emis("comments", "school_census", instance_id)
    assert "submission-unknown" in emis("comments", "school_census", "uuid:none", code=3)
    assert "submission-unknown" in emis("comments", "no_such_form", instance_id, code=3)


def submissions(client) -> str:
    return client.path("forms", "school_census", "submissions")


def comments_on(client, instance_id: str) -> str:
    return client.path("forms", "school_census", "submissions", instance_id, "comments")


FIRST = """WHERE instance_id = (
  SELECT min(instance_id) FROM raw.submission JOIN raw.form USING (form_key)
  WHERE form_id = 'school_census') RETURNING instance_id"""


def spoil(settings, change: str) -> str:
    """Change one census behind the sync's back; returns whose."""
    engine = open_engine(settings, "worker")
    with engine.begin() as connection:
        instance_id = connection.execute(sa.text(f"UPDATE {change} {FIRST}")).scalar_one()
    engine.dispose()
    return instance_id


@pytest.mark.parametrize("schema", ["survey", "emis", "stats"])
def test_what_is_rebuilt_equals_what_was_there(emis, survey, settings, schema):
    emis("pull")
    before = fingerprint(settings)
    emis("rebuild", schema)
    assert fingerprint(settings) == before


def fingerprint(settings) -> list:
    """All derived figures, without the moments at which they were made."""
    engine = open_engine(settings, "worker")
    statements = (
        "SELECT s::text FROM survey.school_census s ORDER BY 1",
        "SELECT s::text FROM survey.school_census_grades s ORDER BY 1",
        "SELECT e::text FROM emis.enrolment e ORDER BY 1",
        "SELECT e::text FROM emis.facility e ORDER BY 1",
        "SELECT indicator, unit_level, unit_code, breakdown, numerator, denominator"
        " FROM stats.indicator_value ORDER BY 1, 2, 3, 4",
    )
    with engine.connect() as connection:
        found = [connection.execute(sa.text(text)).all() for text in statements]
    engine.dispose()
    assert all(found), "there is something to compare"
    return found


def test_indicators_are_listed_shown_and_computed(emis, survey):
    emis("pull")
    assert "مؤشر" in emis("indicators", "list") or "التلاميذ" in emis("indicators", "list")
    shown = emis("indicators", "show", "enrolment", "--level", "nation")
    assert "2026/2027" in shown
    assert "IQ" in shown
    assert "values computed" in emis("indicators", "compute", "--year", "2026")
    assert emis("indicators", "compute") == emis("indicators", "compute", "--year", "2026")
    assert emis("indicators", "show", "enrolment", "--level", "nation") == shown
    assert "indicator-unknown" in emis("indicators", "show", "happiness", code=3)
    nothing = emis("indicators", "show", "enrolment", "--year", "1990", code=3)
    assert "indicator-without-values" in nothing


def test_forms_are_listed_checked_and_published_once(emis, survey, tmp_path):
    assert "school_census" in emis("forms", "list")
    assert "nothing found" in emis("forms", "check", "facility_return")
    assert "unchanged" in emis("forms", "publish")
    survey_sheet = "type | name | label | relevent\ntext | a | A | 1=1"
    bad = write_xlsform(tmp_path / "bad.xlsx", survey=survey_sheet)
    text = emis("forms", "check", str(bad), code=1)
    assert "relevent" in text


def test_accounts_are_added_listed_disabled_and_reissued(emis):
    text = emis("users", "add", "Ministry.Stats", "--role", "ministry")
    assert "Password:" in text
    given = emis(
        "users", "add", "head.1", "--role", "analyst", "--password-stdin", text="a long secret 1\n"
    )
    assert "a long secret 1" not in given
    assert " yes " in line_of(emis("users", "list"), "ministry.stats")
    emis("users", "disable", "ministry.stats")
    assert " no " in line_of(emis("users", "list"), "ministry.stats")
    assert "Password:" in emis("users", "reissue", "ministry.stats")
    assert " yes " in line_of(emis("users", "list"), "ministry.stats")


def line_of(text: str, word: str) -> str:
    """The one line that names it."""
    [line] = [line for line in text.splitlines() if word in line]
    return line


def test_a_registry_with_a_broken_row_is_refused_whole(emis, survey, tmp_path):
    (tmp_path / "schools.csv").write_text("school_code,name_ar\nX1,مدرسة\n", encoding="utf-8")
    text = emis("registry", "load", str(tmp_path), code=3)
    assert "registry-file-invalid" in text
    assert "has no column" in text


ROUND = (
    "rounds", "open", "monthly_return", "--ministry", "federal", "--reference", "2026-11-30",
    "--opens", "2026-12-01", "--due", "2026-12-10", "--closes", "2099-12-31",
)  # fmt: skip


def test_a_round_is_opened_listed_and_closed(emis, survey):
    said = emis(*ROUND)
    assert "monthly_return-2026-11-federal: Monthly return – November 2026" in said
    assert "list rounds: 1 created, 0 updated, 0 deleted" in said
    assert "0 created, 0 updated" in emis(*ROUND)
    closing = ("rounds", "close", "monthly_return-2026-11-federal", "--reason", "A trial")
    assert "closed" in emis(*closing, "--by", "A. Hasan")
    assert "round-closed" in emis(*closing, "--by", "A. Hasan", code=3)
    assert "by A. Hasan: A trial" in emis("rounds", "list")
    assert "form-unknown" in emis("rounds", "open", "no_form", *ROUND[3:], code=3)
    assert "form-unknown" in emis("rounds", "list", "--form", "no_form", code=3)
    assert "no round" not in emis("rounds", "list", "--form", "staff_return")


def test_tablets_are_given_codes_listed_handed_over_and_revoked(emis, survey, tmp_path):
    """The sandbox's project is one for practice."""
    out = tmp_path / "codes"
    listing = tmp_path / "list.csv"
    listing.write_text("school_code,tablet\nSIM000001,T1\nSIM000002,T1\n", encoding="utf-8")
    provision = ("devices", "provision", "--schools", str(listing), "--out", str(out))
    assert "training-project" in emis(*provision, code=3)
    said = emis(*provision, "--training")
    assert "2 holders, of which 2 had no account" in said
    assert "lists limited to their tablet: schools" in said
    assert "CENTRAL_TABLET_PASSWORD is empty" in said
    files = {path.name: path.read_bytes() for path in out.iterdir()}
    assert {"SIM000001.png", "SIM000002.png"} < set(files)
    assert "2 holders, of which 0 had no account" in emis(*provision, "--training")
    assert {path.name: path.read_bytes() for path in out.iterdir()} == files
    signed = ("--reason", "New head", "--by", "A. Hasan")
    said = emis("devices", "handover", "--school", "SIM000001", *signed, "--out", str(out))
    assert "also ends" not in said
    assert (out / "SIM000001.png").read_bytes() != files["SIM000001.png"]
    assert (out / "SIM000002.png").read_bytes() == files["SIM000002.png"]
    assert (out / "T1.pdf").read_bytes().startswith(b"%PDF")
    again = tmp_path / "again"
    emis("devices", "provision", "--training", "--out", str(again))
    for name in ("SIM000001.png", "SIM000002.png"):
        assert (again / name).read_bytes() == (out / name).read_bytes(), "they share it still"
    listing.write_text("school_code\nSIM000002\n", encoding="utf-8")
    assert "2 codes in" in emis(*provision, "--training"), "the sheet of a shared tablet is whole"
    listing.write_text("school_code,tablet\nSIM000003,T1\n", encoding="utf-8")
    assert "school-list-invalid" in emis(*provision, "--training", code=3)
    emis("devices", "replace", "--school", "SIM000002", *signed, "--out", str(out))
    listed = emis("devices", "list", "--collect")
    assert "school SIM000001 #2" in listed
    assert "school SIM000001 #1" not in listed
    assert "may send" in listed
    assert "directorate-unknown" in emis("devices", "list", "--directorate", "NOPE", code=3)
    assert "2 accounts ended" in emis("devices", "revoke", "--school", "SIM000002", *signed)
    assert "device-unknown" in emis("devices", "revoke", "--school", "SIM000002", *signed, code=3)
    emis("devices", "replace", "--school", "SIM000001", *signed, "--out", str(out))
    said = emis("devices", "handover", "--school", "SIM000001", *signed, "--out", str(out))
    assert "this also ends the code of the tablet that was replaced on 20" in said
    emis("devices", "handover", "--school", "SIM000001", *signed, code=2)
    assert "holder-unknown" in emis(
        "devices", "handover", "--school", "NOWHERE", *signed, "--out", str(out), code=3
    )
    emis("devices", "provision", "--out", str(out), code=2)


def test_tablets_are_listed_with_when_they_were_seen_and_what_they_sent(
    emis, survey, settings, tmp_path
):
    listing = tmp_path / "list.csv"
    listing.write_text("school_code\nSIM000007\nSIM000008\n", encoding="utf-8")
    provision = ("devices", "provision", "--training", "--schools", str(listing))
    emis(*provision, "--out", str(tmp_path / "codes"))
    version = send_from_tablet(settings, "school SIM000007 #1")
    emis("pull", "textbook_return")
    lines = emis("devices", "list", "--collect").splitlines()
    (seen,) = [line for line in lines if line.startswith("school SIM000007 #1 ")]
    assert re.search(rf" in use +20\d\d-\d\d-\d\d \d\d:\d\d +textbook_return {version} +", seen)
    assert seen.endswith(" v2026.1.2")
    (other,) = [line for line in lines if line.startswith("school SIM000008 #1 ")]
    assert re.search(r" in use +never$", other)


def test_doctor_names_app_users_that_receive_nothing(emis, survey):
    text = emis("doctor")
    assert "FAULT" not in text
    assert "without school_code or supervisor_code" in text
    assert "Simulated schools" in text


def test_simulating_beside_true_schools_is_refused(emis, survey, settings):
    engine = open_engine(settings, "worker")
    statement = sa.text(
        "UPDATE emis.school_history SET is_simulated = :value WHERE school_code ="
        " (SELECT min(school_code) FROM emis.school_history)"
    )
    with engine.begin() as connection:
        connection.execute(statement, {"value": False})
    assert "warehouse-has-true-schools" in emis("simulate", "--schools", "3", code=3)
    with engine.begin() as connection:
        connection.execute(statement, {"value": True})
    engine.dispose()
