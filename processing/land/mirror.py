"""The mirror as a pull may ask it: bridge.changes.Mirror over the transaction that lands the pull.

What has landed so far in this transaction is counted, also what still waits to be written.
"""

from collections.abc import Callable, Iterable

import sqlalchemy as sa

from bridge.changes import FormKey, IndexDifference, IndexEntry
from processing.db.queries import forms, mirror
from processing.land.cells import copy_text


class LandedMirror:
    """before_asking: writes what waits to be written."""

    def __init__(self, connection: sa.Connection, before_asking: Callable[[], None]):
        self.connection, self._before_asking = connection, before_asking

    def list_since(self, key: FormKey, watermark: str) -> dict[str, str]:
        form_key = self._form_key(key)
        return mirror.list_since(self.connection, form_key, watermark)

    def count_before(self, key: FormKey, watermark: str) -> int:
        form_key = self._form_key(key)
        return mirror.count_before(self.connection, form_key, watermark)

    def compare_before(
        self, key: FormKey, watermark: str, entries: Iterable[IndexEntry]
    ) -> IndexDifference:
        form_key = self._form_key(key)
        mirror.fill_index(self.connection, map(_line, entries))
        stale = mirror.list_stale(self.connection, form_key, watermark)
        return IndexDifference(
            stale={instance_id: date for instance_id, date, _ in stale},
            unlisted=mirror.list_unlisted(self.connection, form_key, watermark),
            unknown_count=sum(not is_known for _, _, is_known in stale),
        )

    def _form_key(self, key: FormKey) -> int:
        self._before_asking()
        found = forms.find_form(
            self.connection, key.central, key.project, key.form_id, key.form_created_at
        )
        # No submission has a form_key of 0: of a form that has not landed, nothing is mirrored.
        return found.form_key if found else 0


def _line(entry: IndexEntry) -> str:
    return "\t".join(copy_text(value) for value in entry)
