"""Settings as environment variables: how a child process gets them, secrets included."""

import os
from dataclasses import fields

from config.settings import Settings


def environment_of(settings: Settings) -> dict[str, str]:
    """This process's environment with every setting in it; one that is None is left out."""
    names = {item.name: item.name.upper() for item in fields(Settings)}
    inherited = {key: value for key, value in os.environ.items() if key not in names.values()}
    given = {names[name]: getattr(settings, name) for name in names}
    return inherited | {key: _text(value) for key, value in given.items() if value is not None}


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
