"""A folder as an attachment store.

A file appears under its name only when it is whole and on the disk: it is written beside its
place and then renamed, which no crash can do by half.
"""

import os
import shutil
import tempfile
from pathlib import Path
from typing import BinaryIO

from config.errors import OperatorError
from processing.attachments.places import lost, place_of

COPY_BYTES = 1 << 20


class FolderStore:
    """Files under `folder`, readable by this account alone."""

    def __init__(self, folder: Path):
        self.folder = folder

    def has(self, sha256: str) -> bool:
        return self._path(sha256).is_file()

    def keep(self, file: BinaryIO, sha256: str) -> None:
        path = self._path(sha256)
        if path.is_file():
            return
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _write_beside(file, path)
        except OSError as error:
            raise _unwritable(self.folder, error) from None

    def open(self, sha256: str) -> BinaryIO:
        try:
            return self._path(sha256).open("rb")
        except FileNotFoundError:
            raise lost(sha256) from None

    def _path(self, sha256: str) -> Path:
        return self.folder / place_of(sha256)


def _write_beside(file: BinaryIO, path: Path) -> None:
    file.seek(0)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(descriptor, "wb") as target:
            shutil.copyfileobj(file, target, COPY_BYTES)
            target.flush()
            os.fsync(target.fileno())
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """The renaming itself has to reach the disk, too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unwritable(folder: Path, error: OSError) -> OperatorError:
    return OperatorError(
        "attachment-store-unwritable",
        f"The attachment store {folder} cannot be written to: {error.strerror}.",
        "Make room, or correct EMIS_ATTACHMENT_STORE. Nothing is lost: files are fetched later.",
    )
