"""A download and its reader, each at a pace of its own."""

import random
import time

import pytest
import requests

from bridge.changes import IncompleteAnswer
from bridge.spool import spooled
from config.errors import OperatorError

BLOCKS = [bytes([number % 256]) * (number * 37 % 5000 + 1) for number in range(300)]


class SlowResponse:
    """Stands where requests' answer stands: blocks come when the network brings them."""

    url = "http://127.0.0.1/"

    def __init__(self, blocks, error=None, pause=0.0):
        self.blocks, self.error, self.pause = blocks, error, pause
        self.raw, self.is_shut, self.given = self, False, 0

    def iter_content(self, size):
        for block in self.blocks:
            time.sleep(random.random() * self.pause)
            if self.is_shut:
                return
            self.given += 1
            yield block
        if self.error:
            raise self.error

    def shutdown(self):
        self.is_shut = True


def read_all(read) -> bytes:
    return b"".join(iter(read, b""))


@pytest.mark.parametrize("pause", [0.0, 0.001])
def test_every_byte_arrives_once_and_in_order(tmp_path, pause):
    with spooled(SlowResponse(BLOCKS, pause=pause), tmp_path) as read:
        assert read_all(read) == b"".join(BLOCKS)


def test_the_download_does_not_wait_for_its_reader(tmp_path):
    response = SlowResponse(BLOCKS)
    with spooled(response, tmp_path) as read:
        deadline = time.monotonic() + 10
        while response.given < len(BLOCKS) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert response.given == len(BLOCKS)
        assert read_all(read) == b"".join(BLOCKS)


def test_a_download_that_breaks_off_says_so_after_what_has_come(tmp_path):
    broken = SlowResponse(BLOCKS, requests.exceptions.ChunkedEncodingError("cut"))
    with spooled(broken, tmp_path) as read:
        with pytest.raises(IncompleteAnswer):
            read_all(read)


def test_a_fault_of_the_program_is_not_taken_for_the_network(tmp_path):
    with spooled(SlowResponse(BLOCKS, ZeroDivisionError()), tmp_path) as read:
        with pytest.raises(ZeroDivisionError):
            read_all(read)


def test_a_full_disk_is_told_to_the_operator(tmp_path, monkeypatch):
    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("bridge.spool.os.pwrite", full)
    with spooled(SlowResponse(BLOCKS), tmp_path) as read:
        with pytest.raises(OperatorError, match="No space left") as told:
            read_all(read)
    assert told.value.code == "spool-unwritable"


def test_a_reader_that_leaves_ends_the_download(tmp_path):
    response = SlowResponse(BLOCKS, pause=0.02)
    with spooled(response, tmp_path) as read:
        read()
    assert response.is_shut
    assert response.given < len(BLOCKS)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OperatorError) as told:
        with spooled(SlowResponse(BLOCKS), tmp_path / "file" / "spool"):
            pytest.fail("there is no such folder")
    assert told.value.code == "spool-unwritable"
