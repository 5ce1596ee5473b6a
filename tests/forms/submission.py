"""A submission's XML as path -> text, in the engine's spelling of paths."""

from collections import Counter
from collections.abc import Iterator

from lxml import etree


def read_values(xml: bytes) -> dict[str, str]:
    """Every leaf: `grades[2]/girls/age_0` -> `9`; an empty answer is ""."""
    return dict(_leaves(etree.fromstring(xml), ""))


def _leaves(parent: etree._Element, prefix: str) -> Iterator[tuple[str, str]]:
    seen = Counter()
    for child in parent:
        name = etree.QName(child).localname
        seen[name] += 1
        path = f"{prefix}{name}" if seen[name] == 1 else f"{prefix}{name}[{seen[name]}]"
        if len(child):
            yield from _leaves(child, f"{path}/")
        else:
            yield path, child.text or ""
