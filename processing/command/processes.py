"""The long-running processes: each alone (`web`, `worker`, `scheduler`), or all by `up`."""

import http.client
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

import click

from config.errors import OperatorError
from config.settings import Settings, load_settings
from processing.command.context import console, start_logging
from processing.db.migrate import require_current
from processing.jobs.beat import run_beat
from processing.jobs.stages import QUEUES
from processing.jobs.worker import run_worker
from processing.local import Supervisor, environment_of, open_local
from processing.web.serve import place_of, serve

WORKER_STOP_S = 40
# Said before, because a worker first finishes the batch in hand.
STOPPING = "\nStopping …"
WEB_STOP_S = 15
WEB_READY_S = 60


@click.command()
def up() -> None:
    """Run web, workers and scheduler against the configured servers, until Ctrl-C.

    Example: DATABASE_URL=postgresql://… REDIS_URL=redis://… CENTRAL_URL=https://… emis up
    """
    settings = load_settings()
    start_logging(settings)
    with open_local(settings) as complete:
        require_current(complete)
        with running(complete) as address, until_interrupted():
            console.print(f"EMIS runs at [bold]{address}[/]  (Ctrl-C stops it)")


@click.command()
def web() -> None:
    """Run the web application in the foreground.

    Example: EMIS_WEB_HOST=0.0.0.0 EMIS_WEB_PORT=8000 emis web
    """
    settings = _configured()
    serve(settings)


@click.command()
@click.option("--queue", "queues", multiple=True, type=click.Choice(QUEUES), help="Only these.")
def worker(queues: tuple[str, ...]) -> None:
    """Run one worker in the foreground; SIGTERM ends it after the job in hand.

    Example: emis worker --queue processing
    """
    run_worker(_configured(), queues or QUEUES)


@click.command()
def scheduler() -> None:
    """Run the scheduler in the foreground: keeps the timetable, wakes what is due.

    Example: emis scheduler
    """
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    run_beat(_configured(), stop)


def _configured() -> Settings:
    settings = load_settings()
    start_logging(settings)
    require_current(settings)
    return settings


def own_command(*arguments: str) -> list[str]:
    """The command line of one of our own processes."""
    return [sys.executable, "-m", "processing.command", *arguments]


@contextmanager
def until_interrupted() -> Iterator[None]:
    """After what the block says, sleep. From its begin on, Ctrl-C ends the command as it should."""
    with suppress(KeyboardInterrupt):
        yield
        threading.Event().wait()
    console.print(STOPPING)


@contextmanager
def running(settings: Settings) -> Iterator[str]:
    """Web, workers and scheduler under a supervisor for as long as the block lasts; the address.

    Raises OperatorError: `cannot-listen`; `server-failed` when the web application does not answer
    in time, and nothing is left running then.
    """
    _require_free(settings.emis_web_host, settings.emis_web_port)
    # Nothing that runs for long acts as the owner of the schemas.
    environment = environment_of(replace(settings, database_owner_url=None))
    with Supervisor(settings) as supervisor:
        try:
            supervisor.add(
                "scheduler", own_command("scheduler"), environment, stop_timeout=WEB_STOP_S
            )
            for number in range(1, settings.emis_workers + 1):
                name = f"worker-{number}"
                supervisor.add(name, own_command("worker"), environment, stop_timeout=WORKER_STOP_S)
            yield _start_web(supervisor, settings, environment)
        except KeyboardInterrupt:
            console.print(STOPPING)
            raise


def _start_web(supervisor: Supervisor, settings: Settings, environment: dict[str, str]) -> str:
    host, port = settings.emis_web_host, settings.emis_web_port or free_port()
    environment = environment | {"EMIS_WEB_PORT": str(port)}
    supervisor.add("web", own_command("web"), environment, stop_timeout=WEB_STOP_S)
    supervisor.await_ready("web", lambda: answers(host, port), WEB_READY_S)
    return f"http://{place_of(host, port)}/"


def _require_free(host: str, port: int) -> None:
    """Else whoever has the port would be taken for our own pages: it may be another EMIS."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        socket.create_server(address, family=family).close()
    except OSError as error:
        # Python appends the address, which stands before it already.
        reason = error.strerror.partition(" (")[0]
        raise OperatorError(
            "cannot-listen",
            f"The pages cannot listen on {host}, port {port}: {reason}.",
            "Set EMIS_WEB_PORT to another port, or to 0 for any free one.",
        ) from None


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def answers(host: str, port: int) -> bool:
    """Does the web application answer?"""
    # A server on every address answers on the loopback one.
    host = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104
    connection = http.client.HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
