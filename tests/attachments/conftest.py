"""Both kinds of store, and an S3-compatible server for the second."""

import uuid
from collections.abc import Iterator
from dataclasses import replace

import boto3
import pytest
from moto.server import ThreadedMotoServer

from config.settings import Settings
from processing.attachments import Store, open_store


@pytest.fixture(scope="session")
def s3_url() -> Iterator[str]:
    """The address of an S3-compatible server that speaks HTTP on this host."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3_settings(s3_url: str) -> Settings:
    """Settings that name a bucket of this test alone."""
    settings = replace(
        Settings(),
        emis_attachment_store=f"s3://emis-{uuid.uuid4().hex[:8]}/files",
        emis_bucket_url=s3_url,
        emis_bucket_access_key="test",
        emis_bucket_secret_key="test-secret",
        emis_bucket_region="us-east-1",
    )
    bucket = settings.emis_attachment_store.split("/")[2]
    boto3.client(
        "s3",
        endpoint_url=s3_url,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test-secret",
    ).create_bucket(Bucket=bucket)
    return settings


@pytest.fixture(params=["folder", "bucket"])
def store(request, tmp_path) -> Store:
    if request.param == "folder":
        return open_store(replace(Settings(), emis_data_dir=tmp_path))
    return open_store(request.getfixturevalue("s3_settings"))
