"""A tablet, as Central sees one."""

import requests

from bridge.client import open_client
from tests.web.entries import filled


def send_from_tablet(settings, display_name: str) -> str:
    """A textbook return, sent by ODK Collect with that account; the version of its form."""
    with open_client(settings, "manager") as client:
        version = client.get_json(client.path("forms", "textbook_return"))["version"]
        users = client.get_json(client.path("app-users"))
        (token,) = [user["token"] for user in users if user["displayName"] == display_name]
        url = f"{settings.central_url}/v1/key/{token}/projects/{client.project}/submission"
    xml = filled("uuid:of-a-tablet", school="SIM000007", version=version)
    agent = "org.odk.collect.android/v2026.1.2 Dalvik/2.1.0 (Linux; U; Android 14)"
    answer = requests.post(
        url, files={"xml_submission_file": ("s.xml", xml, "text/xml")}, timeout=60,
        headers={"X-OpenRosa-Version": "1.0", "User-Agent": agent},
    )  # fmt: skip
    assert answer.status_code == 201, answer.text
    return version
