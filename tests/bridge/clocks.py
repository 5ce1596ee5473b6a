"""Submissions that bear another time than the one at which they came, at any Central under test.

For the sandbox its file is changed, for a real Central its database. The change gets an event at
its commit, as every change there does.
"""

import os
import sqlite3
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg2

from tests.fixtures.hands import PREFIX

COLUMNS = {"submission": ("created_at", "createdAt"), "update": ("updated_at", "updatedAt")}


@dataclass(frozen=True)
class SandboxClocks:
    """Through the file of a sandbox."""

    file: Path

    def set_time(self, form_id: str, instance_id: str, name: str, at_ms: int) -> None:
        """name: `submission` or `update`; at_ms: since 1970."""
        with sqlite3.connect(self.file, timeout=30) as db:
            db.execute("BEGIN IMMEDIATE")
            db.execute("UPDATE counter SET value = value + 1 WHERE name = 'event'")
            changed = db.execute(
                f"UPDATE submission SET {COLUMNS[name][0]} = ?,"
                " event = (SELECT value FROM counter WHERE name = 'event') WHERE instance_id = ?"
                " AND form_id IN (SELECT id FROM form WHERE xml_form_id = ?)",
                (at_ms, instance_id, form_id),
            )
            assert changed.rowcount == 1


@dataclass(frozen=True)
class RealClocks:
    """Through the database of a real Central, in one project that the tests made."""

    project: int

    def set_time(self, form_id: str, instance_id: str, name: str, at_ms: int) -> None:
        connection = psycopg2.connect(os.environ["EMIS_TEST_CENTRAL_DATABASE_URL"])
        with connection, connection.cursor() as cursor:
            cursor.execute(
                f'UPDATE submissions SET "{COLUMNS[name][1]}" = to_timestamp(%s / 1000.0)'
                ' FROM forms f JOIN projects p ON p.id = f."projectId"'
                ' WHERE f.id = "formId" AND p.id = %s AND starts_with(p.name, %s)'
                ' AND f."xmlFormId" = %s AND "instanceId" = %s AND NOT draft',
                (at_ms, self.project, PREFIX, form_id, instance_id),
            )
            assert cursor.rowcount == 1
        connection.close()


@contextmanager
def meanwhile(act):
    """Runs `act` in a thread; what it raises is raised at the end of the block."""
    faults = []

    def run():
        try:
            act()
        except BaseException as fault:  # noqa: BLE001 - raised again below
            faults.append(fault)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield thread
    finally:
        thread.join(60)
    assert not thread.is_alive()
    if faults:
        raise faults[0]
