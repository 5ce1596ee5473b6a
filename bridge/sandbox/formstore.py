"""Finding forms, their definitions and media; which rendering schema a form has now."""

from functools import lru_cache
from hashlib import md5, sha1
from sqlite3 import Connection, Row

import orjson

from bridge.sandbox.problems import problem
from bridge.sandbox.projects import place
from bridge.sandbox.render import SchemaNode, compile_schema
from bridge.sandbox.store import iso
from bridge.sandbox.web import store

FORM = "SELECT * FROM form WHERE project_id = ? AND xml_form_id = ? AND deleted_at IS NULL"


def find_form(project_id: int, xml_form_id: str) -> Row:
    """The form, deleted ones not among them, or 404.1."""
    row = store().one(FORM, project_id, xml_form_id)
    if row is None:
        raise problem(404.1)
    return row


def form_places(form: Row) -> tuple[str, str]:
    """Where rights on this form may have been given; the form itself comes last."""
    return place(form["project_id"]), f"form:{form['id']}"


def get_def(def_id: int) -> Row:
    return store().one("SELECT * FROM form_def WHERE id = ?", def_id)


def find_def(form: Row, version: str) -> Row | None:
    """The published definition of this version."""
    return store().one(
        "SELECT * FROM form_def WHERE form_id = ? AND version = ? AND published_at IS NOT NULL",
        form["id"],
        version,
    )


def published_def(form: Row) -> Row:
    if form["current_def"] is None:
        raise problem(404.1)
    return get_def(form["current_def"])


def draft_def(form: Row) -> Row:
    if form["draft_def"] is None:
        raise problem(404.1)
    return get_def(form["draft_def"])


def fields_of(form_def: Row) -> list[dict]:
    return orjson.loads(form_def["fields"])


@lru_cache(maxsize=256)
def _compile(fields: str) -> SchemaNode:
    return compile_schema(orjson.loads(fields))


def schema_of(form_def: Row) -> SchemaNode:
    """The compiled fields; equal fields share one schema."""
    return _compile(form_def["fields"])


def for_api(form: Row, form_def: Row | None) -> dict:
    """A form with one of its definitions, as the API gives it."""
    definition = form_def or {}
    shown = {
        "projectId": form["project_id"],
        "xmlFormId": form["xml_form_id"],
        "state": form["state"],
        "enketoId": None,
        "enketoOnceId": None,
        "createdAt": iso(form["created_at"]),
        "updatedAt": iso(form["updated_at"]),
        "webformsEnabled": bool(form["webforms_enabled"]),
        "keyId": None,
    }
    if form_def is not None:
        shown |= {
            "version": definition["version"],
            "hash": definition["hash"],
            "sha": definition["sha"],
            "sha256": definition["sha256"],
            "draftToken": definition["draft_token"],
            "publishedAt": iso(definition["published_at"]),
            "name": definition["name"],
        }
    if form["deleted_at"]:
        shown |= {"deletedAt": iso(form["deleted_at"]), "id": form["id"]}
    return shown


def save_blob(db: Connection, content: bytes, content_type: str | None) -> int:
    """The id of these bytes, stored once however often they arrive."""
    digest = sha1(content, usedforsecurity=False).hexdigest()
    known = db.execute("SELECT id FROM blob WHERE sha = ?", (digest,)).fetchone()
    if known:
        return known[0]
    return db.execute(
        "INSERT INTO blob (sha, md5, content_type, content) VALUES (?, ?, ?, ?)",
        (digest, md5(content, usedforsecurity=False).hexdigest(), content_type, content),
    ).lastrowid


def list_media(def_id: int) -> list[Row]:
    return store().all(
        "SELECT a.*, blob.md5 FROM form_attachment a LEFT JOIN blob ON blob.id = a.blob_id "
        "WHERE def_id = ? ORDER BY name",
        def_id,
    )


def find_media(def_id: int, name: str) -> Row:
    row = store().one(
        "SELECT a.*, blob.md5 FROM form_attachment a LEFT JOIN blob ON blob.id = a.blob_id "
        "WHERE def_id = ? AND name = ?",
        def_id,
        name,
    )
    if row is None:
        raise problem(404.1)
    return row


def media_for_api(row: Row) -> dict:
    shown = {
        "name": row["name"],
        "type": row["type"],
        "hash": row["md5"],
        "exists": row["blob_id"] is not None or row["dataset_id"] is not None,
        "blobExists": row["blob_id"] is not None,
        "datasetExists": row["dataset_id"] is not None,
    }
    return shown | ({"updatedAt": iso(row["updated_at"])} if row["updated_at"] else {})
