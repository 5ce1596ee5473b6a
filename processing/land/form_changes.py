"""What a form's new definition changes, as events: (what, path, before, after).

Comes in: the definition as it was landed last, and as it comes now. A question that is renamed or
moved is another question to Central: one is removed, one is added.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from bridge.changes import FormSchema
from processing.db.queries.forms import FormRow
from processing.land.plan import kind_of

Event = tuple[str, str, str | None, str | None]


def list_changes(
    earlier: FormRow | None,
    asked: Mapping[str, str],
    offered: Mapping[str, set[str]],
    schema: FormSchema,
) -> Iterator[Event]:
    """earlier: None for a form that is new. asked: path → kind; offered: path → codes."""
    version = schema.version.version
    if earlier is None:
        yield "form-added", "", None, version
        return
    if earlier.current_version != version:
        yield "version-published", "", earlier.current_version, version
    if earlier.state != schema.state:
        yield "state-changed", "", earlier.state, schema.state
    yield from _question_changes(asked, {item.path: kind_of(item) for item in schema.fields})
    yield from _choice_changes(asked, offered, schema)


def _question_changes(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Event]:
    for path, kind in after.items():
        if path not in before:
            yield "question-added", path, None, kind
        elif before[path] != kind:
            yield "question-retyped", path, before[path], kind
    for path, kind in before.items():
        if path not in after:
            yield "question-removed", path, kind, None


def _choice_changes(
    asked: Mapping[str, str], offered: Mapping[str, set[str]], schema: FormSchema
) -> Iterator[Event]:
    """Of questions that are asked before and after; the others are an event as questions."""
    now: dict[str, dict[str, None]] = defaultdict(dict)
    for choice in schema.choices:
        now[choice.path][choice.code] = None
    for path, codes in now.items():
        added = [code for code in codes if code not in offered.get(path, ())]
        if added and path in asked:
            yield "choices-added", path, None, " ".join(added)
    still_asked = {item.path for item in schema.fields}
    for path in sorted(offered.keys() & still_asked):
        removed = sorted(offered[path] - now[path].keys())
        if removed:
            yield "choices-removed", path, " ".join(removed), None
