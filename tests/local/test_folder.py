"""Data folders: modes that stay as they were, users that can or cannot get in, short sockets."""

import os
import stat
from pathlib import Path

import psutil
import pytest

from config.errors import OperatorError
from config.settings import load_settings
from processing.local import embedded_servers, open_local, programs
from processing.local.accounts import Account, can_reach, is_root
from processing.local.folder import SOCKET_PATH_BYTES, DataFolder
from tests.local.conftest import NO_CENTRAL
from tests.local.test_servers import run_sql

as_root = pytest.mark.skipif(not is_root(), reason="only root hands servers to another user")


def settings_of(path: Path):
    return load_settings(NO_CENTRAL | {"EMIS_DATA_DIR": str(path)}, env_file=None)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def owned(path: Path) -> tuple:
    found = path.stat()
    return stat.S_IMODE(found.st_mode), found.st_uid, found.st_gid


@as_root
def test_root_hands_the_servers_to_a_user_without_rights(data_dir):
    with open_local(settings_of(data_dir), is_durable=False):
        for item in embedded_servers(settings_of(data_dir)):
            assert psutil.Process(item.pid).uids().effective != 0


@as_root
def test_a_closed_folder_is_refused_with_advice_and_stays_closed(data_dir):
    closed = data_dir / "closed"
    closed.mkdir(mode=0o700)
    inner = closed / "emis"
    with pytest.raises(OperatorError) as caught:
        with open_local(settings_of(inner)):
            pytest.fail("servers in a folder that their user cannot reach")
    assert caught.value.code == "data-dir-unreachable"
    assert str(closed) in str(caught.value)
    assert "Set EMIS_DATA_DIR" in caught.value.remedy
    assert owned(closed) == (0o700, 0, 0)


@pytest.mark.parametrize("given", [0o755, 0o711, 0o775])
def test_modes_of_existing_folders_are_never_changed(data_dir, given):
    existing = data_dir / "existing"
    existing.mkdir()
    existing.chmod(given)
    before = [owned(folder) for folder in (existing, data_dir, data_dir.parent)]
    with open_local(settings_of(existing), is_durable=False):
        pass
    assert [owned(folder) for folder in (existing, data_dir, data_dir.parent)] == before


def test_folders_that_are_made_close_what_is_inside(data_dir):
    made = data_dir / "one" / "two"
    previous = os.umask(0o077)
    try:
        with open_local(settings_of(made), is_durable=False):
            pass
    finally:
        os.umask(previous)
    assert mode(made) == (0o711 if is_root() else 0o700)
    assert {mode(made / name) for name in ("postgres", "valkey", "run", "log")} == {0o700}


def test_a_file_in_place_of_the_folder_is_refused(data_dir):
    (data_dir / "file").write_text("")
    with pytest.raises(OperatorError, match="data-dir-unusable"):
        DataFolder(data_dir / "file" / "emis")


@pytest.mark.parametrize(
    ("name", "why"), [("x" * 300, ": File name too long"), ("circle/emis", " by this user")]
)
def test_a_folder_that_no_disk_takes_is_refused_with_the_reason(data_dir, name, why):
    (data_dir / "circle").symlink_to("circle")
    with pytest.raises(OperatorError, match=f"data-dir-unusable.*cannot be written{why}"):
        DataFolder(data_dir / name)


def test_a_long_path_keeps_its_sockets_short(data_dir):
    long = data_dir / ("a-very-long-name-" * 8) / ("مدرسة" * 10)
    with open_local(settings_of(long), is_durable=False) as complete:
        sockets = DataFolder(long).sockets()
        longest = max(len(os.fsencode(path)) for path in sockets.iterdir())
        assert longest <= SOCKET_PATH_BYTES < len(os.fsencode(long))
        assert mode(sockets) == 0o700
        assert run_sql(complete, "SELECT 1") == [(1,)]
    assert not sockets.exists()


def test_somebody_elses_socket_folder_is_not_used(data_dir):
    folder = DataFolder(data_dir)
    target = data_dir / "elsewhere"
    target.mkdir(mode=0o700)
    place = folder.sockets()
    place.rmdir()
    place.symlink_to(target)
    try:
        with pytest.raises(OperatorError, match="does not belong to the embedded servers"):
            folder.sockets()
    finally:
        place.unlink()


def test_two_copies_do_not_disturb_each_other(data_dir):
    one, two = settings_of(data_dir / "one"), settings_of(data_dir / "two")
    with open_local(one, is_durable=False) as first, open_local(two, is_durable=False) as second:
        run_sql(first, "SET ROLE emis_owner; CREATE SCHEMA only_here")
        find = "SELECT to_regnamespace('only_here') IS NULL"
        assert run_sql(first, find) == [(False,)]
        assert run_sql(second, find) == [(True,)]
        assert first.redis_url != second.redis_url
        assert first.emis_secret_key != second.emis_secret_key


@as_root
def test_an_ordinary_user_runs_everything_itself(hold, data_dir):
    if not can_reach(Account("nobody", 65534, 65534), Path(programs.__file__).parent):
        pytest.skip("an ordinary user cannot reach this checkout")
    own = data_dir / "own"
    own.mkdir()
    os.chown(own, 65534, 65534)
    held = hold(own, "--user", "nobody")
    users = {psutil.Process(pid).uids().effective for pid in held.pids.values()}
    assert users == {65534}
    assert "postgres stopped after" in held.stop()


def test_servers_that_their_user_cannot_reach_are_copied(data_dir, monkeypatch):
    monkeypatch.setattr(programs, "can_reach", lambda _account, _folder: False)
    with open_local(settings_of(data_dir), is_durable=False) as complete:
        found = run_sql(complete, "SELECT count(*) FROM pg_available_extensions")
        assert found[0][0] > 10
        for item in embedded_servers(settings_of(data_dir)):
            assert psutil.Process(item.pid).exe().startswith(str(data_dir / "programs"))


def test_damaged_passwords_are_not_drawn_anew(data_dir):
    passwords = DataFolder(data_dir).path / "secrets.json"
    passwords.write_text("{")
    with pytest.raises(OperatorError, match="passwords-damaged"):
        with open_local(settings_of(data_dir)):
            pytest.fail("opened with damaged passwords")
