"""The puller that everybody writes first: what is newer than the newest that was seen.

It stands beside the real one to show that the workload does lose rows for whoever trusts times.
"""

import threading

import requests

from tests.conformance.central_api import Api
from tests.torture.form import FORM_ID
from tests.torture.workload import NotYet, signed_in

POLL_S = 0.1


class NaivePuller(threading.Thread):
    """Polls until it is stopped; `seen` are the ids of the submissions that it ever got."""

    def __init__(self, url: str, email: str, password: str, project_id: int):
        super().__init__(name="naive-puller", daemon=True)
        self._account = (url, email, password)
        self._feed = f"/projects/{project_id}/forms/{FORM_ID}.svc/Submissions"
        self._api: Api | None = None
        self._newest = "2000-01-01T00:00:00.000Z"
        self._is_over = threading.Event()
        self.seen: set[str] = set()
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            while not self._is_over.wait(POLL_S):
                self._poll_if_possible()
            self._poll_if_possible()
        except Exception as error:  # noqa: BLE001 - raised again by stop()
            self.error = error

    def stop(self) -> None:
        """One more look, and the end."""
        self._is_over.set()
        self.join()
        if self.error:
            raise self.error

    def _poll_if_possible(self) -> None:
        try:
            self._poll()
        except (requests.RequestException, NotYet, ValueError):
            self._api = None

    def _poll(self) -> None:
        self._api = self._api or signed_in(*self._account)
        newest = self._newest
        where = f"__system/submissionDate gt {newest} or __system/updatedAt gt {newest}"
        params = {"$select": "__id,__system", "$filter": where}
        answer = self._api.get(self._feed, params=params)
        if answer.status_code != 200:
            raise NotYet(f"status {answer.status_code}")
        for row in answer.json()["value"]:
            self.seen.add(row["__id"])
            times = (row["__system"]["submissionDate"], row["__system"]["updatedAt"] or "")
            self._newest = max(self._newest, *times)
