"""The data folder: everything that the embedded servers keep, and who may use it now.

    lock          held by the one process that supervises this folder
    secrets.json  passwords drawn for this folder (0600)
    postgres/ valkey/ central/   the servers' own data
    run/          pid files       log/  what the servers say
    programs/     copies of the servers, only where their user cannot reach the originals

Sockets lie elsewhere, in a folder with a short path: the kernel takes 107 bytes, no more.
The mode of a folder that was not made here is never changed.
"""

import fcntl
import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

from config.errors import OperatorError
from processing.local.accounts import (
    Account,
    can_reach,
    choose_account,
    give,
    is_root,
    require_reach,
)
from processing.local.pidfiles import read_pid, write_pid

SOCKET_PATH_BYTES = 107
LONGEST_SOCKET_NAME = "/.s.PGSQL.5432"
RUNTIME_DIR = Path("/run")


class DataFolder:
    """One data folder, made on first use."""

    def __init__(self, path: Path):
        self.path = _make_reachable(Path(path))
        for name in ("run", "log"):
            self.private(name)

    @cached_property
    def account(self) -> Account | None:
        """Looked up when a server is to run here: a folder of pid files alone needs none."""
        account = choose_account(self.path / "postgres")
        require_reach(account, self.path)
        return account

    def private(self, name: str) -> Path:
        """A folder of ours alone."""
        return _make(self.path / name, 0o700)

    def for_server(self, name: str) -> Path:
        """A folder that belongs to the servers' user alone."""
        folder = self.path / name
        if not folder.exists():
            give(self.account, _make(folder, 0o700))
        return folder

    def log(self, name: str) -> Path:
        return self.path / "log" / f"{name}.log"

    def pid_file(self, name: str) -> Path:
        return self.path / "run" / f"{name}.json"

    def sockets(self) -> Path:
        """The folder of the sockets, 0700 and the servers' own; always the same for this path."""
        for folder in self._socket_folders():
            base = folder.parent
            if _is_short(folder) and os.access(base, os.W_OK) and can_reach(self.account, base):
                return _own_socket_folder(folder, self.account)
        raise OperatorError(
            "socket-folder",
            "There is no temporary folder with a path short enough for the servers' sockets.",
            "Set TMPDIR to an existing folder with a short path that every user can enter.",
        )

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Only one process at a time supervises a data folder: OperatorError `already-running`."""
        with open(self.path / "lock", "a", opener=_private_opener) as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise self._already_running() from None
            write_pid(self.pid_file("supervisor"), os.getpid())
            try:
                yield
            finally:
                self.pid_file("supervisor").unlink(missing_ok=True)
                self._remove_sockets()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Held for the moment in which a file of this folder is read and written anew."""
        with open(self.path / "run" / "writing", "a", opener=_private_opener) as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    def is_locked(self) -> bool:
        """Whether some process supervises this folder now."""
        with open(self.path / "lock", "a", opener=_private_opener) as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
            return False

    def _socket_folders(self) -> list[Path]:
        digest = hashlib.sha256(os.fsencode(self.path)).hexdigest()[:12]
        return [base / f"emis-{digest}" for base in _socket_bases()]

    def _remove_sockets(self) -> None:
        """Leave nothing in a temporary folder, unless a server is still behind its socket."""
        if any(read_pid(file) for file in (self.path / "run").glob("*.json")):
            return
        for folder in self._socket_folders():
            if folder.is_dir() and not folder.is_symlink() and os.access(folder, os.W_OK):
                shutil.rmtree(folder)

    def _already_running(self) -> OperatorError:
        holder = read_pid(self.pid_file("supervisor"))
        who = f"process {holder.pid}" if holder else "another process"
        return OperatorError(
            "already-running",
            f"The data folder {self.path} is in use: {who} runs its servers.",
            "Use that one, stop it first, or set EMIS_DATA_DIR to another folder.",
        )


@contextmanager
def temporary_data_dir(prefix: str = "emis-") -> Iterator[Path]:
    """A fresh data folder that the servers' user can reach; removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    folder.chmod(0o711 if is_root() else 0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def write_private(path: Path, text: str, account: Account | None = None) -> Path:
    """Write a file that only its owner reads; whole or not at all."""
    draft = path.with_name(f".{path.name}.new")
    draft.unlink(missing_ok=True)
    with open(draft, "w", encoding="utf-8", opener=_private_opener) as handle:
        handle.write(text)
    give(account, draft)
    return draft.replace(path)


def _private_opener(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _make(folder: Path, mode: int) -> Path:
    """Make a folder with exactly this mode, whatever the umask; one that exists stays as it is."""
    if not folder.exists():
        folder.mkdir()
        folder.chmod(mode)
    return folder


def _make_reachable(path: Path) -> Path:
    # Path.resolve raises where links lead in a circle; here making the folder does, below.
    path = Path(os.path.realpath(path.expanduser()))
    try:
        for parent in reversed(path.parents):
            _make(parent, 0o755)
        _make(path, 0o711 if is_root() else 0o700)
    except (PermissionError, FileExistsError, NotADirectoryError) as error:
        raise _unusable(path) from error
    except OSError as error:
        # A read-only or a full disk, a name too long, a file system that takes no folders.
        raise _unusable(path, f": {error.strerror}") from error
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        raise _unusable(path)
    return path


def _unusable(path: Path, why: str = " by this user") -> OperatorError:
    return OperatorError(
        "data-dir-unusable",
        f"The data folder {path} cannot be written{why}.",
        "Set EMIS_DATA_DIR to a folder of your own.",
    )


def _socket_bases() -> list[Path]:
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    own = RUNTIME_DIR if is_root() else Path(runtime) if runtime else None
    candidates = [own, Path(tempfile.gettempdir())]
    return [base for base in candidates if base is not None and base.is_dir()]


def _is_short(folder: Path) -> bool:
    return len(os.fsencode(folder)) + len(LONGEST_SOCKET_NAME) <= SOCKET_PATH_BYTES


def _own_socket_folder(folder: Path, account: Account | None) -> Path:
    """Make it, or make sure that nobody else made it: a temporary folder is everybody's."""
    if not os.path.lexists(folder):
        return give(account, _make(folder, 0o700))
    found = folder.lstat()
    owner = account.uid if account else os.geteuid()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner or found.st_mode & 0o077:
        raise OperatorError(
            "socket-folder",
            f"{folder} exists and does not belong to the embedded servers.",
            "Remove it, or set TMPDIR to another folder.",
        )
    return folder
