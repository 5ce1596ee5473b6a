"""Submissions below the API: reading the XML's identity, saving, editing, numbering changes.

Every change of a row of `submission` takes the next event number inside its own transaction, so
tags made of these numbers tell exactly whether a selection has changed.
"""

from dataclasses import dataclass
from sqlite3 import Connection, IntegrityError, Row
from uuid import uuid4

from flask import request

from bridge.sandbox.entity_making import CREATED, EDITED, make_entities
from bridge.sandbox.formstore import fields_of, get_def, save_blob, schema_of
from bridge.sandbox.markup import CLOSE, OPEN, local_name, read_events
from bridge.sandbox.problems import problem
from bridge.sandbox.projects import log_audit
from bridge.sandbox.rerender import rendering
from bridge.sandbox.store import next_event, now_ms
from bridge.sandbox.web import actor, store

INSTANCE_ID_LENGTH = 64
ROOT_WANTED = {"instanceID", "base64EncryptedKey", "encryptedXmlFile"}
META_WANTED = {"instanceID", "instanceName", "deprecatedID"}


@dataclass(frozen=True)
class Instance:
    """A submission's XML and what Central reads from it; texts are raw, entities as written."""

    xml: bytes
    events: list[tuple]
    form_id: str
    version: str
    instance_id: str
    instance_name: str | None
    deprecated_id: str | None
    encrypted_file: str | None


def read_instance(xml: bytes) -> Instance:
    """Raises 400.2 when the root element names no form."""
    events = read_events(xml.decode("utf-8", "replace"))
    attributes = next((extra for kind, _, extra in events if kind == OPEN), {})
    named = {local_name(key): value for key, value in reversed(attributes.items())}
    if not named.get("id"):
        raise problem(400.2, field="form ID xml attribute")
    found = _read_meta(events)
    instance_id = found.get("meta/instanceID") or found.get("instanceID")
    if "base64EncryptedKey" in found and not instance_id:
        raise problem(400.2, field="instanceId (required for encrypted submissions)")
    return Instance(
        xml=xml,
        events=events,
        form_id=named["id"],
        version=named.get("version", ""),
        instance_id=instance_id or str(uuid4()),
        instance_name=found.get("meta/instanceName"),
        deprecated_id=found.get("meta/deprecatedID"),
        encrypted_file=found.get("encryptedXmlFile") if "base64EncryptedKey" in found else None,
    )


def _read_meta(events: list[tuple]) -> dict[str, str]:
    found: dict[str, str] = {}
    path: list[str] = []
    for kind, value, extra in events:
        if kind == OPEN:
            path.append(local_name(value))
        elif kind == CLOSE:
            path.pop()
            if not path:
                break
        elif len(path) == 3 and path[1] == "meta" and path[2] in META_WANTED:
            key = f"meta/{path[2]}"
            found[key] = found.get(key, "") + extra
        elif len(path) == 2 and path[1] in ROOT_WANTED:
            found[path[1]] = found.get(path[1], "") + extra
    return found


def device_id() -> str | None:
    return (request.args.get("deviceID") or "")[:255] or None


def user_agent() -> str | None:
    parts = [request.headers.get("ODK-Client"), request.headers.get("User-Agent")]
    return " ".join(part for part in parts if part)[:255] or None


def find_submission(form: Row, instance_id: str, draft: bool, deleted: bool = False) -> Row | None:
    """By the id it was first sent with."""
    return store().one(
        "SELECT * FROM submission WHERE form_id = ? AND draft = ? AND instance_id = ? "
        f"AND deleted_at IS {'NOT' if deleted else ''} NULL",
        form["id"],
        draft,
        instance_id,
    )


def get_submission(form: Row, instance_id: str, draft: bool) -> Row:
    row = find_submission(form, instance_id, draft)
    if row is None:
        raise problem(404.1)
    return row


def find_version(form: Row, instance_id: str, draft: bool) -> Row | None:
    """Any version of a live submission, by the version's own id."""
    return store().one(
        "SELECT d.*, s.current_def, s.instance_id root_id FROM submission_def d "
        "JOIN submission s ON s.id = d.submission_id WHERE s.form_id = ? AND s.draft = ? "
        "AND d.instance_id = ? AND s.deleted_at IS NULL",
        form["id"],
        draft,
        instance_id,
    )


def create(form: Row, form_def: Row, instance: Instance, draft: bool, files: dict) -> Row:
    """A new submission. 409.3 when its id is taken, by a live or a deleted one."""
    if len(instance.instance_id) > INSTANCE_ID_LENGTH:
        raise problem(400.13, maxLength=INSTANCE_ID_LENGTH)
    # Taken before the writer's lock, as Central's clock is read before its commit: rows may
    # become visible in another order than that of their times.
    now = now_ms()
    pieces = _render(form, form_def, instance, instance.instance_id, draft)
    submitter = actor().id if actor() else None
    try:
        with store().write() as db:
            submission_id = db.execute(
                "INSERT INTO submission (form_id, instance_id, draft, submitter_id, device_id, "
                "created_at, event, root_version) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    form["id"],
                    instance.instance_id,
                    draft,
                    submitter,
                    device_id(),
                    now,
                    next_event(db),
                    form_def["version"],
                ),
            ).lastrowid
            def_id = _save_def(db, submission_id, form_def, instance, pieces, now, is_root=True)
            _save_attachments(db, form_def, instance, submission_id, def_id, files, {})
            db.execute(
                "UPDATE submission SET current_def = ? WHERE id = ?", (def_id, submission_id)
            )
            if submitter:
                db.execute("UPDATE actor SET last_used = ? WHERE id = ?", (now, submitter))
            details = {"submissionId": submission_id, "instanceId": instance.instance_id}
            log_audit(db, "submission.create", f"form:{form['id']}", details)
    except IntegrityError:
        raise problem(409.3, fields="instanceID", values=instance.instance_id) from None
    make_entities(form, submission_id, CREATED)
    return store().one("SELECT * FROM submission WHERE id = ?", submission_id)


def edit(form: Row, form_def: Row, instance: Instance, old: Row, draft: bool, files: dict) -> Row:
    """A new current version over `old`; attachments of the same name are kept."""
    if len(instance.instance_id) > INSTANCE_ID_LENGTH:
        raise problem(400.13, maxLength=INSTANCE_ID_LENGTH)
    if store().one(
        "SELECT 1 FROM submission_def d JOIN submission s ON s.id = d.submission_id "
        "WHERE s.form_id = ? AND s.draft = ? AND d.instance_id = ?",
        form["id"],
        draft,
        instance.instance_id,
    ):
        raise problem(409.3, fields="instanceID", values=instance.instance_id)
    now = now_ms()
    root_id = store().one("SELECT * FROM submission WHERE id = ?", old["submission_id"])
    pieces = _render(form, form_def, instance, root_id["instance_id"], draft)
    submission_id = old["submission_id"]
    with store().write() as db:
        current = db.execute(
            "SELECT current_def FROM submission WHERE id = ?", (submission_id,)
        ).fetchone()
        if current[0] != old["id"]:
            raise problem(409.9, deprecatedId=old["instance_id"])
        def_id = _save_def(db, submission_id, form_def, instance, pieces, now, is_root=False)
        kept = {
            row["name"]: row["blob_id"]
            for row in db.execute(
                "SELECT * FROM submission_attachment WHERE def_id = ?", (old["id"],)
            )
        }
        _save_attachments(db, form_def, instance, submission_id, def_id, files, kept)
        db.execute(
            "UPDATE submission SET current_def = ?, edits = edits + 1, review_state = 'edited', "
            "updated_at = ?, event = ? WHERE id = ?",
            (def_id, now, next_event(db), submission_id),
        )
        details = {"submissionId": submission_id, "instanceId": instance.instance_id}
        log_audit(db, "submission.update.version", f"form:{form['id']}", details)
    make_entities(form, submission_id, EDITED)
    return store().one("SELECT * FROM submission WHERE id = ?", submission_id)


def _render(form: Row, form_def: Row, instance: Instance, root_id: str, draft: bool) -> dict:
    # Rows are shown with the fields published now, whatever version they were filled with.
    shown = form_def if draft else get_def(form["current_def"])
    return rendering(schema_of(shown), root_id, instance.events, bool(instance.encrypted_file))


def _save_def(db: Connection, submission_id, form_def, instance, pieces, now, is_root) -> int:
    return db.execute(
        "INSERT INTO submission_def (submission_id, form_def_id, instance_id, instance_name, "
        "submitter_id, device_id, user_agent, xml, is_root, created_at, encrypted_file, "
        "head, tail, flat_head, flat_tail) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            submission_id,
            form_def["id"],
            instance.instance_id,
            instance.instance_name,
            actor().id if actor() else None,
            device_id(),
            user_agent(),
            instance.xml,
            is_root,
            now,
            instance.encrypted_file,
            *pieces.values(),
        ),
    ).lastrowid


def expected_files(form_def: Row, instance: Instance) -> list[str]:
    """The names of the files that the answers name, each once."""
    if instance.encrypted_file:
        return [*_media_of_encrypted(instance), instance.encrypted_file.strip()]
    paths = {f["path"] for f in fields_of(form_def) if f["binary"]}
    if not paths:
        return []
    names: dict[str, None] = {}
    path: list[str] = []
    for kind, value, _ in instance.events:
        if kind == OPEN:
            path.append(local_name(value))
        elif kind == CLOSE:
            path.pop()
        elif "/" + "/".join(path[1:]) in paths and value.strip():
            names[value.strip()] = None
    return list(names)


def _media_of_encrypted(instance: Instance) -> list[str]:
    path, names = [], []
    for kind, value, _ in instance.events:
        if kind == OPEN:
            path.append(local_name(value))
        elif kind == CLOSE:
            path.pop()
        elif path[1:] == ["media", "file"] and value.strip():
            names.append(value.strip())
    return names


def _save_attachments(db, form_def, instance, submission_id, def_id, files, kept) -> None:
    names = expected_files(form_def, instance)
    present = 0
    for name in names:
        blob_id = save_blob(db, *files[name]) if name in files else kept.get(name)
        present += blob_id is not None
        db.execute("INSERT INTO submission_attachment VALUES (?, ?, ?)", (def_id, name, blob_id))
    db.execute(
        "UPDATE submission SET present = ?, expected = ? WHERE id = ?",
        (present, len(names), submission_id),
    )


def add_files(version: Row, files: dict) -> None:
    """Files that came in a later post. They change no event: Central's tags do not see them."""
    with store().write() as db:
        for name, (content, content_type) in files.items():
            attach(db, version["id"], name, save_blob(db, content, content_type))
        count_present(db, version["submission_id"])


def attach(db: Connection, def_id: int, name: str, blob_id: int | None) -> None:
    db.execute(
        "UPDATE submission_attachment SET blob_id = ? WHERE def_id = ? AND name = ?",
        (blob_id, def_id, name),
    )


def count_present(db: Connection, submission_id: int) -> None:
    db.execute(
        "UPDATE submission SET present = (SELECT count(blob_id) FROM submission_attachment "
        "WHERE def_id = current_def) WHERE id = ?",
        (submission_id,),
    )


def touch(db: Connection, submission_id: int, assignment: str, *values) -> None:
    """Changes a submission's own row, with a new event."""
    db.execute(
        f"UPDATE submission SET {assignment}, event = ? WHERE id = ?",
        (*values, next_event(db), submission_id),
    )
