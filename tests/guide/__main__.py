"""`python -m tests.guide`: take the field guide's pictures again."""

import sys

from tests.fixtures.chromium import CHROMIUM
from tests.guide.pictures import GUIDE, take_pictures

if not CHROMIUM.exists():
    sys.exit(f"{CHROMIUM} is missing: the pictures of the field guide stay as they are.")
for path in take_pictures(GUIDE):
    print(path.relative_to(GUIDE))
