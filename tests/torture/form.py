"""The torture's form in each of its versions, and answers for it: most usual, some awkward.

Each version asks a question of its own and drops that of the version before; from the fourth on,
`level` is a text and no longer a number. Everything follows from the number of the version and
from the random numbers that are passed in.
"""

from random import Random
from xml.sax.saxutils import escape

from tests.conformance.xforms import write_form

FORM_ID = "torture"
LEVEL_IS_TEXT_FROM = 4
NAMES = ("Ada", "أحمد علي", "ڕۆژان", "O'Neil & sons", "<b>", "😀 x", "two  words", "")
COUNTS = ("0", "7", "-3", "41", "9007199254740993", "twelve", "")
SHARES = ("0.5", "-0.25", "12", "1e400", "much", "")
DATES = ("2026-11-01", "2025-02-28", "last spring", "")


def fields_of(version: int) -> list:
    level = "string" if version >= LEVEL_IS_TEXT_FROM else "int"
    return [
        ("name", "string"),
        ("count", "int"),
        ("share", "decimal"),
        ("born", "date"),
        ("level", level),
        ("more", (("remark", "string"), (f"note_{version}", "string"))),
        ("photo", "binary"),
        ("kids", [("kname", "string"), ("kage", "int"), ("toys", [("toy", "string")])]),
    ]


def write_version(version: int) -> str:
    return write_form(FORM_ID, str(version), fields_of(version))


def answers(random: Random, version: int, photo: str | None) -> str:
    """The inside of a submission's XML."""
    level = random.choice(("1", "2", "11"))
    return "".join(
        (
            _leaf("name", random.choice(NAMES)),
            _leaf("count", random.choice(COUNTS)),
            _leaf("share", random.choice(SHARES)),
            _leaf("born", random.choice(DATES)),
            _leaf("level", level),
            f"<more>{_leaf('remark', f'r{random.randrange(1000)}')}"
            f"{_leaf(f'note_{version}', f'n{random.randrange(1000)}')}</more>",
            _leaf("photo", photo or ""),
            *(_kid(random) for _ in range(random.choice((0, 1, 1, 2, 4)))),
        )
    )


def _kid(random: Random) -> str:
    toys = "".join(
        f"<toys>{_leaf('toy', random.choice(NAMES))}</toys>" for _ in range(random.randrange(3))
    )
    name, age = _leaf("kname", random.choice(NAMES)), _leaf("kage", random.choice(COUNTS))
    return f"<kids>{name}{age}{toys}</kids>"


def _leaf(name: str, text: str) -> str:
    return f"<{name}>{escape(text)}</{name}>"
