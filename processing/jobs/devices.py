"""Tablets' accounts: ordered in the warehouse, made at Central, ended in both.

In: settings, what is wanted, the clock. Out: codes for tablets, one after the other, each with its
token, and the accounts that could not be made; nothing here writes a token down. Promised: run
again, it goes on where it stood, and where all is done it changes nothing; what was decided (a
handover, a revocation) is written before Central is told, and is brought to Central by the next run
if this one breaks off.
"""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256

import sqlalchemy as sa

from bridge.client import CentralClient, open_client
from bridge.collect import code_text, collect_settings, server_url
from bridge.devices import Tablet, Tablets, ensure_properties
from bridge.errors import is_about_one
from bridge.parallel import work_on
from config.entity_lists import ACTOR_PROPERTIES
from config.errors import OperatorError
from config.forms import LANGUAGES, load_catalogue
from config.settings import Settings
from config.training import TRAINING_MARK
from processing.db.engine import explained, open_engine
from processing.db.queries import devices as queries
from processing.db.queries.web_audit import record
from processing.jobs.limiting import limit_lists, properties_of

# Far apart from each other also on a poor screen; white letters are legible on each.
COLORS = ("#1565C0", "#2E7D32", "#AD1457", "#6A1B9A", "#00695C", "#4E342E")
TRAINING_COLOR = "#E65100"
# A new account takes Central a request for itself and one for each form, most of it waiting.
ACCOUNTS_AT_A_TIME = 4
# When so many fail one after the other, it is not about one account.
FAILURES_IN_A_ROW = 20
TRAINING_NAMES = {"ar": "تدريب", "ckb": "ڕاهێنان", "en": "Training"}


@dataclass(frozen=True)
class Code:
    """What one school or supervisor scans. text: of the QR code; it holds the token."""

    kind: str
    code: str
    name: str
    tablet: str
    directorate_code: str
    language: str
    color: str
    text: str = field(repr=False)


@dataclass(frozen=True)
class NotMade:
    """The account of one school or supervisor could not be made, or not whole; others may be."""

    kind: str
    code: str
    tablet: str
    directorate_code: str
    error: OperatorError


@dataclass(frozen=True)
class Opened:
    """What there is before the first account is made. lists: those limited to their tablet."""

    count: int
    ordered: int
    missing_forms: tuple[str, ...]
    is_filtered: bool
    lists: tuple[str, ...]


@contextmanager
def devices_of(settings: Settings) -> Iterator["Devices"]:
    """The accounts of the project; nobody else changes them in the meantime.

    Raises OperatorError: devices-busy, and those of opening Central and the database.
    """
    engine = open_engine(settings, "worker")
    try:
        with explained(settings), engine.connect() as guard:
            if not queries.hold_lock(guard):
                raise OperatorError(
                    "devices-busy",
                    "Another command is making or ending accounts of tablets.",
                    "Wait until it has ended.",
                )
            guard.commit()
            try:
                with open_client(settings, "manager") as client:
                    yield Devices(settings, client, engine)
            finally:
                _release(guard)
    finally:
        engine.dispose()


def _release(guard: sa.Connection) -> None:
    """At once: the server sees that a client has gone only after a while."""
    # A connection that is cut holds no lock any more.
    with suppress(sa.exc.DBAPIError):
        queries.release_lock(guard)
        guard.commit()


class Devices:
    """Use `devices_of`. Each step commits by itself."""

    def __init__(self, settings: Settings, client: CentralClient, engine: sa.Engine):
        self.settings, self.client, self.engine = settings, client, engine
        self.place = (settings.central_key, settings.central_project)
        self.is_training = TRAINING_MARK in (client.get_json(client.path())["description"] or "")
        self.tablets = Tablets(client, load_catalogue())

    def require_project(self, *, is_training: bool) -> None:
        """A practice code in the true project, or a true one for practice, would do harm."""
        if is_training == self.is_training:
            return
        if is_training:
            raise OperatorError(
                "not-a-training-project",
                f"Project {self.client.project} of {self.client.name} is not marked for training.",
                f"Name the training project in CENTRAL_PROJECT, with {TRAINING_MARK} in its "
                "description.",
            )
        raise OperatorError(
            "training-project",
            f"Project {self.client.project} of {self.client.name} is marked for training: what is "
            "sent there never reaches the figures.",
            "Give --training, or name the true project in CENTRAL_PROJECT.",
        )

    def require_filters(self, *, is_unfiltered: bool) -> None:
        """Raises `central-no-access-filters` on a Central before 2026.2."""
        if self.tablets.has_properties or is_unfiltered:
            return
        raise OperatorError(
            "central-no-access-filters",
            "This Central is older than 2026.2 and cannot limit a list to its tablet: every "
            "tablet would get every school, and other schools' staff and corrections.",
            "Update Central. To go on all the same, with the whole lists on every tablet, give "
            "--unfiltered.",
        )

    def order(self, holders: Iterable[tuple[str, str, str]], now: dt.datetime) -> Opened:
        """Accounts for (kind, code, tablet); those who have one keep it.

        Without a tablet they keep that too; whoever has none gets one of their own.
        """
        held = {(row.holder_kind, row.holder_code): row.tablet for row in self._rows()
                if row.is_current}  # fmt: skip
        wanted = [
            (kind, code, tablet or held.get((kind, code), code)) for kind, code, tablet in holders
        ]
        self._note_revoked_there(now)
        with self.engine.begin() as connection:
            ordered = queries.order_devices(connection, self.place, wanted, now)
            queries.move_devices(connection, self.place, wanted)
        lists = self._keep_access()
        return Opened(
            len(wanted), ordered, tuple(self.tablets.missing_forms), self.tablets.has_properties,
            tuple(lists),
        )  # fmt: skip

    def issue(
        self,
        is_wanted: Callable[[sa.Row], bool],
        now: dt.datetime,
        on_progress: Callable[[int, int], None] | None = None,
    ) -> Iterator[Code | NotMade]:
        """Make the current accounts of those wanted, some at a time: in no order.

        Before that, what was ended is revoked. A code is yielded when its account is whole. Whoever
        may leave early closes it. Raises what is not about one account.
        """
        self.settle(now)
        rows = [row for row in self._rows() if row.is_current and is_wanted(row)]
        positions, namesakes = _positions(rows), _namesakes(rows)
        failures = 0
        with closing(self._ensure_all(rows)) as ensured:
            for done, (row, outcome) in enumerate(ensured, start=1):
                if isinstance(outcome, Tablet):
                    failures = 0
                    is_alone = row.device_id not in namesakes
                    yield self._issue(row, outcome, positions[row.device_id], is_alone, now)
                else:
                    failures += 1
                    yield _not_made(row, outcome, failures)
                if on_progress:
                    on_progress(done, len(rows))

    def settle(self, now: dt.datetime) -> int:
        """Revoke at Central what was ended here; how many."""
        ended = [row for row in self._rows() if row.ended_at is not None]
        for row in ended:
            held = self.tablets.by_name.get(_display_name(row))
            actor_id = row.actor_id or (held and held.actor_id)
            if actor_id:
                self.tablets.revoke(actor_id)
            with self.engine.begin() as connection:
                queries.save_revoked(connection, row.device_id, now)
        return len(ended)

    def hand_over(
        self, kind: str, code: str, by: str, reason: str, now: dt.datetime
    ) -> list[dt.datetime]:
        """The post has a new holder: every account so far ends, a new one is ordered.

        Broken off and run again, it does not end the account that nobody has been given yet.
        Returns when those tablets were replaced whose accounts end as well, the first one first.
        """
        self._keep_access()
        rows = self._rows_of(kind, code)
        current = next((row for row in rows if row.is_current), None)
        old = [row for row in rows if row.ended_at is None and row.issued_at is not None]
        tablet = current.tablet if current else code
        with self.engine.begin() as connection:
            queries.end_devices(connection, [row.device_id for row in old], by, reason, now)
            queries.order_devices(connection, self.place, [(kind, code, tablet)], now)
            self._record(connection, now, by, "device.handover", code, len(old))
        return [row.replaced_at for row in rows if row.replaced_at and row.issued_at]

    def replace(self, kind: str, code: str, by: str, reason: str, now: dt.datetime) -> None:
        """Another tablet for the same post; the account of the old one goes on sending.

        Raises OperatorError `device-unknown`: there is none to replace.
        """
        current = next((row for row in self._rows_of(kind, code) if row.is_current), None)
        if current is None:
            raise _unknown(kind, code)
        if current.issued_at is None:
            return
        with self.engine.begin() as connection:
            queries.replace_device(connection, current.device_id, now)
            queries.order_devices(connection, self.place, [(kind, code, current.tablet)], now)
            self._record(connection, now, by, "device.replace", code, 1, reason=reason)

    def revoke(self, kind: str, code: str, by: str, reason: str, now: dt.datetime) -> int:
        """No tablet of the holder may send any more; how many accounts ended."""
        rows = [row for row in self._rows_of(kind, code) if row.ended_at is None]
        if not rows:
            raise _unknown(kind, code)
        with self.engine.begin() as connection:
            queries.end_devices(connection, [row.device_id for row in rows], by, reason, now)
            self._record(connection, now, by, "device.revoke", code, len(rows))
        self.settle(now)
        return len(rows)

    def tablets_of(self, holders: Container[tuple[str, str]]) -> set[str]:
        """The tablets of the current accounts of (kind, code)."""
        return {
            row.tablet for row in self._rows()
            if row.is_current and (row.holder_kind, row.holder_code) in holders
        }  # fmt: skip

    def _note_revoked_there(self, now: dt.datetime) -> None:
        """What somebody revoked on Central's own page is ended here too, and not made anew."""
        gone = [
            row.device_id
            for row in self._rows()
            if row.ended_at is None and row.actor_id
            and row.actor_id not in self.tablets.valid_ids
        ]  # fmt: skip
        with self.engine.begin() as connection:
            queries.end_devices(connection, gone, "ODK Central", "revoked in Central", now)

    def _keep_access(self) -> list[str]:
        if not self.tablets.has_properties:
            return []
        ensure_properties(self.client, ACTOR_PROPERTIES)
        with self.engine.connect() as connection:
            return limit_lists(connection, self.settings, self.client)

    def _ensure_all(self, rows: list[sa.Row]) -> Iterator[tuple[sa.Row, Tablet | OperatorError]]:
        """Those that are whole already come first, and make no request."""
        found = [(row, self.tablets.find_whole(*_wanted(row))) for row in rows]
        yield from (each for each in found if each[1])
        rest = [row for row, tablet in found if not tablet]
        yield from work_on(rest, self._open_maker, ACCOUNTS_AT_A_TIME)

    @contextmanager
    def _open_maker(self) -> Iterator[Callable[[sa.Row], Tablet]]:
        with open_client(self.settings, "manager") as client:
            yield lambda row: self.tablets.ensure(*_wanted(row), client)

    def _issue(
        self, row: sa.Row, tablet: Tablet, position: int, is_alone: bool, now: dt.datetime
    ) -> Code:
        """is_alone: no other of its tablet has its name."""
        if row.actor_id != tablet.actor_id:
            with self.engine.begin() as connection:
                queries.save_issued(connection, row.device_id, tablet.actor_id, now)
        language, name = _language_and_name(row)
        shown = name if is_alone else f"{name} ({row.holder_code})"
        shown = f"{TRAINING_NAMES[language]}: {shown}" if self.is_training else shown
        color = TRAINING_COLOR if self.is_training else _color(row.tablet, position)
        address = self.settings.central_tablet_url or self.settings.central_url
        url = server_url(address, tablet.token, self.client.project)
        password = self.settings.central_tablet_password
        own_school = row.holder_code if row.holder_kind == "school" else None
        settings = collect_settings(url, shown, color, language, password, own_school)
        return Code(
            row.holder_kind, row.holder_code, name, row.tablet, row.directorate_code, language,
            color, code_text(settings),
        )  # fmt: skip

    def _rows(self) -> list[sa.Row]:
        with self.engine.connect() as connection:
            return queries.list_devices(connection, self.place)

    def _rows_of(self, kind: str, code: str) -> list[sa.Row]:
        return [row for row in self._rows() if (row.holder_kind, row.holder_code) == (kind, code)]

    def _record(self, connection, now, by: str, action: str, code: str, count: int, **detail):
        record(connection, now, by, action, code, accounts=count, **detail)


def _display_name(row: sa.Row) -> str:
    return f"{row.holder_kind} {row.holder_code} #{row.serial}"


def _wanted(row: sa.Row) -> tuple[str, dict[str, str], list[str]]:
    """The app user of an account: its name, properties and forms."""
    return _display_name(row), properties_of(row), _form_ids(row.holder_kind)


def _positions(rows: list[sa.Row]) -> dict[int, int]:
    """Which of the schools of its tablet each account is of, by the account's id."""
    counts: Counter[str] = Counter()
    positions = {}
    for row in rows:
        positions[row.device_id] = counts[row.tablet]
        counts[row.tablet] += 1
    return positions


def _namesakes(rows: list[sa.Row]) -> set[int]:
    """Accounts whose name another account of their tablet has as well: two shifts of a building."""
    named = {row.device_id: (row.tablet, _language_and_name(row)[1]) for row in rows}
    counts = Counter(named.values())
    return {device_id for device_id, key in named.items() if counts[key] > 1}


def _language_and_name(row: sa.Row) -> tuple[str, str]:
    language = row.language_code if row.language_code in LANGUAGES else "ar"
    return language, getattr(row, f"name_{language}") or row.name_ar


def _not_made(row: sa.Row, error: OperatorError, failures: int) -> NotMade:
    """failures: how many there are now without an account between them that was made."""
    if not is_about_one(error) or failures >= FAILURES_IN_A_ROW:
        raise error
    return NotMade(row.holder_kind, row.holder_code, row.tablet, row.directorate_code, error)


def _form_ids(kind: str) -> list[str]:
    return [form_id for form_id, entry in load_catalogue().items() if kind in entry.filled_by]


def _color(tablet: str, position: int) -> str:
    """Schools that share a tablet have different ones; the same school always the same."""
    first = sha256(tablet.encode()).digest()[0]
    return COLORS[(first + position) % len(COLORS)]


def _unknown(kind: str, code: str) -> OperatorError:
    return OperatorError(
        "device-unknown",
        f"The {kind} {code} has no tablet in this project.",
        "`emis devices list` shows who has one; `emis devices provision` gives one.",
    )
