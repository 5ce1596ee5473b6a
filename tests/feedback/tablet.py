"""A tablet at a Central: it fetches a form's lists, fills the form with the engine, and sends."""

import csv
from collections.abc import Callable
from pathlib import Path

from bridge.client import CentralClient
from bridge.compile import compile_form
from bridge.submitting import send_filled
from config.forms import load_catalogue
from tests.forms.engine import OdkForm
from tests.forms.source import LANGUAGES

XML = {"Content-Type": "application/xml"}


class Tablet:
    """folder: where its lists lie. It speaks Arabic."""

    def __init__(self, client: CentralClient, folder: Path):
        self.client, self.folder = client, folder

    def fetch_lists(self, form_id: str) -> None:
        """The lists as Central serves them to the form."""
        for name in load_catalogue()[form_id].entity_lists:
            path = self.client.path("forms", form_id, "attachments", f"{name}.csv")
            content = self.client.request("GET", path).content
            (self.folder / f"{name}.csv").write_bytes(content)

    def send(self, form_id: str, answers: dict, change: Callable[[str], str] = str) -> str:
        """Fill, finalize and send; returns the instance id. change: of the XML, before it goes."""
        self.fetch_lists(form_id)
        xform = compile_form(load_catalogue()[form_id].xlsx).xform
        xml = OdkForm(xform, self.folder).new(LANGUAGES["ar"]).fill(answers).finalize()
        return self.post(form_id, change(xml.decode()).encode())

    def post(self, form_id: str, xml: bytes) -> str:
        path = self.client.path("forms", form_id, "submissions")
        return self.client.request("POST", path, data=xml, headers=XML).json()["instanceId"]

    def edit(self, form_id: str, instance_id: str, change: Callable[[str], str]) -> None:
        """Edit what was sent, as Collect does with a form that is still on the device."""
        send_filled(self.client, self.edited(form_id, instance_id, change), {}, "collect:tablet")

    def edit_at_central(self, form_id: str, instance_id: str, change: Callable[[str], str]) -> None:
        """Edit it on Central's page, which puts the whole submission anew."""
        path = self.client.path("forms", form_id, "submissions", instance_id)
        xml = self.edited(form_id, instance_id, change)
        self.client.request("PUT", path, data=xml, headers=XML)

    def edited(self, form_id: str, instance_id: str, change: Callable[[str], str]) -> bytes:
        path = self.client.path("forms", form_id, "submissions", instance_id)
        old = self.client.request("GET", f"{path}.xml").text
        new_id = f"{instance_id}-edited"
        ids = f"<deprecatedID>{instance_id}</deprecatedID><instanceID>{new_id}</instanceID>"
        return change(old).replace(f"<instanceID>{instance_id}</instanceID>", ids).encode()

    def tasks(self, school_code: str) -> list[str]:
        """The codes of a school's tasks that the list holds now."""
        self.fetch_lists("corrections")
        with (self.folder / "corrections.csv").open(encoding="utf-8", newline="") as file:
            return [
                row["task_code"] for row in csv.DictReader(file) if row["open_for"] == school_code
            ]

    def review(self, form_id: str, instance_id: str) -> tuple[str | None, str | None]:
        """The review state at Central, and when the submission was last changed."""
        found = self.client.get_json(self.client.path("forms", form_id, "submissions", instance_id))
        return found["reviewState"], found["updatedAt"]

    def comments(self, form_id: str, instance_id: str) -> list[str]:
        path = self.client.path("forms", form_id, "submissions", instance_id, "comments")
        return [comment["body"] for comment in self.client.get_json(path)]
