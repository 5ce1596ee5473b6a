"""Which user runs the embedded servers.

PostgreSQL refuses to run as root. An ordinary user runs everything; root hands the servers to
an account without rights, and finds out beforehand whether that account can reach a folder.
"""

import os
import pwd
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from config.errors import OperatorError

# An administrator may make the first one; the second exists on every system.
ACCOUNT_NAMES = ("emis", "nobody")


@dataclass(frozen=True)
class Account:
    """The user that owns and runs the embedded servers when root starts them."""

    name: str
    uid: int
    gid: int

    def popen_options(self) -> dict:
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


def is_root() -> bool:
    return os.geteuid() == 0


def choose_account(servers_dir: Path) -> Account | None:
    """None for an ordinary user; for root the owner of `servers_dir`, else a spare account."""
    if not is_root():
        return None
    if servers_dir.exists() and servers_dir.stat().st_uid != 0:
        return _account(pwd.getpwuid(servers_dir.stat().st_uid))
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    for name in ACCOUNT_NAMES:
        if name in known and known[name].pw_uid != 0:
            return _account(known[name])
    raise OperatorError(
        "account-missing",
        "PostgreSQL does not run as root, and there is no user to hand it to.",
        "Add a system user named emis, or run the program as an ordinary user.",
    )


def can_reach(account: Account | None, folder: Path) -> bool:
    """Whether the account may enter the folder; it is tried, so that ACLs count too."""
    if account is None:
        return os.access(folder, os.X_OK)
    tried = subprocess.run(
        ["/bin/sh", "-c", 'cd -- "$1"', "sh", str(folder)],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        **account.popen_options(),
    )
    return tried.returncode == 0


def require_reach(account: Account | None, folder: Path) -> None:
    """Refuse a folder that the servers' user cannot enter, and say where to put it instead."""
    if can_reach(account, folder):
        return
    name = account.name if account else "this user"
    raise OperatorError(
        "data-dir-unreachable",
        f"The embedded servers run as the user {name}, who cannot enter "
        f"{_first_closed(account, folder)}, so not the data folder {folder} either.",
        "Set EMIS_DATA_DIR to a folder outside of it, such as /var/lib/emis, or run the program "
        "as an ordinary user. The modes of existing folders are never changed.",
    )


def give(account: Account | None, path: Path) -> Path:
    """Hand over a file or folder that was just made here."""
    if account is not None:
        os.chown(path, account.uid, account.gid)
    return path


def _account(entry: pwd.struct_passwd) -> Account:
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _first_closed(account: Account | None, folder: Path) -> Path:
    for candidate in reversed((folder, *folder.parents)):
        if account is not None and not _mode_lets_in(account, candidate.stat()):
            return candidate
    return folder


def _mode_lets_in(account: Account, found: os.stat_result) -> bool:
    if found.st_uid == account.uid:
        return bool(found.st_mode & stat.S_IXUSR)
    if found.st_gid == account.gid:
        return bool(found.st_mode & stat.S_IXGRP)
    return bool(found.st_mode & stat.S_IXOTH)
