"""An office of a directorate: school updates come in, officers answer, the registry follows.

The registry before: S1 and S2 in building B1 (33.3, 44.4), S3 in B3, which has no place.
"""

from datetime import timedelta

from processing.db.queries.school_updates import Decision
from processing.jobs.updating import apply_decisions, decide, get_update, update_registry
from tests.warehouse.builder import NOW

SCHOOLS = """
    school | building_code | building_role_code | latitude | longitude | language_code
    S1     | B1            | host               | 33.3     | 44.4      | ar
    S2     | B1            | guest              | 33.3     | 44.4      | ckb
    S3     | B3            | host               |          |           | ar
"""
GPS = {"location_gps_latitude": 33.5, "location_gps_longitude": 44.5}
NEW = {
    "identification_district": "Q12",
    "naming_new_name": "مدرسة الأمل",
    "naming_new_name_en": "Hope",
    "new_school_ministry": "federal",
    "new_school_level": "primary",
    "new_school_sex": "girls",
    "new_school_ownership": "government",
    "new_school_language": "ckb",
    "new_school_lowest_grade": "1",
    "new_school_highest_grade": "6",
    "building_now_session_now": "morning",
    "building_now_building_code": "B9",
    "building_now_building_role": "host",
    **GPS,
}
GIVEN = {"directorate_code": "D1a", "locality_code": "rural"}


class Office:
    """Each act is an hour after the one before."""

    def __init__(self, country):
        self.country, self.connection, self.now = country, country.connection, NOW
        country.add_schools(SCHOOLS)

    def report(self, school: str, kinds: str, **answers) -> int:
        """An update comes in, and is taken; its number."""
        self.work([self.country.send_update(school, kinds, **answers)])
        return self.country.run("SELECT max(update_id) FROM quality.school_update")[0][0]

    def work(self, slices=()):
        self.now += timedelta(hours=1)
        return update_registry(self.connection, slices or self.country.all_slices(), self.now)

    def answer(self, update_id: int, decision: str = "approved", reason: str = "", **given) -> str:
        """The state of the update after an officer's answer."""
        entry = Decision(decision, "page", "Zainab", reason, given)
        decide(self.connection, get_update(self.connection, update_id), entry, self.now)
        apply_decisions(self.connection, self.now)
        return self.state(update_id)

    def state(self, update_id: int) -> str:
        return get_update(self.connection, update_id)["state"]

    def school(self, code: str, *columns: str) -> tuple:
        (row,) = self.country.run(
            f"SELECT {', '.join(columns)} FROM emis.school WHERE school_code = :code", code=code
        )
        return tuple(row)

    def history(self, code: str) -> list[tuple]:
        rows = self.country.run(
            "SELECT valid_from, valid_to FROM emis.school_history WHERE school_code = :code"
            " ORDER BY valid_from",
            code=code,
        )
        return [tuple(row) for row in rows]

    def place(self, building: str) -> tuple:
        (row,) = self.country.run(
            "SELECT latitude, longitude FROM emis.building WHERE building_code = :code",
            code=building,
        )
        return tuple(row)

    def messages(self) -> list[tuple]:
        rows = self.country.run(
            "SELECT kind, body, about FROM quality.message WHERE outcome IS NULL"
            " ORDER BY message_id"
        )
        return [tuple(row) for row in rows]

    def due(self, stage: str) -> list[str]:
        rows = self.country.run("SELECT school_code FROM ops.due WHERE stage = :s", s=stage)
        return [row.school_code for row in rows]
