"""A form as plain records: what it asks, in which words, under which conditions.

Comes in: an XForm, as pyxform makes it or Central serves it. Goes out: a FormModel, by which two
versions can be compared, a form drawn on paper, and its tables planned before it is published.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from bridge.changes import FormField
from bridge.schema import KINDS, TEXT_TYPES
from bridge.xform import (
    INSTANCE,
    ITEXT,
    MEDIA,
    NO_TRANSLATION,
    SELECTS,
    XF,
    content_hash,
    field_path,
    language_code,
    local_name,
    parse_xform,
    primary_instance,
    text_id_of,
    text_of,
)
from bridge.xform_logic import JR, ODK, LogicReader, attribute_name

CONTROLS = SELECTS | {"input", "upload", "trigger", "range", "group", "repeat"}
TEXT_COLUMNS = ("label", "hint", "guidance_hint", "constraint_message", "required_message")
MEDIA_COLUMNS = ("image", "big-image", "audio", "video")
# Of a choice: what is its code or its label, not a column of the author's own.
CHOICE_CELLS = {"name", "value", "label", "itextId"}
# Where the words of a question show another answer, by its name.
SHOWN_ANSWER = re.compile(r"\$\{([^}]+)\}")
SETTINGS = {"action": "submission_url", "base64RsaPublicKey": "public_key"}


@dataclass(frozen=True)
class Question:
    """A node of the form. path, type: as Central lists them; kind: as the mirror keeps it.

    control: what a person sees, "" where there is nothing to see. texts: (column, language) ->
    words, `${name}` where another answer shows; language "" in a form without languages.
    logic: column or parameter -> expression. list_name: the choices, of the form itself or
    `<name>.csv`. media: (column, language) -> file. source: what fills it by itself, or the kind
    of file that it takes (bridge.xform_logic).
    """

    path: str
    name: str
    type: str
    kind: str
    control: str
    is_select_multiple: bool
    texts: dict[tuple[str, str], str] = field(hash=False)
    logic: dict[str, str] = field(hash=False)
    list_name: str | None = None
    media: dict[tuple[str, str], str] = field(default_factory=dict, hash=False)
    source: str = ""

    @property
    def is_computed(self) -> bool:
        """Nobody types it. What another answer sets once (`trigger`) can still be typed over."""
        return "calculation" in self.logic and "trigger" not in self.logic

    def text(self, column: str, language: str) -> str:
        return self.texts.get((column, language), self.texts.get((column, ""), ""))

    @property
    def is_group(self) -> bool:
        return self.kind in ("structure", "repeat")


@dataclass(frozen=True)
class ListedChoice:
    """labels: language -> label. cells: (column, language) -> what else it has: its pictures, and
    columns of the author's own.
    """

    code: str
    labels: dict[str, str] = field(hash=False)
    cells: dict[tuple[str, str], str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class FormModel:
    """questions: parents before children, in the form's order; `meta` stands last.

    lists: the choices that the form itself holds, by list; a code may stand there twice, as `other`
    in a list that a filter divides. files: list -> the file or entity list that it is read from.
    languages: their codes, the default one first. content: of bridge.xform.content_hash.
    settings: what the sheets `settings` and `entities` say of the form as a whole, by column.
    """

    form_id: str
    version: str
    title: str
    languages: tuple[str, ...]
    questions: tuple[Question, ...]
    lists: dict[str, tuple[ListedChoice, ...]] = field(hash=False)
    content: str = ""
    settings: dict[str, str] = field(default_factory=dict, hash=False)
    files: dict[str, str] = field(default_factory=dict, hash=False)

    def words(self, question: Question, column: str, language: str) -> str:
        """Those of the form's first language where it has none in this one."""
        return question.text(column, language) or question.text(column, self.languages[0])

    def question_at(self, path: str) -> Question | None:
        return next((item for item in self.questions if item.path == path), None)

    def fields(self) -> tuple[FormField, ...]:
        """As Central will list them."""
        return tuple(
            FormField(
                item.path, item.name, item.kind, item.kind == "binary", item.is_select_multiple
            )
            for item in self.questions
        )


def read_model(xform: str | bytes) -> FormModel:
    """Raises OperatorError `form-invalid` for what is no XForm."""
    root = parse_xform(xform)
    instance = primary_instance(xform)
    reader = _Reader(root, etree.QName(instance).localname)
    questions = tuple(reader.questions(root.find(f".//{XF}model/{XF}instance/*"), ""))
    return FormModel(
        form_id=instance.get("id", ""),
        version=instance.get("version", ""),
        title=text_of(root.find(".//{*}head/{*}title")),
        languages=reader.languages,
        questions=questions,
        lists=reader.lists(),
        content=content_hash(xform),
        settings=reader.settings(instance),
        files=reader.files(),
    )


class _Reader:
    def __init__(self, root: etree._Element, envelope: str):
        self.root, self.envelope = root, envelope
        self.logic = LogicReader(root, envelope)
        self.binds = self.logic.binds
        self.controls = _controls(root)
        self.instances = {
            instance.get("id"): instance
            for instance in root.iter(f"{XF}instance")
            if instance.get("id")
        }
        self.texts = self._texts()
        self.languages = tuple(self.texts) or ("",)

    def questions(self, parent: etree._Element, base: str) -> Iterator[Question]:
        seen = set()
        for element in parent.iterchildren(etree.Element):
            name = etree.QName(element).localname
            path = f"{base}/{name}"
            # A repeat stands there twice: its template and its first row.
            if path in seen:
                continue
            seen.add(path)
            question = self._question(element, name, path)
            yield question
            if question.is_group:
                yield from self.questions(element, path)

    def lists(self) -> dict[str, tuple[ListedChoice, ...]]:
        found = {
            name: tuple(self._choices(instance))
            for name, instance in self.instances.items()
            if not instance.get("src")
        }
        return found | {
            f"{path}#": tuple(self._inline_choices(control))
            for path, control in self.controls.items()
            if _list_name(control, path) == f"{path}#"
        }

    def files(self) -> dict[str, str]:
        found = {
            name: MEDIA.fullmatch(item.get("src", "")) for name, item in self.instances.items()
        }
        return {name: match[1] for name, match in found.items() if match}

    def settings(self, instance: etree._Element) -> dict[str, str]:
        """instance: the root of the form's data."""
        found = {"name": self.envelope} | _root_attributes(instance)
        submission, body = self.root.find(f".//{XF}submission"), self.root.find(".//{*}body")
        if submission is not None:
            said = {
                attribute_name(key): text for key, text in submission.items() if key != "method"
            }
            found |= {SETTINGS.get(k, k.replace("-", "_")): text for k, text in said.items()}
        if body is not None and body.get("class"):
            found["style"] = body.get("class")
        entity = instance.find("./{*}meta/{*}entity")
        if entity is not None:
            found |= self.logic.entity(entity, f"/{self.envelope}/meta/entity")
        return found

    def _question(self, element, name: str, path: str) -> Question:
        ref = f"/{self.envelope}{path}"
        bind, control = self.binds.get(ref), self.controls.get(path)
        repeat = self.controls.get(f"{path}@repeat")
        central_type = "repeat" if repeat is not None else _type(element, bind, path)
        return Question(
            path=path,
            name=name,
            type=central_type,
            kind=_kind(central_type),
            control=local_name(control) if control is not None else "",
            is_select_multiple=control is not None and local_name(control) == "select",
            texts=self._texts_of(bind, control),
            logic=self.logic.read(element, ref, bind, control, repeat),
            list_name=_list_name(control, path),
            media=self._media_of(control),
            source=self.logic.source(ref, bind, control),
        )

    def _texts_of(self, bind, control) -> dict[tuple[str, str], str]:
        found = {}
        if control is not None:
            for column in ("label", "hint"):
                element = control.find(f"{XF}{column}")
                if element is not None:
                    found |= self._words(column, element.get("ref"), _with_outputs(element))
        if bind is not None:
            for column, attribute in (
                ("constraint_message", "constraintMsg"), ("required_message", "requiredMsg"),
            ):  # fmt: skip
                text = bind.get(f"{JR}{attribute}")
                found |= self._words(column, text, text or "")
        return found

    def _words(self, column: str, ref: str | None, plain: str) -> dict[tuple[str, str], str]:
        found = ITEXT.search(ref or "")
        if not found:
            return {(column, ""): plain} if plain else {}
        words = {}
        for language, texts in self.texts.items():
            words[column, language] = texts.get((found[2], ""), "")
            guidance = texts.get((found[2], "guidance"), "")
            if column == "hint" and guidance:
                words["guidance_hint", language] = guidance
        return {key: text for key, text in words.items() if text and text != NO_TRANSLATION}

    def _media_of(self, control) -> dict[tuple[str, str], str]:
        label = control.find(f"{XF}label") if control is not None else None
        text_id = text_id_of(label)
        return self._media(text_id) if text_id else {}

    def _media(self, text_id: str) -> dict[tuple[str, str], str]:
        found = {
            (column, language): MEDIA.fullmatch(texts.get((text_id, column), ""))
            for language, texts in self.texts.items()
            for column in MEDIA_COLUMNS
        }
        return {key: match[1] for key, match in found.items() if match}

    def _choices(self, instance) -> Iterator[ListedChoice]:
        for item in instance.iterfind("./*/*"):
            cells = {local_name(cell): text_of(cell) for cell in item.iterchildren(etree.Element)}
            text_id = cells.get("itextId")
            own = {(name, ""): text for name, text in cells.items() if name not in CHOICE_CELLS}
            yield ListedChoice(
                cells.get("name", cells.get("value", "")),
                self._choice_labels(text_id, cells.get("label", "")),
                own | self._media(text_id or ""),
            )

    def _inline_choices(self, control) -> Iterator[ListedChoice]:
        for item in control.iter(f"{XF}item"):
            label = item.find(f"{XF}label")
            code = text_of(item.find(f"{XF}value"))
            yield ListedChoice(code, self._choice_labels(text_id_of(label), text_of(label)))

    def _choice_labels(self, text_id: str | None, plain: str) -> dict[str, str]:
        if text_id is None:
            return {"": plain} if plain else {}
        labels = {code: texts.get((text_id, ""), "") for code, texts in self.texts.items()}
        return {code: text for code, text in labels.items() if text and text != NO_TRANSLATION}

    def _texts(self) -> dict[str, dict[tuple[str, str], str]]:
        """language -> (text id, form of the text) -> words; the default language first."""
        translations = list(self.root.iter(f"{XF}translation"))
        translations.sort(key=lambda item: item.get("default") != "true()")
        return {
            language_code(translation.get("lang", "")): {
                (text.get("id"), value.get("form", "")): _with_outputs(value)
                for text in translation.iter(f"{XF}text")
                for value in text.iter(f"{XF}value")
            }
            for translation in translations
        }


def _controls(root: etree._Element) -> dict[str, etree._Element]:
    """path -> its control; a repeat's own element stands at `<path>@repeat`."""
    found = {}
    for element in root.iter(etree.Element):
        name = local_name(element)
        ref = element.get("ref") or element.get("nodeset") or ""
        if name in CONTROLS and ref.startswith("/"):
            found.setdefault(f"{field_path(ref)}@repeat" if name == "repeat" else field_path(ref),
                             element)  # fmt: skip
    return found


def _type(element, bind, path: str) -> str:
    if bind is not None and bind.get("type"):
        return bind.get("type")
    is_entity = local_name(element) == "entity" and path.startswith("/meta/")
    return "structure" if len(element) or is_entity else "unknown"


def _root_attributes(instance: etree._Element) -> dict[str, str]:
    """The settings `attribute::…`, `prefix` and `delimiter`."""
    return {
        attribute_name(key) if key.startswith(ODK) else f"attribute::{attribute_name(key)}": text
        for key, text in instance.items()
        if key not in ("id", "version")
    }


def _kind(central_type: str) -> str:
    if central_type in TEXT_TYPES:
        return "string"
    return central_type if central_type in KINDS else "unknown"


def _list_name(control, path: str) -> str | None:
    if control is None:
        return None
    itemset = control.find(f"{XF}itemset")
    if itemset is None and local_name(control) in SELECTS:
        return f"{path}#"
    nodeset = control.get("query", "") if itemset is None else itemset.get("nodeset", "")
    found = INSTANCE.search(nodeset)
    return found[1] if found else None


def _with_outputs(element: etree._Element) -> str:
    """The words of a text; `${name}` where the form shows another answer."""
    parts = [element.text or ""]
    for child in element:
        if child.tag == f"{XF}output":
            parts.append(f"${{{(child.get('value') or '').strip().rpartition('/')[2]}}}")
        parts.append(child.tail or "")
    return " ".join("".join(parts).split())
