"""Changes as the bridge would yield them, written down in the fewest words."""

import datetime as dt
import itertools
from collections import defaultdict

import orjson

from bridge.changes import (
    Choice,
    FormField,
    FormKey,
    FormSchema,
    FormVersion,
    PullComplete,
    PullStarted,
    RowChanged,
    SchemaChanged,
    SubmissionVersion,
)

NOW = dt.datetime(2026, 11, 5, 8, 0, tzinfo=dt.UTC)
CREATED = "2026-10-01T06:00:00.000Z"
# A submission keeps its date through edits and reviews.
_milliseconds = defaultdict(itertools.count().__next__)


def key(form_id="small", created=CREATED, central="central.example") -> FormKey:
    return FormKey(central, 1, form_id, created)


def fields(text: str) -> tuple[FormField, ...]:
    """Lines of `path kind`; the kind `select_multiple` is a string with that mark."""
    return tuple(_field(*line.rsplit(maxsplit=1)) for line in text.strip().splitlines())


def _field(path: str, kind: str) -> FormField:
    path = path.strip()
    is_multiple = kind == "select_multiple"
    name = path.rsplit("/", 1)[-1]
    return FormField(path, name, "string" if is_multiple else kind, kind == "binary", is_multiple)


def schema(field_text: str, version="1", form_key=None, choices=()) -> FormSchema:
    return FormSchema(
        form_key or key(),
        "A small form",
        "open",
        FormVersion(version, f"hash-{version}", None, "<h:html/>"),
        fields(field_text),
        tuple(Choice(*choice) for choice in choices),
    )


def row(instance_id: str, *, edits=0, version_id=None, **answers) -> RowChanged:
    """A row of the feed. system_…: a field of __system, such as system_deletedAt."""
    system = {
        "submissionDate": f"2026-11-02T07:00:00.{_milliseconds[instance_id] % 1000:03d}Z",
        "updatedAt": None,
        "submitterId": "5",
        "submitterName": "tablet 1",
        "attachmentsPresent": 0,
        "attachmentsExpected": 0,
        "status": None,
        "reviewState": None,
        "deviceId": None,
        "edits": edits,
        "formVersion": "1",
        "deletedAt": None,
    }
    for name in [name for name in answers if name.startswith("system_")]:
        system[name.removeprefix("system_")] = answers.pop(name)
    value = {**answers, "meta": {"instanceID": version_id or instance_id}}
    value |= {"__id": instance_id, "__system": system}
    return RowChanged(instance_id, system, value, orjson.dumps(value))


def pull(*rows: RowChanged, of: FormSchema | None = None, form_key=None, is_full=True):
    """The changes of one pull; with `of`, its definition comes first."""
    form_key = of.key if of else form_key or key()
    changes = [SchemaChanged(of)] if of else []
    state = {"schema_key": "s", "etag_live": "e"}
    return [
        *changes,
        PullStarted(form_key, is_full),
        *rows,
        PullComplete(form_key, state, len(rows), is_full),
    ]


def xml(instance_id: str, body: str, version_id=None, number=1) -> SubmissionVersion:
    text = f'<data id="small" version="1" xmlns:orx="http://openrosa.org/xforms">{body}</data>'
    return SubmissionVersion(
        instance_id, version_id or instance_id, number, True, "1", text.encode(), None
    )
