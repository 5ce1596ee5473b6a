"""The feed of one form: selections of its submissions, read, tagged or counted.

Comes in: an OData filter. Goes out: its rows while they arrive; or its ETag, which Central makes
from the events of the selected rows alone; or its number of rows.

Promised: a reading ends normally only for an answer that is proved whole: status 200, JSON to
its end, `@odata.context`, as many rows as `@odata.count`. Its ETag was taken before its rows.
"""

import datetime as dt
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from bridge.changes import IncompleteAnswer, IndexEntry, RowChanged
from bridge.client import CentralClient
from bridge.rows import Answer, read_list, read_rows
from bridge.schema import server_moment
from bridge.spool import spooled
from bridge.terms import Terms
from config.words import counted

# Without a filter that names deletedAt, Central leaves deleted rows out.
DELETED_TOO = "(__system/deletedAt eq null or __system/deletedAt ne null)"
EVENT_ETAG = "eventhash:"
NO_EVENTS = "eventhash:" + "0" * 32
# Quotes cannot be written in a filter of Central, and what else it reads there is not told.
PLAIN_ID_CHARACTERS = frozenset(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:.-_"
)
# nginx takes addresses of 8 KB; an id of 64 characters takes 83 in one.
IDS_PER_REQUEST = 60


def as_central_writes(moment: dt.datetime) -> str:
    """A moment of UTC as it stands in Central's answers and filters, so that texts compare."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def since(watermark: str) -> str:
    """The hot rows: those with any time at the watermark or after it."""
    return (
        f"__system/submissionDate ge {watermark} or __system/updatedAt ge {watermark}"
        f" or __system/deletedAt ge {watermark}"
    )


def before(watermark: str) -> str:
    """The cold rows: all the others."""
    return (
        f"__system/submissionDate lt {watermark}"
        f" and (__system/updatedAt eq null or __system/updatedAt lt {watermark})"
        f" and (__system/deletedAt eq null or __system/deletedAt lt {watermark})"
    )


def named(submissions: dict[str, str]) -> Iterator[str]:
    """Filters that together select these submissions (id to submission date), and maybe others."""
    plain = [name for name in submissions if PLAIN_ID_CHARACTERS.issuperset(name)]
    for start in range(0, len(plain), IDS_PER_REQUEST):
        terms = [f"__id eq '{name}'" for name in plain[start : start + IDS_PER_REQUEST]]
        yield f"({' or '.join(terms)}) and {DELETED_TOO}"
    for moment in sorted({submissions[name] for name in submissions.keys() - set(plain)}):
        yield f"__system/submissionDate eq {moment} and {DELETED_TOO}"


@dataclass(frozen=True)
class Tag:
    """The ETag of a selection; None from a Central that has no events. at: the server's clock."""

    etag: str | None
    is_same: bool
    seconds: float
    at: object


@dataclass
class Reading:
    """What stood around the rows. is_same: nothing was sent, the ETag is the one that was given.

    newest: the latest time of any row, as Central writes it; "" where nothing was selected.
    """

    etag: str | None = None
    is_same: bool = False
    is_paged: bool = False
    seconds: float = 0.0
    count: int = 0
    ids: set[str] = field(default_factory=set)
    newest: str = ""


class Feed:
    """The submissions of one form, through one client."""

    def __init__(self, client: CentralClient, form_id: str, terms: Terms):
        self.client, self.form_id, self.terms = client, form_id, terms
        self._table = client.path("forms", f"{form_id}.svc", "Submissions")
        self._list = client.path("forms", form_id, "submissions")

    def read_all(self) -> Generator[RowChanged, None, Reading]:
        """Every submission, deleted ones too; returns a Reading without ids and newest."""
        return (yield from self._read(DELETED_TOO, None, is_long=True))

    def read(self, where: str, etag: str | None = None) -> Generator[RowChanged, None, Reading]:
        """The selected submissions, unless they still are what `etag` names."""
        return (yield from self._read(where, etag, is_long=False))

    def tag(self, where: str, etag: str | None = None) -> Tag:
        """The selection's ETag. Rows that Central begins to send are hung up on."""
        params = {"$select": "__id", "$filter": where}
        with self.client.stream(self._table, params, _condition(etag)) as response:
            found, is_same = _etag(response, etag)
            seconds = response.elapsed.total_seconds()
            return Tag(found, is_same, seconds, server_moment(response))

    def count(self, where: str) -> int:
        """How many submissions the filter selects."""
        params = {"$top": "0", "$count": "true", "$filter": where}
        answer = self.client.get_json(self._table, params=params)
        return _count_of(Answer(0, answer))

    def list_index(self) -> Iterator[IndexEntry]:
        """Central's list of all submissions, without answers: first the live, then the deleted.

        Two moments: one that is deleted in between comes twice, one that is restored not at all.
        """
        for params in ({}, {"deleted": "true"}):
            with (
                self._stream(self._list, params, None, is_long=True) as response,
                spooled(response, self.terms.spool_dir) as read,
            ):
                for item, _ in read_list(read):
                    yield _entry(item)

    def _read(self, where: str, etag: str | None, *, is_long: bool):
        reading, expected = Reading(), None
        params = {"$expand": "*", "$count": "true", "$filter": where}
        while True:
            answer = yield from self._one_answer(params, etag, reading, is_long)
            if answer is None:
                return reading
            expected = _count_of(answer) if expected is None else expected
            cursor = _skiptoken(answer.members.get("@odata.nextLink"))
            if cursor is None:
                break
            # A Central with a page limit of its own tags pages: no longer the whole selection.
            reading.is_paged, reading.etag, etag = True, None, None
            params["$skiptoken"] = cursor
        if reading.count != expected:
            raise IncompleteAnswer(
                f"Central counted {counted(expected, 'submission')}, sent {reading.count}."
            )
        if reading.is_paged or (reading.count and NO_EVENTS in (reading.etag or "")):
            reading.etag = None
        return reading

    def _one_answer(self, params: dict, etag: str | None, reading: Reading, is_long: bool):
        with self._stream(self._table, params, etag, is_long) as response:
            found, reading.is_same = _etag(response, etag)
            if not reading.is_paged:
                reading.etag, reading.seconds = found, response.elapsed.total_seconds()
            if reading.is_same:
                return None
            with spooled(response, self.terms.spool_dir) as read:
                return (yield from _changes(read_rows(read), reading, is_noted=not is_long))

    @contextmanager
    def _stream(self, path: str, params: dict, etag: str | None, is_long: bool):
        with (
            self.terms.gate(is_long),
            self.client.stream(path, params, _condition(etag)) as response,
        ):
            yield response


def _changes(rows: Generator, reading: Reading, *, is_noted: bool):
    """Yields the rows as changes, and counts or notes them; returns what the rows return."""
    while True:
        try:
            row, raw = next(rows)
        except StopIteration as end:
            return end.value
        change = _row_changed(row, raw)
        reading.count += 1
        if is_noted:
            reading.ids.add(change.instance_id)
            reading.newest = max(reading.newest, _latest(change.system))
        yield change


def _condition(etag: str | None) -> dict:
    return {"If-None-Match": etag} if etag else {}


def _etag(response, last: str | None) -> tuple[str | None, bool]:
    if response.status_code == 304:
        return last, True
    found = response.headers.get("ETag", "")
    return (found if EVENT_ETAG in found else None), False


def _row_changed(row: dict, raw: bytes) -> RowChanged:
    try:
        return RowChanged(row["__id"], row["__system"], row, raw)
    except (KeyError, TypeError):
        raise IncompleteAnswer("Central sent a submission without __id or __system.") from None


def _latest(system: dict) -> str:
    times = (system.get(name) for name in ("submissionDate", "updatedAt", "deletedAt"))
    return max(filter(None, times), default="")


def _entry(item: dict) -> IndexEntry:
    try:
        return IndexEntry(
            item["instanceId"],
            item["createdAt"],
            item["updatedAt"],
            item["deletedAt"],
            item["reviewState"],
            item["currentVersion"]["instanceId"],
        )
    except (KeyError, TypeError):
        raise IncompleteAnswer("Central's list names a submission without its times.") from None


def _count_of(answer: Answer) -> int:
    count = answer.members.get("@odata.count")
    if "@odata.context" not in answer.members or not isinstance(count, int):
        raise IncompleteAnswer("Central's answer ended without its context or its count.")
    return count


def _skiptoken(link: str | None) -> str | None:
    """The cursor of the next page. Its host is Central's configured name, so never followed."""
    if link is None:
        return None
    tokens = parse_qs(urlsplit(link).query).get("$skiptoken")
    if not tokens:
        raise IncompleteAnswer("Central's answer goes on in a page that has no cursor.")
    return tokens[0]
