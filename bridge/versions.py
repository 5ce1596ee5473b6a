"""The XML behind the feed, and the files beside it, for one submission at a time.

Comes in: a client, a form's key, an instance id. Goes out: each version as the tablet sent it,
byte for byte; files with their MD5. An answer that was cut off and ends as if it were whole raises
IncompleteAnswer: XML by its unclosed elements, a file by the MD5 that Central tells.

A submission that Central has deleted meanwhile is not served any more: no versions, no files.
"""

import hashlib
import re
from xml.parsers import expat

from bridge.changes import (
    Attachment,
    AttachmentContent,
    FormKey,
    IncompleteAnswer,
    SubmissionVersion,
)
from bridge.client import CentralClient, quoted

# Central stores what it reads between these tags unchanged, `&amp;` included, and so do we.
INSTANCE_ID = re.compile(rb"<(?:[\w.-]+:)?instanceID(?:\s[^>]*)?>([^<]*)<")
DEPRECATED_ID = re.compile(rb"<(?:[\w.-]+:)?deprecatedID(?:\s[^>]*)?>\s*[^<\s]")
# The first tag after what may stand before it; hostile XML simply has no match.
ROOT_TAG = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:(?:<\?.*?\?>|<!--.*?-->|<![^>]*>)\s*)*(<[^>]*>)", re.DOTALL
)
# What no XML may hold, though Central takes it: no sign that something is missing.
CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|&#(?:x[0-9a-fA-F]{1,8}|[0-9]{1,8});")
MD5 = re.compile(r'"([0-9a-f]{32})"')
VERSION = re.compile(rb"""\s(?:[\w.-]+:)?version\s*=\s*(?:"([^"]*)"|'([^']*)')""")


def fetch_versions(
    client: CentralClient, key: FormKey, instance_id: str, edits: int
) -> tuple[SubmissionVersion, ...]:
    """All versions, oldest first; () where Central serves the submission no longer.

    edits: `__system.edits` of the feed. At 0 one request is made, and two more only where the
    XML shows that an edit has arrived since.
    """
    submissions = client.path("forms", key.form_id, "submissions")
    if edits == 0:
        only = _fetch_only_version(client, submissions, instance_id)
        if only is not None:
            return only
    path = client.path("forms", key.form_id, "submissions", instance_id, "versions")
    listed = client.find_json(path)
    return _fetch_each(client, key, instance_id, listed) if listed else ()


def fetch_attachment_list(
    client: CentralClient, key: FormKey, instance_id: str
) -> tuple[Attachment, ...]:
    """The files that the current version names."""
    path = client.path("forms", key.form_id, "submissions", instance_id, "attachments")
    listed = client.find_json(path) or ()
    return tuple(Attachment(item["name"], bool(item["exists"])) for item in listed)


def fetch_attachment(
    client: CentralClient, key: FormKey, instance_id: str, name: str, md5: str | None = None
) -> AttachmentContent | None:
    """A file's bytes; content None where it still is what `md5` names; None where it is gone."""
    path = client.path("forms", key.form_id, "submissions", instance_id, "attachments", name)
    headers = {"If-None-Match": f'"{md5}"'} if md5 else {}
    response = client.find("GET", path, headers=headers)
    if response is None:
        return None
    if response.status_code == 304:
        return AttachmentContent(name, md5, None)
    found = hashlib.md5(response.content, usedforsecurity=False).hexdigest()
    told = MD5.search(response.headers.get("ETag", ""))
    if told and told[1] != found:
        raise IncompleteAnswer(f"The file {name} of submission {instance_id} did not come whole.")
    return AttachmentContent(name, found, response.content if found != md5 else None)


def _fetch_only_version(
    client: CentralClient, base: str, instance_id: str
) -> tuple[SubmissionVersion, ...] | None:
    """The one version of a submission that was never edited; None where there are more."""
    xml = _find_xml(client, f"{base}/{quoted(f'{instance_id}.xml')}")
    if xml is None:
        return ()
    if not _is_first_version(xml, instance_id):
        return None
    return (
        SubmissionVersion(instance_id, instance_id, 1, True, form_version_of(xml), xml, None),
    )  # fmt: skip


def _fetch_each(
    client: CentralClient, key: FormKey, instance_id: str, listed: list[dict]
) -> tuple[SubmissionVersion, ...]:
    versions = []
    for number, item in enumerate(reversed(listed), start=1):
        path = client.path(
            "forms", key.form_id, "submissions", instance_id, "versions",
            f"{item['instanceId']}.xml",
        )  # fmt: skip
        xml = _find_xml(client, path)
        if xml is None:
            return ()
        versions.append(
            SubmissionVersion(
                instance_id=instance_id,
                version_id=item["instanceId"],
                version_number=number,
                is_current=bool(item["current"]),
                form_version=form_version_of(xml),
                xml=xml,
                created_at=item["createdAt"],
            )
        )
    return tuple(versions)


def _find_xml(client: CentralClient, path: str) -> bytes | None:
    """The whole XML. What looks cut off is believed when it comes twice: a tablet sent it so."""
    before = None
    for _ in range(2):
        response = client.find("GET", path)
        if response is None:
            return None
        xml = response.content
        if xml == before or not is_cut_off(xml):
            return xml
        before = xml
    raise IncompleteAnswer("The XML of a submission ended before it was whole.")


def is_cut_off(xml: bytes) -> bool:
    """Does it end in the midst of something? What is wrong in other ways is not said to be cut."""
    parser = expat.ParserCreate()
    try:
        parser.Parse(CONTROL.sub(b"", xml), False)
    except expat.ExpatError:
        return False
    try:
        parser.Parse(b"", True)
    except expat.ExpatError:
        return True
    return False


def form_version_of(xml: bytes) -> str | None:
    """The form version that the XML's root names: the one that it was filled with."""
    root = ROOT_TAG.match(xml)
    found = VERSION.search(root[1]) if root else None
    return (found[1] or found[2] or b"").decode("utf-8", "replace") if found else None


def _is_first_version(xml: bytes, instance_id: str) -> bool:
    """Central gives a bare uuid of its own to XML that has no instanceID."""
    if DEPRECATED_ID.search(xml):
        return False
    found = INSTANCE_ID.search(xml)
    return found is None or found[1].strip() in (b"", instance_id.encode())
