"""Reads an XForm: its id, version and name, its fields, its media, its entity lists.

In: the XML text. Out: plain dicts in the shape that the API gives and the store keeps. Which
oddity of Central each rule repeats is said where it stands.
"""

import re
from hashlib import md5, sha1, sha256

from bridge.sandbox.markup import Node, decode, read_events, read_tree
from bridge.sandbox.problems import problem

ENTITY_SPEC = re.compile(r"^(\d{4})\.(\d+)\.\d+")
PROPERTY_NAME = re.compile(r"^(?!__)(?!name$)(?!label$)[^\W\d][\w.-]*$")
MEDIA = re.compile(r"^jr://(?:images|audio|video|file|file-csv)/([^/]+)$")
MEDIA_FORMS = {"image": "image", "audio": "audio", "video": "video", "big-image": "image"}
SEARCH = re.compile(r"""^\s*(?:\w*\s+)?search\s*\(\s*(["'])(.+?)\1.*\)\s*$""")
NOT_ODATA = re.compile(r"[^a-zA-Z0-9_]+")
STRUCTURAL = ("structure", "repeat")


def read_form(xml: str) -> dict:
    """Everything the server must know of a form definition. Raises a Problem where it refuses."""
    root = read_tree(read_events(xml))
    model = root.child("head", "model") if root is not None and root.local == "html" else None
    instance = model.child("instance", "") if model else None
    form_id = instance.attribute("id") if instance else None
    if not form_id:
        raise problem(400.2, field="formId")
    if re.search(r"\.(xlsx?|xml)$", form_id):
        raise problem(400.8, field="formId", value=form_id, reason="it ends like a file name.")
    title = root.child("head", "title")
    fields = read_fields(root, model, instance)
    datasets, old_entity_version = read_datasets(model, instance, fields)
    raw = xml.encode()
    return {
        "xml_form_id": form_id,
        "version": decode(instance.attribute("version")) or "",
        "name": decode(title.text) if title is not None else None,
        "xml": xml,
        "hash": md5(raw, usedforsecurity=False).hexdigest(),
        "sha": sha1(raw, usedforsecurity=False).hexdigest(),
        "sha256": sha256(raw).hexdigest(),
        "fields": fields,
        "attachments": read_attachments(root, model),
        "datasets": datasets,
        "old_entity_version": old_entity_version,
    }


def read_fields(root: Node, model: Node, instance: Node) -> list[dict]:
    body = root.child("body")
    in_body = list(body.descendants()) if body else []
    bindings = {}
    for bind in model.children:
        if bind.local == "bind" and bind.attribute("type") is not None:
            nodeset = bind.attributes.get("nodeset", "")
            path = nodeset if nodeset.startswith("/") else f"/{instance.name}/{nodeset}"
            bindings.setdefault(path, bind)
    context = {
        "bindings": bindings,
        "repeats": {_strip(n.attribute("nodeset") or "") for n in in_body if n.local == "repeat"},
        "multiple": {
            _strip(n.attribute("nodeset") or n.attribute("ref") or "")
            for n in in_body
            if n.local == "select"
        },
        "envelope": instance.name,
    }
    fields: list[dict] = []
    _collect_fields(instance, "", context, fields)
    for order, item in enumerate(fields):
        item["order"] = order
    return fields


def _collect_fields(parent: Node, base: str, context: dict, fields: list[dict]) -> None:
    seen_repeats = set()
    for tag in parent.children:
        path = f"{base}/{tag.name}"
        bound = f"/{context['envelope']}{path}"
        if bound in context["repeats"]:
            if bound in seen_repeats:  # jr:template and the first instance are one repeat
                continue
            seen_repeats.add(bound)
        item = _read_field(tag, path, bound, context)
        fields.append(item)
        if item["type"] in STRUCTURAL:
            _collect_fields(tag, path, context, fields)


def _read_field(tag: Node, path: str, bound: str, context: dict) -> dict:
    binding = context["bindings"].get(bound)
    item = {"path": _strip(path), "name": tag.local, "type": "unknown"}
    if bound in context["repeats"]:
        item["type"] = "repeat"
    elif binding is not None:
        item["type"] = binding.attributes.get("type") or "unknown"
        if binding.attribute("saveto"):
            item["property"] = binding.attribute("saveto")
    elif tag.children or (tag.name == "entity" and "/meta/entity" in path):
        item["type"] = "structure"
    item["binary"] = True if item["type"] == "binary" or item["path"] == "/meta/audit" else None
    item["selectMultiple"] = True if bound in context["multiple"] else None
    return item


def _strip(path: str) -> str:
    return "/".join(part.rpartition(":")[2] for part in path.split("/"))


def read_attachments(root: Node, model: Node) -> list[dict]:
    """The media files that the form expects: (type, name), each once."""
    found: list[tuple[str | None, str | None]] = []
    for node in model.children:
        if node.local == "instance" and node.attribute("src") is not None:
            found.append(("file", _media_name(node.attribute("src"))))
    for value in (n for n in model.descendants() if n.local == "value" and n.attribute("form")):
        found.append((MEDIA_FORMS.get(value.attribute("form")), _media_name(value.text or "")))
    for instance in (node for node in model.children if node.local == "instance"):
        for node in instance.descendants():
            if (node.text or "").startswith("jr://images/"):
                found.append(("image", _media_name(node.text)))
    body = root.child("body")
    for node in body.descendants() if body else ():
        if node.local == "input" and node.attribute("query") is not None:
            found.append(("file", "itemsets.csv"))
        elif node.local in ("select", "select1"):
            found.append(("file", _search_name(node.attribute("appearance"))))
    known = dict.fromkeys((kind, name) for kind, name in found if kind and name)
    return [{"type": kind, "name": name} for kind, name in known]


def _media_name(text: str) -> str | None:
    match = MEDIA.match(text.strip())
    return match[1] if match else None


def _search_name(appearance: str | None) -> str | None:
    match = SEARCH.match(decode(appearance) or "")
    if not match or match[2] != match[2].strip():
        return None
    return match[2] if match[2].endswith(".csv") else f"{match[2]}.csv"


def read_datasets(model: Node, instance: Node, fields: list[dict]) -> tuple[list[dict], str | None]:
    """The entity lists that the form writes: name, actions, path, and {path: property}.

    Second, the entities-version where it is so old that Central warns.
    """
    blocks = list(_entity_blocks(instance, f"{instance.local}/"))
    if not blocks:
        return [], None
    old_version = _check_spec_version(model.attribute("entities-version"))
    datasets = []
    for path, block in blocks:
        name = (block.attribute("dataset") or "").strip()
        if not is_dataset_name(name):
            raise problem(400.25, reason="the entity list's name is missing or not allowed.")
        actions = [a for a in ("create", "update") if block.attribute(a) is not None]
        if not actions:
            raise problem(400.25, reason="the form neither creates nor updates an entity.")
        # Central drops a leading "data" and nothing else, so another root name stays in the path.
        datasets.append({"name": name, "actions": actions, "path": re.sub("^data", "", path)})
    for dataset in datasets:
        dataset["properties"] = _saved_properties(dataset, datasets, fields)
    return datasets, old_version


def _entity_blocks(node: Node, path: str):
    for child in node.children:
        if child.local == "meta":
            for block in (b for b in child.children if b.local == "entity"):
                yield path, block
        else:
            yield from _entity_blocks(child, f"{path}{child.local}/")


def _check_spec_version(version: str | None) -> str | None:
    match = ENTITY_SPEC.match(version or "")
    if not match or not (2022, 1) <= (int(match[1]), int(match[2])) <= (2025, 1):
        raise problem(400.25, reason="the version of the entities specification is not supported.")
    return version if (int(match[1]), int(match[2])) < (2024, 1) else None


def _saved_properties(dataset: dict, datasets: list[dict], fields: list[dict]) -> dict[str, str]:
    paths = sorted((d["path"] for d in datasets), key=lambda p: -p.count("/"))
    properties = {}
    for item in fields:
        saved = item.get("property")
        if not saved:
            continue
        if not is_property_name(saved):
            raise problem(400.25, reason="the name of an entity property is not allowed.")
        owner = next((p for p in paths if f"{item['path']}/".startswith(p)), None)
        if owner == dataset["path"]:
            properties[item["path"]] = saved
    return properties


def is_dataset_name(name) -> bool:
    return isinstance(name, str) and re.match(r"^(?!__)(?:[^\W\d]|[:_])[\w:-]*$", name) is not None


def is_property_name(name) -> bool:
    return isinstance(name, str) and PROPERTY_NAME.match(name.lower()) is not None


def odata_name(name: str) -> str:
    """A name as OData may carry it."""
    if name and not (name[0].isascii() and (name[0].isalpha() or name[0] == "_")):
        name = f"_{name}"
    return NOT_ODATA.sub("_", name)


def for_odata(fields: list[dict]) -> list[dict]:
    return [
        item
        | {
            "name": odata_name(item["name"]),
            "path": "/".join(odata_name(part) if part else "" for part in item["path"].split("/")),
        }
        for item in fields
    ]
