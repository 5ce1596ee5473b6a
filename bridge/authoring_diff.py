"""What a change of a form means: in words, at Central, and as a record that a program can read.

Comes in: two models of a form (bridge.xform_model), and the types that questions had in earlier
versions. Goes out: changes in the form's order, and what Central will say to them.

Central names a question by its path: one that is renamed, or moved to another group, is a removed
question and a new one to it. The change says so where the two look alike.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

from bridge.authoring_central import Verdict, judge_change, with_article
from bridge.authoring_diff_lists import by_code, list_changes
from bridge.authoring_words import (
    Change,
    became,
    column_name,
    column_or_parameter,
    describe_kind,
    language_name,
)
from bridge.xform_model import TEXT_COLUMNS, FormModel, Question

OTHER_WORDS = "Something differs that has no name here. `git diff` shows it, a cell a line."


@dataclass(frozen=True)
class FormDiff:
    before: str
    after: str
    changes: tuple[Change, ...]
    central: Verdict

    def as_record(self) -> dict:
        """For JSON."""
        return asdict(self)


def compare_forms(
    old: FormModel,
    new: FormModel,
    history: Mapping[str, str] | None = None,
    names: tuple[str, str] = ("before", "after"),
    files: tuple[Mapping[str, str], Mapping[str, str]] = ({}, {}),
) -> FormDiff:
    """history: path -> type in any published version; `old` alone where it is not given.

    files: name -> MD5 of what lies with each of the two.
    """
    changes = (
        *_form_changes(old, new),
        *_question_changes(old, new),
        *list_changes(old, new),
        *_missing_translations(old, new),
    )
    if not {change.what for change in changes} - {"version-changed"} and old.content != new.content:
        changes = (*changes, Change("other-changed", "", OTHER_WORDS))
    changes = (*changes, *_file_changes(*files))
    return FormDiff(*names, changes, judge_change(old, new, history))


def _form_changes(old: FormModel, new: FormModel) -> Iterator[Change]:
    for what, name, before, after in (
        ("form-id-changed", "form id", old.form_id, new.form_id),
        ("title-changed", "title", old.title, new.title),
        ("version-changed", "version", old.version, new.version),
    ):
        if before != after:
            words = f"The {name} was “{before}” and is “{after}”."
            if what == "form-id-changed":
                words += " To Central these are two forms."
            yield Change(what, "", words, before=before, after=after)
    for column in dict.fromkeys([*old.settings, *new.settings]):
        was, will_be = old.settings.get(column), new.settings.get(column)
        if was != will_be:
            words = f"The setting {column} {became(was, will_be)}."
            yield Change("setting-changed", "", words, column, before=was, after=will_be)
    yield from _language_changes(old, new)


def _language_changes(old: FormModel, new: FormModel) -> Iterator[Change]:
    for code in new.languages:
        if code not in old.languages:
            yield Change("language-added", "", f"The language {language_name(code)} is new.",
                         language=code)  # fmt: skip
    for code in old.languages:
        if code not in new.languages:
            yield Change("language-removed", "", f"The language {language_name(code)} is gone.",
                         language=code)  # fmt: skip
    was, will_be = old.languages[0], new.languages[0]
    if was != will_be and was in new.languages:
        words = f"The form opened in {language_name(was)} and opens in {language_name(will_be)}."
        yield Change("setting-changed", "", words, "default_language", before=was, after=will_be)


def _question_changes(old: FormModel, new: FormModel) -> Iterator[Change]:
    before = {item.path: item for item in old.questions}
    after = {item.path: item for item in new.questions}
    gone = [item for item in old.questions if item.path not in after]
    for question in new.questions:
        if question.path not in before:
            yield _added(question, gone, new)
        else:
            yield from _differences(before[question.path], question)
    for question in gone:
        yield _removed(question, [item for item in new.questions if item.path not in before], old)
    kept = [item.path for item in old.questions if item.path in after]
    if kept != [item.path for item in new.questions if item.path in before]:
        yield Change("order-changed", "", "The questions stand in another order.")


def _added(question: Question, gone: list[Question], form: FormModel) -> Change:
    words = f"{_called(question, form)} is new: {describe_kind(question)}."
    twin = _twin(question, gone)
    if twin:
        words += f" It looks like {twin.path}, which is gone: to Central it is another question."
    return Change("question-added", question.path, words, after=describe_kind(question))


def _removed(question: Question, added: list[Question], form: FormModel) -> Change:
    twin = _twin(question, added)
    words = f"{_called(question, form)} is removed." + (f" See {twin.path}." if twin else "")
    return Change("question-removed", question.path, words, before=describe_kind(question))


def _twin(question: Question, others: list[Question]) -> Question | None:
    """The same question under another name, or of the same name in another group."""
    labels = {key: text for key, text in question.texts.items() if key[0] == "label"}
    for other in others:
        is_alike = labels and labels == {k: t for k, t in other.texts.items() if k[0] == "label"}
        if other.kind == question.kind and (is_alike or other.name == question.name):
            return other
    return None


def _differences(old: Question, new: Question) -> Iterator[Change]:
    before, after = describe_kind(old), describe_kind(new)
    if before != after:
        words = f"{new.path} was {with_article(before)} and becomes {with_article(after)}."
        yield Change("question-retyped", new.path, words, "type", before=before, after=after)
    if old.list_name != new.list_name and old.list_name and new.list_name:
        yield Change(
            "list-changed", new.path,
            f"{new.path} offered the list {old.list_name} and offers {new.list_name}.",
            "type", before=old.list_name, after=new.list_name,
        )  # fmt: skip
    yield from _other_cells("reworded", new.path, old.texts, new.texts)
    yield from _other_cells("media-changed", new.path, old.media, new.media)
    for column in dict.fromkeys([*old.logic, *new.logic]):
        was, will_be = old.logic.get(column), new.logic.get(column)
        if was != will_be:
            words = f"{new.path}: {column_or_parameter(column)} {became(was, will_be)}."
            yield Change("logic-changed", new.path, words, column, before=was, after=will_be)


def _other_cells(what: str, path: str, old: Mapping, new: Mapping) -> Iterator[Change]:
    """old, new: (column, language) -> the words, or the file, that stood and stand there."""
    for column, code in dict.fromkeys([*old, *new]):
        was, will_be = old.get((column, code)), new.get((column, code))
        if was != will_be:
            name = f"{column_name(column)} in {language_name(code)}"
            words = f"{path}: the {name} {became(was, will_be)}."
            yield Change(what, path, words, column, code, was, will_be)


def _file_changes(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Change]:
    """Files under the name that they had; of one that is gone, `emis forms check` tells."""
    for name in new:
        if name in old and old[name] != new[name]:
            words = f"The file {name} has changed: publishing makes a new version of it."
            yield Change("file-changed", "", words, before=old[name], after=new[name], file=name)


def _missing_translations(old: FormModel, new: FormModel) -> Iterator[Change]:
    """What lacks words in one of the new form's languages, unless it did so before."""
    earlier = set(_untranslated(old))
    for path, column, code in _untranslated(new):
        if (path, column, code) not in earlier:
            name = column_name(column)
            words = f"{path}: the {name} has no words in {language_name(code)}."
            yield Change("translation-missing", path, words, column, code)


def _untranslated(form: FormModel) -> Iterator[tuple[str, str, str]]:
    for question in form.questions:
        for column in TEXT_COLUMNS:
            held = {code for name, code in question.texts if name == column}
            yield from ((question.path, column, code) for code in _lacking(held, form))
    for name, choices in form.lists.items():
        for code, choice in by_code(choices).items():
            missing = _lacking(set(choice.labels), form)
            yield from ((f"{name}: {code}", "label", item) for item in missing)


def _lacking(held: set[str], form: FormModel) -> list[str]:
    return [code for code in form.languages if held and "" not in held and code not in held]


def _called(question: Question, form: FormModel) -> str:
    label = form.words(question, "label", "en")
    return f"{question.path} (“{label}”)" if label else question.path
