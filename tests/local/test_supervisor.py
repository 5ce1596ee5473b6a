"""The supervisor and its parts: restarts with pauses, bounded logs, pid files that cannot lie."""

import logging
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import psutil
import pytest

from config.paths import ROOT
from config.settings import load_settings
from processing.local import Supervisor, environment_of
from processing.local.folder import DataFolder
from processing.local.interrupts import ending_signals_raise
from processing.local.logs import LogKeeper, tail
from processing.local.pidfiles import read_pid, write_pid
from processing.local.processes import end_orphan, group_of
from tests.local.conftest import NO_CENTRAL, servers_in
from tests.local.test_servers import is_dead, wait_for

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]
FORKING = """
import os, signal, time
if os.fork() == 0:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
time.sleep(600)
"""


@pytest.fixture
def folder(data_dir):
    return DataFolder(data_dir)


@pytest.fixture
def supervisor(folder):
    with Supervisor(folder) as supervisor:
        yield supervisor


def environ() -> dict:
    return dict(os.environ)


def test_a_program_that_dies_starts_again(supervisor):
    first = supervisor.add("worker-1", SLEEP, environ())
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: supervisor.pids().get("worker-1") not in (None, first), seconds=10)


def test_pauses_grow_while_a_program_keeps_dying(supervisor, caplog):
    caplog.set_level(logging.WARNING)
    supervisor.add("web", [sys.executable, "-c", "raise SystemExit(1)"], environ())
    wait_for(lambda: len(caplog.messages) >= 3, seconds=20)
    pauses = [message.rsplit(" ", 2)[-2] for message in caplog.messages[:3]]
    assert pauses == ["0.5", "1.0", "2.0"]


def test_a_program_that_ends_with_an_error_for_an_operator_is_quoted_and_no_other(
    supervisor, caplog
):
    caplog.set_level(logging.WARNING)
    error = "Error [valkey-unreachable]: It is away."
    for name, said in (("worker-1", error), ("web", "a name")):
        supervisor.add(name, [sys.executable, "-c", f"raise SystemExit({said!r})"], environ())
    wait_for(lambda: len({message.split()[0] for message in caplog.messages}) == 2, seconds=10)
    first = {message.split()[0]: message for message in reversed(caplog.messages)}
    assert first == {
        "worker-1": f"worker-1 died ({error}); it starts again in 0.5 s",
        "web": "web died; it starts again in 0.5 s",
    }


def test_what_a_dead_program_forked_is_ended_before_it_starts_again(supervisor):
    first = supervisor.add("worker-1", [sys.executable, "-c", FORKING], environ())
    wait_for(lambda: len(group_of(first)) == 2)
    forked = next(process.pid for process in group_of(first) if process.pid != first)
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: is_dead(forked))
    wait_for(lambda: "worker-1" in supervisor.pids())


def test_stopping_ends_the_whole_group(folder):
    with Supervisor(folder) as supervisor:
        leader = supervisor.add("worker-1", [sys.executable, "-c", FORKING], environ())
        wait_for(lambda: len(group_of(leader)) == 2)
        members = [process.pid for process in group_of(leader)]
    assert all(is_dead(pid) for pid in members)


def test_a_program_that_does_not_listen_is_killed_in_time(folder, caplog):
    caplog.set_level(logging.INFO)
    deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); print(1, flush=True)\n"
    with Supervisor(folder) as supervisor:
        code = deaf + "time.sleep(600)"
        pid = supervisor.add("web", [sys.executable, "-c", code], environ(), stop_timeout=0.3)
        wait_for(lambda: folder.log("web").read_bytes() == b"1\n")
        begun = time.monotonic()
    assert time.monotonic() - begun < 3
    assert is_dead(pid)
    assert "web had to be killed" in caplog.text


def test_a_name_is_supervised_once(supervisor):
    supervisor.add("web", SLEEP, environ())
    with pytest.raises(ValueError, match="web is supervised already"):
        supervisor.add("web", SLEEP, environ())


def test_a_full_log_is_turned_over_under_the_program_that_writes_it(tmp_path):
    log = tmp_path / "web.log"
    with open(log, "ab", buffering=0) as handle:
        handle.write(b"x" * 101)
        LogKeeper(tmp_path, longest_bytes=100).keep_bounded()
        handle.write(b"after\n")
    assert log.read_bytes() == b"after\n"
    assert (tmp_path / "web.log.1").read_bytes() == b"x" * 101


def test_the_tail_of_a_log_is_its_last_lines(tmp_path):
    log = tmp_path / "web.log"
    assert tail(log) == ""
    log.write_text("one\ntwo\nthree\nfour\n")
    assert tail(log, lines=2) == "three / four"


def test_a_pid_counts_only_with_its_start_time(tmp_path):
    pid_file = tmp_path / "web.json"
    with subprocess.Popen(SLEEP) as process:
        write_pid(pid_file, process.pid)
        assert read_pid(pid_file).pid == process.pid
        # The kernel gave the pid to somebody else since.
        recycled = pid_file.read_text().replace('"started": ', '"started": 9')
        pid_file.write_text(recycled)
        assert read_pid(pid_file) is None
        process.kill()


def test_the_end_of_an_orphan_spares_a_stranger_with_its_pid(tmp_path):
    pid_file = tmp_path / "web.json"
    with subprocess.Popen(SLEEP, start_new_session=True) as stranger:
        write_pid(pid_file, stranger.pid, stop_signal=15, timeout_s=1)
        pid_file.write_text(pid_file.read_text().replace('"started": ', '"started": 9'))
        assert not end_orphan(pid_file)
        assert psutil.pid_exists(stranger.pid)
        assert stranger.poll() is None
        stranger.kill()


def test_what_the_leader_of_a_killed_supervisor_forked_is_ended(tmp_path):
    pid_file = tmp_path / "worker-1.json"
    with subprocess.Popen([sys.executable, "-c", FORKING], start_new_session=True) as leader:
        wait_for(lambda: len(group_of(leader.pid)) == 2)
        forked = next(item.pid for item in group_of(leader.pid) if item.pid != leader.pid)
        write_pid(pid_file, leader.pid, stop_signal=15, timeout_s=1)
        leader.kill()
    assert end_orphan(pid_file)
    wait_for(lambda: is_dead(forked))


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}'])
def test_a_damaged_pid_file_names_nobody(tmp_path, text):
    pid_file = tmp_path / "web.json"
    pid_file.write_text(text)
    assert read_pid(pid_file) is None


def test_children_get_every_setting_through_their_environment(settings):
    given = replace(settings, emis_behind_proxy=True, central_password="pa=ss # word")
    assert load_settings(environment_of(given), env_file=None) == given


def test_supervision_goes_on_when_a_program_cannot_be_started_for_a_while(
    supervisor, data_dir, caplog
):
    program = data_dir / "program"
    program.symlink_to(sys.executable)
    first = supervisor.add("web", [str(program), *SLEEP[1:]], environ())
    program.unlink()
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: "supervision goes on" in caplog.text, seconds=10)
    program.symlink_to(sys.executable)
    wait_for(lambda: "web" in supervisor.pids(), seconds=10)


def test_a_stop_that_has_begun_is_finished(data_dir, hold):
    held = hold(data_dir, "--child", "worker-1")
    held.process.send_signal(signal.SIGINT)
    time.sleep(0.05)
    said = held.stop(signal.SIGINT)
    assert "postgres stopped after" in said
    assert all(is_dead(pid) for pid in held.pids.values())


def test_a_closed_terminal_ends_the_program_unless_it_was_started_to_ignore_that():
    """As `nohup emis up &` is."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with ending_signals_raise():
            signal.raise_signal(signal.SIGHUP)
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        with pytest.raises(SystemExit), ending_signals_raise():
            signal.raise_signal(signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("delay", [0, 0.3, 0.6, 0.9, 1.2])
def test_an_interrupted_start_leaves_nothing_running(data_dir, delay):
    argv = [sys.executable, "-m", "tests.local.hold"]
    environment = environ() | {"EMIS_DATA_DIR": str(data_dir), **NO_CENTRAL}
    with subprocess.Popen(argv, env=environment, cwd=ROOT, start_new_session=True) as process:
        # Earlier, in an import, CPython may drop an interrupt: one that falls into the callback
        # of a weak reference is printed and forgotten.
        wait_for((data_dir / "lock").exists)
        time.sleep(delay)
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=30)
        finally:
            process.kill()
    assert servers_in(data_dir, "postgres") == []
    assert servers_in(data_dir, "valkey") == []
