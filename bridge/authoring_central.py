"""What Central will say to a changed form, told before it is asked.

Comes in: two models of a form, and the type that each path had in any published version. Goes
out: what Central refuses, and what it warns of.

| change                                        | Central                     |
|-----------------------------------------------|-----------------------------|
| any type but a group's or repeat's to text    | takes it                    |
| any other change of type                      | refuses, for ever           |
| a removed question comes back, other type     | refuses, unless it is text  |
| a question removed, renamed, moved            | warns                       |
| select one to select multiple, and back       | takes it: both are text     |
"""

from collections.abc import Mapping
from dataclasses import dataclass

from bridge.client import CentralClient
from bridge.form_versions import fetch_version, list_versions
from bridge.xform_model import FormModel
from config.errors import OperatorError

KIND_WORDS = {
    "int": "whole number", "string": "text", "dateTime": "date and time", "binary": "file",
    "structure": "group", "geopoint": "place", "odk:rank": "rank",
}  # fmt: skip
GROUPS = ("structure", "repeat")


@dataclass(frozen=True)
class Verdict:
    """refusals keep the form from being published; warnings do not."""

    refusals: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Published:
    """A form as Central has it. history: path -> type, in any of its versions.

    files: name -> hash of each file behind it, the file's MD5.
    """

    xform: str
    history: Mapping[str, str]
    files: Mapping[str, str]


def judge_change(
    old: FormModel, new: FormModel, history: Mapping[str, str] | None = None
) -> Verdict:
    """history: where it is not given, what `old` asks. Two form ids are two forms."""
    if old.form_id != new.form_id:
        return Verdict((), ())
    known = history or {item.path: item.type for item in old.questions}
    kept = {item.path for item in new.questions}
    gone = [item.path for item in old.questions if item.path not in kept]
    warnings = (_gone(gone),) if gone else ()
    refusals = (_refused(item.path, known.get(item.path), item.type) for item in new.questions)
    return Verdict(tuple(text for text in refusals if text), warnings)


def find_published(client: CentralClient, form_id: str) -> Published | None:
    """The published form and what its versions asked; None where Central has none."""
    # A draft that was never published is refused to a viewer who asks for it by its name.
    forms = client.get_json(client.path("forms"))
    if not any(form["xmlFormId"] == form_id and form["publishedAt"] for form in forms):
        return None
    history: dict[str, str] = {}
    for listed in list_versions(client, form_id) or ():
        for item in fetch_version(client, form_id, listed).fields:
            history.setdefault(item["path"], item["type"])
    xform = client.request("GET", client.path("forms", f"{form_id}.xml")).content.decode()
    listed = client.get_json(client.path("forms", form_id, "attachments"))
    files = {item["name"]: item["hash"] for item in listed if item["exists"]}
    return Published(xform, history, files)


def get_published(client: CentralClient, form_id: str) -> Published:
    """Raises OperatorError `form-not-published`."""
    found = find_published(client, form_id)
    if found is None:
        raise OperatorError(
            "form-not-published",
            f"Central has no published form {form_id}.",
            "`emis forms list` names those that it has.",
        )
    return found


def kind_in_words(kind: str) -> str:
    return KIND_WORDS.get(kind, kind)


def with_article(words: str) -> str:
    """`a whole number`, `an image`; text is no thing that can be counted."""
    return words if words == "text" else f"{'an' if words[:1] in 'aeiou' else 'a'} {words}"


def _refused(path: str, before: str | None, after: str) -> str | None:
    is_to_text = after == "string" and before not in GROUPS
    if before is None or before == after or is_to_text:
        return None
    was, would_be = with_article(kind_in_words(before)), with_article(kind_in_words(after))
    return (
        f"{path} was {was} and would be {would_be}: Central keeps a question's type for ever, also "
        "while the question is gone. Give it a new name, or its old type."
    )


def _gone(paths: list[str]) -> str:
    return (
        f"{', '.join(paths)} would be gone from Central's tables. Answers that were given stay in "
        "the submissions and in the warehouse."
    )
