"""What goes over the wire is counted for whoever asks."""

from secrets import token_hex

from bridge.client import open_client
from bridge.reading import read_form
from bridge.traffic import counted_traffic


def test_requests_and_bytes_are_counted(central, ward, tmp_path):
    ward.send("uuid:a", name=token_hex(50_000))
    with counted_traffic() as traffic, open_client(central.settings) as client:
        before = traffic.request_count
        assert before == 1, "signing in"
        list(read_form(client, ward.id, tmp_path))
        assert traffic.request_count == before + 1
        # In chunks, and compressed for those who ask for it: what is counted is what came.
        # 100,000 digits are 50,000 random bytes.
        assert 50_000 < traffic.byte_count < 120_000
        client.get_json(client.path("forms", ward.id))
    assert traffic.request_count == before + 3, "signing out, too"


def test_a_session_that_was_open_before_is_counted_inside_alone(central, reader, ward):
    reader.get_json(reader.path("forms", ward.id))
    with counted_traffic() as traffic:
        reader.get_json(reader.path("forms", ward.id))
    reader.get_json(reader.path("forms", ward.id))
    assert traffic.request_count == 1
    assert traffic.byte_count > 100
