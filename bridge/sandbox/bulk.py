"""Many submissions into a sandbox's file at once: for benchmarks, and for training with full data.

Comes in: a store, a published form, and XMLs with the moments at which they were received. Goes
out: rows as if each had been sent alone, with its own event, version and audit, in transactions of
BATCH. A server on the same file shows them with its next answer.

Refused: forms that ask for files or make entities, whose submissions do more than be kept.
"""

from collections.abc import Iterable
from itertools import islice
from sqlite3 import Connection, Row

import orjson

from bridge.sandbox.formstore import FORM, fields_of, schema_of
from bridge.sandbox.instances import Instance, read_instance
from bridge.sandbox.render import SchemaNode
from bridge.sandbox.rerender import rendering
from bridge.sandbox.store import Store
from config.errors import OperatorError

BATCH = 2000


def load_submissions(
    store: Store,
    project_id: int,
    xml_form_id: str,
    received: Iterable[tuple[bytes, int]],
    submitter_id: int | None = None,
) -> int:
    """Keeps (XML, received at, in milliseconds since 1970) pairs; returns how many.

    Raises sqlite3.IntegrityError for an instance id that the form has already.
    """
    form, form_def = _plain_form(store, project_id, xml_form_id)
    schema, count, rest = schema_of(form_def), 0, iter(received)
    while batch := list(islice(rest, BATCH)):
        with store.write() as db:
            _keep(db, form, form_def, schema, batch, submitter_id)
        count += len(batch)
    return count


def _plain_form(store: Store, project_id: int, xml_form_id: str) -> tuple[Row, Row]:
    form = store.one(FORM, project_id, xml_form_id)
    if form is None or form["current_def"] is None:
        raise OperatorError(
            "form-unknown",
            f"The sandbox's project {project_id} has no published form {xml_form_id}.",
            "Publish it there first.",
        )
    form_def = store.one("SELECT * FROM form_def WHERE id = ?", form["current_def"])
    if any(item["binary"] for item in fields_of(form_def)) or form_def["datasets"] != "[]":
        raise OperatorError(
            "form-not-plain",
            f"Submissions of {xml_form_id} bring files or entities with them.",
            "Send them one by one over the API.",
        )
    return form, form_def


def _keep(db: Connection, form: Row, form_def: Row, schema: SchemaNode, batch, submitter) -> None:
    event, submission_id, def_id = _reserve(db, len(batch))
    submissions, versions, audits = [], [], []
    for number, (xml, created_at) in enumerate(batch):
        instance = read_instance(xml)
        identity = (submission_id + number, def_id + number, event + number)
        submissions.append(_submission(form, form_def, instance, identity, created_at, submitter))
        versions.append(_version(form_def, schema, instance, identity, created_at, submitter))
        audits.append(_audit(form, instance, identity, created_at, submitter))
    _insert(db, "submission", SUBMISSION, submissions)
    _insert(db, "submission_def", VERSION, versions)
    _insert(db, "audit", AUDIT, audits)


def _reserve(db: Connection, count: int) -> tuple[int, int, int]:
    """The first event, submission and version number of `count` that nobody else will get."""
    (last,) = db.execute(
        "UPDATE counter SET value = value + ? WHERE name = 'event' RETURNING value", (count,)
    ).fetchone()
    numbers = (
        db.execute(f"SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = '{table}'")
        for table in ("submission", "submission_def")
    )
    submission_id, def_id = (found.fetchone()[0] + 1 for found in numbers)
    return last - count + 1, submission_id, def_id


SUBMISSION = (
    "id, form_id, instance_id, draft, submitter_id, created_at, event, root_version, current_def"
)
VERSION = (
    "id, submission_id, form_def_id, instance_id, instance_name, submitter_id, xml, is_root, "
    "created_at, encrypted_file, head, tail, flat_head, flat_tail"
)
AUDIT = "actor_id, action, actee, details, logged_at"


def _submission(form, form_def, instance: Instance, identity, created_at, submitter) -> tuple:
    submission_id, def_id, event = identity
    return (
        submission_id,
        form["id"],
        instance.instance_id,
        False,
        submitter,
        created_at,
        event,
        form_def["version"],
        def_id,
    )


def _version(form_def, schema, instance: Instance, identity, created_at, submitter) -> tuple:
    submission_id, def_id, _ = identity
    is_encrypted = bool(instance.encrypted_file)
    return (
        def_id,
        submission_id,
        form_def["id"],
        instance.instance_id,
        instance.instance_name,
        submitter,
        instance.xml,
        True,
        created_at,
        instance.encrypted_file,
        *rendering(schema, instance.instance_id, instance.events, is_encrypted).values(),
    )


def _audit(form, instance: Instance, identity, created_at, submitter) -> tuple:
    details = {"submissionId": identity[0], "instanceId": instance.instance_id}
    action, actee = "submission.create", f"form:{form['id']}"
    return (submitter, action, actee, orjson.dumps(details).decode(), created_at)


def _insert(db: Connection, table: str, columns: str, rows: list[tuple]) -> None:
    marks = ", ".join("?" * len(rows[0]))
    db.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)
