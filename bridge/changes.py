"""The plain records that leave the bridge: what has happened at Central, in an order to rely on.

`pull_changes` yields them; `processing.land` reads them. Nothing here speaks HTTP or SQL.

    NothingNew        nothing has changed since `state`
    FormGone          Central no longer has the form; what was mirrored stays
    otherwise         [SchemaChanged] PullStarted (RowChanged | RowsPurged)* PullComplete

`Mirror` is the one question that goes the other way: what a pull may ask of what is mirrored.

Promise: `PullComplete` comes only after the answer was proved complete. Whoever writes rows does
so in one transaction that `PullComplete` commits, with its `state`; an exception before it means
that nothing of this pull may be kept.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from config.errors import OperatorError


@dataclass(frozen=True)
class FormKey:
    """One incarnation of a form: a form id can be used again after a deletion.

    form_created_at: ISO 8601 with Z and milliseconds, as Central writes it.
    """

    central: str
    project: int
    form_id: str
    form_created_at: str


@dataclass(frozen=True)
class FormField:
    """A field of the published form, as `/fields` names it: the names of its XML.

    path: from the form's root, with its groups: `/grades/girls/age_0`. Not as `?odata=true`
    gives it: there every name that is not ASCII falls together as `_`.
    kind: int, decimal, string, date, time, dateTime, geopoint, geotrace, geoshape, binary,
    structure, repeat or unknown. Select questions are strings.
    """

    path: str
    name: str
    kind: str
    is_binary: bool = False
    is_select_multiple: bool = False


@dataclass(frozen=True)
class FormVersion:
    """One published version. `hash` is Central's MD5 of the XForm; published_at may be unknown."""

    version: str
    hash: str
    published_at: str | None
    xform: str = field(repr=False)


@dataclass(frozen=True)
class Choice:
    """The label of one choice of the select question at `path`, in one language.

    language: the code in the form's brackets (`ar`, `ckb`, `en`); "" in a form without languages.
    """

    path: str
    code: str
    language: str
    label: str


@dataclass(frozen=True)
class FormSchema:
    """The published definition of a form: what the rows of the feed are shaped by."""

    key: FormKey
    name: str
    state: str
    version: FormVersion
    fields: tuple[FormField, ...]
    choices: tuple[Choice, ...]


@dataclass(frozen=True)
class SchemaChanged:
    """The published definition differs from the one in `state`, or no state was given."""

    schema: FormSchema


@dataclass(frozen=True)
class PullStarted:
    """Rows follow. is_full: every row of the form comes, and what does not come has been purged."""

    key: FormKey
    is_full: bool


@dataclass(frozen=True)
class RowChanged:
    """One submission as it is now, its repeats inside.

    instance_id: `__id`, the first version's instance id, which stays through edits.
    system: Central's `__system` object. row: the parsed object. raw: its JSON as received.
    """

    instance_id: str
    system: dict
    row: dict = field(repr=False)
    raw: bytes = field(repr=False)


@dataclass(frozen=True)
class RowsPurged:
    """Central holds these submissions no longer, not even as deleted ones."""

    instance_ids: tuple[str, ...]


@dataclass(frozen=True)
class PullComplete:
    """The answer was complete. `state` is what the next pull is to be given; JSON values only."""

    key: FormKey
    state: dict
    row_count: int
    is_full: bool


@dataclass(frozen=True)
class NothingNew:
    """What was asked answered 304: no row has come. `state` says what was asked, and when."""

    key: FormKey
    state: dict


@dataclass(frozen=True)
class FormGone:
    """Central no longer knows the form. What was mirrored stays."""

    key: FormKey


Pulled = SchemaChanged | PullStarted | RowChanged | RowsPurged | PullComplete
Change = Pulled | NothingNew | FormGone


class IndexEntry(NamedTuple):
    """A submission as Central's list of them has it: no answers, but what tells versions apart."""

    instance_id: str
    submission_date: str
    updated_at: str | None
    deleted_at: str | None
    review_state: str | None
    version_id: str


@dataclass(frozen=True)
class IndexDifference:
    """Ids with their submission dates. stale: not as Central lists them; unlisted: not there."""

    stale: dict[str, str]
    unlisted: dict[str, str]
    unknown_count: int = 0


class Mirror(Protocol):
    """What a pull may ask of what is mirrored, its own rows included. Purged rows do not count.

    watermark: a moment as Central writes it. A submission is *before* it if each of its
    submissionDate, updatedAt and deletedAt that is set is; otherwise it is *since* it.
    """

    def list_since(self, key: FormKey, watermark: str) -> dict[str, str]:
        """The submissions since the watermark: id to submission date."""

    def count_before(self, key: FormKey, watermark: str) -> int:
        """How many are before it."""

    def compare_before(
        self, key: FormKey, watermark: str, entries: Iterable[IndexEntry]
    ) -> IndexDifference:
        """The submissions before the watermark, held against Central's whole list.

        stale: entries before it that are not mirrored so; `unknown_count` of them not at all.
        unlisted: mirrored ones before it that no entry names, whatever its times.
        """


@dataclass(frozen=True)
class SubmissionVersion:
    """One version of a submission, its XML exactly as the tablet sent it.

    version_number: 1 for the first. form_version: the form version this XML was filled with.
    """

    instance_id: str
    version_id: str
    version_number: int
    is_current: bool
    form_version: str | None
    xml: bytes = field(repr=False)
    created_at: str | None


@dataclass(frozen=True)
class Attachment:
    """A file that a submission names. is_present: it has arrived at Central."""

    name: str
    is_present: bool


@dataclass(frozen=True)
class AttachmentContent:
    """The bytes of an attachment. content is None where Central still has what `md5` names."""

    name: str
    md5: str
    content: bytes | None = field(repr=False)


class IncompleteAnswer(OperatorError):
    """Central's answer ended before it was whole, so nothing of it may be kept."""

    def __init__(self, message: str, remedy: str = ""):
        super().__init__("answer-incomplete", message, remedy or INCOMPLETE_REMEDY)


INCOMPLETE_REMEDY = (
    "Nothing was kept of it and the next pull starts anew. If it happens again and again, look at "
    "Central's log and at the time-outs of the proxy in front of it."
)
