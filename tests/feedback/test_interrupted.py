"""The way back, broken off at each step; and the list of tasks, published in between."""

import signal
import subprocess
import sys

import pytest

from config.paths import ROOT
from processing.jobs import publishing
from processing.jobs.publishing import keep_lists
from processing.local import environment_of
from tests.feedback.ministry import (
    Ministry,
    answer,
    crowded_census,
    wait_for_no_task,
    without_sending,
)

pytestmark = pytest.mark.timeout(1500)

STEPS_OUT = [
    ("POST", r"/datasets/corrections/entities$"),
    ("PATCH", r"/forms/school_census/submissions/[^/]+$"),
    ("POST", r"/submissions/[^/]+/comments$"),
    ("PATCH", r"/datasets/schools/entities/"),
]
STEPS_BACK = [
    ("DELETE", r"/datasets/corrections/entities/"),
    ("PATCH", r"/forms/school_census/submissions/[^/]+$"),
]


# A process of its own: a fork would inherit the engine's Java machine, and wait for its threads.
DEADLY = """
import os, re, signal, sys
import requests
from config.settings import load_settings
from processing.jobs.work import work_until_done
from processing.local import environment_of

method, path = sys.argv[1:]
send = requests.Session.send

def deadly(session, request, **kwargs):
    answer = send(session, request, **kwargs)
    if request.method == method and re.search(path, request.path_url) and answer.ok:
        os.kill(os.getpid(), signal.SIGKILL)
    return answer

requests.Session.send = deadly
work_until_done(load_settings())
"""


def work_and_die(here: Ministry, method: str, path: str) -> None:
    """A worker that is killed the moment after Central has said yes to such a request."""
    here.hurry()
    here.mark()
    done = subprocess.run(
        [sys.executable, "-c", DEADLY, method, path],
        env={**environment_of(here.settings), "PYTHONPATH": str(ROOT)},
        timeout=600,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, f"it never came to {method} {path}"


def test_a_worker_killed_at_each_step_of_the_way_back_doubles_nothing_and_loses_nothing(
    here, tablet
):
    school = here.schools[0]
    sent = tablet.send("school_census", crowded_census(school))
    for method, path in STEPS_OUT:
        work_and_die(here, method, path)
    said = tablet.review("school_census", sent)
    (task,) = tablet.tasks(school.school_code)
    here.hurry()
    here.work()
    assert tablet.review("school_census", sent) == said, "not even the same state once more"
    assert said[0] == "hasIssues"
    assert len(tablet.comments("school_census", sent)) == 1
    assert tablet.tasks(school.school_code) == [task]
    assert here.messages(sent) == [
        ("review", False, "there_already"), ("comment", False, "there_already"),
    ]  # fmt: skip

    answered = tablet.send("corrections", answer(school, task, value_1=4))
    for method, path in STEPS_BACK:
        work_and_die(here, method, path)
    said = tablet.review("school_census", sent)
    here.hurry()
    here.work()
    assert tablet.review("school_census", sent) == said
    assert said[0] is None
    assert (here.issue(school), here.sections(school)) == ("resolved", 4)
    assert here.rows("SELECT outcome FROM quality.answer WHERE instance_id = :id", id=answered) == [
        ("corrected",)
    ]
    assert here.messages(sent)[2:] == [("review", True, "there_already")]
    wait_for_no_task(tablet, school)
    here.forget_lost_runs()


def test_publishing_gives_no_task_back_that_the_tablet_has_answered(here, tablet):
    school = here.schools[1]
    sent = tablet.send("school_census", crowded_census(school))
    here.work()
    (task,) = tablet.tasks(school.school_code)
    tablet.send("corrections", answer(school, task, value_1=4))
    wait_for_no_task(tablet, school)
    with here.engine.begin() as connection:
        report = keep_lists(connection, here.settings, names=["corrections"])["corrections"]
    assert (report.created, report.updated, report.deleted) == (0, 0, 0)
    assert tablet.tasks(school.school_code) == []
    here.work()
    assert (here.issue(school), here.sections(school)) == ("resolved", 4)
    assert tablet.review("school_census", sent)[0] is None


def test_a_task_that_is_opened_while_the_list_is_published_comes_onto_it(here, tablet, monkeypatch):
    """The rows are read, a task is opened by another worker, then the list is noted."""
    school = here.schools[2]
    tablet.send("school_census", crowded_census(school))
    kept = publishing.keep_list_equal

    def open_meanwhile(*args, **kwargs):
        here.work(without_sending(here))
        return kept(*args, **kwargs)

    monkeypatch.setattr(publishing, "keep_list_equal", open_meanwhile)
    with here.engine.begin() as connection:
        keep_lists(connection, here.settings, names=["corrections"])
    assert tablet.tasks(school.school_code) == []
    here.send()
    assert len(tablet.tasks(school.school_code)) == 1
