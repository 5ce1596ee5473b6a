"""Faults on demand, for tests alone: late commits, clocks that jump, purges, a page limit.

Only where SANDBOX_CONTROL=1 is in the environment does the application have these addresses, and
only an administrator may use them. What they switch on lives in this process and ends with it.

    PUT DELETE /v1/sandbox/holds/<actor id>   this actor's changes wait before their commit
    PUT DELETE /v1/sandbox/holds/all          everybody's do
    PUT DELETE /v1/sandbox/pause              feeds wait between their ETag and their rows
    GET        /v1/sandbox/waiting            how many wait for the end of one of these
    PUT        /v1/sandbox/clock              {"offsetMs": n}
    PUT        /v1/sandbox/page-limit         {"rows": n or null}: a limit that nobody asked for
    POST       /v1/sandbox/expire             {"actorIds": [...]}: their sessions end now
    POST       /v1/sandbox/created-at         {"projectId", "xmlFormId", "instanceId", "createdAt"}
    POST       /v1/sandbox/swap-entity-times  {"uuids": [one, other]}
    POST       /v1/sandbox/purge              {"projectId", "xmlFormId", "instanceIds"}
"""

import threading
from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, g

from bridge.sandbox.accounts import authenticate
from bridge.sandbox.formstore import find_form
from bridge.sandbox.instances import get_submission, touch
from bridge.sandbox.projects import log_audit
from bridge.sandbox.store import now_ms, set_clock
from bridge.sandbox.web import answer, body_json, require, sandbox, store, success

control = Blueprint("control", __name__, url_prefix="/sandbox")
EVERYBODY = "all"
LONGEST_WAIT_S = 120


class Control:
    """What is switched on. Whoever waits here holds no lock and no transaction."""

    def __init__(self):
        self._changed = threading.Condition()
        self._held: set[str] = set()
        self._is_paused = False
        self.waiting = 0
        self.page_limit: int | None = None

    def hold(self, who: str, is_held: bool) -> None:
        with self._changed:
            (self._held.add if is_held else self._held.discard)(who)
            self._changed.notify_all()

    def pause(self, is_paused: bool) -> None:
        with self._changed:
            self._is_paused = is_paused
            self._changed.notify_all()

    def wait_to_write(self) -> None:
        """Called when a change has taken its time and has not yet its turn."""
        caller = g.get("actor") if g else None
        own = {EVERYBODY} | ({str(caller.id)} if caller else set())
        self._wait_until(lambda: not own & self._held)

    def wait_to_read(self) -> None:
        self._wait_until(lambda: not self._is_paused)

    def _wait_until(self, is_free: Callable[[], bool]) -> None:
        with self._changed:
            self.waiting += 1
            self._changed.wait_for(is_free, LONGEST_WAIT_S)
            self.waiting -= 1


@control.before_request
def _administrators_only() -> None:
    authenticate()
    require("config.set", "*")


@control.put("/holds/<who>")
def hold(who: str):
    sandbox().control.hold(who, True)
    return success()


@control.delete("/holds/<who>")
def release(who: str):
    sandbox().control.hold(who, False)
    return success()


@control.put("/pause")
def pause():
    sandbox().control.pause(True)
    return success()


@control.delete("/pause")
def go_on():
    sandbox().control.pause(False)
    return success()


@control.get("/waiting")
def count_waiting():
    return answer({"count": sandbox().control.waiting})


@control.put("/clock")
def put_clock():
    set_clock(int(body_json()["offsetMs"]))
    return success()


@control.put("/page-limit")
def put_page_limit():
    sandbox().control.page_limit = body_json()["rows"]
    return success()


@control.post("/expire")
def expire():
    with store().write() as db:
        for actor_id in body_json()["actorIds"]:
            db.execute(
                "UPDATE session SET expires_at = ? WHERE actor_id = ?", (now_ms() - 1, actor_id)
            )
    return success()


@control.post("/created-at")
def put_created_at():
    body = body_json()
    form = find_form(body["projectId"], body["xmlFormId"])
    row = get_submission(form, body["instanceId"], False)
    moment = datetime.fromisoformat(body["createdAt"])
    with store().write() as db:
        touch(db, row["id"], "created_at = ?", round(moment.timestamp() * 1000))
    return success()


@control.post("/swap-entity-times")
def swap_entity_times():
    one, other = body_json()["uuids"]
    with store().write() as db:
        found = db.execute("SELECT uuid, created_at FROM entity WHERE uuid IN (?, ?)", (one, other))
        times = {row["uuid"]: row["created_at"] for row in found}
        for uuid, at in ((one, times[other]), (other, times[one])):
            db.execute("UPDATE entity SET created_at = ? WHERE uuid = ?", (at, uuid))
    return success()


@control.post("/purge")
def purge():
    """As Central's nightly purge, but at once: deleted submissions go without a trace."""
    body = body_json()
    form = find_form(body["projectId"], body["xmlFormId"])
    count = 0
    with store().write() as db:
        for instance_id in body["instanceIds"]:
            count += _purge(db, form["id"], instance_id)
        log_audit(db, "submission.purge", None, {"submissions_deleted": count})
    return answer({"purged": count})


def _purge(db, form_id: int, instance_id: str) -> int:
    row = db.execute(
        "SELECT id FROM submission WHERE form_id = ? AND draft = 0 AND instance_id = ? "
        "AND deleted_at IS NOT NULL",
        (form_id, instance_id),
    ).fetchone()
    if row is None:
        return 0
    db.execute(
        "DELETE FROM submission_attachment WHERE def_id IN "
        "(SELECT id FROM submission_def WHERE submission_id = ?)",
        (row["id"],),
    )
    db.execute("DELETE FROM submission_def WHERE submission_id = ?", (row["id"],))
    db.execute("DELETE FROM comment WHERE submission_id = ?", (row["id"],))
    db.execute("DELETE FROM submission WHERE id = ?", (row["id"],))
    return 1
