"""Attaching: files of submissions from Central into the store, behind the data and never before.

Comes in: what raw.submission says about files. Goes out: bytes in the store, rows that say where.
One turn is short, so that a worker is soon free for a pull; what a killed worker had in hand is
fetched again and is kept once, since its place in the store is its hash.

| at Central                              | here                                                |
|-----------------------------------------|-----------------------------------------------------|
| a file has not arrived                  | its submission is a late row, read again by id      |
| it has arrived                          | fetched, from each version that names it            |
| it was replaced (no count, no ETag of a | every night each list is read and each file asked   |
| submission shows it)                    | after by its MD5; the earlier content is remembered |
| it breaks off                           | again after a minute, two, four … a day             |
| Central breaks down over it             | thrice, then refused and listed with the reason     |

A file above 256 MiB is more than Central can hold as one string: its process ends, and takes
the work of others with it. That is why there is no fourth time before somebody orders it.
"""

import datetime as dt
import logging
import time
from itertools import islice

import orjson
import sqlalchemy as sa

from bridge.changes import FormKey, IncompleteAnswer
from bridge.client import CentralClient, open_client
from bridge.errors import CentralRefused
from bridge.files import Unchanged, asking_once, download_file, list_files, list_version_ids
from bridge.spool import open_spool
from config.errors import OperatorError
from config.settings import Settings
from processing.attachments import Store, open_store
from processing.attachments.client_audit import DEFAULT_NAME, read_client_audit
from processing.db.queries import attachments, client_audit
from processing.db.queries.forms import get_form
from processing.jobs.keys import key_of
from processing.jobs.measuring import charging
from processing.jobs.pulling import spool_dir

log = logging.getLogger(__name__)
TURN_SECONDS = 8.0
LISTS_A_TURN, FILES_A_TURN = 400, 200
EVENTS_A_BATCH = 2000
UNADDRESSABLE = "central-id-unaddressable"
BREAKDOWNS = ("central-unreachable", "central-fault")
BREAKDOWN_WORDS = (
    "Central breaks down when it is asked for this file; one of more than 256 MiB is more than it "
    "can serve. After correcting that: emis attachments --again."
)


def fetch_some(connection: sa.Connection, settings: Settings, now: dt.datetime) -> tuple[int, bool]:
    """Read lists and fetch files for a few seconds: (how many, is there more)."""
    place = (settings.central_key, settings.central_project)
    until = time.monotonic() + TURN_SECONDS
    with open_client(settings) as client, charging(connection) as charge:
        turn = _Turn(connection, settings, client, now, charge)
        unlisted = attachments.list_unlisted(connection, *place, LISTS_A_TURN)
        count = turn.each(unlisted, turn.read_list, until)
        wanted = attachments.list_wanted(connection, *place, FILES_A_TURN, now)
        count += turn.each(wanted, turn.fetch_file, until)
    has_more = not turn.is_central_down and attachments.has_work(connection, *place, now)
    log.info("attachments: %d lists and files", count)
    return count, has_more


def check_store(
    connection: sa.Connection, settings: Settings, now: dt.datetime, *, is_restored: bool
) -> tuple[int, int]:
    """(contents that the store should hold, how many of them it has lost).

    is_restored: those are ordered anew.
    """
    place, store = (settings.central_key, settings.central_project), open_store(settings)
    stored = attachments.list_stored(connection, *place)
    lost: dict[int, list[str]] = {}
    for form_key, sha256 in stored:
        if not store.has(sha256):
            lost.setdefault(form_key, []).append(sha256)
    if is_restored:
        for form_key, hashes in lost.items():
            attachments.order_anew(connection, form_key, hashes, now)
    return len(stored), sum(map(len, lost.values()))


class _Turn:
    def __init__(
        self, connection, settings: Settings, client: CentralClient, now: dt.datetime, charge
    ):
        self.connection, self.client, self.now, self.charge = connection, client, now, charge
        self.store: Store = open_store(settings)
        self.spool = spool_dir(settings)
        self.is_central_down = False
        self._keys: dict[int, FormKey] = {}

    def each(self, rows, act, until: float) -> int:
        count = 0
        for row in rows:
            if self.is_central_down or time.monotonic() > until:
                break
            with self.charge(row.form_key):
                act(row)
            count += 1
        return count

    def read_list(self, row: sa.Row) -> None:
        """What every version of a submission names; the current one alone where none was edited."""
        try:
            files = self._files_of(row)
        except OperatorError as error:
            if error.code != UNADDRESSABLE and not _is_about_the_item(error):
                raise
            attachments.save_list(self.connection, row, (), self.now, reason=str(error))
            return
        if files is not None:
            attachments.save_list(self.connection, row, files, self.now)
        else:
            # Deleted or purged since: the pull will say so. Asked again when anything changes.
            attachments.save_list(self.connection, row, (), self.now, reason="not served")

    def fetch_file(self, wanted: sa.Row) -> None:
        with open_spool(self.spool) as file:
            try:
                got = self._download(wanted, file)
            except OperatorError as error:
                self._blame(wanted, error)
                return
            if got is None:
                attachments.save_absent(self.connection, wanted, self.now)
            elif isinstance(got, Unchanged):
                attachments.save_unchanged(self.connection, wanted, self.now)
            else:
                self._keep(wanted, file, got)

    def _files_of(self, row: sa.Row) -> list[tuple[str, str, bool]] | None:
        key = self._key(row.form_key)
        if row.edits == 0:
            listed = list_files(self.client, key, row.instance_id)
            return None if listed is None else _named(row.version_id, listed)
        versions = list_version_ids(self.client, key, row.instance_id)
        if not versions:
            return None
        files = []
        for version_id in versions:
            listed = list_files(self.client, key, row.instance_id, version_id)
            files += _named(version_id, listed or ())
        return files

    def _download(self, wanted: sa.Row, file):
        key = self._key(wanted.form_key)
        version_id = None if wanted.is_current else wanted.version_id
        place = (key, wanted.instance_id, version_id, wanted.name, file, wanted.md5)
        if wanted.attempts == 0:
            return download_file(self.client, *place)
        with asking_once(self.client):
            return download_file(self.client, *place)

    def _keep(self, wanted: sa.Row, file, got) -> None:
        self.store.keep(file, got.sha256)
        attachments.save_content(
            self.connection,
            wanted,
            md5=got.md5,
            sha256=got.sha256,
            byte_count=got.byte_count,
            media_type=got.media_type,
            now=self.now,
        )
        if _is_client_audit(wanted):
            file.seek(0)
            _save_events(self.connection, wanted, file)

    def _blame(self, wanted: sa.Row, error: OperatorError) -> None:
        """Note the failure on the file, and see whether it is the file's or everybody's."""
        if error.code in ("central-forbidden", "central-login-refused"):
            raise error
        is_breakdown = error.code in BREAKDOWNS
        attachments.save_failure(
            self.connection,
            wanted,
            BREAKDOWN_WORDS if is_breakdown and wanted.attempts else str(error),
            self.now,
            is_servers=is_breakdown,
            is_final=error.code == UNADDRESSABLE,
        )
        log.warning("form %d: a file did not come: %s", wanted.form_key, error.code)
        if is_breakdown or isinstance(error, IncompleteAnswer):
            self.is_central_down = not self._does_central_answer(wanted.form_key)

    def _does_central_answer(self, form_key: int) -> bool:
        try:
            self.client.find_json(self.client.path("forms", self._key(form_key).form_id))
        except OperatorError:
            return False
        return True

    def _key(self, form_key: int) -> FormKey:
        if form_key not in self._keys:
            self._keys[form_key] = key_of(get_form(self.connection, form_key))
        return self._keys[form_key]


def _named(version_id: str, listed) -> list[tuple[str, str, bool]]:
    return [(version_id, item.name, item.is_present) for item in listed]


def _is_about_the_item(error: OperatorError) -> bool:
    """Central refuses this one, and goes on answering for others."""
    return isinstance(error, CentralRefused) and error.status in (400, 404, 409)


def _is_client_audit(wanted: sa.Row) -> bool:
    meta = orjson.loads(wanted.odata).get("meta")
    named = meta.get("audit") if isinstance(meta, dict) else None
    return wanted.name == (named if wanted.is_current else DEFAULT_NAME)


def _save_events(connection: sa.Connection, wanted: sa.Row, file) -> None:
    place = (wanted.form_key, wanted.instance_id, wanted.version_id)
    client_audit.clear_client_audit(connection, *place)
    events = read_client_audit(file)
    while batch := list(islice(events, EVENTS_A_BATCH)):
        client_audit.add_client_audit(connection, *place, [vars(event) for event in batch])
