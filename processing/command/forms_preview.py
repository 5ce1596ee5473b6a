"""`emis forms preview`: a form in a browser, before it is published."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from bridge.compile import CompiledForm, compile_form
from bridge.simulation.lists import default_rounds, entity_rows, round_rows
from bridge.simulation.registry import make_registry
from config.errors import OperatorError
from processing.command.context import console, ready_settings, worker_connection
from processing.command.forms_sources import path_of
from processing.command.preview.app import Preview, create_app
from processing.jobs.publishing import LISTS

HOST, PORT = "127.0.0.1", 8380
# In a browser a list is slower than on a tablet: 25,000 schools take 2–4 s a fill.
MOST_ROWS = 1000
SIMULATED_SCHOOLS, SEED = 60, 1
SIMULATED, REGISTRY = "simulated schools and rounds", "schools and rounds of the registry"


@click.command()
@click.argument("form", metavar="FORM|FILE.xlsx")
@click.option("--port", default=PORT, show_default=True, type=click.IntRange(0, 65535))
@click.option("--simulated", is_flag=True, help="Simulated lists, also where the registry has any.")
def preview(form: str, port: int, simulated: bool) -> None:
    """Try a form in a browser, on this machine alone; Ctrl-C ends it. Nothing is sent.

    It is checked first. Its lists come from the registry, or are simulated where the registry is
    empty. Node is not needed.

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
    if any(lists.values()):
        return Preview(form, folder, lists, REGISTRY)
    return Preview(form, folder, simulated_lists(), SIMULATED)


def simulated_lists() -> dict[str, list[dict[str, str]]]:
    return {
        "schools": entity_rows(make_registry(SIMULATED_SCHOOLS, SEED)),
        "rounds": round_rows(default_rounds()),
    }


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
            name: list_rows(connection, settings)[:MOST_ROWS]
            for name, (_, list_rows, _) in LISTS.items()
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
