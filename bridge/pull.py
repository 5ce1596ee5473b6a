"""Every change of a form since the last look, in an order that can be committed.

Comes in: a client, a form id, the state that the last pull gave ({} at first), what is mirrored.
Goes out: the records of bridge.changes, rows while they arrive.

Promised: what is mirrored after a pull is what Central held at one moment of it, but for changes
that a later pull is certain to see. Nothing of this depends on clocks, on the order of rows or on
how long a commit takes; these decide how much is read. docs/sync.md has the proof.

A watermark W parts the submissions in two: hot, with any time at W or after it, and cold.

    hot     read anew whenever its ETag changes; a mirrored hot row that does not come is asked
            for by its id: it was purged, or restored
    newest  while news keeps coming, only hot rows with a time since the last news are read most
            of the time: that proves nothing, it brings them sooner
    cold    asked for its ETag only, now and then; when that has changed, Central's list of all
            submissions is held against the mirror, and what differs is fetched by id
    slide   W moves on: between two equal ETags of the new cold part the hot rows were read and
            the old cold part was proved, so the new cold part is proved
    whole   first, after a new definition and weekly, everything is read; the same proof holds
"""

import datetime as dt
import time
from collections.abc import Generator, Iterator
from contextlib import closing

from bridge.changes import (
    Change,
    FormGone,
    FormKey,
    IncompleteAnswer,
    Mirror,
    NothingNew,
    PullComplete,
    PullStarted,
    RowChanged,
    RowsPurged,
    SchemaChanged,
)
from bridge.client import CentralClient
from bridge.feed import NO_EVENTS, Feed, Tag, as_central_writes, before, named, since
from bridge.pace import is_due, put_off
from bridge.schema import (
    FormLook,
    definition_of,
    fetch_schema,
    knows_definition,
    label_key,
    look_at_form,
)
from bridge.terms import Terms
from bridge.versions import fetch_attachment, fetch_attachment_list, fetch_versions
from config.errors import OperatorError

__all__ = [
    "fetch_attachment",
    "fetch_attachment_list",
    "fetch_versions",
    "pull_changes",
]

WHOLE_EVERY = dt.timedelta(days=7)
# Beyond this many hot rows the watermark moves when that costs nothing extra; beyond the second
# number it moves whatever it costs.
HOT_ROWS = 300
MAX_HOT_ROWS = 1500
ANCHOR_TRIES = 2
# Of more hot rows than this, only the newest are read while news keeps coming: those with a time
# since the latest one seen, less an overlap. All of them are read again after so long at most.
NEWEST_FROM = 50
NEWEST_OVERLAP = dt.timedelta(seconds=2)
NEWEST_FOR_S = 10.0
# Of the time that Central's list of submissions takes, the part that its database works
# (measured on v2026.2.2: 0.96 s for 20,000, of which 0.54 s in node).
INDEX_COST = 0.45
# Late rows double the overlap up to this; a day after the last one it is as it was.
MAX_OVERLAP_S = 3600.0


def pull_changes(
    client: CentralClient, form_id: str, state: dict, mirror: Mirror, terms: Terms
) -> Iterator[Change]:
    """Yields what has changed; see bridge.changes for the order, and for what may be kept.

    Raises IncompleteAnswer and the errors of bridge.errors; form-unknown for a form that Central
    does not know and never knew, as far as `state` tells; form-not-published.
    """
    look = look_at_form(client, form_id, state.get("form_etag"))
    if look is None:
        yield _gone_or_unknown(client, form_id, state)
        return
    yield from _Pull(client, form_id, state, look, mirror, terms).run()


def _gone_or_unknown(client: CentralClient, form_id: str, state: dict) -> FormGone:
    created_at = state.get("form_created_at")
    if created_at:
        return FormGone(FormKey(client.name, client.project, form_id, created_at))
    raise OperatorError(
        "form-unknown",
        f"The project in Central has no form {form_id}.",
        "`emis forms list` shows those that it has; CENTRAL_PROJECT names the project.",
    )


class _Pull:
    """One pull of one form. `state` is the next state in the making."""

    def __init__(self, client, form_id: str, state: dict, look: FormLook, mirror, terms: Terms):
        self.client, self.form_id, self.look, self.mirror = client, form_id, look, mirror
        self.terms, self.feed = terms, Feed(client, form_id, terms)
        self.is_anew = not knows_definition(state, look)
        self.is_renamed = look.record is not None and state.get("label") != label_key(look.record)
        self.state = {} if self.is_anew else dict(state)
        self.state |= definition_of(look)
        created_at = self.state["form_created_at"]
        self.key = FormKey(client.name, client.project, form_id, created_at)
        self.row_count = 0
        # What the questions about the hot and the cold rows have taken in this pull.
        self.hot_cost_s = self.cold_cost_s = 0.0

    def run(self) -> Iterator[Change]:
        if self.is_anew or self._is_whole_due():
            yield from self._framed(self._read_whole(), is_full=True)
        else:
            yield from self._framed(self._follow(), is_full=False)

    def _framed(self, changes: Generator[Change], *, is_full: bool) -> Iterator[Change]:
        """The rows between their start and their end; NothingNew where there are none."""
        has_begun = is_full or self.is_renamed
        if has_begun:
            yield from self._begin(is_full)
        with closing(changes):
            for change in changes:
                if not has_begun:
                    has_begun = True
                    yield from self._begin(is_full)
                self.row_count += isinstance(change, RowChanged)
                yield change
        if not has_begun:
            yield NothingNew(self.key, self.state)
            return
        self._require_same_definition()
        yield PullComplete(self.key, self.state, self.row_count, is_full)

    def _begin(self, is_full: bool) -> Iterator[Change]:
        if self.is_anew or self.is_renamed:
            yield SchemaChanged(fetch_schema(self.client, self.look.record))
        yield PullStarted(self.key, is_full)

    # -- everything --------------------------------------------------------------------------------

    def _is_whole_due(self) -> bool:
        read_at = self.state.get("whole_at")
        age = self.terms.now - dt.datetime.fromisoformat(read_at) if read_at else WHOLE_EVERY
        return not -dt.timedelta(days=1) < age < WHOLE_EVERY

    def _read_whole(self) -> Iterator[Change]:
        self.state["is_paged"] = False
        watermark = self._new_watermark(self.look.at)
        first = self._tag(watermark)
        reading = yield from self.feed.read_all()
        self.state |= {"whole_at": self.terms.now.isoformat(), "is_paged": reading.is_paged}
        second = self._tag_again(watermark, first)
        is_settled = second.is_same and reading.etag is not None
        self._set_watermark(watermark, first.etag if is_settled else None)
        self._put_off_cold(is_proved=is_settled)
        if not is_settled:
            # The rows are those of one moment; that the old ones still are is left to the next.
            self.state.pop("cold_next_at")

    # -- what has changed --------------------------------------------------------------------------

    def _follow(self) -> Iterator[Change]:
        """The hot rows, and the cold ones where it is time to ask about them."""
        slide = self._begin_slide()
        has_news = False
        with closing(self._read_hot()) as hot:
            for change in hot:
                has_news = True
                yield change
        if slide is None and not self._is_cold_due():
            return
        # New rows are not kept waiting for old ones; but only once.
        may_put_off = has_news and not (self.terms.is_thorough or self.state.get("is_put_off"))
        if may_put_off and slide is None:
            self.state["is_put_off"] = True
            return
        if self._is_cold_same():
            if slide is not None:
                self._end_slide(*slide)
            return
        if may_put_off:
            self.state["is_put_off"] = True
            return
        yield from self._anchor()

    def _read_hot(self) -> Iterator[Change]:
        if not (self.terms.is_thorough or is_due(self.state, "hot", self.terms.now)):
            return
        if self._may_read_newest():
            newest = self.state["newest"]
            yield from self._read_newest()
            if self.state["newest"] > newest:
                return
        yield from self._read_all_hot()

    def _may_read_newest(self) -> bool:
        """Did the last pull bring news, and are there many hot rows, all of them read lately?"""
        if self.terms.is_thorough or "newest" not in self.state:
            return False
        return not is_due(self.state, "all_hot", self.terms.now)

    def _read_newest(self) -> Iterator[Change]:
        """The hot rows since the latest time seen. Nothing that the state says rests on them."""
        watermark = self.state["watermark"]
        latest = dt.datetime.fromisoformat(self.state["newest"]) - NEWEST_OVERLAP
        # Never further back than the hot rows: the cold ones of the mirror have been counted.
        reading = yield from self.feed.read(since(max(watermark, as_central_writes(latest))))
        self.state["newest"] = max(self.state["newest"], reading.newest)
        # One of them that is purged before all are read leaves the ETag of all as it was.
        self.state["is_hot_counted"] = False
        self.state["hot_count"] = len(self.mirror.list_since(self.key, watermark))

    def _read_all_hot(self) -> Iterator[Change]:
        self.state.pop("newest", None)
        watermark, etag = self.state["watermark"], self._trusted("hot_etag")
        reading = yield from self.feed.read(since(watermark), etag)
        if reading.is_same and self._is_hot_counted(watermark):
            cost_s = self.hot_cost_s + max(0.0, reading.seconds - self.look.seconds)
            put_off(self.state, "hot", cost_s, self.terms.share / 2, self.terms.now)
            return
        if reading.is_same:
            reading = yield from self.feed.read(since(watermark))
        mirrored = self.mirror.list_since(self.key, watermark)
        yield from self._settle({k: v for k, v in mirrored.items() if k not in reading.ids})
        self.state |= {"hot_etag": reading.etag, "hot_count": reading.count}
        self.state["is_hot_counted"] = False
        self.state["is_paged"] = self.state.get("is_paged", False) or reading.is_paged
        if reading.count > NEWEST_FROM:
            self.state["newest"] = reading.newest
            put_off(self.state, "all_hot", NEWEST_FOR_S, 1.0, self.terms.now)

    def _is_hot_counted(self, watermark: str) -> bool:
        """Does the mirror hold as many hot rows as Central? Asked once for each ETag.

        A row that was born after the ETag and before the rows were read, and purged since, is
        mirrored although the ETag is the same.
        """
        if not self.state.get("is_hot_counted"):
            mirrored = len(self.mirror.list_since(self.key, watermark))
            count, cost_s = self._count(since(watermark))
            self.hot_cost_s += cost_s
            self.state["is_hot_counted"] = count == mirrored
        return self.state["is_hot_counted"]

    def _count(self, where: str) -> tuple[int, float]:
        """How many rows Central selects, and what the question took."""
        begun = time.monotonic()
        count = self.feed.count(where)
        return count, max(0.0, time.monotonic() - begun - self.look.seconds)

    # -- the cold rows -----------------------------------------------------------------------------

    def _is_cold_due(self) -> bool:
        is_urgent = self.terms.is_thorough or self.state.get("is_put_off")
        return bool(is_urgent) or is_due(self.state, "cold", self.terms.now)

    def _is_cold_same(self) -> bool:
        """Is the cold part what was proved? Without an ETag from then, nobody can tell."""
        etag, watermark = self._trusted("cold_etag"), self.state["watermark"]
        if etag is None:
            return False
        tag = self._tag(watermark, etag)
        is_same = tag.is_same and self._is_cold_counted(watermark)
        if is_same:
            self._put_off_cold(is_proved=True)
        return is_same

    def _is_cold_counted(self, watermark: str) -> bool:
        if not self.state.get("is_cold_counted"):
            mirrored = self.mirror.count_before(self.key, watermark)
            count, cost_s = self._count(before(watermark))
            self.cold_cost_s += cost_s
            self.state["is_cold_counted"] = count == mirrored
        return self.state["is_cold_counted"]

    def _begin_slide(self) -> tuple[str, Tag] | None:
        """The new watermark and the ETag of what would be cold, before the hot rows are read."""
        count = self.state.get("hot_count", 0)
        is_wanted = count > MAX_HOT_ROWS or (count > HOT_ROWS and self._is_cold_due())
        if not is_wanted or self._trusted("cold_etag") is None:
            return None
        watermark = self._new_watermark(self.look.at)
        if watermark <= self.state["watermark"]:
            return None
        # Reading all hot rows now is part of the proof, however lately they were read.
        self.state.pop("hot_next_at", None)
        self.state.pop("newest", None)
        return watermark, self._tag(watermark)

    def _end_slide(self, watermark: str, first: Tag) -> None:
        if self._tag_again(watermark, first).is_same:
            self._set_watermark(watermark, first.etag)
        self._put_off_cold(is_proved=True)

    def _anchor(self) -> Iterator[Change]:
        """Hold Central's list of all submissions against the mirror until the cold part is quiet.

        Where somebody changes old submissions all the time it may not be: then what was found is
        kept, and a later pull goes on.
        """
        at = self.look.at
        for _ in range(ANCHOR_TRIES):
            watermark = self._new_watermark(at)
            first = self._tag(watermark)
            yield from self._compare(watermark)
            second = self._tag_again(watermark, first)
            if second.is_same or first.etag is None:
                break
            at = second.at
        yield from self._end_anchor(watermark, second if first.etag else None)

    def _end_anchor(self, watermark: str, second: Tag | None) -> Iterator[Change]:
        is_proved = second is None or second.is_same
        if is_proved:
            self._set_watermark(watermark, second and second.etag)
            # The watermark may have moved back, behind rows that were neither read nor compared.
            yield from self._read_all_hot()
        else:
            self.state["cold_etag"] = None
        self._put_off_cold(is_proved=is_proved)

    def _compare(self, watermark: str) -> Iterator[Change]:
        begun = time.monotonic()
        with closing(self.feed.list_index()) as entries:
            found = self.mirror.compare_before(self.key, watermark, entries)
        self.cold_cost_s += INDEX_COST * (time.monotonic() - begun)
        self._learn_overlap(found.unknown_count)
        yield from self._settle(found.stale | found.unlisted)

    def _settle(self, submissions: dict[str, str]) -> Iterator[Change]:
        """Fetch these by id; those that do not come are not at Central any more."""
        seen: set[str] = set()
        for where in named(submissions):
            reading = yield from self.feed.read(where)
            seen |= reading.ids
        gone = sorted(submissions.keys() - seen)
        if gone:
            yield RowsPurged(tuple(gone))

    # -- state -------------------------------------------------------------------------------------

    def _new_watermark(self, at: dt.datetime | None) -> str:
        overlap_s = self.state.get("overlap_s") or self.terms.overlap_s
        return as_central_writes((at or self.terms.now) - dt.timedelta(seconds=overlap_s))

    def _learn_overlap(self, late_count: int) -> None:
        """Rows that came late cost a comparison each time: stay further behind for a while."""
        overlap_s = self.state.get("overlap_s") or self.terms.overlap_s
        factor = 2 if late_count else 0.5
        overlap_s = min(MAX_OVERLAP_S, max(self.terms.overlap_s, overlap_s * factor))
        self.state["overlap_s"] = overlap_s

    def _set_watermark(self, watermark: str, etag: str | None) -> None:
        """The cold part before `watermark` is proved under `etag`; None: not proved."""
        if etag and NO_EVENTS in etag and self.mirror.count_before(self.key, watermark):
            etag = None  # no rows by the ETag, yet there are some: it cannot be believed
        for name in ("hot_etag", "hot_count", "is_hot_counted", "is_cold_counted", "hot_next_at"):
            self.state.pop(name, None)
        self.state |= {"watermark": watermark, "cold_etag": etag}

    def _tag(self, watermark: str, etag: str | None = None) -> Tag:
        if self.state.get("is_paged"):
            return Tag(None, False, 0.0, self.look.at)  # it would be the ETag of one page
        tag = self.feed.tag(before(watermark), etag)
        self.cold_cost_s += max(0.0, tag.seconds - self.look.seconds)
        return tag

    def _tag_again(self, watermark: str, first: Tag) -> Tag:
        return first if first.etag is None else self._tag(watermark, first.etag)

    def _trusted(self, name: str) -> str | None:
        return None if self.state.get("is_paged") else self.state.get(name)

    def _put_off_cold(self, *, is_proved: bool) -> None:
        put_off(self.state, "cold", self.cold_cost_s, self.terms.share / 2, self.terms.now)
        self.state.pop("is_put_off", None)
        if is_proved:
            self.state["cold_proved_at"] = self.terms.now.isoformat()

    def _require_same_definition(self) -> None:
        """Central renders old rows with the newest definition: both must be of one moment."""
        look = look_at_form(self.client, self.form_id, self.look.etag)
        if look is None or not knows_definition(self.state, look):
            raise IncompleteAnswer(
                f"The form {self.form_id} was published while its submissions were read.",
                "Nothing was kept; the next pull reads it with its new definition.",
            )
