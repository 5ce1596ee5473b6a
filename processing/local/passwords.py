"""Passwords and keys of one data folder: drawn once, kept in a file that only its owner reads."""

import json
import secrets
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

from config.errors import OperatorError
from processing.local.folder import DataFolder, write_private

PASSWORD_BYTES = 24


def _drawn():
    return field(default_factory=lambda: secrets.token_urlsafe(PASSWORD_BYTES), repr=False)


@dataclass(frozen=True)
class Passwords:
    """One for every login of the embedded servers, and the key that signs web sessions."""

    postgres: str = _drawn()
    database_owner: str = _drawn()
    database_worker: str = _drawn()
    database_web: str = _drawn()
    valkey: str = _drawn()
    central_reader: str = _drawn()
    central_manager: str = _drawn()
    secret_key: str = _drawn()


def read_passwords(folder: DataFolder) -> Passwords:
    """The passwords of this folder; what is missing is drawn and kept."""
    path = folder.path / "secrets.json"
    # Of two processes that draw at once the second reads what the first one drew.
    with folder.writing():
        known = _read(path)
        names = {item.name for item in fields(Passwords)}
        passwords = Passwords(**{name: known[name] for name in names & known.keys()})
        if not names <= known.keys():
            write_private(path, json.dumps(known | asdict(passwords), indent=1))
    return passwords


def _read(path: Path) -> dict[str, str]:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except PermissionError:
        raise OperatorError(
            "data-dir-not-yours",
            f"{path} belongs to another user, so the data folder does too.",
            "Run as that user, or set EMIS_DATA_DIR to a folder of your own.",
        ) from None
    except ValueError:
        raise OperatorError(
            "passwords-damaged",
            f"{path} cannot be read: it is not the file that the program wrote.",
            "Put it back from a backup; without it the embedded servers cannot be opened.",
        ) from None
