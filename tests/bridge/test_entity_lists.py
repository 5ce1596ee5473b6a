"""Entity lists as they are read for the mirror: probe, entities, versions, conflicts."""

from uuid import uuid4

import pytest

from bridge.changes import IncompleteAnswer
from bridge.entity_lists import (
    fetch_entity_list,
    has_clashing_names,
    list_entity_lists,
    list_entity_versions,
    odata_name,
    probe_entity_list,
    read_entities,
)


@pytest.fixture
def people(manager):
    """A list with two properties and three entities: (name, their ids)."""
    name = f"people_{uuid4().hex[:6]}"
    manager.request("POST", manager.path("datasets"), json={"name": name})
    for item in ("sex", "home.town"):
        path = manager.path("datasets", name, "properties")
        manager.request("POST", path, json={"name": item})
    ids = [str(uuid4()) for _ in range(3)]
    entities = [
        {"uuid": each, "label": f"person {n}", "data": {"sex": "f", "home.town": f"town {n}"}}
        for n, each in enumerate(ids)
    ]
    body = {"entities": entities, "source": {"name": "test"}}
    manager.request("POST", manager.path("datasets", name, "entities"), json=body)
    return name, ids


def test_a_list_is_read_whole_by_its_own_names(people, reader, tmp_path):
    name, ids = people
    assert name in list_entity_lists(reader)
    held = fetch_entity_list(reader, name)
    assert set(held.properties) == {"sex", "home.town"}
    found = {each.uuid: each for each in read_entities(reader, held, tmp_path)}
    assert found.keys() == set(ids)
    assert found[ids[1]].data == {"sex": "f", "home.town": "town 1"}
    assert found[ids[1]].version == 1
    assert fetch_entity_list(reader, "no_such_list") is None


def test_the_probe_sees_every_change(people, reader, manager):
    name, ids = people
    tag = probe_entity_list(reader, name, None)
    assert probe_entity_list(reader, name, tag) == tag
    entity = manager.path("datasets", name, "entities", ids[0])
    bulk = manager.path("datasets", name, "entities")
    changes = [
        ("PATCH", f"{entity}?force=true", {"label": "other"}),
        ("DELETE", entity, None),
        ("POST", f"{bulk}/bulk-restore", {"ids": [ids[0]]}),
        ("POST", manager.path("datasets", name, "properties"), {"name": "age"}),
    ]
    for method, path, body in changes:
        manager.request(method, path, json=body)
        seen = probe_entity_list(reader, name, tag)
        assert seen != tag, (method, path)
        tag = seen


def test_deleted_entities_are_read_too(people, reader, manager, tmp_path):
    name, ids = people
    manager.request("DELETE", manager.path("datasets", name, "entities", ids[0]))
    held = fetch_entity_list(reader, name)
    found = {each.uuid: each for each in read_entities(reader, held, tmp_path)}
    assert found[ids[0]].deleted_at
    assert found[ids[1]].deleted_at is None


def test_versions_say_what_came_in_and_what_clashed(people, reader, manager, tmp_path):
    name, ids = people
    path = manager.path("datasets", name, "entities", ids[0])
    manager.request("PATCH", f"{path}?baseVersion=1", json={"data": {"sex": "m"}})
    first, second = list_entity_versions(reader, name, ids[0])
    assert (first.version, second.version) == (1, 2)
    assert first.data["sex"] == "f"
    assert second.data == {"sex": "m", "home.town": "town 0"}
    assert second.data_received == {"sex": "m"}
    assert list_entity_versions(reader, name, str(uuid4())) is None


def test_an_answer_that_is_cut_is_no_answer(people, proxied, proxy, tmp_path):
    held = fetch_entity_list(proxied, people[0])
    proxy.on_data(lambda answer: answer.cut(len(answer.body) - 5))
    with pytest.raises(IncompleteAnswer):
        list(read_entities(proxied, held, tmp_path))


def test_names_that_fall_together_in_odata_are_told(people, reader, manager):
    name, _ = people
    assert not has_clashing_names(fetch_entity_list(reader, name))
    path = manager.path("datasets", name, "properties")
    manager.request("POST", path, json={"name": "home-town"})
    assert has_clashing_names(fetch_entity_list(reader, name))
    assert [odata_name(item) for item in ("home.town", "9a", "a..b")] == ["home_town", "_9a", "a_b"]
