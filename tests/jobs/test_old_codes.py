"""What the code of an old tablet still sends, at the sandbox and at a real Central.

old tablet ─its code─▶ Central ◀─the new code─ another tablet, or the same one set up anew

A form that is refused stays on the tablet (Collect keeps what was not taken), so nothing is lost as
long as some code of the school can send it; what was sent once is in Central once.
"""

import datetime as dt
import uuid
from collections.abc import Iterator

import pytest
import requests

from bridge.client import open_client
from bridge.collect import read_code
from bridge.simulation.registry import make_registry
from config.forms import load_catalogue
from processing.db.engine import open_engine
from processing.db.queries.registry import replace_registry
from processing.jobs.catalogue import load_catalogue as load_catalogue_into
from processing.jobs.devices import Code, devices_of
from processing.jobs.publishing import keep_lists, publish
from tests.bridge.conftest import central  # noqa: F401  fixture
from tests.web.entries import filled

NOW = dt.datetime(2026, 11, 5, 8, 0, tzinfo=dt.UTC)
BY = ("A. Hasan", "A trial")
FORM = "textbook_return"
TAKEN, ENDED = 201, 403
pytestmark = pytest.mark.timeout(900)


class School:
    """One school of the project, its codes, and what Central has of it."""

    def __init__(self, settings, code: str, version: str):
        self.settings, self.code, self.version = settings, code, version

    def give(self) -> Code:
        """Its code, as `emis devices provision` writes it."""
        with devices_of(self.settings) as opened:
            opened.order([("school", self.code, self.code)], NOW)
            return self._issued(opened)

    def renew(self, how: str) -> Code:
        """The new code after `replace` or `hand_over`."""
        with devices_of(self.settings) as opened:
            getattr(opened, how)("school", self.code, *BY, NOW)
            return self._issued(opened)

    def _issued(self, opened) -> Code:
        (code,) = opened.issue(lambda row: row.holder_code == self.code, NOW)
        return code

    def fill(self) -> tuple[str, bytes]:
        """(instance id, XML) of a form that lies finished on a tablet."""
        instance_id = f"uuid:{uuid.uuid4()}"
        return instance_id, filled(instance_id, self.code, "R1", FORM, self.version)

    def at_central(self, instance_id: str) -> list[str]:
        """The names of the accounts that sent it; none where Central does not have it."""
        with open_client(self.settings, "manager") as client:
            path = client.path("forms", FORM, "submissions")
            headers = {"X-Extended-Metadata": "true"}
            listed = client.get_json(path, headers=headers)
        return [each["submitter"]["displayName"] for each in listed
                if each["instanceId"] == instance_id]  # fmt: skip


def send(code: Code, xml: bytes) -> int:
    """The status that Collect is answered, in its own protocol."""
    address = read_code(code.text)["general"]["server_url"]
    files = {"xml_submission_file": ("submission.xml", xml, "text/xml")}
    answer = requests.post(
        f"{address}/submission", files=files, headers={"X-OpenRosa-Version": "1.0"}, timeout=60
    )
    return answer.status_code


@pytest.fixture(scope="module")
def published(central_database):
    """(settings, the codes of its schools, the form's version)."""
    settings = central_database
    registry = make_registry(4, seed=3)
    engine = open_engine(settings, "worker")
    with engine.begin() as connection:
        load_catalogue_into(connection)
        replace_registry(
            connection, buildings=registry.buildings, schools=registry.schools, now=NOW
        )
        keep_lists(connection, settings)
    engine.dispose()
    (result,) = publish(settings, [load_catalogue()[FORM].xlsx])
    assert result.error is None
    with open_client(settings, "manager") as client:
        version = client.get_json(client.path("forms", FORM))["version"]
    return settings, [school.school_code for school in registry.schools], version


@pytest.fixture
def school(published) -> Iterator[School]:
    """A school that no other test has used."""
    settings, codes, version = published
    return School(settings, codes.pop(), version)


def test_a_replaced_tablet_goes_on_sending(school):
    old = school.give()
    unsent, xml = school.fill()
    new = school.renew("replace")
    assert send(old, xml) == TAKEN
    assert school.at_central(unsent) == [f"school {school.code} #1"]
    assert send(new, xml) == TAKEN, "moved to the other tablet and sent again"
    assert school.at_central(unsent) == [f"school {school.code} #1"]


def test_the_new_code_sends_what_lies_on_a_replaced_tablet_too(school):
    old = school.give()
    unsent, xml = school.fill()
    new = school.renew("replace")
    assert send(new, xml) == TAKEN
    assert send(old, xml) == TAKEN
    assert school.at_central(unsent) == [f"school {school.code} #2"]


def test_a_code_that_was_ended_is_refused_and_the_new_one_sends_the_same_form(school):
    old = school.give()
    sent, first = school.fill()
    assert send(old, first) == TAKEN
    unsent, xml = school.fill()
    new = school.renew("hand_over")
    assert send(old, xml) == ENDED
    assert school.at_central(unsent) == []
    assert school.at_central(sent) == [f"school {school.code} #1"], "what was sent stays"
    assert send(new, xml) == TAKEN
    assert school.at_central(unsent) == [f"school {school.code} #2"]


def test_a_handover_after_a_replacement_ends_both_codes_and_loses_nothing_that_one_can_send(school):
    first = school.give()
    unsent, xml = school.fill()
    second = school.renew("replace")
    third = school.renew("hand_over")
    assert [send(code, xml) for code in (first, second)] == [ENDED, ENDED]
    assert school.at_central(unsent) == []
    assert send(third, xml) == TAKEN
    assert school.at_central(unsent) == [f"school {school.code} #3"]
