"""Entries: returns that a department has entered in a school's name, kept until Central has them.

In: an Entry with its files, from a page; the clock. Out: rows of ops.entry. Promised: an entry is
added once, whoever sends it how often; its XML and the files of its answers stay until Central has
taken them, the photos of the sheet stay for good. One that Central refuses can be withdrawn, or
replaced by another: from then on it is not sent.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

import sqlalchemy as sa

SHEET, ANSWER = "sheet", "answer"
FIRST_RETRY_S = 60
LAST_RETRY_S = 24 * 3600
END = re.compile(rb"<end>[^<]*</end>")


@dataclass(frozen=True)
class EntryFile:
    """kind: SHEET, a photo of the signed sheet; ANSWER, a file that the submission names."""

    kind: str
    name: str
    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Entry:
    """given_by, given_on: who signed the sheet or gave the answers, and when."""

    instance_id: str
    form_key: int
    form_version: str
    school_code: str
    period: str
    source_code: str
    given_by: str = field(repr=False)
    given_on: date
    entered_by: str
    xml: bytes = field(repr=False)


@dataclass(frozen=True)
class Withdrawal:
    """By whom; and either the reason in words, or the id of the entry that stands instead."""

    withdrawn_by: str
    reason: str | None = None
    replaced_by: str | None = None


def lock_slice(connection: sa.Connection, school_code: str, period: str) -> None:
    """Until the transaction ends nobody else enters a return of this school and round."""
    connection.execute(
        sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:slice, 7))"),
        {"slice": f"{school_code}\n{period}"},
    )


def find_answers_sha256(connection: sa.Connection, instance_id: str) -> bytes | None:
    """`answers_sha256` of what was taken under this id; None: nothing was."""
    found = connection.execute(
        sa.text("SELECT answers_sha256 FROM ops.entry WHERE instance_id = :id"),
        {"id": instance_id},
    ).scalar_one_or_none()
    return None if found is None else bytes(found)


def answers_sha256(xml: bytes) -> bytes:
    """Of a submission without its end: each press of Send gives it another one."""
    return hashlib.sha256(END.sub(b"", xml)).digest()


def add_entry(
    connection: sa.Connection, entry: Entry, files: Iterable[EntryFile], now: datetime
) -> None:
    """Keep an entry whose id is new, with its files, to be sent from now on."""
    values = vars(entry) | {"sha256": answers_sha256(entry.xml), "now": now}
    connection.execute(sa.text(ADD_SQL), values)
    rows = [vars(file) | {"instance_id": entry.instance_id} for file in files]
    if rows:
        connection.execute(sa.text(ADD_FILE_SQL), rows)


def take_entries(
    connection: sa.Connection, central: str, project: int, limit: int, now: datetime
) -> list[sa.RowMapping]:
    """Entries to be sent now, held until the end of the transaction; the oldest first."""
    values = {"central": central, "project": project, "limit": limit, "now": now}
    return list(connection.execute(sa.text(TAKE_SQL), values).mappings())


def has_entries(connection: sa.Connection, central: str, project: int, now: datetime) -> bool:
    values = {"central": central, "project": project, "now": now}
    return connection.execute(sa.text(HAS_SQL), values).scalar_one()


def list_answer_files(connection: sa.Connection, instance_id: str) -> list[EntryFile]:
    """The files that go to Central with an entry."""
    rows = connection.execute(
        sa.text(
            "SELECT kind, name, media_type, content FROM ops.entry_file"
            " WHERE instance_id = :id AND kind = 'answer' ORDER BY name"
        ),
        {"id": instance_id},
    )
    return [EntryFile(kind, name, media, bytes(content)) for kind, name, media, content in rows]


def save_sent(connection: sa.Connection, instance_id: str, now: datetime) -> None:
    """Central has it: what it keeps is not kept here a second time."""
    connection.execute(sa.text(SENT_SQL), {"id": instance_id, "now": now})
    connection.execute(sa.text(FORGET_FILES_SQL), {"id": instance_id})


def put_off(connection: sa.Connection, instance_id: str, reason: str, now: datetime) -> None:
    """Try this one again later, a minute at first, a day at last; it holds up no other."""
    connection.execute(
        sa.text(PUT_OFF_SQL),
        {
            "id": instance_id, "reason": reason[:500], "now": now,
            "first": FIRST_RETRY_S, "last": LAST_RETRY_S,
        },
    )  # fmt: skip


def withdraw(
    connection: sa.Connection, instance_id: str, withdrawal: Withdrawal, now: datetime
) -> bool:
    """Not to be sent any more. False: Central has not refused it, or it is being sent right now."""
    values = vars(withdrawal) | {"id": instance_id, "now": now}
    return bool(connection.execute(sa.text(WITHDRAW_SQL), values).rowcount)


def carry_files(connection: sa.Connection, old: str, new: Entry, has_sheets: bool) -> None:
    """Files of an entry that was corrected, which the new one still names and did not bring again;
    the photos of the sheet where it has none of its own.
    """
    names = connection.execute(
        sa.text("SELECT kind, name FROM ops.entry_file WHERE instance_id = :id"), {"id": old}
    )
    wanted = [
        {"old": old, "new": new.instance_id, "kind": kind, "name": name} for kind, name in names
        if (not has_sheets if kind == SHEET else f">{name}<".encode() in new.xml)
    ]  # fmt: skip
    if wanted:
        connection.execute(sa.text(CARRY_SQL), wanted)


def has_sheet(connection: sa.Connection, instance_id: str) -> bool:
    """Has the entry a photo of the signed sheet?"""
    found = connection.execute(
        sa.text("SELECT FROM ops.entry_file WHERE instance_id = :id AND kind = :kind LIMIT 1"),
        {"id": instance_id, "kind": SHEET},
    )
    return found.first() is not None


ADD_SQL = """
INSERT INTO ops.entry (instance_id, form_key, form_version, school_code, period, source_code,
  given_by, given_on, entered_by, entered_at, xml, answers_sha256, not_before)
VALUES (:instance_id, :form_key, :form_version, :school_code, :period, :source_code,
  :given_by, :given_on, :entered_by, :now, :xml, :sha256, :now)
"""

ADD_FILE_SQL = """
INSERT INTO ops.entry_file (instance_id, kind, name, media_type, content)
VALUES (:instance_id, :kind, :name, :media_type, :content)
"""

AT_CENTRAL = """
FROM ops.entry e JOIN raw.form f USING (form_key)
WHERE e.sent_at IS NULL AND e.withdrawn_at IS NULL AND e.not_before <= :now
  AND f.central = :central AND f.project = :project
"""

TAKE_SQL = f"""
SELECT e.instance_id, f.form_id, e.xml
{AT_CENTRAL}
ORDER BY e.not_before, e.instance_id LIMIT :limit FOR UPDATE OF e SKIP LOCKED
"""

HAS_SQL = f"SELECT EXISTS (SELECT {AT_CENTRAL})"

SENT_SQL = """
UPDATE ops.entry SET sent_at = :now, xml = NULL, reason = NULL WHERE instance_id = :id
"""

FORGET_FILES_SQL = "DELETE FROM ops.entry_file WHERE instance_id = :id AND kind = 'answer'"

PUT_OFF_SQL = """
UPDATE ops.entry
SET attempts = attempts + 1, reason = :reason,
  not_before = CAST(:now AS timestamptz)
    + make_interval(secs => least(:last, :first * power(2, least(attempts, 12))))
WHERE instance_id = :id
"""

# A worker that sends it holds it: then it is too late.
WITHDRAW_SQL = """
UPDATE ops.entry SET withdrawn_at = :now, withdrawn_by = :withdrawn_by,
  withdrawal_reason = :reason, replaced_by = :replaced_by
WHERE instance_id = (SELECT instance_id FROM ops.entry WHERE instance_id = :id
  AND sent_at IS NULL AND withdrawn_at IS NULL AND attempts > 0 FOR UPDATE SKIP LOCKED)
"""

CARRY_SQL = """
INSERT INTO ops.entry_file (instance_id, kind, name, media_type, content)
SELECT :new, kind, name, media_type, content FROM ops.entry_file
WHERE instance_id = :old AND kind = :kind AND name = :name
ON CONFLICT DO NOTHING
"""
