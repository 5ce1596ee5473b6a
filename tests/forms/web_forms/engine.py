"""Fill a form as ODK Web Forms does, with its own engine, in Node.

    with web_forms_engine() as engine:
        xml = engine.fill(xform_path, media_folder, {"identification": {"school": "S1"}})

Answers and refusals are those of tests/forms/engine.py. The first use installs what package.json
names, beside it; without a Node that can run it, `find_node` says why.
"""

import fcntl
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.forms.engine import NotAsked, NotOffered, Rejected, leaves

FOLDER = Path(__file__).parent
OLDEST_NODE = (20, 19, 3)
INSTALL_S = 240
LOCK_FAULTS = ("EINTEGRITY", "EUSAGE", "EJSONPARSE")


class EngineMissing(Exception):
    """The engine cannot run here; the message says what is missing."""


class WebFormsEngine:
    """A running engine; forms that it has read once it keeps."""

    def __init__(self, process: subprocess.Popen):
        self._process = process

    def fill(
        self,
        xform: Path,
        media: Path,
        answers: dict,
        language: str | None = None,
        username: str | None = None,
        corrected: dict | None = None,
    ) -> bytes:
        """The XML that would be sent. corrected: what is answered again, at the end. Raises
        FormError.
        """
        request = {"form": str(xform), "media": str(media), "language": language}
        request |= {"username": username, "corrected": dict(leaves(corrected or {}))}
        return self._sent(request | {"answers": dict(leaves(answers))})

    def reopen(self, xform: Path, media: Path, sent: bytes, answers: dict | None = None) -> bytes:
        """What a submission becomes that is opened to be edited; without answers, as it stands."""
        request = {"form": str(xform), "media": str(media), "sent": sent.decode()}
        return self._sent(request | {"answers": dict(leaves(answers or {}))})

    def _sent(self, request: dict) -> bytes:
        answer = self._ask(request)
        if "xml" in answer:
            return answer["xml"].encode()
        raise _as_error(answer)

    def _ask(self, request: dict) -> dict:
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the engine has ended"
        return json.loads(line)


@contextmanager
def web_forms_engine() -> Iterator[WebFormsEngine]:
    """Raises EngineMissing."""
    node = find_node()
    _install()
    command = [node, str(FOLDER / "fill.mjs")]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        yield WebFormsEngine(process)


def find_node() -> str:
    """The Node to run. Raises EngineMissing where there is none, or only an older one."""
    wanted = ".".join(map(str, OLDEST_NODE))
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        raise EngineMissing(f"no Node: node {wanted} or newer and npm are needed")
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    if tuple(map(int, re.findall(r"\d+", said)[:3])) < OLDEST_NODE:
        raise EngineMissing(f"node {said.strip()} is too old: {wanted} or newer is needed")
    return node


def _install() -> None:
    """What the lock file names, once; test workers that come at the same time wait."""
    lock_file, stamp = FOLDER / "package-lock.json", FOLDER / "node_modules" / "installed"
    with lock_file.open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = lock.read()
        if stamp.exists() and stamp.read_text() == wanted:
            return
        _run_npm()
        stamp.write_text(wanted)


def _run_npm() -> None:
    """From the lock file and with its checksums; nothing that a package brings is run."""
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1"]
    try:
        done = subprocess.run(
            command, cwd=FOLDER, capture_output=True, text=True, timeout=INSTALL_S
        )
    except subprocess.TimeoutExpired:
        raise EngineMissing(f"npm did not install the engine in {INSTALL_S} s") from None
    if done.returncode == 0:
        return
    # A lock file that npm refuses must not pass for "no network".
    assert not any(code in done.stderr for code in LOCK_FAULTS), f"npm ci: {done.stderr}"
    reason = (done.stderr.strip() or "no reason given").splitlines()[0]
    raise EngineMissing(f"npm could not install the engine: {reason}")


def _as_error(answer: dict) -> Exception:
    if "failed" in answer:
        return AssertionError(answer["failed"])
    kind, path, message = answer["refused"], answer["path"], answer["message"]
    if kind == "not-asked":
        return NotAsked(path)
    if kind == "not-offered":
        return NotOffered(f"{path}: {message}")
    return Rejected(_as_path(path), kind, message)


def _as_path(reference: str) -> str:
    """`/data/grades[1]/girls/age_0` as `grades/girls/age_0`, as the other engine spells it."""
    return reference.removeprefix("/data/").replace("[1]", "")
