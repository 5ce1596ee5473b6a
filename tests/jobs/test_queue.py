"""What a job is in Valkey: a stage's name in JSON, with that stage's own time limit."""

import json
import zlib

import pytest
import redis
from rq.job import Job
from rq.serializers import JSONSerializer

from processing.jobs.queue import JOB_PATH, WAITING_PER_STAGE, open_queues, wake
from processing.jobs.stages import QUEUES, STAGES


@pytest.fixture
def valkey(empty_valkey_url):
    with redis.Redis.from_url(empty_valkey_url) as client:
        yield client


def jobs(valkey) -> dict[str, tuple[str, Job]]:
    """(queue, job) by the stage that the job is for."""
    return {
        job.args[0]: (queue.name, job)
        for queue in open_queues(valkey)
        for job in Job.fetch_many(queue.get_job_ids(), valkey, serializer=JSONSerializer)
    }


def test_each_stage_waits_on_its_own_queue_with_its_own_time_limit(valkey):
    assert wake(valkey, set(STAGES)) == len(STAGES)
    found = jobs(valkey)
    assert set(found) == set(STAGES)
    for name, (queue, job) in found.items():
        assert (queue, job.timeout) == (STAGES[name].queue, STAGES[name].timeout_s)
        assert job.result_ttl == 0, "what came of it is in ops.run"


def test_a_job_is_json_and_names_nothing_but_its_stage(valkey):
    """Pickle, which RQ writes by default, would run whatever somebody puts into Valkey."""
    wake(valkey, {"validate"})
    _, job = jobs(valkey)["validate"]
    written = zlib.decompress(valkey.hget(job.key, "data"))
    assert json.loads(written) == [JOB_PATH, None, ["validate"], {}]


def test_a_stage_that_is_woken_often_does_not_fill_the_queue(valkey):
    assert [wake(valkey, {"pull"}) for _ in range(5)] == [1] * WAITING_PER_STAGE + [0] * 3
    waiting = sum(queue.count for queue in open_queues(valkey, QUEUES))
    assert waiting == WAITING_PER_STAGE
