"""What a change of a form means: in words, at Central, and as a record that a program can read.

Comes in: two models of a form (bridge.xform_model), and the types that questions had in earlier
versions. Goes out: changes in the form's order, and what Central will say to them.

Central names a question by its path: one that is renamed, or moved to another group, is a removed
question and a new one to it. The change says so where the two look alike.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

from bridge.authoring_central import Verdict, judge_change, kind_in_words, with_article
from bridge.xform_model import TEXT_COLUMNS, FormModel, Question

LANGUAGE_NAMES = {"ar": "Arabic", "ckb": "Kurdish (Sorani)", "kmr": "Kurmanji", "en": "English"}
COLUMN_WORDS = {
    "hint": "hint", "guidance_hint": "guidance hint", "constraint_message": "constraint message",
    "required_message": "required message", "choice_filter": "choice filter",
    "repeat_count": "number of rows", "read_only": "read-only",
}  # fmt: skip

OTHER_WORDS = (
    "Something differs that none of this names, such as pictures or further columns of choices. "
    "`git diff` shows it, a cell a line."
)


@dataclass(frozen=True)
class Change:
    """One difference. what: a stable word such as `question-added`. path: the question or list.

    column, language: of the text or condition that differs. before, after: None where there was,
    or will be, nothing.
    """

    what: str
    path: str
    words: str
    column: str | None = None
    language: str | None = None
    before: str | None = None
    after: str | None = None


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
) -> FormDiff:
    """history: path -> type in any published version; `old` alone where it is not given."""
    changes = (
        *_form_changes(old, new),
        *_question_changes(old, new),
        *_list_changes(old, new),
        *_missing_translations(old, new),
    )
    if not {change.what for change in changes} - {"version-changed"} and old.content != new.content:
        changes = (*changes, Change("other-changed", "", OTHER_WORDS))
    return FormDiff(*names, changes, judge_change(old, new, history))


def language_name(code: str) -> str:
    return LANGUAGE_NAMES.get(code, code or "the form's one language")


def describe_kind(question: Question) -> str:
    """A type as authors know it."""
    words = {"select1": "select one", "rank": "rank", "trigger": "acknowledge"}
    if question.control == "select":
        return "select multiple"
    if question.control in words:
        return words[question.control]
    if question.kind == "string" and "calculation" in question.logic and not question.control:
        return "calculation"
    return kind_in_words(question.kind)


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
            words = f"The setting {column} {_became(was, will_be)}."
            yield Change("setting-changed", "", words, column, before=was, after=will_be)
    for code in new.languages:
        if code not in old.languages:
            yield Change("language-added", "", f"The language {language_name(code)} is new.",
                         language=code)  # fmt: skip
    for code in old.languages:
        if code not in new.languages:
            yield Change("language-removed", "", f"The language {language_name(code)} is gone.",
                         language=code)  # fmt: skip


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
    yield from _rewordings(old, new)
    for column in dict.fromkeys([*old.logic, *new.logic]):
        was, will_be = old.logic.get(column), new.logic.get(column)
        if was != will_be:
            name = COLUMN_WORDS.get(column, column)
            words = f"{new.path}: the column {name} {_became(was, will_be)}."
            yield Change("logic-changed", new.path, words, column, before=was, after=will_be)


def _rewordings(old: Question, new: Question) -> Iterator[Change]:
    for column, code in dict.fromkeys([*old.texts, *new.texts]):
        was, will_be = old.texts.get((column, code)), new.texts.get((column, code))
        if was != will_be:
            name = COLUMN_WORDS.get(column, column)
            words = f"{new.path}: the {name} in {language_name(code)} {_became(was, will_be)}."
            yield Change("reworded", new.path, words, column, code, was, will_be)


def _list_changes(old: FormModel, new: FormModel) -> Iterator[Change]:
    for name in dict.fromkeys([*old.lists, *new.lists]):
        before, after = old.lists.get(name, {}), new.lists.get(name, {})
        if name not in new.lists:
            yield Change("list-removed", name, f"The list {name} is gone.")
            continue
        if name not in old.lists:
            yield Change("list-added", name, f"The list {name} is new: {len(after)} choices.")
            continue
        for code in after:
            if code not in before:
                words = f"The list {name} offers {code} as well: {_label(after[code])}."
                yield Change("choice-added", name, words, after=code)
            elif before[code] != after[code]:
                yield from _choice_rewordings(name, code, before[code], after[code])
        for code in before:
            if code not in after:
                words = (
                    f"The list {name} offers {code} no more ({_label(before[code])}). Answers "
                    "that were given keep it."
                )
                yield Change("choice-removed", name, words, before=code)


def _choice_rewordings(name: str, code: str, before: dict, after: dict) -> Iterator[Change]:
    for language in dict.fromkeys([*before, *after]):
        was, will_be = before.get(language), after.get(language)
        if was != will_be:
            words = f"{name}: {code} in {language_name(language)} {_became(was, will_be)}."
            yield Change("choice-reworded", name, words, "label", language, was, will_be)


def _missing_translations(old: FormModel, new: FormModel) -> Iterator[Change]:
    """What lacks words in one of the new form's languages, unless it did so before."""
    earlier = set(_untranslated(old))
    for path, column, code in _untranslated(new):
        if (path, column, code) not in earlier:
            name = COLUMN_WORDS.get(column, column)
            words = f"{path}: the {name} has no words in {language_name(code)}."
            yield Change("translation-missing", path, words, column, code)


def _untranslated(form: FormModel) -> Iterator[tuple[str, str, str]]:
    for question in form.questions:
        for column in TEXT_COLUMNS:
            held = {code for name, code in question.texts if name == column}
            yield from ((question.path, column, code) for code in _lacking(held, form))
    for name, choices in form.lists.items():
        for code, labels in choices.items():
            yield from ((f"{name}: {code}", "label", item) for item in _lacking(set(labels), form))


def _lacking(held: set[str], form: FormModel) -> list[str]:
    return [code for code in form.languages if held and "" not in held and code not in held]


def _called(question: Question, form: FormModel) -> str:
    label = question.text("label", "en") or question.text("label", form.languages[0])
    return f"{question.path} (“{label}”)" if label else question.path


def _label(labels: dict[str, str]) -> str:
    return labels.get("en") or next(iter(labels.values()), "no label")


def _became(before: str | None, after: str | None) -> str:
    if not before:
        return f"is new: “{after}”"
    if not after:
        return f"is gone; it was “{before}”"
    return f"was “{before}” and is “{after}”"
