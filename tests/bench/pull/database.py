"""The benchmark's PostgreSQL: the embedded one as in production, waiting for the disk.

Each measurement begins in a freshly migrated database of its own, after a checkpoint.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psutil
import psycopg2
import sqlalchemy as sa

from config.settings import Settings
from processing.db.migrate import migrate
from processing.local import Supervisor, temporary_data_dir
from processing.local.folder import DataFolder
from processing.local.passwords import read_passwords
from processing.local.servers import server_of
from tests.fixtures.databases import Cluster
from tests.fixtures.servers import LocalServers

TEMPLATE = "emis_bench_template"


class DurableServers(LocalServers):
    """As tests have them, but what is committed is on the disk."""

    def _server(self, name: str):
        return server_of(name, self.folder, read_passwords(self.folder), is_durable=True)


@dataclass
class Databases:
    """Fresh databases, one after the other."""

    cluster: Cluster
    folder: Path
    pid: int
    count: int = 0

    @contextmanager
    def fresh(self, template: str = TEMPLATE) -> Iterator[Settings]:
        """Settings of a new copy of the migrated template, or of another database."""
        self.count += 1
        name = f"emis_bench_{self.count}"
        with self.cluster.database(name, template) as found:
            self.checkpoint()
            yield replace(Settings(), **found, emis_data_dir=self.folder)

    def checkpoint(self) -> None:
        """So that no measurement pays for the writes of the one before."""
        connection = psycopg2.connect(self.cluster.admin_url.replace("+psycopg2", ""))
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("CHECKPOINT")
        connection.close()


@contextmanager
def databases() -> Iterator[Databases]:
    """A server for the whole benchmark."""
    with temporary_data_dir("emis-bench-") as data_dir:
        folder = DataFolder(data_dir)
        with folder.lock(), Supervisor(folder) as supervisor:
            servers = DurableServers(folder, supervisor)
            servers.open("postgres")
            cluster = Cluster(servers.postgres().admin_url(), servers)
            pid = servers.postgres().find_left().pid
            with cluster.database(TEMPLATE, "template0") as found:
                migrate(replace(Settings(), **found))
                yield Databases(cluster, folder.private("bench"), pid)


def name_of(settings: Settings) -> str:
    """The database that these settings name."""
    return sa.make_url(settings.database_url).database


def processor_seconds(pid: int) -> float:
    """Of a server and of its children, those that have ended included."""
    process = psutil.Process(pid)
    total = 0.0
    for each in [process, *process.children(recursive=True)]:
        try:
            times = each.cpu_times()
        except psutil.NoSuchProcess:
            continue  # its parent counts it now
        total += times.user + times.system + times.children_user + times.children_system
    return total
