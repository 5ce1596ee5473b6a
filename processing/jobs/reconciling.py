"""Reconciling: Central and the mirror compared, whatever the sync believes of itself.

Every row of the form is read from Central anew and held against what is mirrored: ids, versions,
deletions, review states, renderings; with `is_deep` also the XML, and every typed value against
a fresh typing of it. What differs is looked at a second time, after a pull and under the form's
lock, so that a row that has just changed is no difference.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

import sqlalchemy as sa

from bridge.changes import RowChanged
from bridge.client import CentralClient, open_client
from bridge.reading import count_live, read_form, read_submissions
from bridge.versions import fetch_versions
from config.settings import Settings
from processing.db.queries import reconciliation, submissions, sync
from processing.db.queries.forms import FormRow, list_forms
from processing.jobs.gate import stream_gate
from processing.jobs.keys import as_central, key_of
from processing.jobs.measuring import charging
from processing.jobs.pulling import pull_one, spool_dir
from processing.land import save_fetched
from processing.land.compare import kind_of_difference, list_differing_types
from processing.land.schema import load_form

SHOWN = 20
BATCH_ROWS = 500
# Beyond this the second look reads the whole form again.
MANY_ROWS = 2000
# Where rows come without a pause, both sides are counted again, but not for ever.
COUNTS = 4
NOT_MIRRORED = -1
KINDS = (
    "missing", "extra", "deleted", "version", "review", "stale", "columns", "history", "xml",
    "typed",
)  # fmt: skip
# What a pull that reads everything does not write anew by itself.
UNSEEN_BY_PULLS = ("columns", "typed")


@dataclass(frozen=True)
class Difference:
    """ids: by kind, see processing.land.compare; missing: only Central has them; extra: only here.

    unverified: rows whose XML has not been compared yet; they are no difference.
    """

    form_id: str
    central_count: int
    mirror_count: int
    unverified: int = 0
    is_deep: bool = False
    ids: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def counts(self) -> dict[str, int]:
        """How many rows differ, by kind, in the order of KINDS."""
        return {kind: len(self.ids[kind]) for kind in KINDS if self.ids.get(kind)}

    @property
    def count(self) -> int:
        return sum(self.counts.values())

    def in_words(self) -> str:
        """One line, as the command prints it and the pages show it."""
        waiting = f" ({self.unverified:,} not yet verified)" if self.unverified else ""
        if not self.count:
            return f"Central {self.central_count:,} = mirror {self.mirror_count:,}{waiting}"
        found = ", ".join(f"{count:,} {kind}" for kind, count in self.counts.items())
        return f"Central {self.central_count:,}, mirror {self.mirror_count:,}: {found}{waiting}"


def reconcile_form(
    connection: sa.Connection,
    settings: Settings,
    form_id: str,
    now: dt.datetime,
    *,
    is_deep: bool = False,
) -> Difference:
    """Compare one form. What is found on the first look and not on the second had just changed."""
    with open_client(settings) as client, charging(connection) as charge:
        first = _Look(connection, settings, client, form_id, is_deep)
        with charge(first.form_key):
            return _look_twice(connection, settings, client, first, now)


def _look_twice(
    connection: sa.Connection, settings: Settings, client, first: "_Look", now: dt.datetime
) -> Difference:
    first.look_at_all()
    form_id, is_deep = first.form_id, first.is_deep
    if not first.ids or not _was_pulled(connection, settings, form_id):
        return first.difference(first.live_count)
    sync.wait_for_form(connection, settings.central_key, settings.central_project, form_id)
    central_count = _pull_and_count(connection, settings, client, form_id, now)
    second = _Look(connection, settings, client, form_id, is_deep)
    if len(first.times) > MANY_ROWS:
        second.look_at_all()
    else:
        second.look_at_some(first.times)
    return second.difference(central_count)


def save_result(
    connection: sa.Connection, settings: Settings, difference: Difference, now: dt.datetime
) -> None:
    """Keep the result for the sync page."""
    found = _find_newest(connection, settings, difference.form_id)
    if found is not None:
        reconciliation.save_reconciliation(
            connection,
            found.form_key,
            central_count=difference.central_count,
            mirror_count=difference.mirror_count,
            unverified_count=difference.unverified,
            differences=difference.counts,
            is_deep=difference.is_deep,
            now=now,
        )


def order_healing(connection: sa.Connection, settings: Settings, difference: Difference) -> None:
    """Let the next pull of the form read everything and write anew what differs."""
    found = _find_newest(connection, settings, difference.form_id)
    sync.forget_states(connection, difference.form_id)
    if found is not None:
        ids = [i for kind in UNSEEN_BY_PULLS for i in difference.ids.get(kind, ())]
        reconciliation.forget_renderings(connection, found.form_key, ids)
        other_xml = list(difference.ids.get("xml", ()))
        reconciliation.set_xml_aside(connection, found.form_key, other_xml)


def heal_form(
    connection: sa.Connection, settings: Settings, difference: Difference, now: dt.datetime
):
    """Read everything of a form and write anew what differs; returns the pull's report."""
    order_healing(connection, settings, difference)
    report = pull_one(connection, settings, difference.form_id, now, anew=True)
    found = _find_newest(connection, settings, difference.form_id)
    if found is not None:
        _complete_history(connection, settings, found, difference.ids.get("history", ()), now)
    return report


class _Look:
    """One comparison of a form. ids: what differs, by kind. times: when those were sent."""

    def __init__(self, connection, settings, client: CentralClient, form_id: str, is_deep: bool):
        self.connection, self.settings, self.client = connection, settings, client
        self.form_id, self.is_deep = form_id, is_deep
        self.found = _find_newest(connection, settings, form_id)
        self.form_key = self.found.form_key if self.found else NOT_MIRRORED
        self.form = load_form(connection, self.form_key) if self.found and is_deep else None
        self.ids: dict[str, list[str]] = defaultdict(list)
        self.times: dict[str, str] = {}
        self.live_count = self.mirror_count = 0

    def look_at_all(self) -> None:
        held = reconciliation.list_held(self.connection, self.form_key)
        # Of the same moment as what is compared: another pull may land rows meanwhile.
        self.mirror_count = sum(row.deleted_at is None for row in held.values())
        with stream_gate(self.settings, True):
            self._compare(self._rows_of_form(), held)

    def look_at_some(self, times: dict[str, str]) -> None:
        """times: instance id to the moment in which it was sent."""
        held = reconciliation.list_held(self.connection, self.form_key, list(times))
        self.mirror_count = submissions.count_submissions(self.connection, self.form_key).live
        with stream_gate(self.settings, False):
            self._compare(self._rows_of_form(times), held)

    def difference(self, central_count: int) -> Difference:
        return Difference(
            self.form_id,
            central_count,
            self.mirror_count,
            reconciliation.count_unverified(self.connection, self.form_key),
            self.is_deep,
            {kind: tuple(self.ids[kind]) for kind in KINDS if kind in self.ids},
        )

    def _rows_of_form(self, times: dict[str, str] | None = None) -> Iterator[RowChanged]:
        """All rows, or those of `times`; none where Central has no such form any more."""
        spool = spool_dir(self.settings)
        if self.client.find_json(self.client.path("forms", self.form_id)) is None:
            return iter(())
        if times is None:
            return read_form(self.client, self.form_id, spool)
        return read_submissions(self.client, self.form_id, times, spool)

    def _compare(self, rows: Iterator[RowChanged], held) -> None:
        unseen = dict(held)
        while batch := list(islice(rows, BATCH_ROWS)):
            same = [change for change in batch if self._is_same(change, held)]
            if self.form is not None and same:
                self._compare_deep(same, held)
            for change in batch:
                unseen.pop(change.instance_id, None)
        for instance_id, row in unseen.items():
            self._note("extra", instance_id, as_central(row.submission_date))

    def _is_same(self, change: RowChanged, held) -> bool:
        self.live_count += not change.system.get("deletedAt")
        known = held.get(change.instance_id)
        kind = "missing" if known is None else kind_of_difference(change, known)
        if kind is not None:
            self._note(kind, change.instance_id, change.system["submissionDate"])
        return kind is None

    def _compare_deep(self, rows: list[RowChanged], held) -> None:
        ids = [change.instance_id for change in rows]
        kept = reconciliation.list_current_xml(self.connection, self.form_key, ids)
        differing = list_differing_types(self.connection, self.form, rows, held, kept)
        for change in rows:
            if change.instance_id in differing:
                self._note("typed", change.instance_id, change.system["submissionDate"])
            elif self._has_other_xml(change, kept):
                self._note("xml", change.instance_id, change.system["submissionDate"])

    def _has_other_xml(self, change: RowChanged, kept: dict[str, bytes]) -> bool:
        """Is what was kept not what Central has? A deleted submission's XML cannot be asked for."""
        if change.instance_id not in kept or change.system.get("deletedAt"):
            return False
        place = ("forms", self.form_id, "submissions", f"{change.instance_id}.xml")
        response = self.client.find("GET", self.client.path(*place))
        return response is not None and response.content != kept[change.instance_id]

    def _note(self, kind: str, instance_id: str, sent_at: str) -> None:
        self.ids[kind].append(instance_id)
        self.times[instance_id] = sent_at


def _pull_and_count(connection, settings: Settings, client, form_id: str, now) -> int:
    """Central's live rows after a pull, counted when the mirror had all of them if that may be."""
    for _ in range(COUNTS):
        report = pull_one(connection, settings, form_id, now, is_thorough=True)
        central_count = count_live(client, form_id)
        if central_count == submissions.count_submissions(connection, report.form_key).live:
            break
    return central_count


def _was_pulled(connection, settings: Settings, form_id: str) -> bool:
    """Before the first pull everything differs, and no second look makes that untrue."""
    place = (settings.central_key, settings.central_project)
    return bool(sync.find_state(connection, *place, form_id))


def _find_newest(connection, settings: Settings, form_id: str) -> FormRow | None:
    forms = [
        form
        for form in list_forms(connection, settings.central_key)
        if form.form_id == form_id and form.project == settings.central_project
    ]
    return forms[-1] if forms else None


def _complete_history(connection, settings, found: FormRow, ids: Iterable[str], now) -> None:
    held = reconciliation.list_held(connection, found.form_key, list(ids))
    with open_client(settings) as client:
        for instance_id, row in held.items():
            versions = fetch_versions(client, key_of(found), instance_id, row.edits)
            save_fetched(connection, found.form_key, versions, now)
