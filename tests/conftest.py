"""What every test may ask for. The fixtures themselves are in `tests/fixtures`."""

pytest_plugins = ["tests.fixtures.servers", "tests.fixtures.databases", "tests.fixtures.turns"]
