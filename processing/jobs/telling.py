"""Telling schools and Central: what `processing.feedback` has decided, sent and remembered.

In: open tasks, messages, schools whose returns have arrived. Out: entities of the list
`corrections`, review states, comments, what a school's entity says of its returns, and the rows of
other lists that follow from facts (`processing.jobs.renewing`). Promised: a
worker that is killed between sending and committing sends again, and finds it there already (see
docs/decisions/the-way-back.md); one message that Central refuses holds up no other.
"""

import datetime as dt
import logging

import sqlalchemy as sa

from bridge.client import CentralClient, open_client
from bridge.entities import derived_id
from bridge.entity_changes import add_entities, delete_entities, find_properties, set_values
from bridge.errors import CentralRefused
from bridge.reviews import tell_comment, tell_review
from config.entity_lists import CORRECTION_PROPERTIES, TOLD_PROPERTIES
from config.errors import OperatorError
from config.settings import Settings
from processing.db.queries import entities, messages, task_lists
from processing.feedback.listing import task_rows
from processing.jobs.others import ensure_account, left_finder
from processing.jobs.publishing import list_rows
from processing.jobs.renewing import renew_lists
from processing.jobs.written import Written

log = logging.getLogger(__name__)
LIST = "corrections"
TASKS_A_TURN = 200
# Each is four requests to Central at most.
MESSAGES_A_TURN = 50
# States that our own may replace: what a person has approved or rejected stays.
BEFORE_HAS_ISSUES = (None, "edited")
BEFORE_A_VERDICT = (None, "edited", messages.HAS_ISSUES)


def has_work(connection: sa.Connection, settings: Settings, now: dt.datetime) -> bool:
    place = (settings.central_key, settings.central_project)
    return task_lists.has_changes(connection, *place) or messages.has_messages(
        connection, *place, now
    )


def send_some(
    connection: sa.Connection, settings: Settings, now: dt.datetime
) -> tuple[int, OperatorError | None]:
    """A turn: (how much was sent, what has stopped it early). Raises central-no-manager."""
    if not has_work(connection, settings, now):
        return 0, None
    count = 0
    with open_client(settings, "manager") as client:
        try:
            count += _list_tasks(connection, settings, client)
            for message in _take_messages(connection, settings, now):
                count += _send(connection, client, message, now)
        except OperatorError as error:
            # What was sent is sent: it is kept, and the rest is due later.
            return count, error
    return count, None


def tell_schools(connection: sa.Connection, settings: Settings, school_codes: list[str]) -> int:
    """Bring what the tablets of these schools know up to date; how many entities were changed.

    Without a manager nothing is told now: publishing, which needs one, tells all.
    """
    if not settings.has_manager:
        return 0
    place = (settings.central_key, settings.central_project)
    written, now = Written(settings), dt.datetime.now(dt.UTC)
    with open_client(settings, "manager") as client:
        ensure_account(connection, settings, client, now)
        listed = list_rows(connection, settings, client, "schools", school_codes)
        rows = {row["school_code"]: row for row in listed}
        held = entities.find_uuids(connection, *place, "schools", "school_code", list(rows))
        # A list from before an upgrade gets the new ones by publishing.
        names = find_properties(client, "schools").intersection(TOLD_PROPERTIES)
        find_left = left_finder(connection, settings, client, "schools")
        told = sum(
            set_values(
                client,
                "schools",
                _uuid(client, held, school),
                {name: row[name] for name in names},
                find_left,
                written.noter("schools"),
            )
            for school, row in rows.items()
            if names
        )
        count = told + renew_lists(connection, settings, client, school_codes, written)
    written.save(connection, now)
    return count


def _uuid(client: CentralClient, held: dict[str, str], school: str) -> str:
    """The school's entity as mirrored, or as it was made if the mirror has not seen it yet."""
    return held.get(school) or derived_id(client, "schools", school)


def _list_tasks(connection: sa.Connection, settings: Settings, client: CentralClient) -> int:
    place = (settings.central_key, settings.central_project)
    task_lists.wait_for_list(connection, *place)
    unwanted = task_lists.take_unwanted(connection, *place, TASKS_A_TURN)
    delete_entities(client, LIST, [task["listed_code"] for task in unwanted])
    task_lists.save_listed(connection, {task["task_id"]: None for task in unwanted})
    tasks = task_lists.take_unlisted(connection, *place, TASKS_A_TURN)
    if tasks:
        rows = task_rows(connection, tasks)
        add_entities(client, LIST, CORRECTION_PROPERTIES, rows, "task_code")
        task_lists.save_listed(connection, {task["task_id"]: task["code"] for task in tasks})
    return len(unwanted) + len(tasks)


def _take_messages(connection: sa.Connection, settings: Settings, now: dt.datetime) -> list:
    place = (settings.central_key, settings.central_project)
    return messages.take_messages(connection, *place, MESSAGES_A_TURN, now)


def _send(connection: sa.Connection, client: CentralClient, message, now: dt.datetime) -> int:
    try:
        outcome = _tell(client, message)
    except CentralRefused as error:
        log.warning("message %d is put off: %s", message["message_id"], error)
        messages.put_off(connection, message["message_id"], str(error), now)
        return 0
    messages.save_outcome(connection, message["message_id"], outcome, now)
    return 1


def _tell(client: CentralClient, message) -> str:
    place = (message["form_id"], message["instance_id"], message["version_id"])
    if message["kind"] == "comment":
        return tell_comment(client, *place, message["body"])
    if message["body"] == messages.HAS_ISSUES:
        return tell_review(client, *place, messages.HAS_ISSUES, BEFORE_HAS_ISSUES)
    if message["body"] in (messages.APPROVED, messages.REJECTED):
        return tell_review(client, *place, message["body"], BEFORE_A_VERDICT)
    return tell_review(client, *place, None, (messages.HAS_ISSUES,))
