"""Which submissions a request selects: WHERE and ORDER BY from OData, and the selection's tag."""

import re
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from hashlib import md5
from sqlite3 import Row

import orjson

from bridge.sandbox.odata_filter import compile_filter, names_deleted_at
from bridge.sandbox.problems import InternalFault, problem
from bridge.sandbox.web import js_int, sandbox, store

NEWEST_FIRST = "s.created_at DESC, s.id DESC"
COLUMNS = {
    "__id": ("s.instance_id", "text"),
    "__system/submissionDate": ("s.created_at", "time"),
    "__system/updatedAt": ("s.updated_at", "time"),
    "__system/submitterId": ("s.submitter_id", "integer"),
    "__system/reviewState": ("s.review_state", "text"),
    "__system/deletedAt": ("s.deleted_at", "time"),
}
ROOT_COLUMNS = {f"$root/Submissions/{name}": column for name, column in COLUMNS.items()}


@dataclass(frozen=True)
class Selection:
    """Rows of one form. `limit` and `offset` cut the ordered rows, the cursor starts after one."""

    form_id: int
    draft: bool
    where: str = "s.deleted_at IS NULL"
    values: tuple = ()
    order: str = NEWEST_FIRST
    limit: int | None = None
    offset: int | None = None
    cursor: str | None = None
    extra: dict = field(default_factory=dict)

    def sql(self, columns: str, joins: str = "") -> tuple[str, tuple]:
        join, values = self._cursor()
        tail = f"LIMIT {-1 if self.limit is None else self.limit} OFFSET {self.offset or 0}"
        return (
            f"SELECT {columns} FROM submission s {joins} {join} "
            f"WHERE s.form_id = ? AND s.draft = ? AND {self.where} ORDER BY {self.order} {tail}",
            (*values, self.form_id, self.draft, *self.values),
        )

    def _cursor(self) -> tuple[str, tuple]:
        if self.cursor is None:
            return "", ()
        # A cursor that is not there (purged) joins nothing: the page is empty, without an error.
        return (
            "JOIN (SELECT id, created_at FROM submission WHERE form_id = ? AND draft = ? "
            "AND instance_id = ?) c ON s.created_at < c.created_at "
            "OR (s.created_at = c.created_at AND s.id < c.id)",
            (self.form_id, self.draft, self.cursor),
        )

    def counts(self) -> tuple[int, int]:
        """(rows of the filter, rows that are left from the cursor on)."""
        base = f"FROM submission s WHERE s.form_id = ? AND s.draft = ? AND {self.where}"
        values = (self.form_id, self.draft, *self.values)
        total = store().one(f"SELECT count(*) {base}", *values)[0]
        if self.cursor is None:
            return total, total
        join, own = self._cursor()
        remaining = store().one(
            base.replace("submission s", f"submission s {join}", 1).replace(
                "FROM", "SELECT count(*) FROM", 1
            ),
            *own,
            *values,
        )[0]
        return total, remaining

    def tag(self) -> str:
        """The md5 chain over the events of the selected rows, in their order."""
        sql, values = self.sql("s.event")
        state = "0" * 32
        for (event,) in store().reader.execute(sql, values):
            inner = md5(b"%d" % event, usedforsecurity=False).hexdigest()
            state = md5((state + inner).encode(), usedforsecurity=False).hexdigest()
        return f"eventhash:{state}"


def select(form: Row, draft: bool, query: dict, table: str = "Submissions") -> Selection:
    """The rows that `$filter`, `$orderby`, `$top`, `$skip` and `$skiptoken` ask for.

    For the table of a repeat, paging concerns its rows and not the submissions.
    """
    is_root = table == "Submissions"
    columns = COLUMNS | ROOT_COLUMNS if is_root else ROOT_COLUMNS
    token = query.get("$skiptoken") or None
    cursor = read_token(token) if token and is_root else None
    if query.get("$orderby") is not None and cursor is not None:
        raise problem(501.1, feature="using $orderby and $skiptoken together")
    where, values = filter_sql(query.get("$filter"), columns)
    order = order_sql(query["$orderby"]) if query.get("$orderby") else NEWEST_FIRST
    return Selection(
        form["id"],
        draft,
        where,
        values,
        order,
        limit=_limit(query) if is_root else None,
        offset=_page_number(query, "$skip") if is_root and not token else None,
        cursor=_cursor_id(cursor) if cursor is not None else None,
    )


def filter_sql(expression: str | None, columns: dict = COLUMNS) -> tuple[str, tuple]:
    """A condition; deleted rows are left out unless the filter names deletedAt."""
    live = "s.deleted_at IS NULL"
    if expression is None:
        return live, ()
    parsed, (sql, values) = compile_filter(expression, columns)
    if names_deleted_at(parsed):
        return f"({sql})", values
    return f"({sql}) AND {live}", values


def order_sql(expression: str) -> str:
    clauses, first = [], None
    for part in expression.split(","):
        name, _, direction = part.strip().partition(" ")
        direction = direction.strip()
        if name not in COLUMNS:
            raise problem(501.5, text=name)
        if direction and direction.lower() not in ("asc", "desc"):
            raise problem(501.5, text=direction)
        way = "DESC NULLS LAST" if direction.lower() == "desc" else "ASC NULLS FIRST"
        first = first or way
        clauses.append(f"{COLUMNS[name][0]} {way}")
    return ", ".join([*clauses, f"s.id {first}"])


def _limit(query: dict) -> int | None:
    """`$top`, and the limit of a future Central that limits unasked (getodk/central #1074)."""
    wanted, most = _page_number(query, "$top"), sandbox().control.page_limit
    return wanted if most is None else min(most, most if wanted is None else wanted)


def _page_number(query: dict, name: str) -> int | None:
    if query.get(name) is None:
        return None
    number = js_int(query[name])
    if number is None:
        raise problem(400.11, value=query[name], expected="bigint")
    if number < 0:
        raise InternalFault("a negative LIMIT or OFFSET")
    return number


def read_token(token: str) -> dict:
    if not token.startswith("01"):
        raise problem(400.35)
    try:
        value = orjson.loads(b64decode(token[2:] + "=" * (-len(token[2:]) % 4)))
    except ValueError:
        raise problem(400.35) from None
    if not isinstance(value, dict):
        raise problem(400.35)
    return value


def make_token(content: dict) -> str:
    return "01" + b64encode(orjson.dumps(content)).decode()


def _cursor_id(cursor: dict) -> str | None:
    return str(cursor.get("instanceId", "")) if "repeatId" not in cursor else None


def is_single_id(text: str) -> str | None:
    """The id inside `('…')` of an address, if it is one that Central's route accepts."""
    match = re.fullmatch(r"'((?:uuid:)?[a-z0-9-]+)'", text, re.IGNORECASE)
    return match[1] if match else None
