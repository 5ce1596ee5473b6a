"""What is done to the puller, to Central and to the wire between them during one round.

Which things, in which order and for how long follows from the seed and the round; at which
moment of the puller's work they hit does not, and should not.
"""

import threading
import time
from collections import Counter
from contextlib import contextmanager
from random import Random

import sqlalchemy as sa

from tests.fixtures.proxy import Answer, Proxy
from tests.torture.centrals import Central
from tests.torture.pullers import PullerProcess

CLOCK_JUMPS_S = (-3600, -5, 5, 3600, 90_000)
ENDINGS = ("whole", "reset", "unfinished", "dropped", "stalled")
STALL_S = 0.3
CUT_EVERY = 4
FAULTS = {
    "hold a writer": 8,
    "hold commits": 2,
    "kill the puller": 4,
    "kill Central": 1,
    "cut the database": 3,
    "end the session": 2,
    "cut answers": 4,
    "move the clock": 1,
}


class Tormentor:
    """One for a run. `done` counts what was done, by name."""

    def __init__(self, seed: str, central: Central, proxy: Proxy, puller: PullerProcess, login):
        self.seed, self.central, self.proxy, self.puller = seed, central, proxy, puller
        self.login = login
        self.done: Counter[str] = Counter()

    @property
    def possible(self) -> dict[str, int]:
        names = dict(FAULTS)
        if self.central.server is None:
            del names["kill Central"]
        if not self.central.hands.has_clock:
            del names["move the clock"]
        return names

    def torment(self, round_number: int, until: threading.Event) -> None:
        """Fault after fault until the writers are done; then everything is well again."""
        random = Random(f"{self.seed}/{round_number}/torment")
        names = self.possible
        try:
            while not until.wait(random.uniform(0.0, 0.2)):
                name = random.choices(list(names), list(names.values()))[0]
                getattr(self, f"_{name.lower().replace(' ', '_')}")(random, until)
                self.done[name] += 1
        finally:
            self.heal()

    def heal(self) -> None:
        self.proxy.fault = lambda path, answer: answer
        if self.central.hands.has_clock:
            self.central.hands.set_clock(0)

    def _hold_a_writer(self, random: Random, until: threading.Event) -> None:
        """Times are taken, and for a while nobody can see the rows: late commits."""
        person = random.choice(self.central.writers)
        with self.central.hands.held(person.actor_id):
            until.wait(random.uniform(0.2, 1.2))

    def _hold_commits(self, random: Random, until: threading.Event) -> None:
        with self.central.hands.held_commits():
            time.sleep(random.uniform(0.1, 0.8))

    def _kill_the_puller(self, random: Random, until: threading.Event) -> None:
        self.puller.kill()
        until.wait(random.uniform(0.5, 2.5))

    def _kill_central(self, random: Random, until: threading.Event) -> None:
        self.central.kill()

    def _cut_the_database(self, random: Random, until: threading.Event) -> None:
        """As when the database's server stops: every connection of the puller ends."""
        with self.login.connect() as connection:
            connection.execute(
                sa.text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND usename = session_user"
                    " AND pid <> pg_backend_pid()"
                )
            )

    def _end_the_session(self, random: Random, until: threading.Event) -> None:
        self.central.hands.expire_sessions(self.central.reader.actor_id)

    def _cut_answers(self, random: Random, until: threading.Event) -> None:
        """For a while, some answers to the puller end at any byte, in any way."""
        cutting = Random(random.random())

        def cut(path: str, answer: Answer) -> Answer:
            if "/forms/" not in path or cutting.randrange(CUT_EVERY):
                return answer
            at = cutting.randrange(len(answer.body) + 1)
            return answer.cut(at, cutting.choice(ENDINGS), stall_s=STALL_S)

        self.proxy.fault = cut
        until.wait(random.uniform(0.3, 1.5))
        self.proxy.fault = lambda path, answer: answer

    def _move_the_clock(self, random: Random, until: threading.Event) -> None:
        self.central.hands.set_clock(random.choice(CLOCK_JUMPS_S))
        until.wait(random.uniform(0.3, 1.0))


@contextmanager
def tormented(tormentor: Tormentor, round_number: int):
    """A block during which everything goes wrong; at its end all is well again."""
    until, errors = threading.Event(), []

    def run() -> None:
        try:
            tormentor.torment(round_number, until)
        except BaseException as error:  # noqa: BLE001 - raised again below
            errors.append(error)

    thread = threading.Thread(target=run, name="tormentor")
    thread.start()
    try:
        yield
    finally:
        until.set()
        thread.join()
    if errors:
        raise errors[0]
