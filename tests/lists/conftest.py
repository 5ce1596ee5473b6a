"""Fixtures of the warehouse, for the tests of this folder."""

from tests.warehouse.fixtures import warehouse, worker_engine  # noqa: F401  fixtures of this folder
