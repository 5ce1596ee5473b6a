"""`python -m bridge.sandbox --file central.db --port 8989`: runs the sandbox Central.

The accounts come from the environment: SANDBOX_EMAIL and SANDBOX_PASSWORD (reader),
SANDBOX_MANAGER_EMAIL and SANDBOX_MANAGER_PASSWORD, SANDBOX_ADMIN_EMAIL and
SANDBOX_ADMIN_PASSWORD (tests).
"""

import argparse
import logging
import os
import sys
from pathlib import Path

from bridge.sandbox.server import Accounts, serve
from config.errors import OperatorError


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bridge.sandbox", description=__doc__)
    parser.add_argument("--file", type=Path, required=True, help="the SQLite file; made if missing")
    parser.add_argument(
        "--host", default="127.0.0.1", help="where to listen (default: this machine alone)"
    )
    parser.add_argument("--port", type=int, default=0, help="0: a free port, which is printed")
    parser.add_argument("--domain", help="the address to write into links (default: as asked)")
    parser.add_argument(
        "--feed-bytes-per-second",
        type=float,
        help="send the OData feed at this rate, as a real Central would (default: unlimited)",
    )
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    try:
        serve(
            arguments.file,
            (arguments.host, arguments.port),
            arguments.domain,
            _accounts(os.environ),
            arguments.feed_bytes_per_second,
        )
    except OperatorError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def _accounts(environ) -> Accounts:
    if not environ.get("SANDBOX_EMAIL") or not environ.get("SANDBOX_PASSWORD"):
        raise OperatorError(
            "sandbox-accounts-missing",
            "The sandbox has no account to begin with.",
            "Set SANDBOX_EMAIL and SANDBOX_PASSWORD in the environment.",
        )
    return Accounts(
        environ["SANDBOX_EMAIL"],
        environ["SANDBOX_PASSWORD"],
        environ.get("SANDBOX_MANAGER_EMAIL"),
        environ.get("SANDBOX_MANAGER_PASSWORD"),
        environ.get("SANDBOX_ADMIN_EMAIL"),
        environ.get("SANDBOX_ADMIN_PASSWORD"),
    )


if __name__ == "__main__":
    raise SystemExit(main())
