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
    NO_TRANSLATION,
    XF,
    content_hash,
    field_path,
    language_code,
    parse_xform,
    primary_instance,
)

JR = "{http://openrosa.org/javarosa}"
ORX = "{http://openrosa.org/xforms}"
ENTITIES = "{http://www.opendatakit.org/xforms/entities}"
CONTROLS = {"input", "select", "select1", "rank", "upload", "trigger", "range", "group", "repeat"}
BIND_LOGIC = {
    "relevant": "relevant", "constraint": "constraint", "required": "required",
    "calculate": "calculation", "readonly": "read_only",
    f"{ENTITIES}saveto": "save_to", f"{ORX}max-pixels": "max-pixels",
}  # fmt: skip
# What the model tells elsewhere, or what pyxform writes by itself.
TOLD = {
    "nodeset", "ref", "type", "preload", "preloadParams", "constraintMsg", "requiredMsg",
    "mediatype", "appearance", "query", "count", "noAddRemove", "id",
}  # fmt: skip
# Of the sheet `entities`: the attribute of the entity whose formula a column is.
ENTITY_COLUMNS = {"create": "create_if", "update": "update_if", "id": "entity_id"}
FIRST_LOAD = "odk-instance-first-load"
TEXT_COLUMNS = ("label", "hint", "guidance_hint", "constraint_message", "required_message")


@dataclass(frozen=True)
class Question:
    """A node of the form. path, type: as Central lists them; kind: as the mirror keeps it.

    control: what a person sees, "" where there is nothing to see. texts: (column, language) ->
    words, `${name}` where another answer shows; language "" in a form without languages.
    logic: column or parameter -> expression. list_name: the choices, of the form itself or
    `<name>.csv`.
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

    def text(self, column: str, language: str) -> str:
        return self.texts.get((column, language), self.texts.get((column, ""), ""))

    @property
    def is_group(self) -> bool:
        return self.kind in ("structure", "repeat")


@dataclass(frozen=True)
class FormModel:
    """questions: parents before children, in the form's order; `meta` stands last.

    lists: name -> code -> language -> label, of the choices that the form itself holds.
    languages: their codes, the default one first. content: of bridge.xform.content_hash.
    settings: what the sheets `settings` and `entities` say of the form as a whole, by column.
    """

    form_id: str
    version: str
    title: str
    languages: tuple[str, ...]
    questions: tuple[Question, ...]
    lists: dict[str, dict[str, dict[str, str]]] = field(hash=False)
    content: str = ""
    settings: dict[str, str] = field(default_factory=dict, hash=False)

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
        title=_plain(root.find(".//{*}head/{*}title")),
        languages=reader.languages,
        questions=questions,
        lists=reader.lists({item.list_name for item in questions}),
        content=content_hash(xform),
        settings=reader.settings(),
    )


class _Reader:
    def __init__(self, root: etree._Element, envelope: str):
        self.root, self.envelope = root, envelope
        self.binds = {bind.get("nodeset"): bind for bind in root.iter(f"{XF}bind")}
        self.controls = _controls(root)
        self.defaults = {
            item.get("ref"): item.get("value", "")
            for item in root.iter(f"{XF}setvalue")
            if item.get("event") == FIRST_LOAD
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

    def lists(self, used: set[str | None]) -> dict[str, dict[str, dict[str, str]]]:
        found = {}
        for instance in self.root.iter(f"{XF}instance"):
            if instance.get("id") in used - {None} and not instance.get("src"):
                found[instance.get("id")] = dict(self._choices(instance))
        for path, control in self.controls.items():
            if f"{path}#" in used:
                found[f"{path}#"] = dict(self._inline_choices(control))
        return found

    def settings(self) -> dict[str, str]:
        found = {}
        submission, body = self.root.find(f".//{XF}submission"), self.root.find(".//{*}body")
        if submission is not None:
            found = {_name(key).replace("-", "_"): text for key, text in submission.items()}
        if body is not None and body.get("class"):
            found["style"] = body.get("class")
        for entity in self.root.iter("{*}entity"):
            if entity.get("dataset"):
                found["list_name of entities"] = entity.get("dataset")
        for attribute, column in ENTITY_COLUMNS.items():
            bind = self.binds.get(f"/{self.envelope}/meta/entity/@{attribute}")
            if bind is not None and bind.get("calculate"):
                found[column] = _short(bind.get("calculate"), self.envelope)
        return found

    def _question(self, element, name: str, path: str) -> Question:
        ref = f"/{self.envelope}{path}"
        bind, control = self.binds.get(ref), self.controls.get(path)
        is_repeat = f"{path}@repeat" in self.controls
        central_type = "repeat" if is_repeat else _type(element, bind, path)
        return Question(
            path=path,
            name=name,
            type=central_type,
            kind=_kind(central_type),
            control=_local(control) if control is not None else "",
            is_select_multiple=control is not None and _local(control) == "select",
            texts=self._texts_of(bind, control),
            logic=self._logic(bind, control, self.controls.get(f"{path}@repeat"))
            | self._default(element, ref),
            list_name=_list_name(control, path),
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

    def _default(self, element, ref: str) -> dict[str, str]:
        said = self.defaults.get(ref) or (element.text or "").strip()
        return {"default": _short(said, self.envelope)} if said and not len(element) else {}

    def _logic(self, bind, control, repeat) -> dict[str, str]:
        found = {}
        if bind is not None:
            found = {name: bind.get(key) for key, name in BIND_LOGIC.items() if bind.get(key)}
        if control is not None:
            found["appearance"] = control.get("appearance", "")
            nodeset = next((i.get("nodeset") for i in control.iter(f"{XF}itemset")), "")
            found["choice_filter"] = re.sub(r"^[^\[]*\[?|\]$", "", nodeset or "")
        for said in (bind, control):
            found |= _parameters(said) if said is not None else {}
        if repeat is not None:
            found["repeat_count"] = repeat.get(f"{JR}count", "")
        found = {name: _short(text, self.envelope) for name, text in found.items() if text}
        return {name: text for name, text in found.items() if text != "false()"}

    def _choices(self, instance) -> Iterator[tuple[str, dict[str, str]]]:
        for item in instance.iterfind("./*/*"):
            cells = {_local(cell): _plain(cell) for cell in item}
            code = cells.get("name", cells.get("value", ""))
            yield code, self._choice_label(cells.get("itextId"), cells.get("label", ""))

    def _inline_choices(self, control) -> Iterator[tuple[str, dict[str, str]]]:
        for item in control.iter(f"{XF}item"):
            label = item.find(f"{XF}label")
            found = ITEXT.search(label.get("ref", "")) if label is not None else None
            yield (
                _plain(item.find(f"{XF}value")),
                self._choice_label(found[2] if found else None, _plain(label)),
            )

    def _choice_label(self, text_id: str | None, plain: str) -> dict[str, str]:
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
        name = _local(element)
        ref = element.get("ref") or element.get("nodeset") or ""
        if name in CONTROLS and ref.startswith("/"):
            found.setdefault(f"{field_path(ref)}@repeat" if name == "repeat" else field_path(ref),
                             element)  # fmt: skip
    return found


def _type(element, bind, path: str) -> str:
    if bind is not None and bind.get("type"):
        return bind.get("type")
    is_entity = _local(element) == "entity" and path.startswith("/meta/")
    return "structure" if len(element) or is_entity else "unknown"


def _parameters(element: etree._Element) -> dict[str, str]:
    """Attributes of a bind or a control that no column of the sheet is named after."""
    named = {_name(key): text for key, text in element.items() if key not in BIND_LOGIC}
    return {name: text for name, text in named.items() if name not in TOLD}


def _name(attribute: str) -> str:
    return etree.QName(attribute).localname


def _kind(central_type: str) -> str:
    if central_type in TEXT_TYPES:
        return "string"
    return central_type if central_type in KINDS else "unknown"


def _list_name(control, path: str) -> str | None:
    if control is None or _local(control) not in ("select", "select1", "rank"):
        return None
    itemset = control.find(f"{XF}itemset")
    if itemset is None:
        return f"{path}#"
    found = INSTANCE.search(itemset.get("nodeset", ""))
    return found[1] if found else None


def _with_outputs(element: etree._Element) -> str:
    """The words of a text; `${name}` where the form shows another answer."""
    parts = [element.text or ""]
    for child in element:
        if _local(child) == "output":
            parts.append(f"${{{(child.get('value') or '').strip().rpartition('/')[2]}}}")
        parts.append(child.tail or "")
    return " ".join("".join(parts).split())


def _short(expression: str, envelope: str) -> str:
    """` /data/a/b  > 3` as `${b} > 3`, as authors write it."""
    names = re.sub(rf"/{re.escape(envelope)}(?:/[\w.-]+)*/([\w.-]+)", r"${\1}", expression)
    return " ".join(names.split())


def _plain(element: etree._Element | None) -> str:
    return "".join(element.itertext()).strip() if element is not None else ""


def _local(element: etree._Element) -> str:
    return etree.QName(element).localname
