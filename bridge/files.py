"""Files of submissions: which ones a version names, and their bytes, never whole in memory.

Comes in: a client, a form's key, a submission. Goes out: lists, and bytes written to a file of
the caller with their MD5 and SHA-256.

Promised: a download counts only if its bytes have the MD5 of Central's ETag, or, where a bucket
behind Central gives none, the length that was announced.
"""

import hashlib
import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

import requests
from urllib3.util.retry import Retry

from bridge.changes import Attachment, FormKey, IncompleteAnswer
from bridge.client import CentralClient
from bridge.errors import CONNECT_SECONDS, READ_SECONDS, CentralRefused, transport_error
from bridge.traffic import CountingAdapter

BLOCK_BYTES = 1 << 20
MD5 = re.compile(r'(?:W/)?"([0-9a-f]{32})"')


@dataclass(frozen=True)
class Download:
    """A file that has been written whole. md5: as the ETag says, for the next look."""

    md5: str
    sha256: str
    byte_count: int
    media_type: str | None


@dataclass(frozen=True)
class Unchanged:
    """Central still has the file of this MD5."""

    md5: str


def list_version_ids(client: CentralClient, key: FormKey, instance_id: str) -> tuple[str, ...]:
    """The ids of all versions of a submission, oldest first; () where Central has it no longer."""
    path = client.path("forms", key.form_id, "submissions", instance_id, "versions")
    return tuple(item["instanceId"] for item in reversed(client.find_json(path) or ()))


def list_files(
    client: CentralClient, key: FormKey, instance_id: str, version_id: str | None = None
) -> tuple[Attachment, ...] | None:
    """The files that a version names (default: the current one); None where it is not served."""
    path = client.path(*_place(key, instance_id, version_id), "attachments")
    listed = client.find_json(path)
    if listed is None:
        return None
    return tuple(Attachment(item["name"], bool(item["exists"])) for item in listed)


def download_file(
    client: CentralClient,
    key: FormKey,
    instance_id: str,
    version_id: str | None,
    name: str,
    file: BinaryIO,
    md5: str | None = None,
) -> Download | Unchanged | None:
    """Writes the file's bytes to `file`; Unchanged if it still is `md5`; None if it is not there.

    Raises IncompleteAnswer, and the errors of bridge.errors.
    """
    path = client.path(*_place(key, instance_id, version_id), "attachments", name)
    headers = {"If-None-Match": f'"{md5}"'} if md5 else {}
    try:
        with client.stream(path, headers=headers) as response:
            if response.status_code == 304:
                return Unchanged(md5)
            return _written(client, response, file)
    except CentralRefused as error:
        if error.status == 404:
            return None
        raise


@contextmanager
def asking_once(client: CentralClient):
    """Inside the block no request is repeated by itself, and each goes over a new connection.

    For a file that may be what ends Central's process: a repeated request would end it again.
    """
    session, usual = client.session, dict(client.session.adapters)
    once = CountingAdapter(timeout=(CONNECT_SECONDS, READ_SECONDS), max_retries=Retry(0))
    for scheme in usual:
        session.mount(scheme, once)
    try:
        yield
    finally:
        once.close()
        for scheme, adapter in usual.items():
            session.mount(scheme, adapter)


def _place(key: FormKey, instance_id: str, version_id: str | None) -> tuple[str, ...]:
    base = ("forms", key.form_id, "submissions", instance_id)
    return base if version_id is None else (*base, "versions", version_id)


def _written(client: CentralClient, response: requests.Response, file: BinaryIO) -> Download:
    md5, sha256, count = hashlib.md5(usedforsecurity=False), hashlib.sha256(), 0
    try:
        for block in response.iter_content(BLOCK_BYTES):
            file.write(block)
            md5.update(block)
            sha256.update(block)
            count += len(block)
    except requests.exceptions.RequestException as error:
        raise transport_error(error, client.url) from None
    announced = MD5.fullmatch(response.headers.get("ETag", ""))
    if announced and announced[1] != md5.hexdigest():
        raise IncompleteAnswer(f"A file came with other bytes ({count:,}) than those of its ETag.")
    return Download(
        md5.hexdigest(), sha256.hexdigest(), count, response.headers.get("Content-Type")
    )
