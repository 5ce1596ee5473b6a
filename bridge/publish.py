"""Forms into Central: draft, media, published; a new version only when something changed.

Comes in: compiled forms and a manager's client. Goes out: what was done with each.

Promised: publishing twice is the same as publishing once; a broken-off publishing is taken up by
the next; a form is never published without the files and entity lists that it reads.

The version. What the workbook says, as long as Central has not seen it; then the same with `.2`,
`.3` and so on (`1`, `2`, `3` where the workbook says nothing). Whether something has changed is
told by the form's content alone, so nobody has to remember to count, and going back to an old
form is a new version like any other. But a workbook whose version is a day before that of what
Central has is an old copy of it: publishing it would take back what others have done.
"""

import hashlib
import logging
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bridge.authoring_central import find_published, judge_change
from bridge.authoring_media import find_media_file, list_of
from bridge.client import CentralClient
from bridge.compile import CompiledForm, compile_form
from bridge.errors import CentralRefused
from bridge.xform import content_hash, with_version
from bridge.xform_model import read_model
from config.errors import OperatorError

log = logging.getLogger(__name__)
XML = {"Content-Type": "application/xml"}
WARNINGS, TYPE_CHANGED, EXISTS, VERSION_TAKEN = 400.16, 400.17, 409.3, 409.6
VERSION_ATTEMPTS = 3
# The day, and how many times on that day: 2026112602; after it what `next_version` counted.
DATED = re.compile(r"(20\d{6}(?:\d\d)?)(?:\.\d+)?")


@dataclass(frozen=True)
class PublishResult:
    """action: created, updated, unchanged, or refused with `error`.

    warnings: what Central has to say about the change, such as questions that it removes.
    """

    form_id: str
    version: str
    action: str
    warnings: tuple[str, ...] = ()
    error: OperatorError | None = None


def list_forms(client: CentralClient) -> list[str]:
    """The ids of the project's published forms."""
    forms = client.pyodk.forms.list()
    return sorted(form.xmlFormId for form in forms if form.publishedAt is not None)


def publish_forms(client: CentralClient, forms: Iterable[Path]) -> Iterator[PublishResult]:
    """Compiles and publishes each; one that is refused does not keep the others back."""
    for xlsx in forms:
        try:
            yield publish_form(client, compile_form(xlsx), xlsx.parent)
        except OperatorError as error:
            yield PublishResult(xlsx.stem, "", "refused", error=error)


def plan_forms(
    client: CentralClient, forms: Iterable[Path], lists_to_come: Iterable[str] = ()
) -> Iterator[PublishResult]:
    """What `publish_forms` would do, without doing it; a reader's client is enough.

    lists_to_come: entity lists that will be there by the time of publishing.
    """
    for xlsx in forms:
        try:
            yield plan_form(client, compile_form(xlsx), xlsx.parent, lists_to_come)
        except OperatorError as error:
            yield PublishResult(xlsx.stem, "", "refused", error=error)


def plan_form(
    client: CentralClient, form: CompiledForm, folder: Path, lists_to_come: Iterable[str] = ()
) -> PublishResult:
    """Raises OperatorError as publish_form would, save those of bridge.errors."""
    lists = _list_names(client) | set(lists_to_come)
    files = (name for name in form.media_names if find_media_file(folder, name) is None)
    missing = [name for name in files if list_of(name) not in lists]
    if missing:
        raise _media_missing(form.form_id, missing)
    published = find_published(client, form.form_id)
    if published is None:
        return PublishResult(form.form_id, next_version(form.version, []), "created")
    versions = _published_versions(client, form.form_id)
    if _is_unchanged(client, form, folder):
        return PublishResult(form.form_id, versions[0], "unchanged")
    _require_no_newer(form, versions[0])
    models = read_model(published.xform), read_model(form.xform)
    verdict = judge_change(*models, published.history)
    if verdict.refusals:
        raise OperatorError(
            "form-type-changed", f"In the form {form.form_id}, {' '.join(verdict.refusals)}"
        )
    version = next_version(form.version, versions)
    return PublishResult(form.form_id, version, "updated", verdict.warnings)


def publish_form(client: CentralClient, form: CompiledForm, folder: Path) -> PublishResult:
    """folder: where media files of the form lie, beside it or in `media`.

    Raises OperatorError: form-type-changed, form-media-missing, form-newer-in-central, and those of
    bridge.errors.
    """
    known = client.find_json(client.path("forms", form.form_id))
    versions = _published_versions(client, form.form_id) if known else []
    if versions and _is_unchanged(client, form, folder):
        return PublishResult(form.form_id, known["version"], "unchanged")
    if versions:
        _require_no_newer(form, known["version"])
    action = "updated" if versions else "created"
    for _attempt in range(VERSION_ATTEMPTS):
        version = next_version(form.version, versions)
        warnings = _write_draft(client, form, version, exists=bool(known or versions))
        _complete_media(client, form.form_id, folder)
        if _publish_draft(client, form.form_id):
            log.info("form %s %s as version %s", form.form_id, action, version)
            return PublishResult(form.form_id, version, action, warnings)
        versions = [*versions, version]
    raise OperatorError(
        "form-version-taken",
        f"Central has every version that was tried for {form.form_id}, the last {version}.",
        "Somebody else may be publishing it in this moment; try again.",
    )


def next_version(wanted: str, taken: Iterable[str]) -> str:
    """
    | workbook | published          | next         |
    |----------|--------------------|--------------|
    | 20261101 |                    | 20261101     |
    | 20261101 | 20261101           | 20261101.2   |
    | 20261101 | 20261101.2         | 20261101.3   |
    |          |                    | 1            |
    |          | 1, 2               | 3            |
    """
    pattern = re.compile(rf"{re.escape(wanted)}\.(\d+)" if wanted else r"(\d+)")
    used = [int(found[1]) for version in taken if (found := pattern.fullmatch(version))]
    if not wanted:
        return str(max(used, default=0) + 1)
    if wanted not in taken and not used:
        return wanted
    return f"{wanted}.{max([*used, 1]) + 1}"


def _require_no_newer(form: CompiledForm, published: str) -> None:
    """published: the version that tablets have now. Versions that are no days are not compared."""
    ours, theirs = DATED.fullmatch(form.version), DATED.fullmatch(published)
    if not (ours and theirs and theirs[1] > ours[1]):
        return
    raise OperatorError(
        "form-newer-in-central",
        f"Central has the version {published} of the form {form.form_id}, and the workbook here is "
        f"of {form.version}: publishing it would take back what is newer.",
        "Work on from the newer workbook; `emis forms diff central FORM` says how they differ. If "
        f"the one here is meant, give it a version of today, above {theirs[1]}.",
    )


def _published_versions(client: CentralClient, form_id: str) -> list[str]:
    return [item["version"] for item in client.get_json(client.path("forms", form_id, "versions"))]


def _is_unchanged(client: CentralClient, form: CompiledForm, folder: Path) -> bool:
    published = client.request("GET", client.path("forms", f"{form.form_id}.xml")).content
    if content_hash(published) != content_hash(form.xform):
        return False
    lists, attachments = _list_names(client), client.path("forms", form.form_id, "attachments")
    return all(_is_current(item, lists, folder) for item in client.get_json(attachments))


def _is_current(attachment: dict, lists: set[str], folder: Path) -> bool:
    """Is the file or list behind a published form what it would be published with now?"""
    path = find_media_file(folder, attachment["name"])
    if path is not None:
        return attachment["hash"] == _md5(path)
    return attachment["datasetExists"] or list_of(attachment["name"]) not in lists


def _write_draft(
    client: CentralClient, form: CompiledForm, version: str, exists: bool
) -> tuple[str, ...]:
    """Puts the form into Central as a draft; returns Central's warnings about it."""
    path = client.path("forms", form.form_id, "draft") if exists else client.path("forms")
    body = with_version(form.xform, version).encode()
    try:
        client.request("POST", path, data=body, headers=XML)
        return ()
    except CentralRefused as error:
        if error.problem == EXISTS and not exists:
            return _write_draft(client, form, version, exists=True)
        if error.problem == TYPE_CHANGED:
            raise _type_changed(form, error) from None
        if error.problem != WARNINGS:
            raise
        client.request("POST", path, data=body, headers=XML, params={"ignoreWarnings": "true"})
        return _warnings_of(error)


def _publish_draft(client: CentralClient, form_id: str) -> bool:
    """False where the version has been taken meanwhile."""
    try:
        client.request("POST", client.path("forms", form_id, "draft", "publish"))
    except CentralRefused as error:
        if error.problem != VERSION_TAKEN:
            raise
        return False
    return True


def _complete_media(client: CentralClient, form_id: str, folder: Path) -> None:
    """Every attachment of the draft gets its file, or its entity list, or the draft stays one."""
    lists, missing = _list_names(client), []
    for item in client.get_json(client.path("forms", form_id, "draft", "attachments")):
        name = item["name"]
        target = client.path("forms", form_id, "draft", "attachments", name)
        path = find_media_file(folder, name)
        if path is not None:
            client.request("POST", target, data=path.read_bytes(), headers=_media_type(path))
        elif list_of(name) in lists:
            if not item["datasetExists"]:
                client.request("PATCH", target, json={"dataset": True})
        else:
            missing.append(name)
    if missing:
        raise _media_missing(form_id, missing)


def _media_missing(form_id: str, missing: list[str]) -> OperatorError:
    lists = [list_of(name) for name in missing if list_of(name)]
    kept = f", or keep the list {lists[0]} in Central first" if lists else ""
    return OperatorError(
        "form-media-missing",
        f"The form {form_id} reads {', '.join(missing)}, and there is neither a file nor an "
        "entity list of that name.",
        f"Put the file beside the form or into its folder media{kept}. Until then the form stays a "
        "draft.",
    )


def _list_names(client: CentralClient) -> set[str]:
    return {item["name"] for item in client.get_json(client.path("datasets"))}


def _media_type(path: Path) -> dict:
    return {"Content-Type": "text/csv" if path.suffix == ".csv" else "application/octet-stream"}


def _md5(path: Path) -> str:
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()


def _type_changed(form: CompiledForm, error: CentralRefused) -> OperatorError:
    path, kind = error.details.get("path", "a question"), error.details.get("type", "another")
    return OperatorError(
        "form-type-changed",
        f"In the form {form.form_id}, {path} had the type {kind} in an earlier version; Central "
        "keeps a question's type for ever.",
        "Give the question a new name, or its old type.",
    )


def _warnings_of(error: CentralRefused) -> tuple[str, ...]:
    found = (error.details.get("warnings") or {}).get("workflowWarnings") or []
    return tuple(
        f"{item.get('type')}: {', '.join(map(str, item.get('details') or []))}"
        if isinstance(item.get("details"), list)
        else str(item.get("type"))
        for item in found
    )
