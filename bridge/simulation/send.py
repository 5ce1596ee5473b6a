"""Sends a simulated survey to Central over OpenRosa, as ODK Collect does.

In: settings, how many schools, a seed, the share of planted faults. Out: `SimulationSummary`.
Promised: it refuses any project without the training mark; every submission is acknowledged by
Central before it counts; interrupted and started again, it sends only the rest; a submission that
is sent twice is one submission. The key of the tablets' account is in no message and no log.
"""

import logging
import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path

from bridge.client import CentralClient, open_client
from bridge.provision import AppUser, ensure_app_user
from bridge.simulation import TRAINING_MARK
from bridge.simulation.faults import FaultPlan, build, plan_faults
from bridge.simulation.journal import Journal
from bridge.simulation.lists import Round, default_rounds
from bridge.simulation.openrosa import Tablet
from bridge.simulation.registry import make_registry
from bridge.simulation.survey import FORM_IDS, Submission, Survey
from config.errors import OperatorError
from config.settings import Settings

log = logging.getLogger(__name__)
APP_USER_NAME = "Simulated schools"
JOURNAL_NAME = re.compile(r"(?P<schools>\d+)-(?P<seed>-?\d+)-(?P<pct>.+)\.sent")
DEFAULT_THREADS = 8


@dataclass(frozen=True)
class SendProgress:
    """`sent`: by this run; `already_sent`: by earlier ones; `total`: of the whole survey."""

    sent: int
    already_sent: int
    total: int
    seconds: float

    @property
    def per_second(self) -> float:
        return self.sent / self.seconds if self.seconds else 0.0


@dataclass(frozen=True)
class SimulationSummary:
    """`acknowledged`: by form, all that Central holds of the survey, by earlier runs too."""

    acknowledged: dict[str, int]
    already_sent: int
    plan: FaultPlan
    seconds: float

    @property
    def planted(self) -> dict[str, int]:
        return self.plan.planted()


def run_simulation(
    settings: Settings,
    schools: int,
    seed: int,
    faults_pct: float = 5.0,
    on_progress: Callable[[SendProgress], None] | None = None,
    threads: int = DEFAULT_THREADS,
    rounds: tuple[Round, ...] | None = None,
) -> SimulationSummary:
    """The forms and the lists of `make_registry(schools, seed)` must already be at Central.

    Raises OperatorError: not-a-training-project, form-unknown, submission-refused,
    central-unreachable, and those of bridge.client.
    """
    with open_client(settings, role="manager") as client:
        project = require_training_project(client)
        tablets = ensure_app_user(client, APP_USER_NAME, FORM_IDS)
        xforms = {form_id: _published_xform(client, form_id) for form_id in FORM_IDS}
        url = client.url
    survey = Survey(make_registry(schools, seed), seed, rounds or default_rounds(), xforms)
    plan = plan_faults(survey, faults_pct)
    path = journal_path(settings, project, schools, seed, faults_pct)
    with Journal(path) as journal:
        sender = _Sender(survey, plan, journal, on_progress or (lambda progress: None))
        sender.run(lambda: _open_tablet(settings, url, tablets), threads)
        return sender.summary()


def require_training_project(client: CentralClient) -> dict:
    """The project, if its description carries the training mark."""
    project = client.get_json(client.path())
    if TRAINING_MARK not in (project.get("description") or ""):
        raise OperatorError(
            "not-a-training-project",
            f"Project {client.project} of {client.name} is not marked for training, and simulated "
            "schools are sent nowhere else.",
            f"Write {TRAINING_MARK} into the description of a project that never reaches the "
            "warehouse of true schools, and name that project in CENTRAL_PROJECT.",
        )
    return project


def require_same_survey(
    settings: Settings, project: dict, schools: int, seed: int, pct: float
) -> None:
    """Refuse a survey beside another one: the same codes would stand for other schools.

    Raises OperatorError `another-survey`. What went out from another data folder is not known here.
    """
    own, place = journal_path(settings, project, schools, seed, pct), _place(project)
    for path in sorted(own.parent.glob(f"{place}-*.sent")):
        if path != own and path.stat().st_size:
            found = JOURNAL_NAME.fullmatch(path.name.removeprefix(f"{place}-"))
            raise OperatorError(
                "another-survey",
                f"Project {project['id']} holds the simulated survey of {found['schools']} schools "
                f"(seed {found['seed']}, {found['pct']} % faults) already.",
                "Go on with that one; or begin another with a project and a database of its own: "
                "where the program runs both itself, set EMIS_DATA_DIR to a new folder.",
            )


def journal_path(settings: Settings, project: dict, schools: int, seed: int, pct: float) -> Path:
    """One file for each survey and each project; a project made anew has another birthday."""
    name = f"{_place(project)}-{schools}-{seed}-{pct:g}.sent"
    return settings.emis_data_dir / "simulation" / name


def _place(project: dict) -> str:
    born = "".join(letter for letter in project["createdAt"] if letter.isdigit())
    return f"{project['id']}-{born}"


def _published_xform(client: CentralClient, form_id: str) -> str:
    return client.request("GET", client.path("forms", f"{form_id}.xml")).text


def _open_tablet(settings: Settings, url: str, tablets: AppUser) -> Tablet:
    return Tablet(url, tablets.token, settings.central_project, settings.central_ca_file)


class _Sender:
    """Hands out the submissions to threads, counts what comes back."""

    def __init__(self, survey: Survey, plan: FaultPlan, journal: Journal, on_progress: Callable):
        self.survey, self.plan, self.journal, self.on_progress = survey, plan, journal, on_progress
        everything = [*survey.submissions(), *plan.duplicates()]
        self._already = Counter(one.form_id for one in everything if self._is_sent(one))
        self._waiting = iter([one for one in everything if not self._is_sent(one)])
        self._total = len(everything)
        self._sent: Counter[str] = Counter()
        self._lock, self._stop = threading.Lock(), threading.Event()
        self._started = time.monotonic()

    def run(self, open_tablet: Callable[[], Tablet], threads: int) -> None:
        """Ends when all is sent; the first error of any thread stops the others."""
        with ThreadPoolExecutor(threads, thread_name_prefix="tablet") as pool:
            running = [pool.submit(self._work, open_tablet) for _ in range(threads)]
            try:
                wait(running, return_when=FIRST_EXCEPTION)
            finally:
                self._stop.set()
        for future in running:
            future.result()

    def summary(self) -> SimulationSummary:
        acknowledged = self._already + self._sent
        return SimulationSummary(
            acknowledged={form_id: acknowledged[form_id] for form_id in FORM_IDS},
            already_sent=self._already.total(),
            plan=self.plan,
            seconds=time.monotonic() - self._started,
        )

    def _is_sent(self, submission: Submission) -> bool:
        return self.survey.instance_id(submission) in self.journal.known

    def _work(self, open_tablet: Callable[[], Tablet]) -> None:
        with open_tablet() as tablet:
            while not self._stop.is_set() and (submission := self._next()):
                parcel = build(self.survey, self.plan, submission)
                tablet.send(parcel, self.survey.instance_id(submission))
                self._acknowledge(submission)

    def _next(self) -> Submission | None:
        with self._lock:
            return next(self._waiting, None)

    def _acknowledge(self, submission: Submission) -> None:
        self.journal.add(self.survey.instance_id(submission))
        with self._lock:
            self._sent[submission.form_id] += 1
            self.on_progress(self._progress())

    def _progress(self) -> SendProgress:
        seconds = time.monotonic() - self._started
        return SendProgress(self._sent.total(), self._already.total(), self._total, seconds)
