"""A sandbox Central: the parts of ODK Central's API that this project uses, kept in one file.

For the demo, for training and for tests; it is not a product. What it promises is proved by
tests/conformance, which pass unchanged against a real Central.
"""

from bridge.sandbox.app import create_app

__all__ = ["create_app"]
