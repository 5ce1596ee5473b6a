"""Why work failed, in words that a page may show."""

from config.errors import OperatorError


def reason_of(error: Exception, whose: str) -> str:
    """What an operator may read of `error`; `whose` log holds the rest.

    The text of an unforeseen error may quote an answer: its kind is enough.
    """
    if isinstance(error, OperatorError):
        return str(error)
    return f"program error {type(error).__name__}; see the {whose}'s log"
