"""RQ: how workers are woken. Nothing is remembered here that PostgreSQL does not know."""

import logging
import uuid

import redis
from rq import Queue
from rq.serializers import JSONSerializer

from config.errors import OperatorError
from config.settings import Settings
from processing.jobs.stages import QUEUES, STAGES

log = logging.getLogger(__name__)
WAITING_PER_STAGE = 2
RESULT_TTL_S = 0
FAILURE_TTL_S = 3600
# A Valkey that hangs takes connections and answers none; it is told as one that is down.
ANSWER_TIMEOUT_S = 5.0
JOB_PATH = "processing.jobs.work.work_stage"
# A host that is switched off does not refuse a connection: it lets it time out.
AWAY = (redis.exceptions.ConnectionError, redis.exceptions.TimeoutError)


def open_redis(settings: Settings) -> redis.Redis:
    """A connection to Valkey; connecting is lazy. Nothing waits longer than ANSWER_TIMEOUT_S.

    A worker, whose commands wait for work, raises that for the connections that it opens itself.
    """
    if not settings.redis_url:
        raise OperatorError(
            "valkey-not-set",
            "No Valkey is configured.",
            "Set REDIS_URL, or start the embedded servers with `emis demo`.",
        )
    url = settings.redis_url.replace("valkey://", "redis://", 1)
    return redis.Redis.from_url(
        url, socket_timeout=ANSWER_TIMEOUT_S, socket_connect_timeout=ANSWER_TIMEOUT_S
    )


def open_queues(connection: redis.Redis, names: tuple[str, ...] = QUEUES) -> list[Queue]:
    """The named queues, in the order in which a worker looks at them."""
    return [Queue(name, connection=connection, serializer=JSONSerializer) for name in names]


def wake(connection: redis.Redis, stages: set[str]) -> int:
    """See that a job waits for each stage; returns how many were put. A few at most wait."""
    count = 0
    for name in sorted(stages):
        stage = STAGES[name]
        [queue] = open_queues(connection, (stage.queue,))
        waiting = sum(job_id.startswith(f"{name}-") for job_id in queue.get_job_ids())
        if waiting < WAITING_PER_STAGE:
            _put(queue, stage)
            count += 1
    return count


def try_to_wake(connection: redis.Redis, stages: set[str]) -> None:
    """As wake, where a Valkey that is down is no reason to stop: the beat wakes again."""
    try:
        wake(connection, stages)
    except AWAY as error:
        log.warning("valkey does not answer, the beat will wake again: %s", type(error).__name__)


def valkey_unreachable(error: Exception) -> OperatorError:
    """What an operator can do about a Valkey that does not answer."""
    return OperatorError(
        "valkey-unreachable",
        f"Valkey does not answer: {error}",
        "See that it runs and that REDIS_URL names it. Nothing is lost: what is due is kept in "
        "the database.",
    )


def _put(queue: Queue, stage) -> None:
    queue.enqueue_call(
        JOB_PATH,
        args=(stage.name,),
        job_id=f"{stage.name}-{uuid.uuid4().hex}",
        timeout=stage.timeout_s,
        result_ttl=RESULT_TTL_S,
        failure_ttl=FAILURE_TTL_S,
    )
