"""How often one may fail to sign in: by address and by login, counted in Valkey where there is
one (so that two web hosts count together), else in this process.

Only refusals count: a school whose twenty tablets share an address signs in all morning.
"""

from urllib.parse import urlsplit, urlunsplit

from flask import Flask, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

SIGN_IN_ENDPOINT = "session.post_sign_in"
PER_LOGIN = "5 per minute; 20 per hour"
PER_ADDRESS = "30 per minute; 200 per hour"
REFUSED = 401


def limit_sign_in(app: Flask, redis_url: str | None) -> None:
    limiter = Limiter(
        get_remote_address,
        app=app,
        storage_uri=storage_uri(redis_url),
        in_memory_fallback_enabled=True,
        key_prefix="emis-web",
    )
    view = app.view_functions[SIGN_IN_ENDPOINT]
    for rate, key in ((PER_LOGIN, _login), (PER_ADDRESS, get_remote_address)):
        view = limiter.limit(rate, key_func=key, deduct_when=_is_refused)(view)
    app.view_functions[SIGN_IN_ENDPOINT] = view


def storage_uri(redis_url: str | None) -> str:
    """REDIS_URL as the limiter's library writes it."""
    if not redis_url:
        return "memory://"
    parts = urlsplit(redis_url)
    scheme = {"unix": "redis+unix", "valkey": "redis"}.get(parts.scheme, parts.scheme)
    return urlunsplit(parts._replace(scheme=scheme))


def _login() -> str:
    return request.form.get("login", "")[:100].strip().lower() or "(none)"


def _is_refused(response) -> bool:
    return response.status_code == REFUSED
