"""A conflict of an entity, ended with the values that a person chose.

Comes in: a manager's client, the list's name, the entity, the version that the person looked at,
label and values. Goes out: `resolved` or `overtaken`. A conflict arises where an update was made
from an old version: Central keeps the newest values and marks the entity until somebody looks.
What somebody has changed at Central from its newest version is not marked, and is chosen about too.

| at Central                                              | what is done       | outcome   |
|---------------------------------------------------------|--------------------|-----------|
| no such entity (any more)                               | nothing            | overtaken |
| in conflict, still that version                         | a new version, and | resolved  |
|                                                         | no conflict        |           |
| not marked, still that version, and the choice speaks of  | a new version      | resolved  |
| one that is not                                         |                    |           |
| no conflict, the version after it holds what was chosen | nothing: sent once | resolved  |
| anything else: the entity has changed meanwhile         | nothing            | overtaken |
"""

from collections.abc import Mapping

from bridge.client import CentralClient
from bridge.entities import OTHER_VERSION
from bridge.errors import CentralRefused

NOT_IN_CONFLICT = 400.32
RESOLVED, OVERTAKEN = "resolved", "overtaken"


def resolve_conflict(
    client: CentralClient,
    name: str,
    uuid: str,
    version: int,
    label: str,
    values: Mapping[str, str],
    is_marked: bool = True,
) -> str:
    """Sent twice is the same as once. values: the properties that were chosen; others stay.

    is_marked: was the entity in conflict when the person looked at it?
    """
    path = client.path("datasets", name, "entities", uuid)
    held = client.find_json(path)
    if held is None:
        return OVERTAKEN
    current = held["currentVersion"]
    if held["conflict"] is None and current["version"] == version + 1:
        return RESOLVED if _holds(current, label, values) else OVERTAKEN
    if (held["conflict"] is not None) != is_marked or current["version"] != version:
        return OVERTAKEN
    params = {"baseVersion": version} | ({"resolve": "true"} if is_marked else {})
    try:
        client.request("PATCH", path, params=params, json={"label": label, "data": dict(values)})
    except CentralRefused as error:
        if error.status == 404 or error.problem in (NOT_IN_CONFLICT, OTHER_VERSION):
            return OVERTAKEN
        raise
    return RESOLVED


def _holds(current: Mapping, label: str, values: Mapping[str, str]) -> bool:
    data = current["data"]
    return current["label"] == label and all(data.get(n, "") == v for n, v in values.items())
