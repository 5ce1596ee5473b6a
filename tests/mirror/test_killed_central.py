"""A Central that is killed in the midst of sending: nothing is kept, and the next pull is whole."""

import signal

import pytest

from bridge.changes import IncompleteAnswer
from processing.land.intake import Intake
from tests.bridge.conftest import sandbox_central
from tests.fixtures.sandbox_server import SandboxServer
from tests.mirror.test_pulling import require_equal

ROWS, ROW_BYTES = 20, 300_000
# Three seconds for all of them: the kill, at the first, comes long before the last.
FEED_BYTES_PER_SECOND = 2_000_000


@pytest.fixture
def server(tmp_path):
    server = SandboxServer(tmp_path / "central.db", FEED_BYTES_PER_SECOND)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def central(server):
    """In the place of the Centrals that other tests share: this one is the test's own."""
    return sandbox_central(server)


@pytest.mark.parametrize("is_first", [True, False], ids=["first", "later"])
def test_a_central_that_is_killed_while_it_sends(server, ward, mirror_of, monkeypatch, is_first):
    mirror, before = mirror_of(ward), 0
    if not is_first:
        ward.send("uuid:before")
        mirror.settle()
        before = 1
    for number in range(ROWS):
        ward.send(f"uuid:{number}", name="x" * ROW_BYTES)
    states = mirror.rows("SELECT state FROM ops.sync_state")
    taken, usual = [], Intake.take

    def take_and_kill(intake, change):
        usual(intake, change)
        taken.append(change.instance_id)
        if len(taken) == 1:
            server.stop(signal.SIGKILL)

    monkeypatch.setattr(Intake, "take", take_and_kill)
    with pytest.raises(IncompleteAnswer, match="broke off"):
        mirror.pull()
    assert 0 < len(taken) < ROWS, "rows had come, and not all of them"
    assert mirror.rows("SELECT count(*) FROM raw.submission") == [(before,)]
    assert mirror.rows("SELECT state FROM ops.sync_state") == states
    monkeypatch.undo()
    server.start()
    mirror.settle()
    assert mirror.rows("SELECT count(*) FROM raw.submission") == [(before + ROWS,)]
    require_equal(mirror)
