"""A filled form: what the XML of a submission says of itself.

Comes in: the XML, as Collect or ODK Web Forms makes it. Goes out: a Filled record. External
entities are never followed, and a document type is refused.
"""

from dataclasses import dataclass, field

from lxml import etree

from config.errors import OperatorError

# The part of an OpenRosa request that holds the XML; every other part is a file of its name.
XML_FILE = "xml_submission_file"
# The tablet's own name in a submission that was filled in our pages.
WEB_DEVICE_ID = "emis-web"


@dataclass(frozen=True)
class Filled:
    """deprecated_id: of the version that an edit replaces, "" for a new submission."""

    form_id: str
    version: str
    instance_id: str
    deprecated_id: str
    root: etree._Element = field(repr=False)

    def value(self, path: str) -> str:
        """The answer at a path of Central's field list; "" where there is none."""
        return _value(self.root, path)


def read_filled(xml: bytes) -> Filled:
    """Raises OperatorError `submission-invalid`: not XML, or with a document type."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        root = etree.fromstring(xml, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise _invalid(f"it is not XML ({type(error).__name__})") from None
    if root.getroottree().docinfo.doctype:
        raise _invalid("it declares a document type")
    return Filled(
        form_id=root.get("id", ""),
        version=root.get("version", ""),
        instance_id=_value(root, "/meta/instanceID"),
        deprecated_id=_value(root, "/meta/deprecatedID"),
        root=root,
    )


def without_deprecated_id(xml: bytes) -> bytes:
    """The same submission as a new one: Central never had what it was edited from."""
    root = read_filled(xml).root
    for child in [item for meta in root if _local_name(meta) == "meta" for item in meta]:
        if _local_name(child) == "deprecatedID":
            child.getparent().remove(child)
    return etree.tostring(root, encoding="utf-8")


def _value(root: etree._Element, path: str) -> str:
    for name in path.strip("/").split("/"):
        root = next((child for child in root if _local_name(child) == name), None)
        if root is None:
            return ""
    return (root.text or "").strip()


def _local_name(element: etree._Element) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def _invalid(what: str) -> OperatorError:
    return OperatorError(
        "submission-invalid", f"The submission cannot be read: {what}.", "Fill the form again."
    )
