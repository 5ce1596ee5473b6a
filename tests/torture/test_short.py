"""The torture in short: a few rounds of one seed, on the sandbox.

`make torture ROUNDS=200` is the long form.
"""

import random
from types import SimpleNamespace

from tests.torture import workload
from tests.torture.form import answers
from tests.torture.full_read import Difference
from tests.torture.run import Result, torture
from tests.torture.workload import Writer

ROUNDS = 2
# A seed under which two rounds have everything: a new version of the form, each thing that a writer
# does, and these faults among the first three of a round.
SEED = "short 20405"
FAULTS = {
    *("kill the puller", "kill Central", "cut the database"),
    *("end the session", "cut answers", "move the clock"),
}


def test_the_mirror_equals_central_after_every_round(fresh_database, tmp_path):
    told: list[str] = []
    result = torture(fresh_database, tmp_path, "sandbox", ROUNDS, SEED, tell=told.append)
    log = (tmp_path / "puller.log").read_text()[-3000:]
    assert (result.problems, result.rounds) == ([], ROUNDS), log
    assert (result.missing, result.extra, result.stale) == (0, 0, 0), told
    assert result.naive_lost > 0, "the workload lost nothing for a naive puller: nothing is shown"
    assert result.faults.keys() >= FAULTS, result.faults
    assert result.versions == 2
    assert result.is_good


def test_a_seed_makes_the_same_answers():
    one, other = (answers(random.Random("s/1/2"), 1, None) for _ in range(2))
    assert one == other
    assert answers(random.Random("s/1/3"), 1, None) != one


def test_a_seed_makes_a_writer_do_the_same_things(monkeypatch):
    monkeypatch.setattr(workload, "LONGEST_PAUSE_S", 0)
    first, again, other = (acts_of(seed, monkeypatch) for seed in ("s", "s", "t"))
    assert first == again != other
    assert {method for method, *_ in first} == {"POST", "PATCH", "DELETE", "purge"}


def acts_of(seed: str, monkeypatch) -> list[tuple]:
    """What the first writer asks of Central in twenty rounds; each thing succeeds."""
    acts, version = [], 1
    monkeypatch.setattr(Writer, "_once", lambda writer, *request: acts.append(request))
    hands = SimpleNamespace(purge=lambda *purged: acts.append(("purge", *purged)))
    writer = Writer(0, seed, "", "", "", actor_id=1, project_id=1, hands=hands)
    for number in range(1, 21):
        version = writer.work(number, 10, version)
    return acts


def test_a_run_fails_that_lost_nothing_for_the_naive_puller():
    assert not Result("s").is_good
    assert Result("s", naive_lost=1).is_good
    lost = Result("s", naive_lost=1)
    lost.add(Difference(missing=["uuid:1"]))
    assert not lost.is_good
    assert lost.line() == "missing=1 extra=0 stale=0 naive_lost=1"
