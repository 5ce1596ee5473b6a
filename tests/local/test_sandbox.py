"""The sandbox Central as an embedded server: its port, its logins, its life after a kill."""

import os
import signal
from dataclasses import replace

import pytest

from config.settings import Settings, load_settings
from processing.local import embedded_servers, open_local
from tests.local.test_servers import is_dead, wait_for

GIVEN = {"DATABASE_URL": "postgresql://db.invalid/emis", "REDIS_URL": "redis://cache.invalid"}


@pytest.fixture
def only_central(data_dir) -> Settings:
    """Settings that lack Central alone."""
    return load_settings(GIVEN | {"EMIS_DATA_DIR": str(data_dir)}, env_file=None)


def test_it_keeps_its_port_its_name_and_its_logins(only_central):
    with open_local(only_central) as first:
        assert first.central_key == "sandbox"
        assert first.has_manager
        assert first.central_url.startswith("http://127.0.0.1:")
    with open_local(only_central) as second:
        assert second == first


def test_a_port_that_somebody_else_took_is_changed(only_central, data_dir):
    with open_local(only_central) as first:
        port = int(first.central_url.rpartition(":")[2])
    other = data_dir / "other"
    with open_local(replace(only_central, emis_data_dir=other)):
        # Two folders that kept the same port, as a copied folder would.
        (other / "central" / "address.json").write_text(f'{{"port": {port}}}')
    with (
        open_local(only_central) as one,
        open_local(replace(only_central, emis_data_dir=other)) as two,
    ):
        assert one.central_url == first.central_url != two.central_url


def test_a_killed_supervisor_leaves_one_sandbox_at_its_address(only_central, data_dir, hold):
    held = hold(data_dir, environ=GIVEN)
    with open_local(only_central, join=True) as before:
        held.kill()
    again = hold(data_dir, environ=GIVEN)
    assert again.pids == held.pids
    with open_local(only_central, join=True) as after:
        assert after == before
    again.stop()
    assert is_dead(held.pids["central"])


def test_a_killed_sandbox_is_started_again_at_its_address(only_central):
    with open_local(only_central) as settings:
        killed = embedded_servers(only_central)[0].pid
        os.kill(killed, signal.SIGKILL)
        wait_for(lambda: embedded_servers(only_central)[0].pid not in (None, killed))
        with open_local(only_central, join=True) as joined:
            assert joined == settings
