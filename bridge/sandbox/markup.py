"""XML as Central's lenient reader (htmlparser2 in XML mode) sees it: a list of events.

Broken XML is not refused: a closing tag without its opening is passed over, what is left open is
closed at the end, control characters stay. Each entity in a text is an event of its own, which
decides what a number with an entity in it becomes.
"""

import re
from dataclasses import dataclass, field

OPEN, TEXT, CLOSE = 0, 1, 2

_TOKEN = re.compile(
    r"<!--.*?(?:-->|\Z)"
    r"|<!\[CDATA\[(?P<cdata>.*?)(?:\]\]>|\Z)"
    r"|<[?!][^>]*(?:>|\Z)"
    r"|</\s*(?P<close>[^\s>]*)[^>]*(?:>|\Z)"
    r"|<(?P<open>[^\s/>!?][^\s/>]*)(?P<attrs>(?:[^>\"']|\"[^\"]*\"|'[^']*')*?)(?P<empty>/?)>"
    r"|(?P<text>[^<]+|<)",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(r"([^\s=/>]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]+)))?", re.DOTALL)
_ENTITY = re.compile(r"&(#[xX][0-9a-fA-F]+|#[0-9]+|amp|lt|gt|quot|apos);")
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}


def read_events(xml: str) -> list[tuple]:
    """(OPEN, name, attributes) | (TEXT, decoded, raw) | (CLOSE, name, None), always balanced."""
    events, open_tags = [], []
    for token in _TOKEN.finditer(xml):
        kind = token.lastgroup
        if kind == "text":
            _add_text(events, token["text"])
        elif kind == "close":
            _close(events, open_tags, token["close"])
        elif kind == "empty":
            _open(events, open_tags, token)
        elif kind == "cdata" and token["cdata"]:
            events.append((TEXT, token["cdata"], token["cdata"]))
    while open_tags:
        events.append((CLOSE, open_tags.pop(), None))
    return events


def _add_text(events: list, raw: str) -> None:
    if "&" not in raw:
        events.append((TEXT, raw, raw))
        return
    start = 0
    for entity in _ENTITY.finditer(raw):
        if entity.start() > start:
            piece = raw[start : entity.start()]
            events.append((TEXT, piece, piece))
        events.append((TEXT, _character(entity[1]), entity[0]))
        start = entity.end()
    if start < len(raw):
        events.append((TEXT, raw[start:], raw[start:]))


def _character(name: str) -> str:
    if not name.startswith("#"):
        return _NAMED[name]
    point = int(name[2:], 16) if name[1] in "xX" else int(name[1:])
    if point == 0 or 0xD800 <= point <= 0xDFFF or point > 0x10FFFF:
        return "\ufffd"
    return chr(point)


def decode(raw: str | None) -> str | None:
    return raw and _ENTITY.sub(lambda entity: _character(entity[1]), raw)


def _open(events: list, open_tags: list, token: re.Match) -> None:
    name = token["open"]
    attributes = {}
    if token["attrs"].strip():
        for key, double, single, bare in _ATTRIBUTE.findall(token["attrs"]):
            attributes.setdefault(key, double or single or bare)
    events.append((OPEN, name, attributes))
    if token["empty"]:
        events.append((CLOSE, name, None))
    else:
        open_tags.append(name)


def _close(events: list, open_tags: list, name: str) -> None:
    if name not in open_tags:
        return
    while True:
        closed = open_tags.pop()
        events.append((CLOSE, closed, None))
        if closed == name:
            return


def local_name(name: str) -> str:
    """The name without its namespace prefix."""
    return name.rpartition(":")[2]


@dataclass
class Node:
    """An element; `text` is raw (entities as written), as Central reads forms and ids."""

    name: str
    attributes: dict
    children: list["Node"] = field(default_factory=list)
    text: str | None = None

    @property
    def local(self) -> str:
        return local_name(self.name)

    def attribute(self, wanted: str) -> str | None:
        for key, value in self.attributes.items():
            if local_name(key) == wanted:
                return value
        return None

    def child(self, *names: str) -> "Node | None":
        """The first element at this path of local names; the empty name is any element."""
        if not names:
            return self
        for child in self.children:
            if not names[0] or child.local == names[0]:
                found = child.child(*names[1:])
                if found is not None:
                    return found
        return None

    def descendants(self):
        for child in self.children:
            yield child
            yield from child.descendants()


def read_tree(events: list[tuple]) -> Node | None:
    """The first element of the document with all that is inside."""
    stack: list[Node] = []
    for kind, value, extra in events:
        if kind == OPEN:
            node = Node(value, extra)
            if stack:
                stack[-1].children.append(node)
            stack.append(node)
        elif kind == CLOSE:
            node = stack.pop()
            if not stack:
                return node
        elif stack:
            stack[-1].text = (stack[-1].text or "") + extra
    return None
