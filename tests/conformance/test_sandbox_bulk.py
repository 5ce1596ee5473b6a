"""The sandbox for benchmarks and training: many submissions at once, a feed at a set pace."""

import time

import pytest

from bridge.sandbox.bulk import load_submissions
from bridge.sandbox.store import Store
from bridge.sandbox.throttle import throttled
from config.errors import OperatorError
from tests.conformance.central_api import XML, sign_in
from tests.conformance.conftest import ADMIN, PASSWORD
from tests.conformance.xforms import fill, write_form

FIELDS = [("name", "string"), ("kids", [("age", "int")])]
RECEIVED_AT = 1_795_000_000_000
FORM = "/projects/1/forms/bulk"


def submission(number: int, name: str = "n") -> str:
    inside = f"<name>{name}</name><kids><age>3</age></kids><kids><age>x</age></kids>"
    return fill("bulk", "1", f"uuid:{number}", inside)


def publish(api, xml: str) -> None:
    given = {"data": xml.encode(), "headers": XML, "params": {"publish": "true"}}
    response = api.post("/projects/1/forms", **given)
    assert response.status_code == 200, response.text


@pytest.fixture
def api(sandbox_server):
    """The administrator of a sandbox that has a published form `bulk`."""
    api = sign_in(sandbox_server.url, ADMIN, PASSWORD)
    publish(api, write_form("bulk", "1", FIELDS))
    return api


@pytest.fixture
def load(sandbox_server, api):
    """load(numbers, form_id) puts submissions into the file of the running server."""
    store = Store(sandbox_server.file)

    def load(numbers, form_id="bulk") -> int:
        received = [(submission(number).encode(), RECEIVED_AT + number) for number in numbers]
        return load_submissions(store, 1, form_id, received)

    yield load
    store.close()


def shown(api) -> list[dict]:
    return api.json(f"{FORM}.svc/Submissions", params={"$expand": "*"})["value"]


class TestLoadingAtOnce:
    def test_a_running_server_shows_the_rows_newest_first(self, api, load):
        assert load(range(5)) == 5
        rows = shown(api)
        assert [row["__id"] for row in rows] == [f"uuid:{number}" for number in (4, 3, 2, 1, 0)]
        assert rows[0]["__system"]["submissionDate"] == "2026-11-18T11:06:40.004Z"

    def test_a_loaded_row_is_like_one_that_was_sent(self, api, load):
        load([7])
        sent = submission(8).encode()
        assert api.post(f"{FORM}/submissions", data=sent, headers=XML).status_code == 200
        of_sent, of_loaded = shown(api)
        same = {"submissionDate": None, "submitterId": None, "submitterName": None}
        assert of_loaded["__system"] | same == of_sent["__system"] | same
        assert [kid["age"] for kid in of_loaded["kids"]] == [3, None]
        assert list(of_loaded) == list(of_sent)
        assert api.get(f"{FORM}/submissions/uuid:7.xml").text == submission(7)
        assert len(api.json(f"{FORM}/submissions/uuid:7/versions")) == 1

    def test_each_load_changes_the_tag_and_what_is_sent_goes_on_from_there(self, api, load):
        tags = []
        for number in range(3):
            load([number])
            tags.append(api.get(f"{FORM}/submissions?limit=0").headers["ETag"])
        sent = submission(9).encode()
        assert api.post(f"{FORM}/submissions", data=sent, headers=XML).status_code == 200
        tags.append(api.get(f"{FORM}/submissions?limit=0").headers["ETag"])
        assert len(set(tags)) == 4
        assert len(shown(api)) == 4

    def test_a_form_that_is_not_there_is_refused(self, load):
        with pytest.raises(OperatorError) as refusal:
            load([1], "nothing")
        assert refusal.value.code == "form-unknown"

    def test_a_form_that_asks_for_files_is_refused(self, api, load):
        publish(api, write_form("files", "1", [("photo", "binary")]))
        with pytest.raises(OperatorError) as refusal:
            load([1], "files")
        assert refusal.value.code == "form-not-plain"


class TestThrottle:
    BLOCKS = (b"x" * 1000,) * 5

    def app(self, environ, start_response):
        return iter(self.BLOCKS)

    def seconds(self, path: str, rate: float | None) -> float:
        begun = time.monotonic()
        body = throttled(self.app, rate)({"PATH_INFO": path}, None)
        assert b"".join(body) == b"".join(self.BLOCKS)
        return time.monotonic() - begun

    def test_the_feed_takes_as_long_as_its_rate_says(self):
        assert self.seconds("/v1/projects/1/forms/f.svc/Submissions", 20_000) >= 0.25

    def test_nothing_else_is_held_back(self):
        assert self.seconds("/v1/projects/1/forms/f/submissions", 1) < 5

    def test_without_a_rate_the_application_is_as_it_was(self):
        assert throttled(self.app, None) == self.app
