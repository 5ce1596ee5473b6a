"""What every test may ask for. The fixtures themselves are in `tests/fixtures`."""

from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.fixtures.servers", "tests.fixtures.databases", "tests.fixtures.turns"]

# Examples are counted, not timed: on a busy machine a slow one says nothing about the code.
settings.register_profile("emis", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("emis")
