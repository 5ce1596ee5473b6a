"""What stands around the submissions: definitions of every version, people, comments.

None of it gives a signal when it changes, and none of it is asked for by a figure: so it is read
by the clock, or when somebody asks.
"""

import datetime as dt

import sqlalchemy as sa

from bridge.client import open_client
from bridge.form_versions import fetch_version, list_versions
from bridge.people import list_app_users, list_comments, list_submitters
from config.settings import Settings
from processing.db.queries import form_versions, people
from processing.db.queries.forms import FormRow, get_form, list_forms
from processing.jobs.keys import key_of
from processing.jobs.measuring import charging

COMMENTS_A_TURN = 200


def followed_forms(connection: sa.Connection, settings: Settings) -> list[FormRow]:
    """The forms of the project that Central still has, one incarnation of each."""
    newest = {
        form.form_id: form
        for form in list_forms(connection, settings.central_key)
        if form.project == settings.central_project
    }
    return [form for form in newest.values() if form.state != "gone"]


def read_form_versions(connection: sa.Connection, settings: Settings, now: dt.datetime) -> int:
    """Fetch the definition of every published version that is not here; returns how many."""
    count = 0
    with open_client(settings) as client, charging(connection) as charge:
        for form in followed_forms(connection, settings):
            with charge(form.form_key):
                count += _read_versions(connection, client, form, now)
    return count


def _read_versions(connection, client, form: FormRow, now: dt.datetime) -> int:
    known = form_versions.list_whole_versions(connection, form.form_key)
    count = 0
    for listed in list_versions(client, form.form_id) or ():
        if known.get(listed.version) != listed.hash:
            _save_version(connection, form, fetch_version(client, form.form_id, listed), now)
            count += 1
    return count


def read_people(connection: sa.Connection, settings: Settings, now: dt.datetime) -> int:
    """Renew who has sent to which form, and the app users where a manager's account is named."""
    place = (settings.central_key, settings.central_project)
    count = 0
    with open_client(settings) as client, charging(connection) as charge:
        for form in followed_forms(connection, settings):
            with charge(form.form_key):
                actors = list_submitters(client, form.form_id)
            people.save_actors(connection, *place, [vars(actor) for actor in actors], now)
            ids = [actor.actor_id for actor in actors]
            people.save_submitters(connection, form.form_key, ids, now)
            count += len(actors)
    if settings.has_manager:
        count += _read_app_users(connection, settings, now)
    return count


def read_comments(
    connection: sa.Connection, settings: Settings, form_key: int, instance_id: str, now: dt.datetime
) -> list[sa.Row]:
    """The comments on one submission, read at Central now."""
    with open_client(settings) as client:
        _read_comments(connection, client, form_key, instance_id, now)
    return people.list_comments(connection, form_key, instance_id)


def read_due_comments(
    connection: sa.Connection, settings: Settings, now: dt.datetime
) -> tuple[int, bool]:
    """The comments on submissions that are talked about: (how many were read, are there more)."""
    place = (settings.central_key, settings.central_project)
    due = people.list_uncommented(connection, *place, COMMENTS_A_TURN, now)
    if due:
        with open_client(settings) as client, charging(connection) as charge:
            for row in due:
                with charge(row.form_key):
                    _read_comments(connection, client, row.form_key, row.instance_id, now)
    return len(due), len(due) == COMMENTS_A_TURN


def _read_app_users(connection, settings: Settings, now: dt.datetime) -> int:
    with open_client(settings, "manager") as client:
        rows = [vars(actor) for actor in list_app_users(client)]
    place = (settings.central_key, settings.central_project)
    people.save_actors(connection, *place, rows, now, are_app_users=True)
    return len(rows)


def _read_comments(connection, client, form_key: int, instance_id: str, now: dt.datetime) -> None:
    key = key_of(get_form(connection, form_key))
    listed = list_comments(client, key, instance_id) or ()
    people.save_comments(connection, form_key, instance_id, [vars(c) for c in listed], now)


def _save_version(connection, form: FormRow, whole, now: dt.datetime) -> None:
    form_versions.save_whole_version(
        connection,
        form.form_key,
        version=whole.version,
        version_hash=whole.hash,
        published_at=whole.published_at,
        xform=whole.xform,
        fields=whole.fields,
        now=now,
    )
