"""Cycles after the first load: with nothing new, and with some submissions changed."""

import json
import subprocess

import sqlalchemy as sa

from config.settings import Settings
from processing.db.engine import open_engine
from tests.bench.pull.central import BenchCentral
from tests.bench.pull.child import READY
from tests.bench.pull.figures import Limit, Part
from tests.bench.pull.form import VERSION, filled
from tests.bench.pull.loads import begun_child, run_child
from tests.conformance.central_api import XML

CYCLES = 15
CHANGED = 100
REQUESTS, BYTES = Limit("requests", 2), Limit("bytes", 0)
PROCESSOR = Limit("cpu_ms", 100)
SECONDS = Limit("seconds", 1.0)


def nothing_new(central: BenchCentral, settings: Settings) -> Part:
    """Cycles in which nothing has happened. Old rows are asked about in some of them only."""
    found = run_child(central.fill(settings), "again", central.form.form_id, CYCLES)
    assert found["rows"] == 0, f"{found['rows']} rows came although nothing had changed"
    figures = {
        "requests": found["requests"],
        "requests_mean": found["requests_mean"],
        "bytes": found["bytes"],
        "cpu_ms": found["cpu_s"] * 1000,
        "ms": found["seconds"] * 1000,
    }
    return Part(f"nothing-new-{central.name}", figures, (REQUESTS, BYTES, PROCESSOR))


def changed_rows(central: BenchCentral, settings: Settings, rows: int) -> Part:
    """Submissions edited all over the form, and the cycle of a watch that finds them."""
    chosen = range(0, rows, max(1, rows // CHANGED))[:CHANGED]
    with begun_child(central.fill(settings), "told", central.form.form_id) as child:
        _require_ready(child)
        for number in chosen:
            _edit(central, number)
        central.wait_until_idle()
        found = json.loads(child.communicate("go\n")[0])
    landed = _count_edited(settings)
    assert landed == len(chosen), f"{len(chosen)} submissions were edited, {landed} have landed"
    figures = {
        "seconds": found["seconds"],
        "changed": len(chosen),
        "rows_read": found["rows"],
        "of_rows": rows,
        "requests": found["requests"],
        "bytes": found["bytes"],
        "puller_cpu_s": found["cpu_s"],
    }
    return Part(f"changed-rows-{central.name}", figures, (SECONDS,))


def _require_ready(child: subprocess.Popen) -> None:
    line = child.stdout.readline().strip()
    if line != READY:
        raise RuntimeError(f"the puller did not settle: {line!r}")


def _edit(central: BenchCentral, number: int) -> None:
    first = filled(central.form.form_id, number)
    version = f"{first.instance_id}-edited"[-64:]
    meta = f"<instanceID>{first.instance_id}</instanceID>"
    edited = f"<instanceID>{version}</instanceID><deprecatedID>{first.instance_id}</deprecatedID>"
    xml = first.xml.decode().replace(meta, edited)
    xml = xml.replace("<confirmed>yes<", "<confirmed>edited<")
    assert f'version="{VERSION}"' in xml
    assert edited in xml
    response = central.form.api.put(
        central.form.at(first.instance_id), data=xml.encode(), headers=XML
    )
    assert response.status_code == 200, response.text


def _count_edited(settings: Settings) -> int:
    engine = open_engine(settings, "worker")
    with engine.connect() as connection:
        statement = "SELECT count(*) FROM survey.bench WHERE declaration_confirmed = 'edited'"
        count = connection.execute(sa.text(statement)).scalar_one()
    engine.dispose()
    return count
