"""A supervisor in a process of its own, for tests that end it: `python -m tests.local.hold`.

Takes its settings from the environment. Says one line of JSON when everything runs, and stops
when it is told to. `--user NAME`: gives up root first. `--children N`: keeps N idle programs.
"""

import argparse
import json
import logging
import os
import pwd
import signal
import sys

from config.errors import OperatorError
from config.settings import load_settings
from processing.local import Supervisor, embedded_servers, environment_of, open_local

# Says when it is asked to end, and obeys.
IDLE = "import signal, sys; signal.signal(15, lambda *_: sys.exit('bye')); signal.pause()"


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--user")
    parser.add_argument("--child", action="append", default=[])
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(message)s")
    if options.user:
        give_up_root(options.user)
    try:
        hold(options.child)
    except OperatorError as error:
        print(error, flush=True)
        return 2
    except KeyboardInterrupt:
        return 130
    return 0


def hold(names: list[str]) -> None:
    settings = load_settings(env_file=None)
    with open_local(settings) as complete, Supervisor(complete) as programs:
        for name in names:
            programs.add(name, [sys.executable, "-c", IDLE], environment_of(complete))
        pids = {item.name: item.pid for item in embedded_servers(settings)} | programs.pids()
        print(json.dumps(pids), flush=True)
        while True:
            signal.pause()


def give_up_root(name: str) -> None:
    entry = pwd.getpwnam(name)
    os.setgroups([])
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)


if __name__ == "__main__":
    sys.exit(main())
