"""`emis forms preview`: a form in a browser, before it is published."""

import datetime as dt
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from bridge.compile import CompiledForm, compile_form
from bridge.simulation.lists import (
    action_rows,
    default_rounds,
    directorate_school_rows,
    entity_rows,
    round_rows,
    staff_rows,
    visit_rows,
)
from bridge.simulation.people import make_staff, make_supervisors, make_teaching, make_visits
from bridge.simulation.registry import School, make_registry
from config.errors import OperatorError
from processing.command.context import console, ready_settings, worker_connection
from processing.command.forms_sources import path_of
from processing.command.preview.app import Preview, create_app
from processing.feedback.words import task_row
from processing.jobs.publishing import LISTS

HOST, PORT = "127.0.0.1", 8380
# In a browser a list is slower than on a tablet: 25,000 schools take 2–4 s a fill.
MOST_ROWS = 1000
SIMULATED_SCHOOLS, SEED = 60, 1
SIMULATED, REGISTRY = "simulated lists", "lists of the registry"
# Without a row of these nothing can be chosen, and the form goes no further.
CHOSEN_FROM = {"schools", "visit_plan", "corrections"}
# What the first of the simulated schools is asked about.
DOUBTED = {"code": "a1-1", "due_on": dt.date(2026, 12, 7), "form_id": "school_census",
           "period": "census-2026", "school_year": 2026, "screen": "/grades/classes"}  # fmt: skip
ISSUE = {"form_id": "school_census", "rule": "sections_plausible",
         "arguments": {"grade": 1, "pupils": 98, "sections": 1}}  # fmt: skip
NUMBER = {"path": "/grades/classes/sections", "position": 1, "value": 1}


@click.command()
@click.argument("form", metavar="FORM|FILE.xlsx")
@click.option("--port", default=PORT, show_default=True, type=click.IntRange(0, 65535))
@click.option("--simulated", is_flag=True, help="Simulated lists, also where the registry has any.")
def preview(form: str, port: int, simulated: bool) -> None:
    """Try a form in a browser, on this machine alone; Ctrl-C ends it. Nothing is sent.

    It is checked first. Its lists come from the registry: schools, rounds, staff, plans of visits,
    what was agreed at them, open questions. They are simulated where the registry has no school, no
    visit or no question to choose. Node is not needed.

    Example: emis forms preview school_census
    """
    path = path_of(form)
    compiled = compile_form(path)
    with serving(open_preview(compiled, path.parent, simulated), port) as address:
        console.print(f"{compiled.form_id}: {address}  (Ctrl-C ends it)")
        threading.Event().wait()


def open_preview(form: CompiledForm, folder: Path, is_simulated: bool) -> Preview:
    """What there is to show. A form that reads no entity list needs no database."""
    needed = [name.removesuffix(".csv") for name in form.media_names if name.endswith(".csv")]
    if not set(needed) & set(LISTS):
        return Preview(form, folder, {}, "it reads no entity list")
    lists = {} if is_simulated else _registry_lists(needed)
    if any(lists.values()) and all(lists[name] for name in CHOSEN_FROM & lists.keys()):
        return Preview(form, folder, lists, REGISTRY)
    return Preview(form, folder, simulated_lists(), SIMULATED)


def simulated_lists() -> dict[str, list[dict[str, str]]]:
    """Lists for every form. Of the first school one number is doubted."""
    registry = make_registry(SIMULATED_SCHOOLS, SEED)
    people, visits = make_staff(registry, SEED), make_visits(registry)
    return {
        "schools": entity_rows(registry, people),
        "rounds": round_rows(default_rounds()),
        "staff": staff_rows(registry, people, make_teaching(registry, people)),
        "visit_plan": visit_rows(registry, make_supervisors(registry), visits, people),
        "agreed_actions": action_rows(visits),
        "directorate_schools": directorate_school_rows(registry, people),
        "corrections": [_doubt(registry.schools[0])],
    }


def _doubt(school: School) -> dict[str, str]:
    about = {"school_code": school.school_code, "language_code": school.language_code}
    return task_row(DOUBTED | about, [ISSUE], [NUMBER])


@contextmanager
def serving(preview: Preview, port: int) -> Iterator[str]:
    """The address at which the form is served, for as long as the block lasts."""
    server = _listen(preview, port)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://{HOST}:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _registry_lists(needed: list[str]) -> dict[str, list[dict[str, str]]]:
    with ready_settings() as settings, worker_connection(settings) as connection:
        return {
            name: kept.rows(connection, settings, None)[:MOST_ROWS]
            for name, kept in LISTS.items()
            if name in needed
        }


class _Quiet(WSGIRequestHandler):
    """Requests are not logged: there is one reader, who sees the page."""

    def log_request(self, *arguments) -> None:
        pass


def _listen(preview: Preview, port: int) -> BaseWSGIServer:
    try:
        return make_server(HOST, port, create_app(preview), threaded=True, request_handler=_Quiet)
    except (OSError, SystemExit):
        raise OperatorError(
            "port-taken",
            f"Something else listens at port {port} of this machine.",
            "Choose another one with --port; 0 takes any that is free.",
        ) from None
