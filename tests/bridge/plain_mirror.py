"""A mirror in a dictionary: what landing does with a pull, in a few lines, and what it is asked."""

import datetime as dt
from dataclasses import dataclass, field
from pathlib import Path

from bridge.changes import FormGone, IndexDifference, PullComplete, RowChanged, RowsPurged
from bridge.pull import pull_changes
from bridge.reading import read_form
from bridge.terms import Terms


@dataclass
class PlainMirror:
    """Pulls one form into `rows` and remembers `state`, all or nothing."""

    form_id: str
    spool_dir: Path
    rows: dict[str, RowChanged] = field(default_factory=dict)
    state: dict = field(default_factory=dict)
    before_row: object = None

    def pull(self, client, **terms) -> list:
        """The changes of one pull. now and overlap_s as in Terms; old rows are asked for too."""
        kept, changes = dict(self.rows), []
        try:
            for change in pull_changes(client, self.form_id, self.state, self, self.terms(**terms)):
                changes.append(change)
                self._take(change, changes)
        except BaseException:
            self.rows = kept
            raise
        if not isinstance(changes[-1], FormGone):
            self.state = changes[-1].state
        return changes

    def pull_until_quiet(self, client, **terms) -> int:
        """Pulls until one finds nothing new; returns how many pulls it took."""
        for count in range(1, 20):
            if type(self.pull(client, **terms)[-1]).__name__ == "NothingNew":
                return count
        raise AssertionError("the form does not settle")

    def terms(self, now=None, overlap_s=0.0, is_thorough=True, share=0.05) -> Terms:
        now = now or dt.datetime.now(dt.UTC)
        return Terms(self.spool_dir, now, share, overlap_s, is_thorough)

    def require_equal(self, client) -> None:
        """Byte for byte what an independent reading of the whole form gives."""
        rows = read_form(client, self.form_id, self.spool_dir)
        whole = {row.instance_id: row for row in rows}
        assert set(self.rows) - set(whole) == set()
        assert set(whole) - set(self.rows) == set()
        stale = [name for name, row in whole.items() if self.rows[name].raw != row.raw]
        assert stale == []

    def _take(self, change, changes: list) -> None:
        match change:
            case RowChanged(instance_id):
                if self.before_row:
                    self.before_row(change)
                self.rows[instance_id] = change
            case RowsPurged(instance_ids):
                for instance_id in instance_ids:
                    self.rows.pop(instance_id, None)
            case PullComplete(is_full=True):
                seen = {c.instance_id for c in changes if isinstance(c, RowChanged)}
                self.rows = {name: row for name, row in self.rows.items() if name in seen}

    # -- bridge.changes.Mirror ---------------------------------------------------------------------

    def list_since(self, key, watermark: str) -> dict[str, str]:
        return {
            name: row.system["submissionDate"]
            for name, row in self.rows.items()
            if latest(row.system) >= watermark
        }

    def count_before(self, key, watermark: str) -> int:
        return len(self.rows) - len(self.list_since(key, watermark))

    def compare_before(self, key, watermark: str, entries) -> IndexDifference:
        listed, stale, unknown = set(), {}, 0
        for entry in entries:
            listed.add(entry.instance_id)
            mirrored = self.rows.get(entry.instance_id)
            times = (entry.submission_date, entry.updated_at, entry.deleted_at)
            is_cold = max(filter(None, times)) < watermark
            if is_cold and (mirrored is None or tuple(entry)[1:] != told_by(mirrored)):
                stale[entry.instance_id] = entry.submission_date
                unknown += mirrored is None
        unlisted = {
            name: row.system["submissionDate"]
            for name, row in self.rows.items()
            if latest(row.system) < watermark and name not in listed
        }
        return IndexDifference(stale, unlisted, unknown)


def latest(system: dict) -> str:
    times = (system["submissionDate"], system["updatedAt"], system["deletedAt"])
    return max(filter(None, times))


def told_by(row: RowChanged) -> tuple:
    system = row.system
    version_id = (row.row.get("meta") or {}).get("instanceID") or row.instance_id
    return (
        system["submissionDate"],
        system["updatedAt"],
        system["deletedAt"],
        system["reviewState"],
        version_id,
    )
