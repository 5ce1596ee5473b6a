"""XForms and submissions for these tests, written from small tables.

`write_form("f", "1", [("name", "string"), ("kids", [("age", "int")])])`: a list in the place of a
type is a repeat, a tuple of fields is a group.
"""

from xml.sax.saxutils import escape, quoteattr

SIMPLE = [("name", "string"), ("age", "int")]


def write_form(form_id, version, fields, extra_model="", extra_body="", meta="", title=None):
    binds, repeats = [], []
    instance = _instance(fields, "/data", binds, repeats)
    body = "".join(
        f'<group ref="{path}"><repeat nodeset="{path}"></repeat></group>' for path in repeats
    )
    selects = "".join(
        f'<select ref="{path}"><label>x</label></select>' for path in _paths(fields, "select")
    )
    return (
        '<?xml version="1.0"?><h:html xmlns="http://www.w3.org/2002/xforms" '
        'xmlns:h="http://www.w3.org/1999/xhtml" xmlns:jr="http://openrosa.org/javarosa" '
        'xmlns:orx="http://openrosa.org/xforms" '
        'xmlns:entities="http://www.opendatakit.org/xforms/entities">'
        f"<h:head><h:title>{escape(title or form_id)}</h:title>"
        '<model orx:xforms-version="1.0.0" entities:entities-version="2024.1.0"><instance>'
        f"<data id={quoteattr(form_id)} version={quoteattr(version)}>{instance}"
        f"<meta><instanceID/>{meta}</meta></data></instance>"
        f"{extra_model}{''.join(binds)}"
        '<bind nodeset="/data/meta/instanceID" type="string" jr:preload="uid"/>'
        f"</model></h:head><h:body>{body}{selects}{extra_body}</h:body></h:html>"
    )


def _instance(fields, path, binds, repeats) -> str:
    text = []
    for name, kind in fields:
        own = f"{path}/{name}"
        if isinstance(kind, list | tuple):
            if isinstance(kind, list):
                repeats.append(own)
            text.append(f"<{name}>{_instance(kind, own, binds, repeats)}</{name}>")
            continue
        save_to = ""
        if ":" in kind:
            kind, _, save_to = kind.partition(":")
            save_to = f' entities:saveto="{save_to}"'
        shown = "string" if kind == "select" else kind
        binds.append(f'<bind nodeset="{own}" type="{shown}"{save_to}/>')
        text.append(f"<{name}/>")
    return "".join(text)


def _paths(fields, kind, path="/data"):
    for name, given in fields:
        if isinstance(given, list | tuple):
            yield from _paths(given, kind, f"{path}/{name}")
        elif given == kind:
            yield f"{path}/{name}"


def fill(form_id, version, instance_id, inside, deprecated=None, name=None) -> str:
    """A submission whose answers are the XML `inside`."""
    meta = f"<instanceID>{instance_id}</instanceID>" if instance_id else ""
    meta += f"<deprecatedID>{deprecated}</deprecatedID>" if deprecated else ""
    meta += f"<instanceName>{name}</instanceName>" if name else ""
    return f'<data id="{form_id}" version="{version}">{inside}<meta>{meta}</meta></data>'
