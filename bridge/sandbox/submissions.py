"""Endpoints of submissions over REST: index, create, edit, read, versions, XML, submitters."""

import re
from sqlite3 import Row
from urllib.parse import quote

from flask import Blueprint, Response, redirect, request

from bridge.sandbox import instances
from bridge.sandbox.accounts import actor_for_api, find_actor
from bridge.sandbox.formstore import (
    draft_def,
    find_def,
    find_form,
    form_places,
    published_def,
)
from bridge.sandbox.problems import InternalFault, problem
from bridge.sandbox.render import URI_SAFE
from bridge.sandbox.selection import Selection
from bridge.sandbox.store import iso
from bridge.sandbox.web import (
    answer,
    conditional,
    is_extended,
    is_true,
    js_int,
    require,
    store,
)

submissions = Blueprint("submissions", __name__)
FORM = "/projects/<int:project_id>/forms/<xml_form_id>"
LIVE = f"{FORM}/submissions"
DRAFT = f"{FORM}/draft/submissions"
DELETED_FILTER = {False: "s.deleted_at IS NULL", True: "s.deleted_at IS NOT NULL"}


def open_form(project_id: int, xml_form_id: str, verb: str, draft: bool) -> Row:
    """The form with a definition of this kind, if the caller has the verb on it."""
    form = find_form(project_id, xml_form_id)
    if draft:
        draft_def(form)
    else:
        published_def(form)
    require(verb, *form_places(form))
    return form


def both(rule: str, method: str = "GET"):
    """Registers an endpoint for live submissions and for those of the draft."""

    def register(view):
        for base, draft in ((LIVE, False), (DRAFT, True)):
            submissions.add_url_rule(
                base + rule,
                endpoint=f"{view.__name__}_{'draft' if draft else 'live'}",
                view_func=lambda draft=draft, **given: view(draft=draft, **given),
                methods=[method],
            )
        return view

    return register


def version_for_api(row: Row, current_def: int) -> dict:
    shown = {
        "submitterId": row["submitter_id"],
        "createdAt": iso(row["created_at"]),
        "instanceName": row["instance_name"],
        "instanceId": row["instance_id"],
        "current": row["id"] == current_def,
        "deviceId": row["device_id"],
        "userAgent": row["user_agent"],
    }
    return shown | ({"submitter": find_actor(row["submitter_id"])} if is_extended() else {})


def for_api(row: Row) -> dict:
    """A submission with its current version."""
    current = store().one("SELECT * FROM submission_def WHERE id = ?", row["current_def"])
    root = store().one(
        "SELECT user_agent FROM submission_def WHERE submission_id = ? AND is_root", row["id"]
    )
    shown = _shown(row, root["user_agent"])
    if is_extended():
        shown["submitter"] = find_actor(row["submitter_id"])
    return shown | {"currentVersion": version_for_api(current, row["current_def"])}


def _shown(row: Row, user_agent: str | None) -> dict:
    return {
        "instanceId": row["instance_id"],
        "submitterId": row["submitter_id"],
        "deviceId": row["device_id"],
        "createdAt": iso(row["created_at"]),
        "updatedAt": iso(row["updated_at"]),
        "reviewState": row["review_state"],
        "userAgent": user_agent,
        "deletedAt": iso(row["deleted_at"]),
    }


# What a version holds before its XML: what lies behind it is slow to reach, in a list of many.
VERSION = (
    "s.*, d.instance_name AS version_name, d.submitter_id AS version_submitter,"
    " d.device_id AS version_device, d.user_agent AS version_agent"
)


def _listed(row: Row) -> dict:
    """As for_api; a submission without edits has one version, of its own id and moment."""
    if row["edits"] or is_extended():
        return for_api(row)
    version = {
        "submitterId": row["version_submitter"],
        "createdAt": iso(row["created_at"]),
        "instanceName": row["version_name"],
        "instanceId": row["instance_id"],
        "current": True,
        "deviceId": row["version_device"],
        "userAgent": row["version_agent"],
    }
    return _shown(row, row["version_agent"]) | {"currentVersion": version}


@both("")
def list_submissions(project_id: int, xml_form_id: str, draft: bool):
    limit, offset = _integer("limit"), _integer("offset")
    form = open_form(project_id, xml_form_id, "submission.list", draft)
    where = DELETED_FILTER[is_true(request.args.get("deleted"))]
    # A limit of 0 counts as none for the tag but not for the body: the tag is that of all rows.
    tagged = Selection(form["id"], draft, where, limit=limit or None, offset=offset or None)
    shown = Selection(form["id"], draft, where, limit=limit, offset=offset)

    def make() -> Response:
        sql, values = shown.sql(VERSION, "JOIN submission_def d ON d.id = s.current_def")
        return answer([_listed(row) for row in store().all(sql, *values)])

    return conditional(tagged.tag(), make)


def _integer(name: str) -> int | None:
    if request.args.get(name) is None:
        return None
    number = js_int(request.args[name])
    if number is None:
        raise problem(400.11, field=name, expected="integer")
    if number < 0:
        raise InternalFault("a negative LIMIT or OFFSET")
    return number


@both("/submitters")
def list_submitters(project_id: int, xml_form_id: str, draft: bool):
    form = open_form(project_id, xml_form_id, "submission.read", draft)
    rows = store().all(
        "SELECT * FROM actor WHERE id IN (SELECT submitter_id FROM submission WHERE form_id = ? "
        "AND deleted_at IS NULL) ORDER BY display_name",
        form["id"],
    )
    return answer([actor_for_api(row) for row in rows])


@both("/keys")
def list_keys(project_id: int, xml_form_id: str, draft: bool):
    open_form(project_id, xml_form_id, "submission.read", draft)
    return answer([])


def _receiving_def(form: Row, instance, draft: bool) -> Row:
    if draft:
        return draft_def(form)
    form_def = find_def(form, instance.version)
    if form_def is None:
        raise problem(404.6, formVersion=instance.version)
    if form["state"] == "closed":
        raise problem(409.2)
    return form_def


def _check_form_id(instance, xml_form_id: str) -> None:
    if instance.form_id != xml_form_id:
        reason = "the address names another form."
        raise problem(400.8, field="form id", value=instance.form_id, reason=reason)


@both("", "POST")
def post_submission(project_id: int, xml_form_id: str, draft: bool):
    instance = instances.read_instance(request.get_data())
    form = find_form(project_id, xml_form_id)
    form_def = _receiving_def(form, instance, draft)
    require("submission.create", *form_places(form))
    _check_form_id(instance, xml_form_id)
    shown = for_api(instances.create(form, form_def, instance, draft, {}))
    # The answer to a creation is shorter than a reading.
    return answer({k: v for k, v in shown.items() if k not in ("reviewState", "deletedAt")})


@both("/<instance_id>", "PUT")
def put_submission(project_id: int, xml_form_id: str, instance_id: str, draft: bool):
    instance = instances.read_instance(request.get_data())
    _check_form_id(instance, xml_form_id)
    if instance.deprecated_id is None:
        raise problem(400.19)
    form = find_form(project_id, xml_form_id)
    row = instances.get_submission(form, instance_id, draft)
    current = store().one("SELECT * FROM submission_def WHERE id = ?", row["current_def"])
    if current["instance_id"] != instance.deprecated_id:
        raise problem(409.9, deprecatedId=instance.deprecated_id)
    form_def = _receiving_def(form, instance, draft)
    require("submission.create", *form_places(form))
    return answer(for_api(instances.edit(form, form_def, instance, current, draft, {})))


def read_or_redirect(project_id: int, xml_form_id: str, instance_id: str, draft: bool):
    """(form, submission), or a redirect to the version when the id is that of a version."""
    form = find_form(project_id, xml_form_id)
    if draft:
        draft_def(form)
    else:
        published_def(form)
    row = instances.find_submission(form, instance_id, draft)
    require("submission.read", *form_places(form))
    if row is not None:
        return form, row
    version = instances.find_version(form, instance_id, draft)
    if version is None:
        raise problem(404.1)
    raise Moved(instance_id, version["root_id"])


class Moved(Exception):
    """The address is that of a version: it is answered with 301 to the version's own address."""

    def __init__(self, instance_id: str, root_id: str):
        super().__init__(instance_id)
        self.instance_id, self.root_id = instance_id, root_id


@submissions.app_errorhandler(Moved)
def redirect_to_version(moved: Moved):
    address = request.environ["sandbox.original"]
    own, root = (quote(part, safe=URI_SAFE) for part in (moved.instance_id, moved.root_id))
    target = f"/submissions/{root}/versions/"
    pattern = rf"/submissions/(?:{re.escape(own)}|{re.escape(moved.instance_id)})"
    place = re.search(pattern + r"(?=[/.?]|$)", address)
    written = address[place.start() + len("/submissions/") :]
    return redirect(address[: place.start()] + target + written, 301)


@both("/<instance_id>.xml")
def get_xml(project_id: int, xml_form_id: str, instance_id: str, draft: bool):
    _, row = read_or_redirect(project_id, xml_form_id, instance_id, draft)
    current = store().one("SELECT xml FROM submission_def WHERE id = ?", row["current_def"])
    return Response(current["xml"], content_type="application/xml; charset=utf-8")


@both("/<instance_id>")
def get_submission(project_id: int, xml_form_id: str, instance_id: str, draft: bool):
    return answer(for_api(read_or_redirect(project_id, xml_form_id, instance_id, draft)[1]))


@both("/<instance_id>/versions")
def list_versions(project_id: int, xml_form_id: str, instance_id: str, draft: bool):
    form = open_form(project_id, xml_form_id, "submission.read", draft)
    row = instances.get_submission(form, instance_id, draft)
    rows = store().all(
        "SELECT d.*, f.version form_version FROM submission_def d "
        "JOIN form_def f ON f.id = d.form_def_id WHERE submission_id = ? ORDER BY d.id DESC",
        row["id"],
    )
    return answer([_shown_version(version, row["current_def"]) for version in rows])


def _shown_version(version: Row, current_def: int) -> dict:
    shown = version_for_api(version, current_def)
    return shown | ({"formVersion": version["form_version"]} if is_extended() else {})


def find_named_version(project_id, xml_form_id, root_id, instance_id, draft) -> tuple[Row, Row]:
    """(submission, version), or 404.1."""
    form = open_form(project_id, xml_form_id, "submission.read", draft)
    row = instances.get_submission(form, root_id, draft)
    version = store().one(
        "SELECT d.*, f.version form_version FROM submission_def d "
        "JOIN form_def f ON f.id = d.form_def_id WHERE submission_id = ? AND instance_id = ?",
        row["id"],
        instance_id,
    )
    if version is None:
        raise problem(404.1)
    return row, version


@both("/<root_id>/versions/<instance_id>.xml")
def get_version_xml(project_id, xml_form_id, root_id, instance_id, draft: bool):
    _, version = find_named_version(project_id, xml_form_id, root_id, instance_id, draft)
    return Response(version["xml"], content_type="application/xml; charset=utf-8")


@both("/<root_id>/versions/<instance_id>")
def get_version(project_id, xml_form_id, root_id, instance_id, draft: bool):
    row, version = find_named_version(project_id, xml_form_id, root_id, instance_id, draft)
    return answer(_shown_version(version, row["current_def"]))
