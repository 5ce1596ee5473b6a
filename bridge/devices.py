"""Tablets' accounts at Central, many at once: app users, their properties, forms and lists.

In: a manager's client. Out: app users with their tokens, which are in no repr, no log and no error.
Promised: what is there already is left alone; broken off, it goes on where it stood, since an app
user is found again by its display name. Threads may make app users side by side, each with a client
and names of its own.

Central before 2026.2 knows no properties of app users and no filter of lists: every tablet gets
the whole of every list. `has_properties` tells; nothing here pretends otherwise.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from bridge.client import CentralClient
from bridge.errors import CentralRefused
from bridge.provision import APP_USER_ROLE
from config.errors import OperatorError

EXISTS = 409.3
# Longer ones Central refuses (actors."displayName" is varchar(64)).
LONGEST_NAME = 64
# (a property of a list, a property of app users): one pair must be equal.
Rules = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Tablet:
    """An app user that may send."""

    actor_id: int
    display_name: str
    token: str = field(repr=False)
    properties: Mapping[str, str] = field(default_factory=dict)


def has_properties(client: CentralClient) -> bool:
    """Does this Central know properties of app users (2026.2 and newer)?"""
    return client.find_json(client.path("actor-properties")) is not None


def ensure_properties(client: CentralClient, names: Iterable[str]) -> None:
    """Let app users of the project have these properties."""
    path = client.path("actor-properties")
    known = {item["name"] for item in client.get_json(path)}
    for name in names:
        if name not in known:
            _unless_there(client, path, {"name": name})


def keep_filters(client: CentralClient, filters: Mapping[str, Rules]) -> list[str]:
    """Give each list that is there its access filter; returns the lists that have one.

    filters: list -> pairs of a property of the list and one of the app user; one pair must be
    equal. Nothing is done as long as app users can have none of the properties. Once they can have
    one, they can have all: a list that is new must not go to every tablet.

    Raises OperatorError `filter-not-taken`: Central drops a rule that it cannot apply without a
    word, and with the last one gives everything to everyone. So nothing is written to a list that
    lacks a property: the filter that it has stays.
    """
    names = dict.fromkeys(theirs for rules in filters.values() for _, theirs in rules)
    if not has_any_property(client, names):
        return []
    ensure_properties(client, names)
    return [name for name, rules in filters.items() if _keep_filter(client, name, rules)]


def has_any_property(client: CentralClient, names: Iterable[str]) -> bool:
    """Can app users of the project have one of these properties?"""
    listed = client.find_json(client.path("actor-properties")) or ()
    return not {item["name"] for item in listed}.isdisjoint(names)


def _keep_filter(client: CentralClient, name: str, rules: Rules) -> bool:
    path = client.path("datasets", name)
    held = client.find_json(path)
    if held is None:
        return False
    lacking = {ours for ours, _ in rules} - {item["name"] for item in held["properties"]}
    if lacking:
        raise _not_taken(name, lacking)
    if _rules_of(held) == set(rules):
        return True
    listed = [{"datasetProperty": ours, "actorProperty": theirs} for ours, theirs in rules]
    asked = {"accessFilter": {"type": "property", "rules": listed}}
    taken = _rules_of(client.parsed(client.request("PATCH", path, json=asked)))
    if taken != set(rules):
        raise _not_taken(name, {ours for ours, _ in set(rules) - taken})
    return True


def _not_taken(name: str, properties: Iterable[str]) -> OperatorError:
    wanted = ", ".join(sorted(properties))
    return OperatorError(
        "filter-not-taken",
        f"Central does not take the access filter of the list {name} by {wanted}, so tablets would "
        "get what is not for them, or nothing.",
        f"See that the list has {wanted} as properties: `emis forms publish` brings it up.",
    )


def _rules_of(dataset: Mapping) -> set[tuple[str, str]]:
    """In no order: Central does not keep it."""
    rules = dataset.get("accessFilter", {}).get("rules", ())
    return {(rule["datasetProperty"], rule["actorProperty"]) for rule in rules}


def keep_properties(
    client: CentralClient,
    wanted: Mapping[int, Mapping[str, str]],
    progress: Callable[[int, int], None] | None = None,
) -> int:
    """Give app users, by their id, these properties; how many had others.

    Those that are not there (any more) are passed over. On a Central without properties of app
    users nothing is done.
    """
    if not wanted or not has_properties(client):
        return 0
    headers = {"X-Extended-Metadata": "true"}
    listed = client.get_json(client.path("app-users"), headers=headers)
    held = {item["id"]: item.get("properties") or {} for item in listed if item["token"]}
    others = [actor_id for actor_id in sorted(held.keys() & wanted.keys())
              if not _holds(held[actor_id], wanted[actor_id])]  # fmt: skip
    for done, actor_id in enumerate(others, start=1):
        properties = dict(wanted[actor_id])
        # Somebody may have deleted it since.
        client.find("PATCH", client.path("app-users", actor_id), json={"properties": properties})
        if progress:
            progress(done, len(others))
    return len(others)


class Tablets:
    """The app users of a project as they were when this was made, kept up with what is done here.

    form_ids: the forms whose access is kept; access to other forms is left alone.
    """

    def __init__(self, client: CentralClient, form_ids: Iterable[str]):
        self.client = client
        self.has_properties = has_properties(client)
        headers = {"X-Extended-Metadata": "true"}
        listed = client.get_json(client.path("app-users"), headers=headers)
        valid = [_tablet(item) for item in listed if item["token"]]
        # Of two of a name, made by two runs at a time, the older one is kept.
        self.by_name = {each.display_name: each for each in sorted(valid, key=_newest_first)}
        self.valid_ids = {each.actor_id for each in valid}
        access = {form_id: self._may_fill(form_id) for form_id in form_ids}
        self.access = {form_id: ids for form_id, ids in access.items() if ids is not None}
        self.missing_forms = sorted(form_id for form_id in access if form_id not in self.access)

    def ensure(
        self,
        display_name: str,
        properties: Mapping[str, str],
        form_ids: Iterable[str],
        client: CentralClient | None = None,
    ) -> Tablet:
        """The app user of that name with exactly these properties and forms.

        client: that of the calling thread, where it is not the thread that made this.
        """
        client = client or self.client
        tablet = self.by_name.get(display_name) or self._create(client, display_name, properties)
        if self._differs(tablet, properties):
            tablet = self._set_properties(client, tablet, properties)
        for form_id, may_fill in self._wrong_access(tablet, form_ids):
            self._set_access(client, form_id, tablet.actor_id, may_fill)
        return tablet

    def find_whole(
        self, display_name: str, properties: Mapping[str, str], form_ids: Iterable[str]
    ) -> Tablet | None:
        """The app user of that name, if `ensure` would have nothing to do."""
        tablet = self.by_name.get(display_name)
        if tablet is None or self._differs(tablet, properties):
            return None
        return None if self._wrong_access(tablet, form_ids) else tablet

    def revoke(self, actor_id: int) -> None:
        """From now on the app user can neither send nor fetch anything. Twice is once."""
        held = next((each for each in self.by_name.values() if each.actor_id == actor_id), None)
        if held is None:
            return
        try:
            # Not the app user itself: what it has sent stays under its name.
            self.client.request("DELETE", f"sessions/{held.token}")
        except CentralRefused as error:
            raise _not_revoked(held, error) from None
        del self.by_name[held.display_name]
        self.valid_ids.discard(actor_id)

    def _differs(self, tablet: Tablet, properties: Mapping[str, str]) -> bool:
        return self.has_properties and not _holds(tablet.properties, properties)

    def _wrong_access(self, tablet: Tablet, form_ids: Iterable[str]) -> list[tuple[str, bool]]:
        """(form, should it be on the tablet) where that is not so."""
        wanted = set(form_ids)
        return [
            (form_id, form_id in wanted)
            for form_id, ids in self.access.items()
            if (form_id in wanted) != (tablet.actor_id in ids)
        ]

    def _may_fill(self, form_id: str) -> set[int] | None:
        path = self.client.path("forms", form_id, "assignments", APP_USER_ROLE)
        assigned = self.client.find_json(path)
        return None if assigned is None else {actor["id"] for actor in assigned}

    def _create(
        self, client: CentralClient, display_name: str, properties: Mapping[str, str]
    ) -> Tablet:
        if len(display_name) > LONGEST_NAME:
            raise OperatorError(
                "device-name-too-long",
                f"{display_name} has more than {LONGEST_NAME} characters, and Central takes no "
                "longer name of an app user.",
                "Give the school or the supervisor a shorter code.",
            )
        body: dict = {"displayName": display_name}
        if self.has_properties:
            body["properties"] = dict(properties)
        made = client.parsed(client.request("POST", client.path("app-users"), json=body))
        held = dict(properties) if self.has_properties else {}
        tablet = Tablet(made["id"], display_name, made["token"], held)
        self.by_name[display_name] = tablet
        self.valid_ids.add(tablet.actor_id)
        return tablet

    def _set_properties(
        self, client: CentralClient, tablet: Tablet, properties: Mapping[str, str]
    ) -> Tablet:
        path = client.path("app-users", tablet.actor_id)
        answer = client.request("PATCH", path, json={"properties": dict(properties)})
        renewed = _tablet(client.parsed(answer))
        self.by_name[tablet.display_name] = renewed
        return renewed

    def _set_access(
        self, client: CentralClient, form_id: str, actor_id: int, may_fill: bool
    ) -> None:
        path = client.path("forms", form_id, "assignments", APP_USER_ROLE, actor_id)
        if may_fill:
            _unless_there(client, path, None)
            self.access[form_id].add(actor_id)
        else:
            client.find("DELETE", path)
            self.access[form_id].discard(actor_id)


def _holds(held: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    """Central keeps no property that is empty."""
    return all(held.get(name, "") == value for name, value in wanted.items())


def find_collect_version(client: CentralClient, form_id: str, instance_id: str) -> str | None:
    """Which ODK Collect sent a submission, such as v2026.1.2; None where it does not say."""
    found = client.find_json(client.path("forms", form_id, "submissions", instance_id))
    agent = (found or {}).get("userAgent") or ""
    words = [word.partition("/") for word in agent.split()]
    return next((version for name, _, version in words if "collect" in name), None)


def _tablet(item: dict) -> Tablet:
    return Tablet(item["id"], item["displayName"], item["token"], item.get("properties") or {})


def _newest_first(tablet: Tablet) -> int:
    return -tablet.actor_id


def _unless_there(client: CentralClient, path: str, body: dict | None) -> None:
    try:
        client.request("POST", path, **({"json": body} if body else {}))
    except CentralRefused as error:
        # A run beside this one has just done it.
        if error.problem != EXISTS:
            raise


def _not_revoked(tablet: Tablet, error: CentralRefused) -> OperatorError:
    """Central's answer names the address, and the address holds the token."""
    return OperatorError(
        "device-not-revoked",
        f"Central did not revoke {tablet.display_name} (status {error.status}).",
        "Revoke it on Central's page App Users, then run the command again.",
    )
