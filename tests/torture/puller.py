"""The puller as a process: pulls and verifies as `emis pull` does, until it is killed.

On standard input `settle` asks it to pull, thoroughly, until a cycle finds nothing new and
nothing is left to verify. It answers `settled after <n>`, or `not settled: <why>`. Before
`settle anew` everything is read once, whatever its ETags say, and every file is asked after.

On SIGUSR1 it writes to standard error what each of its threads is doing.

An error that an operator would see, and a database that has gone, are said and passed over, as a
worker does; anything else ends the process.
"""

import datetime as dt
import faulthandler
import signal
import sys
import threading
import time

import sqlalchemy as sa

import bridge.pull
from config.errors import OperatorError
from config.settings import Settings, load_settings
from processing.command.context import worker_connection
from processing.db.queries import attachments
from processing.jobs.attaching import fetch_some
from processing.jobs.pulling import pull_one
from processing.jobs.stages import STAGES
from processing.jobs.timetable import mark_around
from processing.jobs.work import work_on
from tests.torture.form import FORM_ID

PAUSE_S = 0.05
# So few hot rows are many here: most rounds then read the newest alone, some of the time.
NEWEST_FROM = 5
MAX_CYCLES = 12
VERIFY_S = 120


def main() -> None:
    faulthandler.register(signal.SIGUSR1)
    bridge.pull.NEWEST_FROM = NEWEST_FROM
    settings, orders = load_settings(env_file=None), []
    threading.Thread(target=_listen, args=(orders,), daemon=True).start()
    _say("ready")
    while True:
        if orders:
            is_anew = orders.pop(0) == "settle anew"
            _say(_settle(settings, is_anew=is_anew))
        _cycle(settings, is_thorough=False)
        time.sleep(PAUSE_S)


def _listen(orders: list[str]) -> None:
    for line in sys.stdin:
        orders.append(line.strip())


def _settle(settings: Settings, *, is_anew: bool) -> str:
    """Until a thorough cycle finds nothing new."""
    if is_anew:
        _cycle(settings, anew=True)
        _fetch_files(settings)
    for count in range(1, MAX_CYCLES + 1):
        with worker_connection(settings) as connection:
            mark_around(connection, settings, dt.datetime.now(dt.UTC))
        is_new = _cycle(settings, is_thorough=True)
        if is_new is False:
            return f"settled after {count}"
    return f"not settled: something new or an error in each of {MAX_CYCLES} cycles"


def _cycle(settings: Settings, **given) -> bool | None:
    """Was there anything new? None: it was not to be learnt this time."""
    try:
        with worker_connection(settings) as connection:
            now = dt.datetime.now(dt.UTC)
            report = pull_one(connection, settings, FORM_ID, now, **given)
        work_on(settings, STAGES["verify"], VERIFY_S)
    except OperatorError as error:
        print(f"passed over: {error.code}: {error}", file=sys.stderr, flush=True)
        return None
    except (sa.exc.OperationalError, sa.exc.InterfaceError) as error:
        print(f"passed over: the database has gone: {error.orig}", file=sys.stderr, flush=True)
        return None
    return bool(report.seen or report.has_changed)


def _fetch_files(settings: Settings) -> None:
    """As the nights do: each list is read again, each file asked after."""
    place, has_more = (settings.central_key, settings.central_project), True
    with worker_connection(settings) as connection:
        attachments.order_check(connection, *place)
    while has_more:
        with worker_connection(settings) as connection:
            _, has_more = fetch_some(connection, settings, dt.datetime.now(dt.UTC))


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    main()
