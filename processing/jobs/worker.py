"""Worker processes: RQ's worker on our queues."""

import logging

from rq import Worker
from rq.serializers import JSONSerializer

# Imported before the worker forks, so that each job does not load them anew.
import processing.jobs.work  # noqa: F401
from config.settings import Settings
from processing.jobs.queue import AWAY, open_queues, open_redis, valkey_unreachable
from processing.jobs.stages import QUEUES

log = logging.getLogger(__name__)


def run_worker(
    settings: Settings, queues: tuple[str, ...] = QUEUES, *, burst: bool = False
) -> None:
    """Work on the queues until asked to stop (SIGTERM ends after the job in hand).

    Raises OperatorError `valkey-unreachable`; whoever supervises starts it again.
    """
    try:
        # On a connection apart: one that the worker took over would keep the short timeout.
        with open_redis(settings) as probe:
            probe.ping()
        connection = open_redis(settings)
        worker = Worker(
            open_queues(connection, queues), connection=connection, serializer=JSONSerializer
        )
        worker.work(burst=burst, logging_level="WARNING")
    except AWAY as error:
        raise valkey_unreachable(error) from None
