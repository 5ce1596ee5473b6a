"""The catalogue of refusals: Central's codes, with the HTTP status in front of the point.

`problem(409.3, fields=[...], values=[...])` makes the exception; the error handlers of `app` turn
it into JSON, or into OpenRosa's XML on OpenRosa paths. The codes and the names inside `details`
are Central's interface; the words are this server's own.
"""

from math import floor

MESSAGES = {
    400.1: "The body cannot be read as {format}.",
    400.2: "The parameter {field} is required.",
    400.3: "Some required parameters were not given.",
    400.6: "The header {field} does not have the form that is expected.",
    400.7: "The multipart field {field} is required.",
    400.8: "{field} cannot be {value}: {reason}",
    400.11: "The wrong kind of value was given: {expected} was expected.",
    400.13: "A value is too long.",
    400.16: "The form has warnings; send it with ?ignoreWarnings=true to accept them.",
    400.17: "The field {path} was of type {type} before, and may not change it.",
    400.18: "The $filter cannot be parsed: {reason}",
    400.19: "An edit must name the version that it replaces in deprecatedID.",
    400.23: "There is no property named {property}.",
    400.24: "The property {property} cannot be selected here.",
    400.25: "The form's entity definition is not valid: {reason}",
    400.26: "Only an attachment that is a data file can be linked to an entity list.",
    400.27: "The form has no meta group.",
    400.28: "The entity is not valid: {reason}",
    400.29: "{count} submissions wait for approval.",
    400.31: "Other parameters were expected.",
    400.32: "This entity has no conflict.",
    400.34: "The record that $skiptoken names is not there.",
    400.35: "The $skiptoken is not valid.",
    400.36: "The body is too large.",
    400.39: "The multipart body cannot be read.",
    401.2: "Sign-in failed.",
    401.3: "Basic authentication is accepted over HTTPS only.",
    403.1: "This account may not do that.",
    403.2: "The form does not permit the entity action {action}.",
    404.1: "There is nothing at this address.",
    404.2: "The address must begin with the API's version, such as /v1.",
    404.3: "There is only version 1 of the API, not {got}.",
    404.4: "This draft is not there any more, or the access to it has ended.",
    404.5: "The submission to be edited, {deprecatedId}, is not there.",
    404.6: "The form has no version '{formVersion}'.",
    404.7: "There is no entity list {datasetName}.",
    404.8: "The entity {entityUuid} is not in the list {datasetName}.",
    404.9: "The entity {entityUuid} has no version {baseVersion}.",
    406.1: "Only these formats can be given here: {allowed}.",
    409.1: "A submission with this ID exists already, and its XML is different.",
    409.2: "This form does not take submissions now.",
    409.3: "There is one already: {fields} = {values}.",
    409.6: "The form {xmlFormId} has been published with the version '{version}' before.",
    409.7: "The form has no published version, so its draft cannot be deleted.",
    409.8: "This instanceID is already in use.",
    409.9: "The version that was edited, {deprecatedId}, is not the current one any more.",
    409.11: "The form is not ready for use in a browser.",
    409.15: "The entity's current version is {current}, but {provided} was given.",
    409.16: "An entity list named {current} exists; {provided} differs from it only in capitals.",
    409.17: "A property exists already whose name differs only in capitals.",
    409.18: "This submission has been deleted and cannot be sent again.",
    409.19: "Deleted entities hold these ids: {entityUuids}",
    409.21: "Forms use this entity list.",
    501.1: "The feature {feature} does not exist on this server.",
    501.4: "The $filter uses something that this server does not support: {text}",
    501.5: "The $filter names a field that cannot be filtered by: {text}",
    501.6: "$expand can only be *, not {text}.",
    501.11: "$select and $expand cannot be used together.",
    502.2: "The service that converts XLSForms does not answer; upload the XForm instead.",
}


class Problem(Exception):
    """A refusal that the caller is told about. etag: the tag that its answer carries.

    ends_connection: the answer is the last one on its connection.
    """

    etag: str | None = None
    ends_connection = False

    def __init__(self, code: float, details: dict | None):
        self.code, self.details = code, details
        super().__init__(MESSAGES[code].format_map(_Named(details or {})))

    @property
    def status(self) -> int:
        return floor(self.code)

    def to_json(self) -> dict:
        answer = {"message": str(self), "code": self.code}
        return answer | ({"details": self.details} if self.details is not None else {})


class _Named(dict):
    """What a message may name: lists as words, what was not given as nothing."""

    def __getitem__(self, key):
        value = self.get(key, "")
        return ", ".join(map(str, value)) if isinstance(value, list) else value


class InternalFault(Exception):
    """Where Central itself fails with a bare 500: the reason is for the log, not the caller."""


def problem(code: float, **details) -> Problem:
    return Problem(code, details or None)
