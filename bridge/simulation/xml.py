"""From answers to the XML that Collect would send.

In: a published XForm, then answers: nested dicts by the names of its nodes, lists of dicts for
repeats. Out: the submission as bytes. The form itself says which nodes there are, in which order,
under which id and version; nothing of it is known here. Promised, as JavaRosa does it:

    node                                  | in the XML
    answered                              | its value
    answered with None                    | empty
    not answered, and never hidden        | the form's default, mostly empty
    not answered, and hidden by a formula | not there

A name that the form does not have is a ValueError: the answers were made for another form.
"""

from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

from bridge.xform import XF, parse_xform

JR = "{http://openrosa.org/javarosa}"
PROLOG = "<?xml version='1.0' encoding='UTF-8' ?>"
MISSING = object()


@dataclass
class _Node:
    name: str
    path: str
    opening: str
    closing: str
    empty: str
    default: str
    can_hide: bool
    children: tuple["_Node", ...] = ()
    names: frozenset = field(default_factory=frozenset)


class SubmissionWriter:
    """Writes submissions of one version of one form. Holds nothing between two of them."""

    def __init__(self, xform: str):
        root = parse_xform(xform)
        instance = root.find(f".//{XF}instance")[0]
        name = etree.QName(instance).localname
        hidden = {bind.get("nodeset") for bind in root.iter(f"{XF}bind") if bind.get("relevant")}
        self.form_id, self.version = instance.get("id"), instance.get("version", "")
        self._root = _node_of(instance, f"/{name}", hidden)
        self._root.opening = f"<{name}{_attributes(instance)}{_namespaces(root)}>"

    def write(self, answers: dict) -> bytes:
        """Raises ValueError for an answer to something that the form does not ask."""
        parts = [PROLOG]
        _write(self._root, answers, parts)
        return "".join(parts).encode()


def _node_of(element: etree._Element, path: str, hidden: set[str]) -> _Node:
    tag = _tag(element)
    children = {}
    for child in element.iterchildren(etree.Element):
        name = etree.QName(child).localname
        children.setdefault(name, _node_of(child, f"{path}/{name}", hidden))
    return _Node(
        name=etree.QName(element).localname,
        path=path,
        opening=f"<{tag}>",
        closing=f"</{tag}>",
        empty=f"<{tag} />",
        default=escape(element.text or "") if not children else "",
        can_hide=path in hidden,
        children=tuple(children.values()),
        names=frozenset(children),
    )


def _write(node: _Node, value, parts: list[str]) -> None:
    if value is MISSING and node.can_hide:
        return
    if isinstance(value, list):
        for row in value:
            _write(node, row, parts)
    elif node.children:
        _write_group(node, {} if value is MISSING else value, parts)
    else:
        text = node.default if value is MISSING else _text(value)
        parts += (node.opening, text, node.closing) if text else (node.empty,)


def _write_group(node: _Node, answers: dict, parts: list[str]) -> None:
    if not answers.keys() <= node.names:
        unknown = ", ".join(sorted(answers.keys() - node.names))
        raise ValueError(f"the form has no {unknown} in {node.path}")
    parts.append(node.opening)
    for child in node.children:
        _write(child, answers.get(child.name, MISSING), parts)
    parts.append(node.closing)


def _text(value) -> str:
    return "" if value is None else escape(value) if isinstance(value, str) else str(value)


def _tag(element: etree._Element) -> str:
    name = etree.QName(element).localname
    return f"{element.prefix}:{name}" if element.prefix else name


def _attributes(element: etree._Element) -> str:
    attributes = {name: value for name, value in element.attrib.items() if not name.startswith("{")}
    return "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())


def _namespaces(root: etree._Element) -> str:
    prefixed = {prefix: uri for prefix, uri in root.nsmap.items() if prefix}
    return "".join(f" xmlns:{prefix}={quoteattr(uri)}" for prefix, uri in prefixed.items())
