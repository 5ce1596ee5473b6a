"""A bucket of an S3-compatible service as an attachment store: AWS, MinIO, Ceph, Garage …

A large file goes up in parts; an object appears only when all parts have arrived. The service
checks each part against its MD5 or CRC, so what `has` is whole.
"""

import tempfile
from contextlib import contextmanager
from typing import BinaryIO
from urllib.parse import urlsplit

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from config.errors import OperatorError
from config.settings import Settings
from processing.attachments.places import lost, place_of

CONNECT_SECONDS, READ_SECONDS, ATTEMPTS = 10, 60, 4
MEMORY_BYTES = 1 << 20
PART_BYTES = 8 << 20
# Without threads: one part at a time bounds the memory, and a worker has one file in hand.
TRANSFER = TransferConfig(
    multipart_threshold=PART_BYTES, multipart_chunksize=PART_BYTES, use_threads=False
)
ABSENT = ("404", "NoSuchKey", "NotFound")


def open_bucket(settings: Settings) -> "BucketStore":
    """The bucket of EMIS_ATTACHMENT_STORE; raises OperatorError `setting-invalid`."""
    parts = urlsplit(settings.emis_attachment_store)
    if not parts.netloc or parts.query or parts.fragment or "@" in parts.netloc:
        raise OperatorError(
            "setting-invalid",
            "EMIS_ATTACHMENT_STORE must be a folder, s3://bucket or s3://bucket/prefix.",
            "The service's address and keys go into EMIS_BUCKET_URL, EMIS_BUCKET_ACCESS_KEY and "
            "EMIS_BUCKET_SECRET_KEY.",
        )
    client = boto3.client(
        "s3",
        endpoint_url=settings.emis_bucket_url,
        aws_access_key_id=settings.emis_bucket_access_key,
        aws_secret_access_key=settings.emis_bucket_secret_key,
        region_name=settings.emis_bucket_region,
        config=_config(settings),
    )
    return BucketStore(client, parts.netloc, parts.path.strip("/"))


class BucketStore:
    """Objects of `bucket` under `prefix`."""

    def __init__(self, client, bucket: str, prefix: str):
        self._client, self._bucket, self._prefix = client, bucket, prefix

    def has(self, sha256: str) -> bool:
        try:
            with _explained(self._bucket):
                self._client.head_object(Bucket=self._bucket, Key=self._key(sha256))
        except _Absent:
            return False
        return True

    def keep(self, file: BinaryIO, sha256: str) -> None:
        if self.has(sha256):
            return
        file.seek(0)
        with _explained(self._bucket), _kept_open(file) as source:
            self._client.upload_fileobj(source, self._bucket, self._key(sha256), Config=TRANSFER)

    def open(self, sha256: str) -> BinaryIO:
        target = tempfile.SpooledTemporaryFile(MEMORY_BYTES)  # noqa: SIM115  the caller closes it
        try:
            with _explained(self._bucket):
                self._client.download_fileobj(
                    self._bucket, self._key(sha256), target, Config=TRANSFER
                )
        except _Absent:
            target.close()
            raise lost(sha256) from None
        target.seek(0)
        return target

    def _key(self, sha256: str) -> str:
        place = place_of(sha256)
        return f"{self._prefix}/{place}" if self._prefix else place


class _Absent(Exception):  # noqa: N818  internal signal, never leaves this module
    pass


def _config(settings: Settings) -> Config:
    # Many services of the kind know neither virtual hosts nor the newer checksums.
    return Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"max_attempts": ATTEMPTS, "mode": "standard"},
        s3={"addressing_style": "path" if settings.emis_bucket_url else "auto"},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )


@contextmanager
def _kept_open(file: BinaryIO):
    """The library closes what it is given; the caller may want to read on."""
    yield _Unclosable(file)


class _Unclosable:
    def __init__(self, file: BinaryIO):
        self._file = file

    def __getattr__(self, name: str):
        return getattr(self._file, name)

    def close(self) -> None:
        """Left to whoever opened it."""


@contextmanager
def _explained(bucket: str):
    """Turns a refusal or a lost connection into advice; an absent object into _Absent."""
    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "unknown")
        if code in ABSENT:
            raise _Absent from None
        raise _refused(bucket, code) from None
    except BotoCoreError as error:
        raise _refused(bucket, type(error).__name__) from None


def _refused(bucket: str, reason: str) -> OperatorError:
    return OperatorError(
        "attachment-store-unreachable",
        f"The bucket {bucket} of the attachment store cannot be used ({reason}).",
        "Check EMIS_BUCKET_URL, the keys and the bucket's rights. Nothing is lost: files are "
        "fetched later.",
    )
