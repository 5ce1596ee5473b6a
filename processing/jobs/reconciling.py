"""Reconciling: Central and the mirror compared, whatever the sync believes of itself.

Every row of the form is read from Central anew and held against what is mirrored, by id and by
SHA-256 of its rendering (which holds values, version, review state and deletion). Nothing is
written: whoever finds a difference has the form pulled anew.
"""

import datetime as dt
import hashlib
from dataclasses import dataclass

import sqlalchemy as sa

from bridge.changes import FormGone, RowChanged
from bridge.client import open_client
from bridge.pull import pull_changes
from config.settings import Settings
from processing.db.queries import reconciliation, submissions, sync
from processing.db.queries.forms import list_forms
from processing.jobs.pulling import spool_dir

SHOWN = 20


@dataclass(frozen=True)
class Difference:
    """missing: only Central has them; extra: only the mirror; stale: both, but not the same."""

    form_id: str
    central_count: int
    mirror_count: int
    missing: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        return len(self.missing) + len(self.extra) + len(self.stale)

    def in_words(self) -> str:
        """One line, as the command prints it and the pages show it."""
        if not self.count:
            return f"Central {self.central_count:,} = mirror {self.mirror_count:,}"
        return (
            f"Central {self.central_count:,}, mirror {self.mirror_count:,}:"
            f" {len(self.missing):,} missing, {len(self.extra):,} extra, {len(self.stale):,} stale"
        )


def reconcile_form(connection: sa.Connection, settings: Settings, form_id: str) -> Difference:
    """Compare one form. A row that changes in the meantime can show as stale: compare again."""
    sync.wait_for_form(connection, settings.central_key, settings.central_project, form_id)
    keys = [
        form.form_key
        for form in list_forms(connection, settings.central_key)
        if form.form_id == form_id and form.project == settings.central_project
    ]
    mirror = submissions.list_landed(connection, keys[-1]) if keys else {}
    mirror = {instance_id: digest for instance_id, digest in mirror.items() if digest}
    central = _read_central(settings, form_id)
    return Difference(
        form_id,
        len(central),
        len(mirror),
        missing=tuple(sorted(central.keys() - mirror.keys())),
        extra=tuple(sorted(mirror.keys() - central.keys())),
        stale=tuple(sorted(i for i in central.keys() & mirror.keys() if central[i] != mirror[i])),
    )


def save_result(
    connection: sa.Connection, settings: Settings, difference: Difference, now: dt.datetime
) -> None:
    """Keep the result for the sync page."""
    reconciliation.save_reconciliation(
        connection,
        settings.central_key,
        settings.central_project,
        difference.form_id,
        central_count=difference.central_count,
        mirror_count=difference.mirror_count,
        difference_count=difference.count,
        now=now,
    )


def _read_central(settings: Settings, form_id: str) -> dict[str, bytes]:
    digests = {}
    with open_client(settings) as client:
        for change in pull_changes(client, form_id, {}, spool_dir(settings)):
            if isinstance(change, RowChanged):
                digests[change.instance_id] = hashlib.sha256(change.raw).digest()
            elif isinstance(change, FormGone):
                return {}
    return digests
