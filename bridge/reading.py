"""Submissions as Central shows them now, without any state: whole forms, some ids, system fields.

Comes in: a client, a form id, what is wanted. Goes out: rows while they arrive. This is what the
mirror is held against, so nothing of the incremental pull is used here but the JSON reader.

Promised: where the iteration ends by itself, the answer was whole (`@odata.context` at its end,
no further page unread, as many rows as Central counted); else IncompleteAnswer.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from bridge.changes import IncompleteAnswer, RowChanged
from bridge.client import CentralClient
from bridge.rows import read_rows
from bridge.spool import spooled
from config.words import counted

# A filter that names deletedAt is what makes Central include deleted rows.
WITH_DELETED = "(__system/deletedAt eq null or __system/deletedAt ne null)"
# Central's nginx takes addresses of 8 KB; an id has up to 64 characters.
IDS_A_REQUEST = 40
# Any other id is asked for by its time: Central's filter has no way to write a quote, for one.
PLAIN_ID = re.compile(r"[\w:.-]+", re.ASCII)


def read_form(client: CentralClient, form_id: str, spool_dir: Path) -> Iterator[RowChanged]:
    """Every submission of the form, deleted ones too, as the feed renders it now."""
    params = {"$expand": "*", "$filter": WITH_DELETED}
    for row, raw in _pages(client, form_id, params, spool_dir):
        yield _row(row, raw)


def read_systems(client: CentralClient, form_id: str, spool_dir: Path) -> Iterator[dict]:
    """`__id` and `__system` of every submission: the cheapest look at what no ETag covers."""
    params = {"$select": "__id,__system", "$filter": WITH_DELETED}
    for row, _ in _pages(client, form_id, params, spool_dir):
        yield row


def read_submissions(
    client: CentralClient, form_id: str, wanted: Mapping[str, str], spool_dir: Path
) -> Iterator[RowChanged]:
    """The submissions of these ids, as far as Central still has them.

    wanted: instance id → its `submissionDate` as ISO 8601 with Z, which finds an id that no
    filter can name.
    """
    plain = [instance_id for instance_id in wanted if PLAIN_ID.fullmatch(instance_id)]
    terms = [f"__id eq '{instance_id}'" for instance_id in plain]
    terms += [f"__system/submissionDate eq {wanted[i]}" for i in wanted.keys() - set(plain)]
    for start in range(0, len(terms), IDS_A_REQUEST):
        some = " or ".join(terms[start : start + IDS_A_REQUEST])
        params = {"$expand": "*", "$filter": f"({some}) and {WITH_DELETED}"}
        for row, raw in _pages(client, form_id, params, spool_dir):
            if row.get("__id") in wanted:
                yield _row(row, raw)


def count_live(client: CentralClient, form_id: str) -> int:
    """How many submissions Central shows, deleted ones left out; 0 where it has no such form."""
    path = client.path("forms", f"{form_id}.svc", "Submissions")
    answer = client.find_json(path, params={"$top": "0", "$count": "true"})
    return answer["@odata.count"] if answer else 0


def _row(row: dict, raw: bytes) -> RowChanged:
    try:
        return RowChanged(row["__id"], row["__system"], row, raw)
    except (KeyError, TypeError):
        raise IncompleteAnswer("Central sent a submission without __id or __system.") from None


def _pages(client: CentralClient, form_id: str, params: dict, spool_dir: Path):
    """Rows of a selection, also where a future Central answers in pages."""
    params, expected, count = {**params, "$count": "true"}, None, 0
    while True:
        answer = yield from _one_answer(client, form_id, params, spool_dir)
        count += answer.row_count
        expected = answer.members.get("@odata.count") if expected is None else expected
        link = answer.members.get("@odata.nextLink")
        if "@odata.context" not in answer.members or (link is None and count != expected):
            raise IncompleteAnswer(
                f"Central counted {counted(expected, 'submission')} and sent {count}."
            )
        if link is None:
            return
        params["$skiptoken"] = _cursor_of(link)


def _cursor_of(link: str) -> str:
    # The link's host is Central's configured name, so it is never followed.
    tokens = parse_qs(urlsplit(link).query).get("$skiptoken")
    if not tokens:
        raise IncompleteAnswer("Central's answer goes on in a page that has no cursor.")
    return tokens[0]


def _one_answer(client: CentralClient, form_id: str, params: dict, spool_dir: Path):
    path = client.path("forms", f"{form_id}.svc", "Submissions")
    with client.stream(path, params) as response:
        with spooled(response, spool_dir) as read:
            return (yield from read_rows(read))
