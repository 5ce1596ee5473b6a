"""What people type in the boxes of pages: how much a box takes, and how that is said."""

from flask_babel import gettext

from processing.web.i18n import show_number

LONGEST_TEXT_CHARACTERS = 1000


def find_too_long(*boxes: tuple[str, str]) -> str | None:
    """In words, which text is longer than its box takes. boxes: (label on the page, text)."""
    for label, text in boxes:
        if len(text) > LONGEST_TEXT_CHARACTERS:
            return gettext(
                "“%(box)s”: write at most %(most)s characters; there are %(count)s.",
                box=label,
                most=show_number(LONGEST_TEXT_CHARACTERS),
                count=show_number(len(text)),
            )
    return None
