"""Where bytes lie in a store of either kind, and what to do when they do not."""

import re

from config.errors import OperatorError

SHA256 = re.compile(r"[0-9a-f]{64}")


def place_of(sha256: str) -> str:
    """The path inside the store: two levels, so that no folder grows too long."""
    if not SHA256.fullmatch(sha256):
        raise ValueError("not a SHA-256")
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256}"


def lost(sha256: str) -> OperatorError:
    """What to do about bytes that the database knows and the store does not."""
    return OperatorError(
        "attachment-lost",
        f"The attachment store does not hold {sha256}.",
        "See that EMIS_ATTACHMENT_STORE names the store that was used before, or restore it; "
        "`emis attachments --again` fetches from Central what is missing.",
    )
