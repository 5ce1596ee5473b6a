"""A form at a Central, the sandbox and a real one, and the mirror of it in a real database."""

import datetime as dt
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
import sqlalchemy as sa

from config.settings import Settings
from processing.db.engine import open_engine
from processing.jobs import attaching, rereading
from processing.jobs.measuring import pull_measured
from processing.jobs.verifying import verify_some
from tests.bridge.conftest import (  # noqa: F401  fixtures
    WARD,
    Form,
    central,
    hands,
    manager,
    proxied,
    proxy,
    publish_ward,
    reader,
)
from tests.fixtures.centrals import pointing_to

PHOTOS = WARD + "    image | photo | Photo\n    image | plan | Plan\n"
AUDITED = PHOTOS + "    audit | audit |\n"
DAY = dt.timedelta(days=1)


@dataclass
class Mirror:
    """The mirror of one form. now: moves on by itself a little with each act."""

    settings: Settings
    engine: sa.Engine
    form: Form
    now: dt.datetime

    def pull(self, **options):
        """Asks about every row, however lately that was asked: time stands still here."""
        options = {"is_thorough": True} | options
        return self._do(pull_measured, self.form.id, self._tick(), **options)

    def settle(self) -> None:
        """Pull until Central has nothing that is new to the mirror."""
        for _ in range(8):
            if not self.pull().seen:
                return
        raise AssertionError("a form that nobody changes does not come to rest")

    def verify(self) -> int:
        return self._do(verify_some, self.form.id, self._tick()).count

    def fetch_files(self) -> int:
        """Turns of the attachments stage until nothing is left for now."""
        count, has_more = 0, True
        while has_more:
            done, has_more = self._do(attaching.fetch_some, self._tick())
            count += done
        return count

    def reread_late(self) -> int:
        count, has_more = 0, True
        while has_more:
            done, has_more = self._do(rereading.reread_late, self._tick())
            count += done
        return count

    def act(self, act, *arguments, **options):
        """act(connection, settings, …) in a transaction of its own."""
        return self._do(act, *arguments, **options)

    def wait(self, **duration) -> None:
        self.now += dt.timedelta(**duration)

    def tick(self) -> dt.datetime:
        return self._tick()

    def rows(self, statement: str, **values) -> list[tuple]:
        with self.engine.begin() as connection:
            found = connection.execute(sa.text(statement), values)
            return [tuple(row) for row in found] if found.returns_rows else []

    def system(self, instance_id: str, *columns: str) -> tuple:
        statement = f"SELECT {', '.join(columns)} FROM raw.submission WHERE instance_id = :id"
        [row] = self.rows(statement + " AND form_key = " + self.form_key, id=instance_id)
        return row

    @property
    def form_key(self) -> str:
        [(key,)] = self.rows("SELECT form_key FROM raw.form WHERE form_id = :id", id=self.form.id)
        return str(key)

    def _tick(self) -> dt.datetime:
        self.now += dt.timedelta(milliseconds=1)
        return self.now

    def _do(self, act, *arguments, **options):
        with self.engine.begin() as connection:
            return act(connection, self.settings, *arguments, **options)


@pytest.fixture
def mirror_of(central, fresh_database) -> Iterator:  # noqa: F811
    """`mirror_of(form)`: an empty mirror that is fed by the form's Central."""
    engines = []

    def make(form: Form, **changes) -> Mirror:
        settings = replace(pointing_to(central.settings, fresh_database), **changes)
        engines.append(open_engine(settings, "worker", poolclass=sa.NullPool))
        with engines[0].begin() as connection:
            connection.execute(
                sa.text(
                    "INSERT INTO quality.rule (rule, severity, message_ar, message_ckb, message_en)"
                    " SELECT rule, 'error', '-', '-', '-' FROM unnest(ARRAY['value_fits_its_type',"
                    " 'digits_are_western', 'number_is_trimmed']) rule ON CONFLICT DO NOTHING"
                )
            )
        return Mirror(settings, engines[-1], form, dt.datetime.now(dt.UTC))

    yield make
    for engine in engines:
        engine.dispose()


@pytest.fixture
def photos(manager, tmp_path) -> Form:  # noqa: F811
    """A form that asks for two files."""
    return publish_ward(manager, tmp_path, survey=PHOTOS)


def upload(form: Form, instance_id: str, name: str, content: bytes) -> None:
    path = form.path(instance_id, "attachments", name)
    headers = {"Content-Type": "image/jpeg"}
    form.manager.request("POST", path, data=content, headers=headers)


def clear(form: Form, instance_id: str, name: str) -> None:
    form.manager.request("DELETE", form.path(instance_id, "attachments", name))


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def ward(manager, tmp_path) -> Form:  # noqa: F811
    """A small form with a repeat, newly published under an id of its own."""
    return publish_ward(manager, tmp_path)
