"""Fixtures of the warehouse, for the tests of this folder."""

from tests.warehouse.fixtures import (  # noqa: F401  fixtures of this folder
    indicator_spec,
    rule_spec,
    warehouse,
    worker_engine,
)
