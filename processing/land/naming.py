"""SQL names for forms, repeats and questions.

A name is derived from the path alone, so that two databases fed by the same form agree:
`/identification/school` becomes `identification_school`. What would be too long for PostgreSQL,
or is taken by another path, carries a few characters of the path's hash.
"""

import hashlib
import re

MAX_BYTES = 63
HASH_LENGTH = 6
# A table can grow side tables (`__12`) and column names can grow suffixes (`_offset_minutes`).
RESERVED_BYTES = 16


def sql_name(path: str, taken: set[str] | frozenset[str] = frozenset()) -> str:
    """The name for `path` ('/a/b' or 'a/b'), other than those in `taken`."""
    words = [_clean(word) for word in path.strip("/").split("/")]
    name = "_".join(words) or "_"
    # Names that begin with an underscore are the program's own.
    name = f"q{name}" if name.startswith("_") else name
    if _fits(name) and name not in taken:
        return name
    return f"{_cut(name)}_{_hash(path)}"


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
