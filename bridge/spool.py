"""A download that never waits for its reader.

Comes in: an answer whose body is still to be read. Goes out: its bytes, in order, as they come.
A thread writes them to a file at the network's pace, and the reader follows in the file. So a
slow database never holds a stream of Central open: ten of those would block the whole server.

The file has no name: it is gone when this process is, however that ends.
"""

import os
import tempfile
import threading
from contextlib import contextmanager, suppress
from pathlib import Path

import requests

from bridge.changes import IncompleteAnswer
from bridge.errors import reason_of
from config.errors import OperatorError

BLOCK_BYTES = 65536
READ_BYTES = 1 << 20


@contextmanager
def spooled(response: requests.Response, spool_dir: Path):
    """Yields a function that returns the next bytes of the answer, and b"" at its end.

    The function raises IncompleteAnswer or another OperatorError where the download failed.
    """
    with open_spool(spool_dir) as file:
        download = _Download(response, file.fileno())
        download.start()
        try:
            yield download.read
        finally:
            download.stop()


def open_spool(spool_dir: Path):
    """A file without a name in that folder. Raises OperatorError `spool-unwritable`."""
    try:
        spool_dir.mkdir(parents=True, exist_ok=True)
        return tempfile.TemporaryFile(dir=spool_dir)
    except OSError as error:
        raise _disk_error(error) from None


class _Download(threading.Thread):
    def __init__(self, response: requests.Response, descriptor: int):
        super().__init__(name="central-download", daemon=True)
        self._response, self._descriptor = response, descriptor
        self._changed = threading.Condition()
        self._written = self._taken = 0
        self._is_over = self._is_unwanted = False
        self._error: BaseException | None = None

    def run(self) -> None:
        error = None
        try:
            for block in self._response.iter_content(BLOCK_BYTES):
                if self._is_unwanted:
                    break
                self._write(block)
        except requests.exceptions.RequestException as failure:
            error = IncompleteAnswer(f"Central's answer broke off ({reason_of(failure)}).")
        except OSError as failure:
            error = _disk_error(failure)
        except Exception as failure:  # noqa: BLE001 - raised again where the reader stands
            error = failure
        with self._changed:
            self._error, self._is_over = error, True
            self._changed.notify()

    def read(self) -> bytes:
        """The next bytes; waits for them. The socket's time limit bounds the wait."""
        with self._changed:
            while self._taken == self._written and not self._is_over:
                self._changed.wait()
            waiting = self._written - self._taken
            if not waiting and self._error:
                raise self._error
        # Never past what is counted as written: an empty read would look like the end.
        block = os.pread(self._descriptor, min(waiting, READ_BYTES), self._taken)
        self._taken += len(block)
        return block

    def stop(self) -> None:
        """End the thread before its file is closed, wherever the network keeps it."""
        self._is_unwanted = True
        # Refused where the body has already been read to its end: then nothing is left to wake.
        with suppress(ValueError, RuntimeError, OSError):
            self._response.raw.shutdown()
        self.join()

    def _write(self, block: bytes) -> None:
        while block:
            count = os.pwrite(self._descriptor, block, self._written)
            block = block[count:]
            with self._changed:
                self._written += count
                self._changed.notify()


def _disk_error(error: OSError) -> OperatorError:
    return OperatorError(
        "spool-unwritable",
        f"What Central sends cannot be kept for reading: {error.strerror}.",
        "Make room, or point EMIS_DATA_DIR at a disk with room.",
    )
