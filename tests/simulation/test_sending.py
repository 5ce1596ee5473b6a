"""Sending: refusals first, then a whole survey, interruption, lost connections."""

import itertools
import threading
from collections import Counter
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bridge.client import open_client
from bridge.simulation import openrosa
from bridge.simulation.journal import Journal
from bridge.simulation.openrosa import Tablet
from bridge.simulation.send import run_simulation
from bridge.simulation.survey import FORM_IDS, Parcel
from config.errors import OperatorError

SCHOOLS = 20
PARCEL = Parcel(b"<data/>", "collect:1", {"audit.csv": b"event\n"})


@pytest.fixture
def settings(central, tmp_path):
    """The shared Central, and a data folder of the test's own."""
    return replace(central, emis_data_dir=tmp_path)


def landed(settings) -> set[tuple[str, str]]:
    """(form, instance id) of everything that Central holds."""
    with open_client(settings) as client:
        return {
            (form_id, item["instanceId"])
            for form_id in FORM_IDS
            for item in client.get_json(client.path("forms", form_id, "submissions"))
        }


def test_a_project_without_the_training_mark_is_refused(settings):
    with open_client(settings, role="manager") as client:
        project = client.request("POST", "projects", json={"name": "True schools"}).json()
    with pytest.raises(OperatorError) as refusal:
        run_simulation(replace(settings, central_project=project["id"]), SCHOOLS, seed=1)
    assert refusal.value.code == "not-a-training-project"
    assert "[emis-training]" in refusal.value.remedy
    assert not list(settings.emis_data_dir.iterdir())


def test_forms_that_are_not_published_are_refused(settings):
    marked = {"name": "Empty", "description": "For practice [emis-training]"}
    with open_client(settings, role="manager") as client:
        project = client.request("POST", "projects", json={"name": "Empty"}).json()
        client.request("PATCH", f"projects/{project['id']}", json=marked)
    with pytest.raises(OperatorError) as refusal:
        run_simulation(replace(settings, central_project=project["id"]), SCHOOLS, seed=1)
    assert refusal.value.code == "form-unknown"


def test_the_account_that_only_reads_cannot_simulate(settings):
    with pytest.raises(OperatorError) as refusal:
        run_simulation(replace(settings, central_manager_email=None), SCHOOLS, seed=1)
    assert refusal.value.code == "central-no-manager"


def test_what_is_sent_is_what_central_holds_and_resuming_sends_only_the_rest(settings):
    """Interrupted after 10, started again: what is there is not sent again, nothing is missing."""
    before, seen = landed(settings), []

    def interrupt_after_10(progress):
        seen.append(progress)
        if len(seen) == 10:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_simulation(settings, SCHOOLS, 2, 10, on_progress=interrupt_after_10, threads=2)
    first = landed(settings) - before
    assert 10 <= len(first) < SCHOOLS * len(FORM_IDS)

    summary = run_simulation(settings, SCHOOLS, 2, 10, on_progress=seen.append, threads=4)
    arrived = Counter(form_id for form_id, _ in landed(settings) - before)
    assert summary.acknowledged == arrived
    assert arrived.total() == SCHOOLS * len(FORM_IDS) + summary.planted["duplicate"]
    assert sum(summary.planted.values()) == round(SCHOOLS * len(FORM_IDS) * 0.10)
    assert summary.already_sent == len(first)
    last = max(seen[10:], key=lambda progress: progress.sent)
    assert (last.sent, last.already_sent, last.total) == (
        arrived.total() - len(first),
        len(first),
        arrived.total(),
    )


def test_several_tablets_send_at_the_same_time(settings, monkeypatch):
    """Each of the first four waits, in the middle of its sending, for the other three."""
    together, send, turns = threading.Barrier(4, timeout=20), Tablet.send, itertools.count()

    def meet(tablet, parcel, instance_id):
        if next(turns) < 4:
            together.wait()
        send(tablet, parcel, instance_id)

    monkeypatch.setattr(Tablet, "send", meet)
    summary = run_simulation(settings, SCHOOLS, 6, 0, threads=4)
    assert sum(summary.acknowledged.values()) == SCHOOLS * len(FORM_IDS)


def test_a_survey_that_is_sent_again_without_its_journal_changes_nothing(settings):
    run_simulation(settings, SCHOOLS, 3, 10)
    before = landed(settings)
    for journal in (settings.emis_data_dir / "simulation").iterdir():
        journal.unlink()
    summary = run_simulation(settings, SCHOOLS, 3, 10)
    assert summary.already_sent == 0
    assert landed(settings) == before


def test_the_audit_log_that_the_form_asks_for_arrives_with_it(settings):
    before = landed(settings)
    run_simulation(settings, 1, seed=4, faults_pct=0)
    with open_client(settings) as client:
        for form_id, instance_id in landed(settings) - before:
            path = client.path("forms", form_id, "submissions", instance_id, "attachments")
            assert client.get_json(path) == [{"name": "audit.csv", "exists": True}]


def test_the_tablets_key_is_in_no_message(settings, monkeypatch):
    """Neither where nothing answers nor where Central refuses."""
    monkeypatch.setattr(openrosa, "FIRST_PAUSE_SECONDS", 0.001)
    secret = "k" * 64
    for url in ("http://127.0.0.1:1", settings.central_url):
        with Tablet(url, secret, 1) as tablet, pytest.raises(OperatorError) as refusal:
            tablet.send(PARCEL, "uuid:1")
        assert secret not in str(refusal.value)
        assert refusal.value.__cause__ is None


class Moody(BaseHTTPRequestHandler):
    """Answers what the test says, one after the other; `None` drops the connection."""

    answers = itertools.repeat(201)
    received = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.received.append((dict(self.headers) | {"address": self.path}, body))
        status = next(self.answers)
        if status is None:
            self.connection.close()
            return
        self.send_response(status)
        self.end_headers()
        self.wfile.write(
            b"<OpenRosaResponse><message>Words of Central</message></OpenRosaResponse>"
        )

    def log_message(self, *_):
        pass


@pytest.fixture
def moody(monkeypatch):
    """An edge of Central that fails in the order given; its address and what it was sent."""
    monkeypatch.setattr(openrosa, "FIRST_PAUSE_SECONDS", 0.001)
    received = []

    def start(*answers):
        handler = type("Handler", (Moody,), {"answers": iter(answers), "received": received})
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}", received

    servers = []
    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_a_lost_connection_is_met_by_sending_the_same_again(moody):
    url, received = moody(None, 503, 201)
    with Tablet(url, "key", 1) as tablet:
        tablet.send(PARCEL, "uuid:1")
    assert len(received) == 3
    parts = {body.count(PARCEL.xml) for _, body in received}
    assert parts == {1}


def test_a_refusal_is_told_at_once_with_the_words_of_central(moody):
    url, received = moody(409, 201)
    with Tablet(url, "key", 1) as tablet, pytest.raises(OperatorError) as refusal:
        tablet.send(PARCEL, "uuid:1")
    assert refusal.value.code == "submission-refused"
    assert "409: Words of Central" in refusal.value.message
    assert len(received) == 1


def test_a_central_that_stays_away_is_given_up(moody):
    url, received = moody(*[502] * 20)
    with Tablet(url, "key", 1) as tablet, pytest.raises(OperatorError, match="502"):
        tablet.send(PARCEL, "uuid:1")
    assert len(received) == openrosa.ATTEMPTS


def test_a_parcel_is_what_collect_sends(moody):
    url, received = moody(201)
    with Tablet(url, "key", 7) as tablet:
        tablet.send(PARCEL, "uuid:abc")
    headers, body = received[0]
    assert headers["address"] == "/v1/key/key/projects/7/submission?deviceID=collect%3A1"
    assert headers["X-OpenRosa-Version"] == "1.0"
    assert headers["Date"].endswith("GMT")
    assert headers["Content-Type"].startswith("multipart/form-data")
    assert b'name="xml_submission_file"; filename="abc.xml"' in body
    assert b'name="audit.csv"; filename="audit.csv"' in body


def test_a_journal_line_that_was_cut_off_counts_for_nothing(tmp_path):
    path = tmp_path / "folder" / "a.sent"
    with Journal(path) as journal:
        journal.add("uuid:1")
    with path.open("a") as file:
        file.write("uuid:2-cut-o")
    with Journal(path) as journal:
        assert journal.known == {"uuid:1"}
        journal.add("uuid:3")
    with Journal(path) as journal:
        assert journal.known == {"uuid:1", "uuid:3"}
