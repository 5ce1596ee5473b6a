"""Password hashes: Argon2id with the library's own parameters, checked in even time.

In: a password as typed. Out: a hash that carries its own salt and parameters. A login that does
not exist costs as long to refuse as a wrong password, so that logins cannot be guessed by time.
"""

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from config.errors import OperatorError

MIN_PASSWORD_CHARACTERS = 10
# NIST SP 800-63B asks for at least 8 where a service limits attempts; no composition rules.
MAX_PASSWORD_CHARACTERS = 256

_hasher = PasswordHasher()


def hash_password(password: str) -> str:
    """A new hash. Raises OperatorError `password-unfit` if it is too short or too long."""
    if not is_fit_password(password):
        raise OperatorError(
            "password-unfit",
            f"A password has {MIN_PASSWORD_CHARACTERS} to {MAX_PASSWORD_CHARACTERS} characters.",
            "Choose another one; several words are easier to remember than signs.",
        )
    return _hasher.hash(password)


def is_fit_password(password: str) -> bool:
    return MIN_PASSWORD_CHARACTERS <= len(password) <= MAX_PASSWORD_CHARACTERS


def is_password_right(password_hash: str | None, password: str) -> bool:
    """True if the password made the hash. None, for an unknown login, is always wrong."""
    try:
        _hasher.verify(password_hash or _nobody(), password[:MAX_PASSWORD_CHARACTERS])
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


def needs_new_hash(password_hash: str) -> bool:
    """True if the hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(password_hash)


@cache
def _nobody() -> str:
    return _hasher.hash("the password of nobody")
