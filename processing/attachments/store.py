"""The attachment store: bytes by their SHA-256, in a folder or in an S3-compatible bucket.

Comes in: a file that is whole, and its hash. Goes out: the same bytes, as a stream.
Promised: what `has` is there whole; keeping the same bytes twice keeps them once; nothing is ever
overwritten or taken away, so a backup of the store needs only what is new.

    EMIS_ATTACHMENT_STORE                kept where
    (empty)                              EMIS_DATA_DIR/attachments
    /srv/emis/attachments                that folder
    s3://bucket, s3://bucket/prefix      that bucket of the service at EMIS_BUCKET_URL
"""

from pathlib import Path
from typing import BinaryIO, Protocol

from config.settings import Settings
from processing.attachments.folder import FolderStore

S3 = "s3://"


class Store(Protocol):
    """What both kinds can do. sha256: of the bytes, 64 hexadecimal digits."""

    def has(self, sha256: str) -> bool:
        """Are the bytes here, whole?"""

    def keep(self, file: BinaryIO, sha256: str) -> None:
        """Keep the bytes of `file` from its beginning, unless they are here already."""

    def open(self, sha256: str) -> BinaryIO:
        """The bytes as a stream; OperatorError `attachment-lost` if they are not here."""


def open_store(settings: Settings) -> Store:
    """The store that the settings name; it is made when the first file is kept."""
    place = settings.emis_attachment_store
    if not place:
        return FolderStore(settings.emis_data_dir / "attachments")
    if not place.startswith(S3):
        return FolderStore(Path(place).expanduser())
    # The library for buckets is large: who keeps files in a folder need not load it.
    from processing.attachments.bucket import open_bucket

    return open_bucket(settings)
