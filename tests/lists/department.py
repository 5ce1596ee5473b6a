"""A department and its tablets, at the sandbox or a real Central, for the tests of lists."""

import csv
import datetime as dt
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, replace

import requests
import sqlalchemy as sa

from bridge.collect import read_code
from bridge.simulation.lists import default_rounds, entity_rows
from bridge.simulation.people import make_staff
from bridge.simulation.registry import make_registry
from config.forms import load_catalogue
from processing.db.engine import open_engine
from processing.db.queries.registry import replace_registry
from processing.jobs import telling
from processing.jobs.catalogue import load_catalogue as load_catalogue_into
from processing.jobs.devices import devices_of
from processing.jobs.publishing import LISTS, keep_lists, publish
from processing.jobs.work import work_until_done
from tests.fixtures.pulls import mark_pull
from tests.forms.media import School

FORMS = ("staff_return", "inspection_visit")
SUPERVISORS = ("SUP-1", "SUP-2", "SUP-3")
ELSEWHERE = "FED-KARKH-1"
"""Another general directorate than that of the supervisors."""
START = dt.datetime(2026, 11, 5, 8, 0, tzinfo=dt.UTC)


class Department:
    """Four mixed schools, three supervisors, their tablets, and the jobs that work for them.

    The last school is in nobody's plan, and the last supervisor has none.
    """

    def __init__(self, settings):
        self.settings = settings
        self.engine = open_engine(settings, "worker", poolclass=sa.NullPool)
        registry = make_registry(200, seed=5)
        shape = {"ministry_code": "federal", "lowest_grade": 1, "highest_grade": 6}
        fit = [s for s in registry.schools if (s.level_code, s.sex_code) == ("primary", "mixed")]
        departments = ("FED-ANBAR-01Q01", "FED-ANBAR-01Q02", ELSEWHERE, "FED-ANBAR-01Q01")
        chosen = [
            replace(school, language_code="ar", directorate_code=code, **shape)
            for school, code in zip(fit, departments, strict=False)
        ]
        used = {school.building_code for school in chosen}
        buildings = [each for each in registry.buildings if each.building_code in used]
        registry = replace(registry, buildings=buildings, schools=tuple(chosen))
        posts = [
            {
                "supervisor_code": code,
                "name_ar": code,
                "directorate_code": chosen[0].directorate_code,
            }
            for code in SUPERVISORS
        ]
        self.post = posts[-1]
        plan = [("SUP-1", 0), ("SUP-1", 1), ("SUP-2", 1), ("SUP-2", 2)]
        visits = [{"supervisor_code": c, "school_code": chosen[n].school_code} for c, n in plan]
        with self.engine.begin() as connection:
            load_catalogue_into(connection)
            replace_registry(
                connection, buildings=registry.buildings, schools=registry.schools,
                staff=make_staff(registry, 5), supervisors=posts, visits=visits,
                rounds=default_rounds(2026), now=START,
            )  # fmt: skip
            keep_lists(connection, settings)
        for result in publish(settings, [load_catalogue()[form_id].xlsx for form_id in FORMS]):
            assert result.action == "created", result
        names = {field.name for field in fields(School)}
        self.schools = [
            School(**{name: value for name, value in row.items() if name in names})
            for row in entity_rows(registry)
        ]
        holders = [("school", school.school_code) for school in self.schools]
        holders += [("supervisor", code) for code in SUPERVISORS]
        with devices_of(settings) as opened:
            assert opened.order([(*each, each[1]) for each in holders], START).is_filtered
            codes = opened.issue(lambda row: True, START)
            self.addresses = {
                code.code: read_code(code.text)["general"]["server_url"] for code in codes
            }

    def work(self) -> None:
        with self.engine.begin() as connection:
            mark_pull(connection, FORMS)
        work_until_done(self.settings)

    def seen_by(self, holder: str, form_id: str, name: str) -> dict[str, dict]:
        """What a tablet is given of a list, by the property that names a row."""
        answer = fetch(f"{self.addresses[holder]}/forms/{form_id}/attachments/{name}.csv")
        key = LISTS[name].key
        rows = csv.DictReader(io.StringIO(answer.content.decode("utf-8")))
        return {row[key]: row for row in rows}

    def staff(self, school: School) -> dict[str, dict]:
        return self.seen_by(school.school_code, "staff_return", "staff")

    def plan(self, supervisor: str) -> dict[str, dict]:
        return self.seen_by(supervisor, "inspection_visit", "visit_plan")

    def actions(self, supervisor: str) -> dict[str, dict]:
        return self.seen_by(supervisor, "inspection_visit", "agreed_actions")

    def tell(self, *schools: School, keep: bool = True) -> int:
        """keep: False ends the worker before it commits."""
        codes = [school.school_code for school in schools]
        with self.engine.connect() as connection, connection.begin() as transaction:
            count = telling.tell_schools(connection, self.settings, codes)
            if not keep:
                transaction.rollback()
        return count

    @contextmanager
    def next_round(self) -> Iterator[None]:
        """A year later: the next staff return has opened."""
        rounds = default_rounds(2026)
        asked = next(each for each in rounds if each.form_id == "staff_return")
        later = replace(asked, round_code="staff-2027", school_year=2027)
        with self.engine.begin() as connection:
            replace_registry(connection, rounds=[later], now=START)
        yield
        self.run("DELETE FROM emis.round WHERE round_code = 'staff-2027'")

    def run(self, statement: str, **values) -> None:
        with self.engine.begin() as connection:
            connection.execute(sa.text(statement), values)


def fetch(url: str) -> requests.Response:
    answer = requests.get(url, headers={"X-OpenRosa-Version": "1.0"}, timeout=60)
    assert answer.status_code == 200, answer.text
    return answer
