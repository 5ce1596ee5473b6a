"""One tablet's connection to Central: OpenRosa submissions, as ODK Collect sends them.

In: Central's address, an app user's key, parcels. Out: nothing, once Central has acknowledged; an
OperatorError otherwise. Promised: a lost connection or a Central that is restarting is met by
sending the same parcel again, which Central answers as if it were the first time; the key is in no
message.
"""

import time
from email.utils import formatdate
from pathlib import Path

import requests

from bridge.errors import CONNECT_SECONDS, READ_SECONDS, transport_error
from bridge.filled import XML_FILE
from bridge.simulation.survey import Parcel
from bridge.submitting import ACKNOWLEDGED, openrosa_message
from config.errors import OperatorError

PASSING_STATUSES = (408, 425, 429, 500, 502, 503, 504)
ATTEMPTS = 6
FIRST_PAUSE_SECONDS = 0.5


class Tablet:
    """A session of its own for one thread; close it after use."""

    def __init__(self, url: str, key: str, project: int, ca_file: Path | None = None):
        self._base = url
        self._address = f"{url}/v1/key/{key}/projects/{project}/submission"
        self._verify = str(ca_file) if ca_file else True
        self._session = requests.Session()

    def __enter__(self) -> "Tablet":
        return self

    def __exit__(self, *_) -> None:
        self._session.close()

    def send(self, parcel: Parcel, instance_id: str) -> None:
        """Returns when Central has it. Raises OperatorError: submission-refused, those of
        bridge.errors where Central does not answer for about 15 seconds.
        """
        error = None
        for attempt in range(ATTEMPTS):
            if attempt:
                time.sleep(FIRST_PAUSE_SECONDS * 2 ** (attempt - 1))
            try:
                answer = self._post(parcel, instance_id)
            except requests.exceptions.RequestException as lost:
                error = transport_error(lost, self._base)
                continue
            if answer.status_code in ACKNOWLEDGED:
                return
            error = _refusal(answer, instance_id)
            if answer.status_code not in PASSING_STATUSES:
                break
        raise error from None

    def _post(self, parcel: Parcel, instance_id: str) -> requests.Response:
        name = instance_id.removeprefix("uuid:")
        files = {XML_FILE: (f"{name}.xml", parcel.xml, "text/xml")}
        files |= {file: (file, content, "text/csv") for file, content in parcel.files.items()}
        headers = {"X-OpenRosa-Version": "1.0", "Date": formatdate(usegmt=True)}
        return self._session.post(
            self._address,
            params={"deviceID": parcel.device_id},
            files=files,
            headers=headers,
            verify=self._verify,
            timeout=(CONNECT_SECONDS, READ_SECONDS),
        )


def _refusal(answer: requests.Response, instance_id: str) -> OperatorError:
    return OperatorError(
        "submission-refused",
        f"Central answered submission {instance_id} with status {answer.status_code}: "
        f"{openrosa_message(answer.content)}",
        "Start the simulation again if a form was published or the tablets' account revoked "
        "meanwhile; a survey already sent with other faults or forms needs another seed.",
    )
