"""First loads: against the download alone, against COPY, against today's common way; their memory.

Every pair that makes a ratio runs one after the other, on the same servers and the same rows.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote, urlencode

import psycopg2
import sqlalchemy as sa

from bridge.feed import DELETED_TOO
from config.settings import Settings
from processing.local import environment_of
from tests.bench.pull.central import ROOT, BenchCentral
from tests.bench.pull.database import Databases, name_of, processor_seconds
from tests.bench.pull.figures import Limit, Part

MB = 1_000_000
RATIO = Limit("ratio", 1.3, aim=1.1)
COPY_RATIO = Limit("ratio", 5.0)
PEAK, GROWTH = Limit("peak_mb", 250), Limit("growth", 1.1)


def run_child(settings: Settings, action: str, *arguments: object) -> dict:
    """What one puller process reports; see tests.bench.pull.child."""
    with begun_child(settings, action, *arguments) as child:
        return json.loads(child.stdout.read())


@contextmanager
def begun_child(settings: Settings, *words: object) -> Iterator[subprocess.Popen]:
    """One puller process, with pipes; raises CalledProcessError where it failed."""
    command = [sys.executable, "-m", "tests.bench.pull.child", *map(str, words)]
    pipes = dict.fromkeys(("stdin", "stdout"), subprocess.PIPE)
    environ = environment_of(settings)
    with subprocess.Popen(command, cwd=ROOT, env=environ, text=True, **pipes) as child:
        yield child
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, command)


def download(central: BenchCentral, folder: Path) -> tuple[float, int]:
    """(seconds, bytes) that curl takes for the feed that a first load reads."""
    query = {"$expand": "*", "$count": "true", "$filter": DELETED_TOO}
    address = f"{central.url}/v1{central.form.feed}?{urlencode(query, quote_via=quote)}"
    target = folder / "feed.json"
    # The token goes in by the standard input: a command line can be read by everybody.
    configuration = (
        f'header = "Authorization: Bearer {central.form.api.token}"\n'
        f'url = "{address}"\noutput = "{target}"\n'
    )
    command = ["curl", "--silent", "--show-error", "--fail", "--config", "-"]
    begun = time.perf_counter()
    subprocess.run(command, input=configuration, text=True, check=True)
    seconds, size = time.perf_counter() - begun, target.stat().st_size
    target.unlink()
    return seconds, size


def first_load(central: BenchCentral, databases: Databases, settings: Settings) -> Part:
    """Everything in typed tables and proved complete, against curl just before and just after."""
    before, size = download(central, databases.folder)
    busy = [processor_seconds(pid) for pid in (databases.pid, *central.process_ids)]
    found = run_child(central.fill(settings), "pull", central.form.form_id)
    used = [processor_seconds(pid) for pid in (databases.pid, *central.process_ids)]
    after, _ = download(central, databases.folder)
    curl_s = (before + after) / 2
    figures = {
        "ratio": found["seconds"] / curl_s,
        "rows": found["rows"],
        "mb": size / MB,
        "curl_s": curl_s,
        "load_s": found["seconds"],
        "feed_mb_s": size / MB / curl_s,
        "feed_rows_s": found["rows"] / curl_s,
        "puller_cpu_s": found["cpu_s"],
        "database_cpu_s": used[0] - busy[0],
        "peak_mb": found["peak_mb"],
    }
    if central.process_ids:
        figures["central_cpu_s"] = sum(used[1:]) - sum(busy[1:])
    return Part(f"first-load-{central.name}", figures, (RATIO,))


def verified(central: BenchCentral, settings: Settings, load: Part) -> Part:
    """How long until every row is checked against its XML, the load included."""
    found = run_child(central.fill(settings), "verify", central.form.form_id)
    seconds = load.figures["load_s"] + found["seconds"]
    figures = {
        "seconds": seconds,
        "rows": found["rows"],
        "xml_rows_s": found["rows"] / found["seconds"],
        "puller_cpu_s": found["cpu_s"],
    }
    return Part(f"verified-{central.name}", figures)


def unthrottled(central: BenchCentral, databases: Databases, settings: Settings) -> Part:
    """As fast as the sandbox can send, against COPY of the same rows from prepared files."""
    database_busy = processor_seconds(databases.pid)
    pointed = central.fill(settings, central.fast_url)
    found = run_child(pointed, "pull", central.form.form_id)
    database_used = processor_seconds(databases.pid)
    copy_s, rows = _copy_seconds(databases, settings)
    figures = {
        "ratio": found["seconds"] / copy_s,
        "rows": found["rows"],
        "load_s": found["seconds"],
        "copy_s": copy_s,
        "copied_rows": rows,
        "load_rows_s": found["rows"] / found["seconds"],
        "puller_cpu_s": found["cpu_s"],
        "database_cpu_s": database_used - database_busy,
        "peak_mb": found["peak_mb"],
    }
    return Part("unthrottled", figures, (COPY_RATIO,))


def memory(small: dict, big: dict) -> Part:
    """The puller's peak at two sizes, and the time of the big one: what first loads reported."""
    figures = {
        "peak_mb": big["peak_mb"],
        "growth": big["peak_mb"] / small["peak_mb"],
        "rows": big["rows"],
        "small_mb": small["peak_mb"],
        "small_rows": small["rows"],
        "ratio": big["seconds"] / big["curl_s"],
        "load_s": big["seconds"],
        "curl_s": big["curl_s"],
    }
    return Part("memory", figures, (PEAK, GROWTH, RATIO))


def rival(central: BenchCentral, settings: Settings, curl_s: float) -> Part:
    """pyodk's get_table, pandas and to_sql, over the same paced feed. Not held to a limit."""
    found = run_child(central.fill(settings), "rival", central.form.form_id)
    figures = {
        "curl_times": found["seconds"] / curl_s,
        "rows": found["rows"],
        "seconds": found["seconds"],
        "cpu_s": found["cpu_s"],
        "peak_mb": found["peak_mb"],
    }
    return Part("rival-pyodk-pandas", figures)


def _copy_seconds(databases: Databases, settings: Settings) -> tuple[float, int]:
    """(seconds, rows) of COPY into empty tables of the same kind, committed."""
    tables = _tables(databases, settings)
    files = {name: databases.folder / f"{name}.copy" for name in tables}
    for name, file in files.items():
        with _administrator(databases, settings) as cursor, file.open("wb") as target:
            cursor.copy_expert(f"COPY {name} TO STDOUT", target)
    with databases.fresh(template=name_of(settings)) as empty:
        with _administrator(databases, empty) as cursor:
            cursor.execute(f"TRUNCATE {', '.join(tables)} CASCADE")
        databases.checkpoint()
        begun, rows = time.perf_counter(), 0
        with _administrator(databases, empty) as cursor:
            for name, file in files.items():
                with file.open("rb") as source:
                    cursor.copy_expert(f"COPY {name} FROM STDIN", source, size=1 << 20)
                rows += cursor.rowcount
        seconds = time.perf_counter() - begun
    for file in files.values():
        file.unlink()
    return seconds, rows


def _tables(databases: Databases, settings: Settings) -> list[str]:
    """Every table that a load writes a row a submission into, and those of the form's repeats."""
    with _administrator(databases, settings) as cursor:
        cursor.execute(
            "SELECT format('survey.%I', tablename) FROM pg_tables WHERE schemaname = 'survey'"
        )
        return ["raw.submission", *(name for (name,) in cursor.fetchall())]


@contextmanager
def _administrator(databases: Databases, settings: Settings) -> Iterator:
    """A cursor of the superuser in one database; its transaction is committed with the block."""
    url = sa.make_url(databases.cluster.admin_url).set(database=name_of(settings))
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with (
        closing(psycopg2.connect(address)) as connection,
        connection,
        connection.cursor() as cursor,
    ):
        yield cursor
