"""Landing: what the bridge yields becomes rows of `raw` and `survey`, exactly and once.

Comes in: `bridge.changes` records. Goes out: rows, issues for answers that cannot be typed, and
marks for the slices that have changed. The caller commits; until then nothing has happened.
Landing the same changes twice changes nothing.
"""

from processing.land.intake import LandReport
from processing.land.land import Landing, land_changes
from processing.land.rebuild import rebuild_survey
from processing.land.verify import VerifyReport, save_fetched, verify_rows

__all__ = [
    "LandReport",
    "Landing",
    "VerifyReport",
    "land_changes",
    "rebuild_survey",
    "save_fetched",
    "verify_rows",
]
