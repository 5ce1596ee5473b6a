"""Runs what a machine without servers lacks: PostgreSQL, Valkey, the sandbox Central, our own.

    with open_local(load_settings()) as settings, Supervisor(settings) as programs:
        programs.add("worker-1", [sys.executable, "-m", ...], environment_of(settings))

Comes in: settings with gaps. Goes out: complete settings, one process of each, stopped in order.
"""

from processing.local.environment import environment_of
from processing.local.folder import temporary_data_dir
from processing.local.servers import (
    ServerStatus,
    embedded_servers,
    end_leftovers,
    missing_servers,
    open_local,
)
from processing.local.supervisor import Supervisor

__all__ = [
    "ServerStatus",
    "Supervisor",
    "embedded_servers",
    "end_leftovers",
    "environment_of",
    "missing_servers",
    "open_local",
    "temporary_data_dir",
]
