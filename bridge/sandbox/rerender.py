"""Keeps the rendered JSON of every submission in step with the form's published fields."""

from sqlite3 import Connection, Row

from bridge.sandbox.formstore import schema_of
from bridge.sandbox.markup import read_events
from bridge.sandbox.render import SchemaNode, render_root

BATCH = 500


def rendering(schema: SchemaNode, instance_id: str, events: list[tuple], encrypted: bool) -> dict:
    """The four stored pieces of a row's JSON: with repeats inside, and without."""
    if encrypted:
        return dict.fromkeys(("head", "tail", "flat_head", "flat_tail"), "")
    return render_root(schema, instance_id, events)


def rerender_form(db: Connection, form_id: int, form_def: Row) -> None:
    """Renders the current version of each submission with this definition's fields."""
    schema = schema_of(form_def)
    last = 0
    while True:
        rows = db.execute(
            "SELECT d.id, s.instance_id, d.xml, d.encrypted_file FROM submission s "
            "JOIN submission_def d ON d.id = s.current_def "
            "WHERE s.form_id = ? AND s.draft = 0 AND d.id > ? ORDER BY d.id LIMIT ?",
            (form_id, last, BATCH),
        ).fetchall()
        if not rows:
            return
        for row in rows:
            events = read_events(row["xml"].decode("utf-8", "replace"))
            pieces = rendering(schema, row["instance_id"], events, bool(row["encrypted_file"]))
            db.execute(
                "UPDATE submission_def SET head = :head, tail = :tail, flat_head = :flat_head, "
                "flat_tail = :flat_tail WHERE id = :id",
                pieces | {"id": row["id"]},
            )
        last = rows[-1]["id"]
