"""Entering: what departments have entered in a browser goes to Central as submissions.

In: entries of ops.entry. Out: submissions at Central, under the instance ids that the forms drew.
Promised: a worker that is killed between sending and committing sends again, and Central knows the
submission; one that Central refuses holds up no other, and nothing of it is lost.
"""

import datetime as dt
import logging

import sqlalchemy as sa

from bridge.client import CentralClient, open_client
from bridge.errors import CentralRefused
from bridge.filled import WEB_DEVICE_ID
from bridge.submitting import send_filled
from config.errors import OperatorError
from config.settings import Settings
from processing.db.queries import entries

log = logging.getLogger(__name__)
ENTRIES_A_TURN = 20


def has_work(connection: sa.Connection, settings: Settings, now: dt.datetime) -> bool:
    return entries.has_entries(connection, settings.central_key, settings.central_project, now)


def send_some(
    connection: sa.Connection, settings: Settings, now: dt.datetime
) -> tuple[list[str], OperatorError | None]:
    """A turn: (form ids of what was sent, what has stopped it early). Raises central-no-manager."""
    if not has_work(connection, settings, now):
        return [], None
    place = (settings.central_key, settings.central_project)
    sent = []
    with open_client(settings, "manager") as client:
        try:
            for entry in entries.take_entries(connection, *place, ENTRIES_A_TURN, now):
                if _send(connection, client, entry, now):
                    sent.append(entry["form_id"])
        except OperatorError as error:
            # What was sent is sent: it is kept, and the rest is due later.
            return sent, error
    return sent, None


def _send(connection: sa.Connection, client: CentralClient, entry, now: dt.datetime) -> bool:
    instance_id = entry["instance_id"]
    files = entries.list_answer_files(connection, instance_id)
    named = {file.name: (file.content, file.media_type) for file in files}
    try:
        send_filled(client, bytes(entry["xml"]), named, WEB_DEVICE_ID)
    except CentralRefused as error:
        log.warning("entry %s is put off: %s", instance_id, error)
        entries.put_off(connection, instance_id, str(error), now)
        return False
    entries.save_sent(connection, instance_id, now)
    return True
