"""Every published version of a form, with its XForm and its fields.

Comes in: a client and a form id. Goes out: versions as Central lists them; each whole when asked.
"""

from dataclasses import dataclass, field

from bridge.client import CentralClient


@dataclass(frozen=True)
class ListedVersion:
    """A published version, before its definition is read."""

    version: str
    hash: str
    published_at: str | None


@dataclass(frozen=True)
class WholeVersion:
    """A version with its definition. fields: as Central lists them, `path` from the root."""

    version: str
    hash: str
    published_at: str | None
    xform: str = field(repr=False)
    fields: list[dict] = field(repr=False)


def list_versions(client: CentralClient, form_id: str) -> tuple[ListedVersion, ...] | None:
    """The published versions, newest first; None where the project has no such form."""
    listed = client.find_json(client.path("forms", form_id, "versions"))
    if listed is None:
        return None
    return tuple(ListedVersion(v["version"], v["hash"], v["publishedAt"]) for v in listed)


def fetch_version(client: CentralClient, form_id: str, listed: ListedVersion) -> WholeVersion:
    """The definition of one version. A version without a name is `___` in Central's addresses."""
    place = ("forms", form_id, "versions")
    name = listed.version or "___"
    xform = client.request("GET", client.path(*place, f"{name}.xml")).content.decode()
    fields = client.get_json(client.path(*place, name, "fields"))
    return WholeVersion(listed.version, listed.hash, listed.published_at, xform, fields)
