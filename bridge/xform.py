"""What an XForm says: its version, its media, its choices.

Comes in: an XForm as pyxform makes it or Central serves it. Goes out: plain values. Choices that
come from a file or an entity list are not in the form, so not here.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lxml import etree

from bridge.changes import Choice
from config.errors import OperatorError

XF = "{http://www.w3.org/2002/xforms}"
SELECTS = {"select", "select1", "rank"}
INSTANCE = re.compile(r"instance\(\s*['\"]([^'\"]+)['\"]\s*\)")
ITEXT = re.compile(r"jr:itext\(\s*(['\"]?)([^'\")]+)\1\s*\)")
MEDIA = re.compile(r"jr://(?:file|file-csv|images|audio|video)/(.+)")
# In an appearance: the file that Collect searches in.
SEARCH = re.compile(r"(?<![\w.-])search\s*\(\s*(['\"])(.+?)\1")
LANGUAGE_CODE = re.compile(r"\(([A-Za-z][A-Za-z0-9-]*)\)\s*$")
# What pyxform writes where a translation is missing.
NO_TRANSLATION = "-"


def parse_xform(xform: str | bytes) -> etree._Element:
    """The root of an XForm; external entities are never followed."""
    source = xform.encode() if isinstance(xform, str) else xform
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    try:
        return etree.fromstring(source, parser)
    except etree.XMLSyntaxError as error:
        raise OperatorError("form-invalid", f"The XForm is not XML: {error.msg}.") from None


def read_choices(xform: str) -> tuple[Choice, ...]:
    """The labels of all choices that the form itself holds, each once."""
    root = parse_xform(xform)
    form = _Form(_read_texts(root), _read_instances(root))
    found = {
        (choice.path, choice.code, choice.language): choice
        for control in root.iter()
        if local_name(control) in SELECTS and control.get("ref", "").startswith("/")
        for choice in _choices_of(control, form)
    }
    return tuple(found.values())


def primary_instance(xform: str | bytes) -> etree._Element:
    """The root of the form's data: its attributes `id` and `version` name the form."""
    return _primary_instance(parse_xform(xform))


def with_version(xform: str, version: str) -> str:
    """The same form under another version."""
    root = parse_xform(xform)
    _primary_instance(root).set("version", version)
    return etree.tostring(root, encoding="unicode")


def opened_with(xform: str, language: str, answers: Mapping[str, str]) -> str:
    """The form as it opens: in a language (a code such as `ar`), with answers already there.

    answers: path of the field list -> value; a question that the form does not have is passed over.
    What the form itself would begin with there, such as the tablet's own school, is left out.
    """
    root = parse_xform(xform)
    translations = list(root.iter(f"{XF}translation"))
    chosen = [item for item in translations if language_code(item.get("lang", "")) == language]
    for item in translations if chosen else ():
        item.attrib.pop("default", None)
    for item in chosen[:1]:
        item.set("default", "true()")
    for path, value in answers.items():
        _answer(_primary_instance(root), path.strip("/").split("/"), value)
    _drop_defaults(root, answers)
    return etree.tostring(root, encoding="unicode")


def _answer(node: etree._Element, names: list[str], value: str) -> None:
    for name in names:
        node = next((child for child in node if local_name(child) == name), None)
        if node is None:
            return
    if len(node) == 0:
        node.text = value


def _drop_defaults(root: etree._Element, answers: Mapping[str, str]) -> None:
    """Defaults that are formulas: set when the form opens, over what stands in it."""
    data = local_name(_primary_instance(root))
    answered = {f"/{data}/{path.strip('/')}" for path in answers}
    for action in list(root.iter(f"{XF}setvalue")):
        if action.get("ref") in answered:
            action.getparent().remove(action)


def content_hash(xform: str | bytes) -> str:
    """SHA-256 of what the form asks: equal for two texts that differ in version or spelling only.

    Left out: the version, and the key that a project with managed encryption adds.
    """
    root = parse_xform(xform)
    _primary_instance(root).attrib.pop("version", None)
    for submission in list(root.iter(f"{XF}submission")):
        submission.attrib.pop("base64RsaPublicKey", None)
        if not submission.attrib:
            submission.getparent().remove(submission)
    return hashlib.sha256(etree.tostring(root, method="c14n2")).hexdigest()


def media_names(xform: str) -> tuple[str, ...]:
    """Files and entity lists that Central must serve beside the form, each once."""
    root = parse_xform(xform)
    sources = [instance.get("src", "") for instance in root.iter(f"{XF}instance")]
    sources += [value.text or "" for value in root.iter(f"{XF}value") if value.get("form")]
    sources += [node.text or "" for node in _primary_instance(root).iter(etree.Element)]
    found = (MEDIA.fullmatch(source.strip()) for source in sources)
    names = [match[1] for match in found if match]
    if any(control.get("query") for control in root.iter(f"{XF}input")):
        names.append("itemsets.csv")
    names += [
        csv_name(match[2])
        for control in root.iter(f"{XF}select", f"{XF}select1")
        if (match := SEARCH.search(control.get("appearance", "")))
    ]
    return tuple(dict.fromkeys(names))


def csv_name(name: str) -> str:
    """The file that `search('rooms')` or `pulldata('rooms', …)` reads, with its ending or not."""
    return name if name.endswith(".csv") else f"{name}.csv"


def field_path(ref: str) -> str:
    """`/data/grades/girls` as `/grades/girls`: the path of Central's field list."""
    return "".join(f"/{name}" for name in ref.split("/")[2:])


def _primary_instance(root: etree._Element) -> etree._Element:
    found = root.find(f".//{XF}model/{XF}instance/*")
    if found is None:
        raise OperatorError("form-invalid", "The XForm has no primary instance.")
    return found


@dataclass(frozen=True)
class _Form:
    """texts: language -> text id -> text. instances: id -> its items, each a dict of texts."""

    texts: dict[str, dict[str, str]]
    instances: dict[str, list[dict[str, str]]] = field(default_factory=dict)


def _choices_of(control: etree._Element, form: _Form) -> Iterator[Choice]:
    path = field_path(control.get("ref"))
    for code, label_ref, label in _items_of(control, form):
        for language, text in _labels(form, label_ref, label):
            if text not in ("", NO_TRANSLATION):
                yield Choice(path, code, language, text)


def _items_of(control: etree._Element, form: _Form) -> Iterator[tuple[str, str | None, str]]:
    """(code, id of its text or None, plain label) of each choice of one question."""
    for item in control.iter(f"{XF}item"):
        label = item.find(f"{XF}label")
        code = "".join(item.findtext(f"{XF}value", ""))
        yield code, text_id_of(label), text_of(label)
    for itemset in control.iter(f"{XF}itemset"):
        yield from _items_of_instance(itemset, form)


def _items_of_instance(itemset: etree._Element, form: _Form):
    instance = INSTANCE.search(itemset.get("nodeset", ""))
    value, label = itemset.find(f"{XF}value"), itemset.find(f"{XF}label")
    if instance is None or value is None or label is None:
        return
    by_text_id = ITEXT.search(label.get("ref", ""))
    for item in form.instances.get(instance[1], ()):
        text_id = item.get(by_text_id[2]) if by_text_id else None
        yield item.get(value.get("ref"), ""), text_id, item.get(label.get("ref"), "")


def _labels(form: _Form, text_id: str | None, label: str) -> Iterator[tuple[str, str]]:
    if text_id is None:
        yield "", label
        return
    for language, texts in form.texts.items():
        yield language, texts.get(text_id, "")


def _read_texts(root: etree._Element) -> dict[str, dict[str, str]]:
    return {
        language_code(translation.get("lang", "")): {
            text.get("id"): _plain_value(text) for text in translation.iter(f"{XF}text")
        }
        for translation in root.iter(f"{XF}translation")
    }


def _plain_value(text: etree._Element) -> str:
    """The words of a text; its pictures, sounds and short forms carry a `form` attribute."""
    values = [value for value in text.iter(f"{XF}value") if value.get("form") is None]
    return text_of(values[0]) if values else ""


def _read_instances(root: etree._Element) -> dict[str, list[dict[str, str]]]:
    return {
        instance.get("id"): [
            {local_name(cell): text_of(cell) for cell in item}
            for item in instance.iterfind("./*/*")
        ]
        for instance in root.iter(f"{XF}instance")
        if instance.get("id") and not instance.get("src")
    }


def language_code(language: str) -> str:
    """`العربية (ar)` -> `ar`; a language without a code keeps its name."""
    found = LANGUAGE_CODE.search(language)
    if found:
        return found[1]
    return "" if language == "default" else language


def text_id_of(label: etree._Element | None) -> str | None:
    found = ITEXT.search(label.get("ref", "")) if label is not None else None
    return found[2] if found else None


def text_of(element: etree._Element | None) -> str:
    return "".join(element.itertext()).strip() if element is not None else ""


def local_name(element: etree._Element) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""
