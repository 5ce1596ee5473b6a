"""The small country with a Central, and an officer who enters returns there in a browser.

browser ─▶ ops.entry ─send_entries─▶ Central ─pull─▶ raw, survey
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from playwright.sync_api import Page

from bridge.client import open_client
from config.forms import load_catalogue
from config.settings import Settings
from processing.db.queries.due import mark_due
from processing.db.slices import Slice
from processing.jobs.publishing import keep_lists, publish
from processing.jobs.timetable import mark_around
from processing.jobs.work import work_until_done
from tests.web.factories import insert, names

WAIT_MS = 120_000
MOST_TURNS = 6
DAY = dt.timedelta(days=1)
GIVEN_BY = "أم علي، مديرة المدرسة"


@dataclass(frozen=True)
class Ministry:
    """One round of each form is open."""

    settings: Settings
    engine: sa.Engine
    web_engine: sa.Engine

    def open(self, rounds: Mapping[str, str]) -> None:
        """rounds: form -> the code of its round. Forms are published, lists kept, all is pulled."""
        today = dt.datetime.now(dt.UTC).date()
        with self.engine.begin() as connection:
            for form_id, code in rounds.items():
                insert(connection, "emis.round", round_code=code, form_id=form_id,
                       school_year=2026, reference_date=today - 20 * DAY,
                       opens_on=today - 20 * DAY, due_on=today + 5 * DAY,
                       closes_on=today + 20 * DAY, **names(f"{code} الآن", code))  # fmt: skip
            keep_lists(connection, self.settings)
        workbooks = [load_catalogue()[form_id].xlsx for form_id in rounds]
        for result in publish(self.settings, workbooks):
            assert result.action == "created", result
        self.work()

    def work(self, settings: Settings | None = None) -> None:
        """All that is due, and what stands around submissions."""
        now = dt.datetime.now(dt.UTC)
        with self.engine.begin() as connection:
            mark_due(connection, "find_forms", [Slice("")], now)
            mark_around(connection, self.settings, now)
        work_until_done(settings or self.settings)

    def one(self, statement: str, **values):
        with self.engine.connect() as connection:
            return connection.execute(sa.text(statement), values).scalar_one()

    def landed(self, school: str, round_code: str) -> tuple[str, str]:
        """(id, XML) of the school's return, once Central has it and it has been pulled."""
        for _ in range(MOST_TURNS):  # the XML behind the feed is read a turn later
            self.work()
            if found := self._find_landed(school, round_code):
                return tuple(found)
        raise AssertionError(f"no return of {school} for {round_code} after {MOST_TURNS} turns")

    def _find_landed(self, school: str, round_code: str) -> sa.Row | None:
        statement = sa.text(
            "SELECT instance_id, convert_from(xml, 'UTF8') FROM raw.submission_version"
            " JOIN raw.submission USING (form_key, instance_id)"
            " WHERE school_code = :school AND period = :round"
        )
        with self.engine.connect() as connection:
            values = {"school": school, "round": round_code}
            return connection.execute(statement, values).one_or_none()

    def at_central(self, form_id: str, instance_id: str) -> dict | None:
        with open_client(self.settings) as client:
            return client.find_json(client.path("forms", form_id, "submissions", instance_id))


def speak(page: Page, language: str) -> None:
    page.click(f".languages button[value={language}]")
    page.wait_for_load_state()


def open_form(page: Page, school: str, round_code: str) -> None:
    page.goto(f"/entry/schools/{school}/{round_code}")
    page.locator(".odk-form").wait_for(timeout=WAIT_MS)


def say_where_from(page: Page, photo: Path) -> None:
    page.select_option("#from", "paper_sheet")
    page.fill("#given_by", GIVEN_BY)
    page.set_input_files("#sheets", photo)


def press_send(page: Page) -> None:
    """In Arabic; the page of all entries follows."""
    page.get_by_role("button", name="إرسال").click()
    page.wait_for_url("**/entry", timeout=WAIT_MS)
