"""A submission on its way to Central, as a tablet sends it.

Comes in: a manager's client, the XML of a submission, its files. Goes out: nothing, once Central
has taken it. Promised: sent again it is taken once, since Central knows it by its instance id;
Central refuses the same id with other content.
"""

from collections.abc import Mapping
from email.utils import formatdate

from lxml import etree

from bridge.client import CentralClient
from bridge.errors import CentralRefused, refusal
from bridge.filled import XML_FILE
from config.errors import OperatorError

ACKNOWLEDGED = (201, 202)
LONGEST_MESSAGE = 300


def send_filled(
    client: CentralClient,
    xml: bytes,
    files: Mapping[str, tuple[bytes, str]],
    device_id: str,
) -> None:
    """files: name -> content and media type. Raises CentralRefused and those of bridge.errors."""
    parts = {XML_FILE: ("submission.xml", xml, "text/xml")}
    parts |= {name: (name, content, kind) for name, (content, kind) in files.items()}
    answer = client.session.request(
        "POST",
        client.path("submission"),
        params={"deviceID": device_id},
        files=parts,
        headers={"X-OpenRosa-Version": "1.0", "Date": formatdate(usegmt=True)},
    )
    if answer.status_code not in ACKNOWLEDGED:
        raise _refusal(answer)


def openrosa_message(body: bytes) -> str:
    """What an OpenRosa answer says to a person."""
    try:
        words = "".join(etree.fromstring(body, etree.XMLParser(resolve_entities=False)).itertext())
    except etree.XMLSyntaxError:
        return "no reason given."
    return " ".join(words.split())[:LONGEST_MESSAGE] or "no reason given."


def _refusal(answer) -> OperatorError:
    known = refusal(answer)
    if known.problem is not None:
        return known
    words = openrosa_message(answer.content).rstrip(".")
    said = f"Central refused a submission with status {answer.status_code}: {words}."
    return CentralRefused(known.code, said, known.remedy, answer.status_code, None, None)
