"""Where the parts of a checkout lie."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONFIG_DIR = ROOT / "config"
CODES_DIR = CONFIG_DIR / "codes"
FORMS_DIR = ROOT / "forms"
