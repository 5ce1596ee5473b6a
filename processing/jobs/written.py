"""What EMIS itself writes into the tablets' lists, in the mirror at once: nobody asks for it again.

In: the versions that Central has answered our writing with. Out: rows of raw.entity_version, as the
mirror would have fetched them. Promised: a version is kept where the one before it is here, so
what somebody else has written in between is fetched; of a list that the mirror is reading just now
nothing is kept. What is not kept is fetched as ever.
"""

import datetime as dt
from collections import defaultdict

import sqlalchemy as sa

from bridge.entities import NoteWritten
from bridge.entity_lists import EntityVersion
from config.settings import Settings
from processing.db.queries import entities, entity_conflicts
from processing.db.queries.sync import try_form
from processing.jobs.others import save_edits


class Written:
    """The versions of one transaction, by list, until it is about to end."""

    def __init__(self, settings: Settings):
        self._settings = settings
        self._versions: dict[str, list[EntityVersion]] = defaultdict(list)

    def noter(self, name: str) -> NoteWritten:
        return self._versions[name].append

    def save(self, connection: sa.Connection, now: dt.datetime) -> None:
        """Last in the transaction: the mirror waits for its end before it reads these lists."""
        place = (self._settings.central_key, self._settings.central_project)
        for name in sorted(self._versions):
            if self._versions[name] and try_form(connection, *place, f"entities/{name}"):
                self._save(connection, place, name, now)

    def _save(self, connection, place: tuple[str, int], name: str, now: dt.datetime) -> None:
        found = entities.find_list(connection, *place, name)
        if found is None:
            return
        rows = [vars(each) for each in self._versions[name]]
        kept = entities.save_next_versions(connection, found.list_key, rows, now)
        keys = [(found.list_key, uuid) for uuid in kept]
        held = entity_conflicts.list_versions(connection, keys)
        landed = {uuid: held[found.list_key, uuid] for uuid in kept}
        save_edits(connection, self._settings, name, found.list_key, landed, now)
