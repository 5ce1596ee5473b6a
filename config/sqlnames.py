"""SQL names for forms, repeats and questions.

In: a path as Central's field list gives it. Out: names of tables and columns in the schema
`survey`. A name is derived from the path alone, so that two databases fed by the same form agree,
and a form's author can be told the names before anything is published:
`/identification/school` becomes `identification_school`. What would be too long for PostgreSQL,
or is taken by another path, carries a few characters of the path's hash.
"""

import hashlib
import re
from collections.abc import Iterable

MAX_BYTES = 63
HASH_LENGTH = 6
# A table can grow side tables (`__12`) and column names can grow suffixes (`_offset_minutes`).
RESERVED_BYTES = 16
# Columns of every survey table that a question could be named like; the others are PostgreSQL's
# own (its manual, 5.6 System Columns), which no table can have twice.
KEPT_COLUMNS = frozenset(
    {"form_key", "instance_id", "tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"}
)
# Views of the program's own beside those of forms, and how a wide form's further parts are called.
OWN_VIEWS = frozenset({"client_audit", "choice_label"})
PART_NAME = re.compile(r".+__(view)?\d+\Z")
COLUMN_SUFFIXES = {
    "time": ("", "_offset_minutes"),
    "geopoint": ("_latitude", "_longitude", "_altitude", "_accuracy"),
}


def sql_name(path: str, taken: set[str] | frozenset[str] = frozenset()) -> str:
    """The name for `path` ('/a/b' or 'a/b'), other than those in `taken`."""
    words = [_clean(word) for word in path.strip("/").split("/")]
    name = "_".join(words) or "_"
    # Names that begin with an underscore are the program's own.
    name = f"q{name}" if name.startswith("_") else name
    if _fits(name) and name not in taken:
        return name
    return f"{_cut(name)}_{_hash(path)}"


def table_name(path: str, taken: Iterable[str] = frozenset()) -> str:
    """The table of a form ('visit') or of a repeat in it ('visit/rows'), other than `taken`.

    Never a name that the side tables or the views of any form may come to bear.
    """
    name = sql_name(path)
    is_kept = name in OWN_VIEWS or PART_NAME.match(name)
    return sql_name(path, {*taken, name} if is_kept else {*taken})


def column_names(path: str, kind: str, taken: Iterable[str] = frozenset()) -> tuple[str, ...]:
    """The names of a question's columns. path: within its table; taken: the columns there."""
    suffixes, held = column_suffixes(kind), frozenset(taken)
    base = sql_name(path)
    if any(base + suffix in held for suffix in suffixes):
        base = sql_name(path, held | {base})
    return tuple(base + suffix for suffix in suffixes)


def column_suffixes(kind: str) -> tuple[str, ...]:
    """What is added to the field's name for each of its columns."""
    return COLUMN_SUFFIXES.get(kind, ("",))


def odata_path(path: str) -> str:
    """The path under which OData shows a field: everything but ASCII letters, digits, _ is _.

    Two paths can fall together; the feed then shows one of the two values.
    """
    return "/".join(_odata_word(word) for word in path.split("/"))


def _odata_word(word: str) -> str:
    word = re.sub(r"^([^a-zA-Z_])", r"_\1", word)
    return re.sub(r"[^a-zA-Z0-9_]+", "_", word)


def _clean(word: str) -> str:
    return re.sub(r"[^\w]+", "_", word.lower())


def _fits(name: str) -> bool:
    return len(name.encode()) <= MAX_BYTES - RESERVED_BYTES


def _cut(name: str) -> str:
    room = MAX_BYTES - RESERVED_BYTES - HASH_LENGTH - 1
    return name.encode()[:room].decode(errors="ignore").rstrip("_")


def _hash(path: str) -> str:
    return hashlib.sha256(path.encode()).hexdigest()[:HASH_LENGTH]
