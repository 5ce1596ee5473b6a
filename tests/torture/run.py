"""The torture: rounds of writing and of faults, and after each the mirror held against Central.

Comes in: how many rounds, a seed, which Central, a migrated database. Goes out: a Result.
"""

import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

import sqlalchemy as sa

from config.settings import Settings
from processing.db.engine import open_engine
from tests.conformance.central_api import XML, Api
from tests.conformance.xforms import fill
from tests.fixtures.proxy import running_proxy
from tests.torture.centrals import Central, open_central
from tests.torture.form import FORM_ID
from tests.torture.full_read import CentralReader, Difference, MirrorReader
from tests.torture.naive import POLL_S, NaivePuller
from tests.torture.pullers import PullerProcess
from tests.torture.torment import Tormentor, tormented
from tests.torture.workload import Writer, signed_in

FEWEST_A_ROUND, MOST_A_ROUND = 4, 14
SEEN_WITHIN_S = 30


@dataclass
class Result:
    """What was found over the whole run. problems: why it failed although nothing differs."""

    seed: str
    rounds: int = 0
    operations: int = 0
    submissions: int = 0
    versions: int = 1
    missing: int = 0
    extra: int = 0
    stale: int = 0
    naive_lost: int = 0
    faults: Counter = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        differences = self.missing + self.extra + self.stale
        return not differences and not self.problems and self.naive_lost > 0

    def line(self) -> str:
        return (
            f"missing={self.missing} extra={self.extra} stale={self.stale}"
            f" naive_lost={self.naive_lost}"
        )

    def add(self, found: Difference) -> None:
        self.missing += len(found.missing)
        self.extra += len(found.extra)
        self.stale += len(found.stale)


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def torture(
    settings: Settings,
    folder: Path,
    kind: str,
    rounds: int,
    seed: str,
    seconds: float = float("inf"),
    tell: Callable[[str], None] = say,
    is_dropped_compared: bool = True,
) -> Result:
    """Up to `rounds` rounds, none begun after `seconds`; ends early where anything differs."""
    with open_central(kind, folder) as central, running_proxy(central.url) as proxy:
        reader = central.reader
        pulling = replace(
            settings,
            central_url=proxy.url,
            central_project=central.project_id,
            central_email=reader.email,
            central_password=reader.password,
        )
        login = sa.create_engine(settings.database_url, poolclass=sa.NullPool)
        puller = PullerProcess(pulling, folder / "puller.log")
        try:
            puller.start()
            reading = open_engine(settings, "worker", poolclass=sa.NullPool)
            mirror = MirrorReader(reading, is_dropped_compared=is_dropped_compared)
            run = _Run(central, mirror, Tormentor(seed, central, proxy, puller, login), seed, tell)
            return run.run(rounds, time.monotonic() + seconds)
        finally:
            puller.close()


class _Run:
    def __init__(self, central: Central, mirror, tormentor: Tormentor, seed: str, tell):
        self.central, self.mirror = central, mirror
        self.tormentor, self.tell = tormentor, tell
        self.seed, self.result, self.version = seed, Result(seed), 1
        self.reading = CentralReader(central.admin, central.project_id)
        self.writers = central.make_writers(seed)
        reader = central.reader
        self.naive = NaivePuller(central.url, reader.email, reader.password, central.project_id)

    def run(self, rounds: int, until: float) -> Result:
        self.naive.start()
        try:
            self._commit_late()
            for number in range(1, rounds + 1):
                if not self._round(number) or time.monotonic() > until:
                    break
        finally:
            self.naive.stop()
        self._finish()
        return self.result

    def _commit_late(self) -> None:
        """One row is committed after a later one was seen, so every run has what times lose."""
        late, quick = (
            signed_in(self.central.url, person.email, person.password)
            for person in self.central.writers[:2]
        )
        with self.central.hands.held(self.central.writers[0].actor_id):
            sending = threading.Thread(target=self._send, args=(late, "late"))
            sending.start()
            self.central.hands.await_waiting()
            self._send(quick, "quick")
            deadline = time.monotonic() + SEEN_WITHIN_S
            while "quick" not in self.naive.seen and time.monotonic() < deadline:
                time.sleep(POLL_S)
        sending.join()

    def _send(self, api: Api, instance_id: str) -> None:
        path = f"/projects/{self.central.project_id}/forms/{FORM_ID}/submissions"
        xml = fill(FORM_ID, 1, instance_id, "")
        answer = api.post(path, data=xml.encode(), headers=XML)
        assert answer.status_code == 200, answer.text

    def _round(self, number: int) -> bool:
        begun = time.monotonic()
        with tormented(self.tormentor, number):
            self._write(number)
        written = time.monotonic()
        settled = self.tormentor.puller.settle()
        self.result.rounds = number
        if not settled.startswith("settled"):
            self.result.problems.append(f"round {number}: {settled}")
            return False
        found = self._compare()
        self.tell(
            f"round {number}: written in {written - begun:.1f} s, {settled},"
            f" {self.result.submissions} submissions, checked in {time.monotonic() - begun:.1f} s"
        )
        return self._accept(f"round {number}", found)

    def _write(self, number: int) -> None:
        """All six at once; who fails takes the run down."""
        counts = Random(f"{self.seed}/{number}/counts")
        errors: list[BaseException] = []
        threads = [
            threading.Thread(
                target=self._write_one,
                args=(writer, number, counts.randint(FEWEST_A_ROUND, MOST_A_ROUND), errors),
            )
            for writer in self.writers
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if errors:
            raise errors[0]
        # The first writer alone publishes; the others fill the version of before the round.
        self.version = self.result.versions

    def _write_one(self, writer: Writer, number: int, count: int, errors: list) -> None:
        try:
            version = writer.work(number, count, self.version)
        except BaseException as error:  # noqa: BLE001 - raised again where the threads are joined
            errors.append(error)
            return
        if writer.number == 0:
            self.result.versions = version

    def _compare(self, *, is_after_whole: bool = False) -> Difference:
        reader = self.central.reader
        api = signed_in(self.central.url, reader.email, reader.password)
        self.reading.use(api)
        central = self.reading.read(with_files=is_after_whole)
        self.result.submissions = len(central.rows)
        live = {i for i, row in central.rows.items() if row["__system"]["deletedAt"] is None}
        self.result.naive_lost = len(live - self.naive.seen)
        return self.mirror.compare(central, is_after_whole=is_after_whole)

    def _accept(self, when: str, found: Difference) -> bool:
        self.result.add(found)
        for name in ("missing", "extra", "stale"):
            for each in getattr(found, name)[:10]:
                self.tell(f"{when}, seed {self.seed}: {name} {each}")
        return found.count == 0

    def _finish(self) -> None:
        self.result.operations = sum(writer.done for writer in self.writers)
        self.result.faults = self.tormentor.done
        if self.result.is_good:
            self._finish_with_whole()

    def _finish_with_whole(self) -> None:
        """What no ETag tells is right after a pass that reads everything."""
        answer = self.tormentor.puller.settle("settle anew")
        if not answer.startswith("settled"):
            self.result.problems.append(f"the last pass: {answer}")
            return
        self._accept("after a whole pass", self._compare(is_after_whole=True))
