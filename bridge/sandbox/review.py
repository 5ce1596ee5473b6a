"""Endpoints around a submission: review state, comments, deletion and restoration, its audits."""

import orjson
from flask import Blueprint, request

from bridge.sandbox import instances
from bridge.sandbox.accounts import find_actor
from bridge.sandbox.entity_making import REVIEWED, make_entities
from bridge.sandbox.formstore import find_form, form_places, published_def
from bridge.sandbox.problems import problem
from bridge.sandbox.projects import audit_for_api, log_audit
from bridge.sandbox.store import iso, now_ms
from bridge.sandbox.submissions import LIVE, for_api
from bridge.sandbox.web import actor, answer, body_json, is_extended, require, store, success

review = Blueprint("review", __name__)
SUBMISSION = f"{LIVE}/<instance_id>"
STATES = (None, "approved", "hasIssues", "rejected", "edited")


@review.patch(SUBMISSION)
def patch_submission(project_id: int, xml_form_id: str, instance_id: str):
    form = find_form(project_id, xml_form_id)
    published_def(form)
    require("submission.update", *form_places(form))
    row = instances.get_submission(form, instance_id, False)
    body = body_json()
    if "reviewState" in body:
        state = body["reviewState"]
        if state not in STATES:
            raise problem(400.8, field="reviewState", value=state, reason="there is none so named.")
        with store().write() as db:
            # The same state again is a change too: updatedAt and the event move.
            instances.touch(
                db, row["id"], "review_state = ?, updated_at = ?", state, store().moment
            )
            details = {"submissionId": row["id"], "reviewState": state}
            notes = request.headers.get("X-Action-Notes")
            log_audit(db, "submission.update", f"form:{form['id']}", details, notes)
        make_entities(form, row["id"], REVIEWED, state)
    shown = for_api(instances.get_submission(form, instance_id, False))
    return answer({k: v for k, v in shown.items() if k not in ("currentVersion", "userAgent")})


@review.delete(SUBMISSION)
def delete_submission(project_id: int, xml_form_id: str, instance_id: str):
    form = find_form(project_id, xml_form_id)
    require("submission.delete", *form_places(form))
    row = instances.get_submission(form, instance_id, False)
    _mark(form, row, "submission.delete", now_ms())
    return success()


@review.post(f"{SUBMISSION}/restore")
def restore_submission(project_id: int, xml_form_id: str, instance_id: str):
    form = find_form(project_id, xml_form_id)
    require("submission.restore", *form_places(form))
    row = instances.find_submission(form, instance_id, False, deleted=True)
    if row is None:
        raise problem(404.1)
    _mark(form, row, "submission.restore", None)
    return success()


def _mark(form, row, action: str, deleted_at: int | None) -> None:
    """Sets or clears deletedAt, and nothing else but the event."""
    with store().write() as db:
        instances.touch(db, row["id"], "deleted_at = ?", deleted_at)
        log_audit(db, action, f"form:{form['id']}", {"submissionId": row["id"]})


def _readable(project_id: int, xml_form_id: str, instance_id: str):
    form = find_form(project_id, xml_form_id)
    row = instances.get_submission(form, instance_id, False)
    require("submission.read", *form_places(form))
    return row


@review.get(f"{SUBMISSION}/comments")
def list_comments(project_id: int, xml_form_id: str, instance_id: str):
    row = _readable(project_id, xml_form_id, instance_id)
    rows = store().all(
        "SELECT * FROM comment WHERE submission_id = ? ORDER BY created_at DESC, id DESC",
        row["id"],
    )
    return answer([_comment(comment) for comment in rows])


def _comment(row) -> dict:
    shown = {
        "body": row["body"],
        "actorId": row["actor_id"],
        "createdAt": iso(row["created_at"]),
    }
    if is_extended():
        shown["actor"] = find_actor(row["actor_id"])
    return shown


@review.post(f"{SUBMISSION}/comments")
def post_comment(project_id: int, xml_form_id: str, instance_id: str):
    # Who may read a submission may comment on it, a viewer too.
    row = _readable(project_id, xml_form_id, instance_id)
    body = body_json().get("body")
    if body is None:
        raise problem(400.2, field="body")
    with store().write() as db:
        comment_id = db.execute(
            "INSERT INTO comment (submission_id, actor_id, body, created_at) VALUES (?, ?, ?, ?)",
            (row["id"], actor().id, body, now_ms()),
        ).lastrowid
    return answer(_comment(store().one("SELECT * FROM comment WHERE id = ?", comment_id)))


@review.get(f"{SUBMISSION}/audits")
def list_audits(project_id: int, xml_form_id: str, instance_id: str):
    row = _readable(project_id, xml_form_id, instance_id)
    form = find_form(project_id, xml_form_id)
    rows = store().all(
        "SELECT * FROM audit WHERE actee = ? AND details IS NOT NULL "
        "ORDER BY logged_at DESC, id DESC",
        f"form:{form['id']}",
    )
    own = [r for r in rows if orjson.loads(r["details"]).get("submissionId") == row["id"]]
    return answer([audit_for_api(entry) for entry in own])
