"""`python -m tests.guide`: take the field guide's pictures again, and draw those of our forms."""

import sys

from config.paths import ROOT
from tests.fixtures.chromium import CHROMIUM
from tests.guide.drawings import write_pictures
from tests.guide.pictures import GUIDE, take_pictures

for path in write_pictures():
    print(path.relative_to(ROOT))
if not CHROMIUM.exists():
    sys.exit(f"{CHROMIUM} is missing: the pictures of the field guide stay as they are.")
for path in take_pictures(GUIDE):
    print(path.relative_to(ROOT))
