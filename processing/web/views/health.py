"""`/healthz`: does this process answer, and does its database? For a supervisor or a proxy."""

import sqlalchemy as sa
from flask import Blueprint, jsonify

from processing.web.access import Permission, permission
from processing.web.database import reading

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@permission(Permission.PUBLIC)
def healthz():
    """200 with `{"status": "ok"}`; 503 if the database does not answer."""
    try:
        reading().execute(sa.text("SELECT 1"))
    except (sa.exc.OperationalError, sa.exc.InterfaceError, sa.exc.TimeoutError):
        return jsonify(status="database-unreachable"), 503
    return jsonify(status="ok")
