"""The table of the conformance cases, made from the tests themselves.

A test that is named `test_<number>_<sentence>` shows one case, or a part of one. `needs` says
what it takes beyond the API, and whether it can be shown on the sandbox alone. `python -m
tests.conformance.cases.table` writes the last section of docs/sync.md; a test holds it to this.
"""

import importlib
import re
import sys
from dataclasses import dataclass
from pathlib import Path

MODULES = ("reading", "changes", "wire", "writing", "server")
COUNT = 32
FILE = Path(__file__).resolve().parents[3] / "docs" / "sync.md"
NEEDS = {
    "api": "the API",
    "database": "the database",
    "proxy": "the fault proxy",
}


@dataclass(frozen=True)
class Case:
    """One test of the table."""

    number: int
    sentence: str
    needs: str
    is_sandbox_only: bool


def needs(what: str, *, sandbox_only: bool = False):
    """Marks a case with what it takes: `api`, `database` or `proxy`."""
    assert what in NEEDS

    def mark(function):
        function.needs = (what, sandbox_only)
        return function

    return mark


def list_cases() -> list[Case]:
    """Every test of every module, by number."""
    found = []
    for name in MODULES:
        module = importlib.import_module(f"tests.conformance.cases.test_{name}")
        found += [_case(key, value) for key, value in vars(module).items() if key[:5] == "test_"]
    return sorted(found, key=lambda case: case.number)


def _case(name: str, function) -> Case:
    number, words = re.fullmatch(r"test_(\d\d)_(\w+)", name).groups()
    sentence = (function.__doc__ or words.replace("_", " ")).strip().splitlines()[0]
    return Case(int(number), sentence[0].upper() + sentence[1:].rstrip("."), *function.needs)


def document() -> str:
    """docs/sync.md, its last section made anew."""
    proof = FILE.read_text().partition(TITLE)[0]
    rows = [
        f"| {case.number} | {case.sentence} | {NEEDS[case.needs]} | yes |"
        f" {'no' if case.is_sandbox_only else 'yes'} |"
        for case in list_cases()
    ]
    return proof + TITLE + HEAD + "\n".join(rows) + "\n"


TITLE = "## How Central behaves, case by case\n"
HEAD = """
The mirror rests on how ODK Central behaves, oddities included. Each line below is a test in
`tests/conformance/cases` that runs against the sandbox Central with every test run, and against
a real Central when one is named; what holds for both is what the sync may rely on, and what the
sandbox may be used for. This section is made from the tests: `python -m
tests.conformance.cases.table` writes it, and a test fails when it is out of date.

    EMIS_TEST_CENTRAL_URL, _EMAIL, _PASSWORD   a real Central and an administrator's account
    EMIS_TEST_CENTRAL_DATABASE_URL             its database, for what no account may do
    pytest tests/conformance

Some need more than the API. *The database* of the test Central: to hold a commit, to purge, to
let a session grow old; at the sandbox this goes through `bridge.sandbox.control`, which exists
only in tests. *The fault proxy* stands between client and server, and works for both. The tests
make projects of their own, refuse any other, and archive them at the end.

| case | sentence | needs | sandbox | real Central |
|---:|---|---|---|---|
"""


if __name__ == "__main__":
    FILE.write_text(document())
    sys.stdout.write(f"{FILE} has {len(list_cases())} lines of {COUNT} cases.\n")
