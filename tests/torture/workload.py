"""Six writers and what they do in a round: random, and the same again for the same seed.

A writer touches only submissions that it sent itself, and repeats a request until Central has
answered it, so what it does depends on its random numbers alone and not on the faults around it.
OpenRosa makes repetition safe: a create or an edit that is sent again changes nothing.
"""

import time
from dataclasses import dataclass, field
from random import Random
from uuid import UUID

import requests

from tests.conformance.central_api import OPENROSA, XML, Api, part
from tests.conformance.xforms import fill
from tests.fixtures.hands import Hands
from tests.torture.form import FORM_ID, answers, write_version

WRITERS = 6
LAST_VERSION = 9
PATIENCE_S = 90
LONGEST_PAUSE_S = 0.15
WEIGHTS = {
    "create": 40,
    "edit": 25,
    "review": 20,
    "delete": 14,
    "restore": 9,
    "purge": 4,
    "attach": 8,
    "comment": 3,
    "publish": 2,
}
REVIEWS = ("approved", "hasIssues", "rejected", None)


@dataclass
class Sent:
    """One submission as its writer knows it."""

    version_id: str
    photo: str | None = None
    is_deleted: bool = False


@dataclass
class Writer:
    """One account that sends, edits, reviews, deletes and restores; tries until it succeeds."""

    number: int
    seed: str
    url: str
    email: str
    password: str = field(repr=False)
    actor_id: int
    project_id: int
    hands: Hands
    sent: dict[str, Sent] = field(default_factory=dict)
    purged: list[str] = field(default_factory=list)
    api: Api | None = None
    done: int = 0

    def work(self, round_number: int, count: int, version: int) -> int:
        """Do `count` things; returns the form's version, which only the first writer changes."""
        random = Random(f"{self.seed}/{round_number}/{self.number}")
        for _ in range(count):
            time.sleep(random.uniform(0, LONGEST_PAUSE_S))
            names = self._possible(version)
            name = random.choices(names, [WEIGHTS[name] for name in names])[0]
            if name == "publish":
                version = self._publish(version + 1)
            else:
                getattr(self, f"_{name}")(random, version)
            self.done += 1
        return version

    def _possible(self, version: int) -> list[str]:
        live = any(not sent.is_deleted for sent in self.sent.values())
        gone = any(sent.is_deleted for sent in self.sent.values())
        names = ["create"] + (["edit", "review", "delete", "comment"] if live else [])
        names += ["restore", "purge"] if gone else []
        names += ["attach"] if any(self._files()) else []
        names += ["publish"] if self.number == 0 and version < LAST_VERSION else []
        return names

    def _files(self):
        return (i for i, sent in self.sent.items() if sent.photo and not sent.is_deleted)

    def _pick(self, random: Random, is_deleted: bool = False) -> str:
        return random.choice([i for i, s in self.sent.items() if s.is_deleted == is_deleted])

    def _create(self, random: Random, version: int) -> None:
        instance_id = self._new_id(random)
        photo = f"p{random.randrange(10**6)}.jpg" if random.random() < 0.3 else None
        comes_now = photo and random.random() < 0.5
        xml = fill(FORM_ID, version, instance_id, answers(random, version, photo))
        self._post(xml, [(photo, random.randbytes(200), "image/jpeg")] if comes_now else [])
        self.sent[instance_id] = Sent(instance_id, photo)

    def _new_id(self, random: Random) -> str:
        """Now and then that of a purged submission, or one that no filter can name."""
        if self.purged and random.random() < 0.5:
            return self.purged.pop()
        name = UUID(int=random.getrandbits(128), version=4)
        return f"it's {name}" if random.random() < 0.03 else f"uuid:{name}"

    def _edit(self, random: Random, version: int) -> None:
        root_id = self._pick(random)
        sent, new_id = self.sent[root_id], f"uuid:{UUID(int=random.getrandbits(128), version=4)}"
        inside = answers(random, version, sent.photo)
        self._post(fill(FORM_ID, version, new_id, inside, deprecated=sent.version_id), [])
        sent.version_id = new_id

    def _review(self, random: Random, version: int) -> None:
        body = {"reviewState": random.choice(REVIEWS)}
        self._try("PATCH", self._at(self._pick(random)), (200,), json=body)

    def _delete(self, random: Random, version: int) -> None:
        instance_id = self._pick(random)
        self._try("DELETE", self._at(instance_id), (200, 404))
        self.sent[instance_id].is_deleted = True

    def _restore(self, random: Random, version: int) -> None:
        instance_id = self._pick(random, is_deleted=True)
        self._try("POST", f"{self._at(instance_id)}/restore", (200, 404))
        self.sent[instance_id].is_deleted = False

    def _purge(self, random: Random, version: int) -> None:
        instance_id = self._pick(random, is_deleted=True)
        _until_done(lambda: self.hands.purge(self.project_id, FORM_ID, [instance_id]))
        del self.sent[instance_id]
        self.purged.append(instance_id)

    def _attach(self, random: Random, version: int) -> None:
        instance_id = random.choice(list(self._files()))
        path = f"{self._at(instance_id)}/attachments/{part(self.sent[instance_id].photo)}"
        self._try("POST", path, (200,), data=random.randbytes(300))

    def _comment(self, random: Random, version: int) -> None:
        body = {"body": f"c{random.randrange(1000)}"}
        self._try("POST", f"{self._at(self._pick(random))}/comments", (200,), json=body)

    def _publish(self, version: int) -> int:
        path = f"/projects/{self.project_id}/forms/{FORM_ID}/draft"
        xml = write_version(version).encode()
        ignore = {"ignoreWarnings": "true"}
        self._try("POST", path, (200,), data=xml, headers=XML, params=ignore)
        # 409: it was published, and the answer was lost. 404: so was its draft.
        self._try("POST", f"{path}/publish", (200, 404, 409))
        return version

    def _at(self, instance_id: str) -> str:
        return f"/projects/{self.project_id}/forms/{FORM_ID}/submissions/{part(instance_id)}"

    def _post(self, xml: str, files: list) -> None:
        parts = [("xml_submission_file", ("submission.xml", xml.encode(), "text/xml"))]
        parts += [(name, (name, content, kind)) for name, content, kind in files]
        path = f"/projects/{self.project_id}/submission"
        self._try("POST", path, (201,), files=parts, headers=OPENROSA)

    def _try(self, method: str, path: str, wanted: tuple[int, ...], **given) -> None:
        _until_done(lambda: self._once(method, path, wanted, given))

    def _once(self, method: str, path: str, wanted: tuple[int, ...], given: dict) -> None:
        if self.api is None:
            self.api = signed_in(self.url, self.email, self.password)
        answer = self.api(method, path, **given)
        if answer.status_code == 401:
            self.api = None
        if answer.status_code == 401 or answer.status_code >= 500:
            raise NotYet(f"{method} {path}: {answer.status_code}")
        assert answer.status_code in wanted, f"{method} {path}: {answer.status_code} {answer.text}"


class NotYet(Exception):  # noqa: N818 - no error: Central is being tormented
    """Central did not answer as it will once it is well again."""


def signed_in(url: str, email: str, password: str) -> Api:
    session = requests.Session()
    session.trust_env = False
    body = {"email": email, "password": password}
    answer = session.post(f"{url}/v1/sessions", json=body, timeout=60)
    if answer.status_code != 200:
        raise NotYet(f"signing in: {answer.status_code}")
    session.cookies.clear()
    return Api(url, answer.json()["token"], http=session)


def _until_done(act) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            return act()
        except (requests.RequestException, NotYet):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
