"""Every change of a form since the last look, in an order that can be committed.

Comes in: a client, a form id, and the state that the last PullComplete gave ({} at first).
Goes out: the records of bridge.changes, rows while they arrive.

Promised: PullComplete is yielded only for an answer that is proved whole (status 200, JSON to its
end, `@odata.context`, no further page, as many rows as `@odata.count`), read after the ETags that
its state holds. Whatever changes at Central meanwhile changes an ETag after that, so the next
pull sees it. Nothing here depends on clocks or on the order of rows.

This reads whole forms: `is_full` is always true, and a row that Central purged shows by its
absence. The interface is that of the incremental pull.
"""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from bridge.changes import (
    Change,
    FormGone,
    IncompleteAnswer,
    NothingNew,
    PullComplete,
    PullStarted,
    RowChanged,
    SchemaChanged,
)
from bridge.client import CentralClient
from bridge.rows import Answer, read_rows
from bridge.schema import fetch_schema, find_form, form_key, schema_key
from bridge.spool import spooled
from bridge.versions import fetch_attachment, fetch_attachment_list, fetch_versions
from config.errors import OperatorError

__all__ = ["fetch_attachment", "fetch_attachment_list", "fetch_versions", "pull_changes"]

# Unpaged is one statement of Central, so one moment of its data, and streams. A filter that
# names deletedAt is what makes Central include deleted rows.
WHOLE_FORM = {
    "$expand": "*",
    "$count": "true",
    "$filter": "__system/deletedAt eq null or __system/deletedAt ne null",
}
EVENT_ETAG = "eventhash:"
NO_EVENTS = "eventhash:" + "0" * 32


def pull_changes(
    client: CentralClient, form_id: str, state: dict, spool_dir: Path
) -> Iterator[Change]:
    """Yields what has changed; see bridge.changes for the order, and for what may be kept.

    Raises IncompleteAnswer and the errors of bridge.errors; form-unknown for a form that Central
    does not know and never knew, as far as `state` tells; form-not-published.
    """
    form = find_form(client, form_id)
    if form is None:
        yield _gone_or_unknown(form_id, state)
        return
    key, seen = form_key(client, form), schema_key(form)
    known = state if state.get("schema_key") == seen else {}
    etags = _probe(client, form_id, known)
    if _is_same(etags, known):
        yield NothingNew(key, state)
        return
    if not known:
        yield SchemaChanged(fetch_schema(client, form))
    yield PullStarted(key, is_full=True)
    count = yield from _pull_rows(client, form_id, etags, spool_dir)
    _require_same_definition(client, form_id, seen)
    new_state = {"schema_key": seen, "form_created_at": form["createdAt"], **etags}
    yield PullComplete(key, new_state, count, is_full=True)


def _gone_or_unknown(form_id: str, state: dict) -> FormGone:
    if state:
        return FormGone(form_id)
    raise OperatorError(
        "form-unknown",
        f"The project in Central has no form {form_id}.",
        "`emis forms list` shows those that it has; CENTRAL_PROJECT names the project.",
    )


def _probe(client: CentralClient, form_id: str, known: dict) -> dict:
    """The ETags over all live and all deleted rows, without a row being read.

    `limit=0` gives an empty list with the ETag of the whole (central-backend, getSelectionEtag).
    """
    return {
        "etag_live": _etag(client, form_id, {"limit": "0"}, known.get("etag_live")),
        "etag_deleted": _etag(
            client, form_id, {"limit": "0", "deleted": "true"}, known.get("etag_deleted")
        ),
    }


def _etag(client: CentralClient, form_id: str, params: dict, last: str | None) -> str | None:
    """The ETag, or None from a Central before v2026.1, whose ETag is a hash of the empty list."""
    headers = {"If-None-Match": last} if last else {}
    path = client.path("forms", form_id, "submissions")
    with client.stream(path, params, headers) as response:
        if response.status_code == 304:
            return last
        etag = response.headers.get("ETag", "")
    return etag if EVENT_ETAG in etag else None


def _is_same(etags: dict, known: dict) -> bool:
    return all(etag and etag == known.get(name) for name, etag in etags.items())


def _pull_rows(client: CentralClient, form_id: str, etags: dict, spool_dir: Path):
    """Yields a RowChanged for each row; returns how many. Drops an ETag that cannot be true."""
    count, found = 0, set()
    for row, raw in _all_pages(client, f"{form_id}.svc", spool_dir):
        count += 1
        change = _row_changed(row, raw)
        found.add("etag_deleted" if change.system.get("deletedAt") else "etag_live")
        yield change
    for name in found:
        # Rows under the ETag of no rows: the probe does not see what the data shows. Either a
        # row has come in between, or this Central takes `limit=0` at its word. Never trust it.
        if NO_EVENTS in (etags[name] or ""):
            etags[name] = None
    return count


def _row_changed(row: dict, raw: bytes) -> RowChanged:
    try:
        return RowChanged(row["__id"], row["__system"], row, raw)
    except (KeyError, TypeError):
        raise IncompleteAnswer("Central sent a submission without __id or __system.") from None


def _all_pages(client: CentralClient, service: str, spool_dir: Path):
    """Rows of the whole form, also where a future Central answers in pages.

    All pages together must hold as many rows as the first one counted. A cursor row that is
    purged between two pages ends the paging without a word; this is how it shows.
    """
    params, expected, count = dict(WHOLE_FORM), None, 0
    while True:
        answer = yield from _one_answer(client, service, params, spool_dir)
        count += answer.row_count
        expected = _count_of(answer) if expected is None else expected
        next_page = _skiptoken(answer.members.get("@odata.nextLink"))
        if next_page is None:
            break
        params["$skiptoken"] = next_page
    if count != expected:
        raise IncompleteAnswer(f"Central counted {expected} submissions and sent {count}.")


def _one_answer(client: CentralClient, service: str, params: dict, spool_dir: Path):
    """Yields the rows of one answer; returns what stood beside them."""
    path = client.path("forms", service, "Submissions")
    with client.stream(path, params) as response:
        with spooled(response, spool_dir) as read:
            return (yield from read_rows(read))


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


def _require_same_definition(client: CentralClient, form_id: str, seen: str) -> None:
    """Central renders old rows with the newest definition: both must be of one moment."""
    form = find_form(client, form_id)
    if form is None or schema_key(form) != seen:
        raise IncompleteAnswer(
            f"The form {form_id} was published or changed while its submissions were read.",
            "Nothing was kept; the next pull reads it with its new definition.",
        )
