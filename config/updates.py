"""What is said about school updates: to schools in comments, to officers on pages and commands.

Comes in: `config/updates.toml`. Goes out: text in one of the three languages.
"""

from config.paths import CONFIG_DIR
from config.words import read_texts

UPDATES_FILE = CONFIG_DIR / "updates.toml"


def text(name: str, language: str, **values) -> str:
    """One of the texts with its values."""
    return read_texts(UPDATES_FILE)[name].in_language(language).format(**values)


def fault_text(fault: str, language: str) -> str:
    """Why something cannot be applied; a fault without words shows as itself."""
    words = read_texts(UPDATES_FILE).get(f"fault_{fault}")
    return words.in_language(language) if words else fault
