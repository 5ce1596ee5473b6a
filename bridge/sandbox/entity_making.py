"""Entities that submissions make: create, update with conflicts, approval.

In: a saved change of a submission. Out: entities of the lists that its form writes, or an audit
entry `entity.error` with the refusal's code: a submission is never refused for its entity.
Central does this some seconds later; this server at once, yet never within the submission's own
millisecond. Updates that a tablet made one after the other without a network name their branch;
one that comes before its predecessor waits for it.
"""

import re
from dataclasses import dataclass
from sqlite3 import Row
from time import sleep

import orjson

from bridge.sandbox.datasetstore import log_change
from bridge.sandbox.entities import normalise_uuid, save_new, save_update
from bridge.sandbox.formstore import get_def
from bridge.sandbox.markup import Node, decode, read_events, read_tree
from bridge.sandbox.problems import Problem, problem
from bridge.sandbox.projects import log_audit
from bridge.sandbox.store import now_ms
from bridge.sandbox.web import actor, store

YES = ("1", "true")
LATER_S = 0.002
CREATED, EDITED, REVIEWED = "submission.create", "submission.update.version", "submission.update"


@dataclass(frozen=True)
class Draft:
    """What one `<entity>` of a submission asks for."""

    list_name: str
    uuid: str | None
    is_create: bool
    is_update: bool
    base_version: str | None
    label: str | None
    data: dict[str, str]
    branch_id: str | None = None
    trunk_version: str | None = None

    @property
    def follows_in_branch(self) -> bool:
        """Was it made upon an earlier update of the same branch?"""
        return bool(self.branch_id and self.trunk_version) and (
            self.base_version != self.trunk_version
        )


class Held(Exception):  # noqa: N818 - no error: it waits for its predecessor
    """An update of a branch whose predecessor has not come yet."""

    def __init__(self, draft: Draft):
        super().__init__(draft.branch_id)
        self.draft = draft


def make_entities(form: Row, submission_id: int, action: str, state: str | None = None) -> None:
    """Runs after the submission's own transaction, each submission at most once with success."""
    version = store().one(
        "SELECT d.* FROM submission s JOIN submission_def d ON d.id = s.current_def "
        "WHERE s.id = ? AND s.draft = 0",
        submission_id,
    )
    written = version and orjson.loads(get_def(version["form_def_id"])["datasets"])
    if not written or _has_made(submission_id):
        return
    sleep(LATER_S)
    drafts = _read_drafts(version["xml"], written)
    try:
        with store().write() as db:
            source = {"submission": {"instanceId": version["instance_id"]}}
            made = [_apply(db, form, written, draft, action, state, source) for draft in drafts]
            if any(made):
                db.execute("INSERT INTO entity_maker VALUES (?)", (submission_id,))
        _release_next(form, drafts)
    except Held as held:
        with store().write() as db:
            values = (submission_id, held.draft.branch_id, int(held.draft.base_version))
            db.execute("INSERT OR REPLACE INTO entity_backlog VALUES (?, ?, ?)", values)
            details = {"submissionId": submission_id}
            log_audit(db, "submission.backlog.hold", f"form:{form['id']}", details)
    except Problem as refusal:
        details = {"submissionId": submission_id, "problem": {"problemCode": refusal.code}}
        with store().write() as db:
            log_audit(db, "entity.error", f"form:{form['id']}", details)


def _release_next(form: Row, drafts: list[Draft]) -> None:
    """Updates of the same branches that were waiting for these."""
    for draft in drafts:
        if not draft.branch_id or not (draft.base_version or "").isdigit():
            continue
        waiting = store().one(
            "SELECT submission_id FROM entity_backlog WHERE branch_id = ? AND base = ?",
            draft.branch_id,
            int(draft.base_version) + 1,
        )
        if waiting:
            with store().write() as db:
                values = (waiting["submission_id"],)
                db.execute("DELETE FROM entity_backlog WHERE submission_id = ?", values)
            make_entities(form, waiting["submission_id"], CREATED)


def _has_made(submission_id: int) -> bool:
    return bool(store().one("SELECT 1 FROM entity_maker WHERE submission_id = ?", submission_id))


def _read_drafts(xml: bytes, written: list[dict]) -> list[Draft]:
    root = read_tree(read_events(xml.decode("utf-8", "replace")))
    return [
        _read_draft(place, entity, item)
        for item in written
        for place in _places(root, item["path"])
        if (entity := place.child("meta", "entity")) is not None
    ]


def _places(root: Node, path: str) -> list[Node]:
    """The elements that hold the list's `<meta>`: the root, or each row of a repeat."""
    if not path.startswith("/"):  # the form's root element is not called data
        return []
    places = [root]
    for name in (part for part in path.split("/") if part):
        places = [child for place in places for child in place.children if child.local == name]
    return places


def _read_draft(place: Node, entity: Node, item: dict) -> Draft:
    given = {name.rpartition(":")[2]: value for name, value in entity.attributes.items()}
    label = entity.child("label")
    data = {}
    for path, name in item["properties"].items():
        inside = path.removeprefix(item["path"]).strip("/").split("/")
        node = place.child(*inside)
        if node is not None:
            data[name] = decode(node.text) or ""
    return Draft(
        list_name=decode(given.get("dataset")) or "",
        uuid=given.get("id"),
        is_create=given.get("create") in YES,
        is_update=given.get("update") in YES,
        base_version=given.get("baseVersion") or None,
        branch_id=given.get("branchId") or None,
        trunk_version=given.get("trunkVersion") or None,
        label=decode(label.text) if label is not None else None,
        data=data,
    )


def _apply(
    db, form: Row, written: list[dict], draft: Draft, action: str, state, source: dict
) -> bool:
    """Did this draft create or change an entity?"""
    dataset = store().one(
        "SELECT * FROM dataset WHERE project_id = ? AND name = ? AND published_at IS NOT NULL "
        "AND deleted_at IS NULL",
        form["project_id"],
        draft.list_name,
    )
    if dataset is None:
        raise problem(404.7, datasetName=draft.list_name)
    _check_permitted(dataset, written, draft)
    if not (draft.is_create or draft.is_update):
        return False
    uuid = normalise_uuid(draft.uuid)
    row = store().one(
        "SELECT * FROM entity WHERE dataset_id = ? AND uuid = ? AND deleted_at IS NULL",
        dataset["id"],
        uuid,
    )
    is_updatable = draft.is_update and row is not None and draft.base_version
    if draft.is_update and (is_updatable or not draft.is_create):
        return _update(db, dataset, row, uuid, draft, action)
    if not _is_awaited(dataset, action, state):
        return False
    return _create(db, dataset, uuid, draft, source)


def _check_permitted(dataset: Row, written: list[dict], draft: Draft) -> None:
    permitted = [a for item in written if item["name"] == dataset["name"] for a in item["actions"]]
    for name, is_asked in (("create", draft.is_create), ("update", draft.is_update)):
        if is_asked and name not in permitted:
            raise problem(403.2, action=name, permitted=permitted)


def _is_awaited(dataset: Row, action: str, state: str | None) -> bool:
    """Does this change of the submission make the entity? Its arrival, or its approval."""
    if dataset["approval_required"] != (action == REVIEWED):
        return False
    return action != REVIEWED or state == "approved"


def _create(db, dataset: Row, uuid: str, draft: Draft, source: dict) -> bool:
    if not draft.label or not draft.label.strip():
        raise problem(400.2, field="label")
    known = db.execute("SELECT deleted_at FROM entity WHERE uuid = ?", (uuid,)).fetchone()
    if known:
        raise (
            problem(409.19, entityUuids=[uuid])
            if known["deleted_at"]
            else problem(409.3, fields=["uuid"], values=[uuid])
        )
    received = draft.data | {"label": draft.label}
    item = {"uuid": uuid, "label": draft.label, "data": draft.data, "received": received}
    save_new(db, dataset["id"], item, now_ms(), source, actor().id if actor() else None)
    log_change(db, dataset["id"], "entity.create")
    return True


def _update(db, dataset: Row, row: Row | None, uuid: str, draft: Draft, action: str) -> bool:
    if action == REVIEWED:
        return False
    if row is None:
        raise problem(404.8, entityUuid=uuid, datasetName=dataset["name"])
    if not draft.base_version:
        raise problem(400.2, field="baseVersion")
    if not re.fullmatch(r"\d+", draft.base_version):
        raise problem(400.11, field="baseVersion", expected="integer")
    base = _base_of(db, row, draft)
    if base is None:
        details = {"baseVersion": draft.base_version, "entityUuid": uuid}
        raise problem(404.9, datasetName=dataset["name"], **details)
    label = draft.label if draft.label and draft.label.strip() else None
    received = draft.data | ({"label": label} if label else {})
    conflict, conflicting = _conflict(row, base, received)
    item = {
        "uuid": uuid,
        "label": label or row["label"],
        "data": orjson.loads(row["data"]) | draft.data,
        "received": received,
    }
    save_update(db, dataset, row, item, base["version"], conflict, conflicting)
    db.execute(
        "UPDATE entity_def SET branch_id = ?, branch_base = ? WHERE entity_id = ? AND version = ?",
        (draft.branch_id, int(draft.base_version), row["id"], row["version"] + 1),
    )
    return True


def _base_of(db, row: Row, draft: Draft) -> Row | None:
    """The version that the update was made upon; in a branch, what its predecessor became."""
    number = int(draft.base_version)
    if not draft.follows_in_branch:
        return db.execute(
            "SELECT * FROM entity_def WHERE entity_id = ? AND version = ?", (row["id"], number)
        ).fetchone()
    before = db.execute(
        "SELECT * FROM entity_def WHERE entity_id = ? AND branch_id = ? AND branch_base = ?",
        (row["id"], draft.branch_id, number - 1),
    ).fetchone()
    if before is None:
        raise Held(draft)
    return before


def _conflict(row: Row, base: Row, received: dict) -> tuple[str | None, list[str] | None]:
    """soft: another change came between; hard: it touched the same property otherwise."""
    if base["version"] == row["version"]:
        return row["conflict"], None
    now = orjson.loads(row["data"]) | {"label": row["label"]}
    then = orjson.loads(base["data"]) | {"label": base["label"]}
    changed = {name: value for name, value in now.items() if then.get(name) != value}
    clashing = [n for n, value in received.items() if n in changed and changed[n] != value]
    if row["conflict"] == "hard" or clashing:
        return "hard", clashing
    return "soft", clashing
