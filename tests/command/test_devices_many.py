"""Many tablets at once: twice is once, and an interruption in the middle costs nothing."""

import datetime as dt
import re
import signal
import subprocess
import sys
import time
from ast import literal_eval
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
import requests
import sqlalchemy as sa

from bridge.client import open_client
from bridge.simulation.registry import make_registry
from config.forms import load_catalogue
from config.paths import ROOT
from processing.command import OPERATOR_ERROR
from processing.db.engine import open_engine
from processing.db.queries.registry import replace_registry
from processing.jobs.catalogue import load_catalogue as load_catalogue_into
from processing.jobs.publishing import keep_lists, publish
from processing.local import environment_of

SCHOOLS, SUPERVISORS = 60, 2
ALL = SCHOOLS + SUPERVISORS
OF_SCHOOLS, OF_SUPERVISORS = "textbook_return", "inspection_visit"
NOW = dt.datetime(2026, 11, 5, 8, 0, tzinfo=dt.UTC)
WITHIN_S = 240
pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def settings(database, valkey_url, sandbox):
    settings = sandbox.fill(replace(database, redis_url=valkey_url))
    registry = make_registry(SCHOOLS, seed=3)
    posts = [
        {"supervisor_code": f"V{number}", "name_ar": "مشرف",
         "directorate_code": registry.schools[0].directorate_code}
        for number in range(1, SUPERVISORS + 1)
    ]  # fmt: skip
    with open_engine(settings, "worker").begin() as connection:
        load_catalogue_into(connection)
        replace_registry(connection, buildings=registry.buildings, schools=registry.schools,
                         supervisors=posts, now=NOW)  # fmt: skip
        keep_lists(connection, settings)
    books = [load_catalogue()[form_id].xlsx for form_id in (OF_SCHOOLS, OF_SUPERVISORS)]
    assert [result.error for result in publish(settings, books)] == [None, None]
    return settings


@pytest.fixture
def start(settings):
    """start("devices", …, NAME=…) -> the command as a process; none is left afterwards."""
    processes = []

    def start(*arguments: str, **environment: str) -> subprocess.Popen:
        process = subprocess.Popen(
            [sys.executable, "-m", "processing.command", *arguments],
            env={**environment_of(settings), "PYTHONPATH": str(ROOT), **environment},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def ended(process: subprocess.Popen) -> tuple[int, str]:
    output, _ = process.communicate(timeout=WITHIN_S)
    return process.returncode, output


def interrupted(process: subprocess.Popen) -> tuple[int, str]:
    """Ctrl-C until it ends: CPython drops one that falls into the callback of a weak reference."""
    until = time.monotonic() + WITHIN_S
    while process.poll() is None:
        assert time.monotonic() < until
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=1)
    return ended(process)


def accounts(settings) -> list[tuple]:
    with open_client(settings, "manager") as client:
        listed = client.get_json(client.path("app-users"), headers={"X-Extended-Metadata": "true"})
        may_fill = {
            form_id: {actor["id"] for actor in client.get_json(
                client.path("forms", form_id, "assignments", "app-user"))}
            for form_id in (OF_SCHOOLS, OF_SUPERVISORS)
        }  # fmt: skip
    return sorted(
        (user["displayName"], user["token"], str(user["properties"]),
         [form_id for form_id, ids in may_fill.items() if user["id"] in ids])
        for user in listed
    )  # fmt: skip


def device_rows(settings) -> list[sa.Row]:
    with open_engine(settings, "worker").connect() as connection:
        return connection.execute(sa.text("SELECT * FROM ops.device ORDER BY device_id")).all()


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_interrupted_in_the_middle_it_goes_on_and_done_again_it_changes_nothing(
    settings, start, tmp_path
):
    folder = tmp_path / "codes"
    provision = ("devices", "provision", "--training", "--out", str(folder))
    process = start(*provision)
    until = time.monotonic() + WITHIN_S
    while len(list(folder.glob("*.png"))) < SCHOOLS // 3:
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < until
        time.sleep(0.05)
    code, output = interrupted(process)
    assert code != 0
    assert "Traceback" not in output
    begun, before = accounts(settings), contents(folder)
    assert SCHOOLS // 3 <= len(begun) < ALL

    code, output = ended(start(*provision))
    assert code == 0, output
    assert f"{ALL} codes in" in output
    whole, files = accounts(settings), contents(folder)
    assert len(whole) == len({name for name, *_ in whole}) == ALL
    assert len([name for name in files if name.endswith(".png")]) == ALL
    # Whose code was printed before the interruption keeps it.
    assert all(files[name] == content for name, content in before.items())
    assert [each[:2] for each in begun] == [each[:2] for each in whole if each[:2] in
                                            {one[:2] for one in begun}]  # fmt: skip
    assert all(forms == [OF_SUPERVISORS if name.startswith("supervisor") else OF_SCHOOLS]
               for name, _, _, forms in whole)  # fmt: skip

    rows = device_rows(settings)
    code, output = ended(start(*provision))
    assert code == 0, output
    assert f"{ALL} holders, of which 0 had no account" in output
    assert (accounts(settings), contents(folder), device_rows(settings)) == (whole, files, rows)

    code, output = ended(start("devices", "list"))
    assert code == 0, output
    assert output.count(" in use ") == ALL


def test_a_terminal_shows_how_far_it_is(start, tmp_path):
    provision = ("devices", "provision", "--training", "--out", str(tmp_path / "codes"))
    code, output = ended(start(*provision, FORCE_COLOR="1", COLUMNS="120"))
    assert code == 0, output
    assert "accounts and codes" in output
    counts = {int(count) for count in re.findall(rf"(\d+)/{ALL}\b", output)}
    assert len(counts) > 1, "not only at the end"
    assert max(counts) == ALL


def test_a_supervisor_has_the_forms_of_supervisors_and_a_school_those_of_schools(settings):
    for name, token, properties, _ in accounts(settings):
        if name not in ("supervisor V1 #1", "school SIM000001 #1"):
            continue
        kind, code = name.split()[:2]
        url = f"{settings.central_url}/v1/key/{token}/projects/{settings.central_project}/formList"
        listed = requests.get(url, headers={"X-OpenRosa-Version": "1.0"}, timeout=60).text
        held = literal_eval(properties)
        assert held.pop(f"{kind}_code") == code
        assert held.keys() == {"general_code", "ministry"}
        assert (OF_SUPERVISORS in listed, OF_SCHOOLS in listed) == (
            kind == "supervisor", kind == "school",
        )  # fmt: skip


def test_a_handover_names_the_login_that_the_last_head_still_has(settings, start, tmp_path):
    head, other = ("SIM000003", "head.3"), ("SIM000004", "head.4")
    for school, login in (head, other):
        of_head = ("--role", "school_head", "--scope", school)
        assert ended(start("users", "add", login, *of_head))[0] == 0
    signed = ("--reason", "New head", "--by", "A. Hasan", "--out", str(tmp_path))
    code, output = ended(start("devices", "handover", "--school", head[0], *signed))
    assert code == 0, output
    assert "emis users reissue head.3" in output
    assert "head.4" not in output


def test_a_school_that_gets_no_account_is_named_and_the_others_have_their_codes(
    settings, start, tmp_path
):
    """Central takes no name of an app user as long as this code makes it."""
    long_code, folder = "SIM" + "9" * 60, tmp_path / "codes"
    school = make_registry(SCHOOLS, seed=3).schools[0]
    with open_engine(settings, "worker").begin() as connection:
        replace_registry(connection, schools=[replace(school, school_code=long_code)], now=NOW)
    listed = tmp_path / "schools.csv"
    rows = [("SIM000001", "T1"), (long_code, "T1"), ("SIM000002", "SIM000002")]
    lines = [",".join(row) for row in [("school_code", "tablet"), *rows]]
    listed.write_text("\n".join(lines), encoding="utf-8")
    provision = ("--schools", str(listed), "--training", "--out", str(folder))
    code, output = ended(start("devices", "provision", *provision))
    assert code == OPERATOR_ERROR
    assert "[devices-not-all-made]: 1 account could" in output
    assert f"school {long_code}: " in output
    assert "2 codes in" in output
    assert sorted(each for each in contents(folder) if each.endswith(".png")) == [
        "SIM000001.png", "SIM000002.png"
    ]  # fmt: skip
    (sheet,) = folder.glob("*.pdf")
    assert b"/Count 1" in sheet.read_bytes(), "the tablet T1 has no sheet without all its codes"
