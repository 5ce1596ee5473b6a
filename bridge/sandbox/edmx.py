"""The `$metadata` documents (EDMX) of forms and entity lists."""

from xml.sax.saxutils import quoteattr

from bridge.sandbox.xforms import odata_name

NAMESPACE = "org.opendatakit.user"
EDM = "http://docs.oasis-open.org/odata/ns/edm"
TYPES = {
    "int": "Edm.Int64",
    "decimal": "Edm.Decimal",
    "boolean": "Edm.Boolean",
    "geopoint": "Edm.GeographyPoint",
    "geotrace": "Edm.GeographyLineString",
    "geoshape": "Edm.GeographyPolygon",
    "date": "Edm.Date",
    "dateTime": "Edm.DateTimeOffset",
}
SUBMISSION_SYSTEM = {
    "submissionDate": "Edm.DateTimeOffset",
    "updatedAt": "Edm.DateTimeOffset",
    "deletedAt": "Edm.DateTimeOffset",
    "submitterId": "Edm.String",
    "submitterName": "Edm.String",
    "attachmentsPresent": "Edm.Int64",
    "attachmentsExpected": "Edm.Int64",
    "status": "org.opendatakit.submission.Status",
    "reviewState": "org.opendatakit.submission.ReviewState",
    "deviceId": "Edm.String",
    "edits": "Edm.Int64",
    "formVersion": "Edm.String",
}
ENTITY_SYSTEM = {
    "createdAt": "Edm.DateTimeOffset",
    "creatorId": "Edm.String",
    "creatorName": "Edm.String",
    "updates": "Edm.Int64",
    "updatedAt": "Edm.DateTimeOffset",
    "deletedAt": "Edm.DateTimeOffset",
    "version": "Edm.Int64",
    "conflict": "Edm.String",
}
ENUMS = {
    "Status": ("notDecrypted", "missingEncryptedFormData"),
    "ReviewState": ("hasIssues", "edited", "rejected", "approved"),
}


def _element(tag: str, content: list[str] | None = None, **attributes: str) -> str:
    shown = "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())
    return f"<{tag}{shown}>{''.join(content)}</{tag}>" if content else f"<{tag}{shown}/>"


def _properties(types: dict[str, str]) -> list[str]:
    return [_element("Property", Name=name, Type=kind) for name, kind in types.items()]


def _document(schemas: list[str]) -> str:
    services = _element("edmx:DataServices", schemas)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<edmx:Edmx '
        f'xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx" Version="4.0">{services}'
        "</edmx:Edmx>"
    )


def _schema(namespace: str, content: list[str]) -> str:
    return _element("Schema", content, xmlns=EDM, Namespace=namespace)


def form_metadata(xml_form_id: str, fields: list[dict]) -> str:
    """Entity types for the submissions and each repeat, complex types for the groups."""
    base = f"{NAMESPACE}.{odata_name(xml_form_id)}"
    entities = {"Submissions": []}
    complexes: dict[str, list[str]] = {}
    owners = {"": entities["Submissions"]}
    repeats = {""}
    for item in fields:
        parts = [odata_name(part) for part in item["path"][1:].split("/")]
        above = item["path"].rpartition("/")[0]
        out = owners.get(above)
        if out is None:
            continue
        name, type_name = odata_name(item["name"]), ".".join(parts)
        if item["type"] == "structure":
            owners[item["path"]] = complexes[type_name] = []
            out.append(_element("Property", Name=name, Type=f"{base}.{type_name}"))
        elif item["type"] == "repeat":
            key = f"__{'-'.join(['Submissions', *_nearest_repeat(above, repeats)])}-id"
            entities[f"Submissions.{type_name}"] = owners[item["path"]] = [
                _element("Property", Name=key, Type="Edm.String")
            ]
            repeats.add(item["path"])
            kind = f"Collection({base}.Submissions.{type_name})"
            out.append(_element("NavigationProperty", Name=name, Type=kind))
        else:
            out.append(_element("Property", Name=name, Type=TYPES.get(item["type"], "Edm.String")))
    system = [
        _element("ComplexType", _properties(SUBMISSION_SYSTEM), Name="metadata"),
        *(
            _element("EnumType", [_element("Member", Name=m) for m in members], Name=name)
            for name, members in ENUMS.items()
        ),
    ]
    content = [
        *(_entity_type(name, own, name == "Submissions") for name, own in entities.items()),
        *(_element("ComplexType", own, Name=name) for name, own in complexes.items()),
        _element(
            "EntityContainer",
            [_element("EntitySet", Name=n, EntityType=f"{base}.{n}") for n in entities],
            Name=xml_form_id,
        ),
    ]
    return _document([_schema("org.opendatakit.submission", system), _schema(base, content)])


def _nearest_repeat(path: str, repeats: set[str]) -> list[str]:
    while path not in repeats:
        path = path.rpartition("/")[0]
    return [odata_name(part) for part in path[1:].split("/")] if path else []


def _entity_type(name: str, properties: list[str], is_primary: bool) -> str:
    key = _element("Key", [_element("PropertyRef", Name="__id")])
    own = [key, _element("Property", Name="__id", Type="Edm.String")]
    if is_primary:
        kind = "org.opendatakit.submission.metadata"
        own.append(_element("Property", Name="__system", Type=kind))
    return _element("EntityType", [*own, *properties], Name=name)


def entity_metadata(name: str, properties: list[str]) -> str:
    base = f"{NAMESPACE}.{odata_name(name)}"
    own = [
        _element("Key", [_element("PropertyRef", Name="__id")]),
        _element("Property", Name="__id", Type="Edm.String"),
        _element("Property", Name="__system", Type="org.opendatakit.entity.metadata"),
        *_properties({"label": "Edm.String"} | {odata_name(p): "Edm.String" for p in properties}),
    ]
    container = [_element("EntitySet", Name="Entities", EntityType=f"{base}.Entities")]
    return _document(
        [
            _schema(
                "org.opendatakit.entity",
                [_element("ComplexType", _properties(ENTITY_SYSTEM), Name="metadata")],
            ),
            _schema(
                base,
                [
                    _element("EntityType", own, Name="Entities"),
                    _element("EntityContainer", container, Name=name),
                ],
            ),
        ]
    )
