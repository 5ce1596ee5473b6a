"""The attachment store: the same promises from a folder and from a bucket."""

import hashlib
import io
import stat
import tempfile
import tracemalloc
from dataclasses import replace

import pytest

from config.errors import OperatorError
from config.settings import Settings
from processing.attachments import open_store

CONTENT = b"a photo"
SHA256 = hashlib.sha256(CONTENT).hexdigest()
MEGABYTE = 1 << 20


def read(store, sha256: str) -> bytes:
    with store.open(sha256) as file:
        return file.read()


def test_what_is_kept_comes_back(store):
    assert not store.has(SHA256)
    store.keep(io.BytesIO(CONTENT), SHA256)
    assert store.has(SHA256)
    assert read(store, SHA256) == CONTENT


def test_the_caller_may_read_on_in_what_was_kept(store):
    file = io.BytesIO(CONTENT)
    file.seek(3)
    store.keep(file, SHA256)
    file.seek(0)
    assert file.read() == CONTENT


def test_keeping_twice_is_keeping_once(store):
    store.keep(io.BytesIO(CONTENT), SHA256)
    store.keep(io.BytesIO(b"never looked at"), SHA256)
    assert read(store, SHA256) == CONTENT


def test_an_empty_file_is_a_file(store):
    nothing = hashlib.sha256(b"").hexdigest()
    store.keep(io.BytesIO(b""), nothing)
    assert read(store, nothing) == b""


def test_what_is_not_there_is_told_with_the_way_out(store):
    with pytest.raises(OperatorError) as error:
        store.open(SHA256)
    assert error.value.code == "attachment-lost"


@pytest.mark.parametrize("name", ["", "../../etc/passwd", SHA256.upper(), SHA256 + "0"])
def test_only_a_hash_names_a_place(store, name):
    with pytest.raises(ValueError, match="SHA-256"):
        store.has(name)


def test_a_large_file_is_never_whole_in_memory(tmp_path, s3_settings):
    """In the folder's case; the bucket's server shares this process and its memory."""
    store = open_store(replace(Settings(), emis_data_dir=tmp_path))
    with tempfile.TemporaryFile() as file:
        digest = hashlib.sha256()
        for number in range(100):
            block = bytes([number]) * MEGABYTE
            file.write(block)
            digest.update(block)
        tracemalloc.start()
        store.keep(file, digest.hexdigest())
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 4 * MEGABYTE
    assert (tmp_path / "attachments").exists()
    with store.open(digest.hexdigest()) as kept:
        assert hashlib.file_digest(kept, "sha256").hexdigest() == digest.hexdigest()


def test_a_file_of_several_parts_arrives_whole_in_a_bucket(s3_settings):
    store, content = open_store(s3_settings), b"0123456789abcdef" * (MEGABYTE + 1)
    digest = hashlib.sha256(content).hexdigest()
    store.keep(io.BytesIO(content), digest)
    assert hashlib.sha256(read(store, digest)).hexdigest() == digest


def test_a_file_that_breaks_off_leaves_nothing_behind(tmp_path):
    class Broken(io.BytesIO):
        def read(self, size=-1):
            raise OSError(28, "No space left on device")

    store = open_store(replace(Settings(), emis_data_dir=tmp_path))
    with pytest.raises(OperatorError) as error:
        store.keep(Broken(b"x"), SHA256)
    assert error.value.code == "attachment-store-unwritable"
    assert not store.has(SHA256)
    assert [path for path in (tmp_path / "attachments").rglob("*") if path.is_file()] == []


def test_files_belong_to_this_account_alone(tmp_path):
    store = open_store(replace(Settings(), emis_data_dir=tmp_path))
    store.keep(io.BytesIO(CONTENT), SHA256)
    [path] = [path for path in (tmp_path / "attachments").rglob("*") if path.is_file()]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_folder_can_be_named(tmp_path):
    settings = replace(Settings(), emis_attachment_store=str(tmp_path / "elsewhere"))
    open_store(settings).keep(io.BytesIO(CONTENT), SHA256)
    assert list((tmp_path / "elsewhere").rglob(SHA256))


def test_two_prefixes_are_two_stores(s3_settings):
    here = open_store(s3_settings)
    place = s3_settings.emis_attachment_store.replace("/files", "/other")
    there = open_store(replace(s3_settings, emis_attachment_store=place))
    here.keep(io.BytesIO(CONTENT), SHA256)
    assert not there.has(SHA256)


@pytest.mark.parametrize(
    "change",
    [
        {"emis_attachment_store": "s3://no-such-bucket-here"},
        {"emis_bucket_url": "http://127.0.0.1:9"},
        {"emis_bucket_access_key": None, "emis_bucket_secret_key": None},
    ],
    ids=["bucket", "address", "keys"],
)
def test_a_bucket_that_cannot_be_used_is_an_operators_error(
    s3_settings, change, monkeypatch, tmp_path
):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(OperatorError) as error:
        open_store(replace(s3_settings, **change)).keep(io.BytesIO(CONTENT), SHA256)
    assert error.value.code == "attachment-store-unreachable"
    assert "test-secret" not in str(error.value)


@pytest.mark.parametrize("place", ["s3://", "s3://key:secret@bucket", "s3://bucket?x=1"])
def test_an_address_that_is_none_is_refused(s3_settings, place):
    with pytest.raises(OperatorError) as error:
        open_store(replace(s3_settings, emis_attachment_store=place))
    assert error.value.code == "setting-invalid"
