"""The Centrals that are measured against: a sandbox with the benchmark's data, or a real one.

Comes in: how many submissions. Goes out: a `BenchCentral` with a published form that holds them.
The sandbox is served twice from one file: at a real Central's pace, and as fast as it can. In a
real Central the benchmark makes a project of its own and archives it at the end.

A real Central works for minutes on what it was sent (one event a submission, in the process that
also answers). Nobody sends 20,000 at once but a benchmark: where EMIS_TEST_CENTRAL_DATABASE_URL
names its database, the queue is waited for.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from secrets import token_hex

import psycopg2

from bridge.sandbox.bulk import load_submissions
from bridge.sandbox.store import Store
from config.settings import Settings
from tests.bench.pull.form import filled, form_xml
from tests.conformance.central_api import XML, Api, Form, sign_in
from tests.fixtures.centrals import pointing_to

ROOT = Path(__file__).resolve().parents[3]
READER, MANAGER = "reader@sandbox.invalid", "manager@sandbox.invalid"
# Measured on Central v2026.2.2 with a form of this shape: 64 MB in 8.2 to 10.3 s.
REAL_BYTES_PER_SECOND = 8_000_000
SENDERS = 8
QUEUE_SECONDS, QUEUE_LOOK_SECONDS = 1800, 3.0
QUEUED = "SELECT count(*) FROM audits WHERE processed IS NULL AND failures = 0"


@dataclass(frozen=True)
class BenchCentral:
    """A form with its submissions. fast_url: the same without the throttle; None at a real one."""

    name: str
    form: Form
    url: str
    fast_url: str | None
    settings: Settings
    process_ids: tuple[int, ...] = ()

    def fill(self, settings: Settings, url: str | None = None) -> Settings:
        """The settings of a database, pointing here."""
        return replace(pointing_to(self.settings, settings), central_url=url or self.url)

    def wait_until_idle(self) -> None:
        """Until a real Central has worked off its queue, where its database can be read."""
        database_url = os.environ.get("EMIS_TEST_CENTRAL_DATABASE_URL")
        if self.process_ids or not database_url:
            return
        deadline = time.monotonic() + QUEUE_SECONDS
        while _count_queued(database_url) and time.monotonic() < deadline:
            time.sleep(QUEUE_LOOK_SECONDS)


@contextmanager
def sandbox_central(folder: Path, count: int) -> Iterator[BenchCentral]:
    """A sandbox of its own, with `count` submissions loaded straight into its file."""
    password, file = token_hex(12), folder / f"central-{count}.sqlite"
    with ExitStack() as stack:
        fast = stack.enter_context(_sandbox(file, password))
        paced = stack.enter_context(_sandbox(file, password, REAL_BYTES_PER_SECOND))
        form = _publish(sign_in(fast.url, MANAGER, password), 1, "bench")
        store = Store(file)
        received = (filled(form.form_id, number) for number in range(count))
        load_submissions(store, 1, form.form_id, ((each.xml, each.created_at) for each in received))
        store.close()
        settings = replace(
            Settings(),
            central_name="sandbox",
            central_project=1,
            central_email=READER,
            central_password=password,
            central_manager_email=MANAGER,
            central_manager_password=password,
        )
        pids = (fast.pid, paced.pid)
        yield BenchCentral("sandbox", form, paced.url, fast.url, settings, pids)


@contextmanager
def real_central(count: int) -> Iterator[BenchCentral]:
    """The Central of EMIS_TEST_CENTRAL_URL, with `count` submissions sent to a new project."""
    url = os.environ["EMIS_TEST_CENTRAL_URL"].rstrip("/")
    email = os.environ["EMIS_TEST_CENTRAL_EMAIL"]
    password = os.environ["EMIS_TEST_CENTRAL_PASSWORD"]
    api = sign_in(url, email, password)
    project = api.post("/projects", json={"name": f"emis-bench-{token_hex(4)}"}).json()["id"]
    try:
        form = _publish(api, project, "bench")
        send_many(form, range(count))
        settings = replace(
            Settings(),
            central_name="real",
            central_project=project,
            central_email=email,
            central_password=password,
            central_manager_email=email,
            central_manager_password=password,
        )
        central = BenchCentral("real", form, url, None, settings)
        central.wait_until_idle()
        yield central
    finally:
        assert api.patch(f"/projects/{project}", json={"archived": True}).status_code == 200


def _count_queued(database_url: str) -> int:
    with (
        closing(psycopg2.connect(database_url)) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(QUEUED)
        return cursor.fetchone()[0]


def send_many(form: Form, numbers: range) -> None:
    """Send these submissions of the benchmark over the API, several at a time."""
    shares = [numbers[start::SENDERS] for start in range(SENDERS)]
    with ThreadPoolExecutor(SENDERS) as pool:
        list(pool.map(lambda share: _send_share(form, share), shares))


def _send_share(form: Form, share: range) -> None:
    own = Form(Api(form.api.url, form.api.token), form.project_id, form.form_id)
    for number in share:
        own.add(filled(form.form_id, number).xml.decode())


def _publish(api: Api, project_id: int, form_id: str) -> Form:
    response = api.post(
        f"/projects/{project_id}/forms",
        data=form_xml(form_id).encode(),
        headers=XML,
        params={"publish": "true", "ignoreWarnings": "true"},
    )
    assert response.status_code == 200, response.text
    return Form(api, project_id, form_id)


@dataclass(frozen=True)
class _Process:
    url: str
    pid: int


@contextmanager
def _sandbox(file: Path, password: str, rate: int | None = None) -> Iterator[_Process]:
    arguments = ["--file", str(file)]
    arguments += ["--feed-bytes-per-second", str(rate)] if rate else []
    environ = os.environ | {
        "SANDBOX_EMAIL": READER,
        "SANDBOX_PASSWORD": password,
        "SANDBOX_MANAGER_EMAIL": MANAGER,
        "SANDBOX_MANAGER_PASSWORD": password,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "bridge.sandbox", *arguments],
        cwd=ROOT,
        env=environ,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        line = process.stdout.readline()
        found = re.fullmatch(r"listening (http://127\.0\.0\.1:\d+) project=1\n", line)
        assert found, f"the sandbox did not start: {line!r}"
        yield _Process(found[1], process.pid)
    finally:
        process.terminate()
        process.wait(40)
        process.stdout.close()
