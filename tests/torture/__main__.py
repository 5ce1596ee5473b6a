"""`python -m tests.torture --rounds 200 --seed 7`: the long form of the torture test.

Runs against the sandbox and then, where EMIS_TEST_CENTRAL_URL, _EMAIL, _PASSWORD and
_DATABASE_URL are all set, against that real Central; `--central` chooses one of them. The
database is an embedded PostgreSQL of its own. The last line is for machines; the exit code is 1
if anything differed, or if the naive puller lost nothing: then nothing was proved.
"""

import argparse
import secrets
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from config.settings import Settings
from processing.db.migrate import migrate
from tests.fixtures.databases import SECRET_KEY, Cluster
from tests.fixtures.servers import local_servers
from tests.torture.centrals import has_real
from tests.torture.run import Result, say, torture

DATABASE = "emis_torture"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", default="", help="default: a random one, which is printed")
    parser.add_argument("--central", choices=("sandbox", "real"), help="default: all there are")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="begin no round later")
    parser.add_argument(
        "--asked-only",
        action="store_true",
        help="pass over the answers to questions that the published version asks no more",
    )
    given = parser.parse_args()
    seed = given.seed or secrets.token_hex(4)
    kinds = [given.central] if given.central else ["sandbox"] + ["real"] * has_real()
    results = [_torture(kind, seed, given) for kind in kinds]
    total = Result(seed)
    for result in results:
        for name in ("missing", "extra", "stale", "naive_lost"):
            setattr(total, name, getattr(total, name) + getattr(result, name))
    print(total.line())
    return 0 if all(result.is_good for result in results) else 1


def _torture(kind: str, seed: str, given: argparse.Namespace) -> Result:
    say(f"{kind}: up to {given.rounds} rounds, seed {seed}")
    with (
        tempfile.TemporaryDirectory(prefix="emis-torture-") as folder,
        local_servers() as servers,
    ):
        servers.open("postgres")
        cluster = Cluster(servers.postgres().admin_url(), servers)
        with cluster.database(DATABASE, "template0") as found:
            data_dir = Path(folder) / "data"
            settings = Settings(**found, emis_data_dir=data_dir, emis_secret_key=SECRET_KEY)
            migrate(replace(settings))
            try:
                result = torture(
                    settings,
                    Path(folder),
                    kind,
                    given.rounds,
                    seed,
                    given.seconds,
                    is_dropped_compared=not given.asked_only,
                )
            finally:
                say((Path(folder) / "puller.log").read_text()[-4000:])
            _tell(result, kind)
    return result


def _tell(result: Result, kind: str) -> None:
    faults = ", ".join(f"{name} {count}" for name, count in sorted(result.faults.items()))
    say(
        f"{kind}: {result.rounds} rounds, {result.operations} operations, {result.submissions}"
        f" submissions, {result.versions} versions of the form; {faults}"
    )
    for problem in result.problems:
        say(f"{kind}: {problem}")


if __name__ == "__main__":
    sys.exit(main())
