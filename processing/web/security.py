"""What every answer carries: no script, no foreign host, no frame, nothing kept by a proxy.

Pages hold no script and no inline style, so the policy needs no exception and no nonce. The one
page that does, where a form is filled, brings a policy of its own (`webforms.engine`).
"""

from flask import Flask, abort, g, request

from config.errors import OperatorError
from config.settings import Settings

MIN_SECRET_KEY_CHARACTERS = 32
SESSION_SECONDS = 12 * 3600
# Forms of these pages hold a few short fields.
MAX_REQUEST_BYTES = 64 * 1024
# A filled form with the photos that it asks for, and those of the signed sheet.
LARGER_REQUESTS_BYTES = {"entry.take_entry": 25 * 1024 * 1024}
# Their addresses change with their content.
KEPT_BY_BROWSERS = ("static", "entry.send_script")
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "font-src 'self'",
        "img-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
HSTS = "max-age=31536000"


def secure(app: Flask, settings: Settings) -> None:
    """Cookies and headers. Raises OperatorError `secret-key-missing`."""
    require_secret_key(settings)
    app.config.update(
        SECRET_KEY=settings.emis_secret_key,
        SESSION_COOKIE_NAME="emis_session",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.emis_behind_proxy,
        PERMANENT_SESSION_LIFETIME=SESSION_SECONDS,
        MAX_CONTENT_LENGTH=MAX_REQUEST_BYTES,
        SEND_FILE_MAX_AGE_DEFAULT=30 * 24 * 3600,
        WTF_CSRF_TIME_LIMIT=None,
    )
    app.after_request(_add_headers)


def allow_larger_requests(app: Flask) -> None:
    """To be asked after who enters, and before anything reads the request's body."""

    @app.before_request
    def allow():
        most = LARGER_REQUESTS_BYTES.get(request.endpoint)
        if most:
            request.max_content_length = most


def refuse_nul(app: Flask) -> None:
    """400 for text that PostgreSQL cannot hold: no reader types it, and no page looks for it."""

    @app.before_request
    def refuse():
        # Whoever signs in hears the same whatever was wrong: that page reads its own form.
        form = request.form if g.account else {}
        given = (request.view_args or {}, request.args, form)
        if any("\0" in str(text) for texts in given for text in texts.values()):
            abort(400)


def require_secret_key(settings: Settings) -> None:
    if len(settings.emis_secret_key or "") >= MIN_SECRET_KEY_CHARACTERS:
        return
    raise OperatorError(
        "secret-key-missing",
        f"EMIS_SECRET_KEY must have at least {MIN_SECRET_KEY_CHARACTERS} characters.",
        "Set it to a random text, the same on each web host; whoever knows it can sign in as "
        "anyone.",
    )


def _add_headers(response):
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", HSTS)
    if request.endpoint not in KEPT_BY_BROWSERS or response.status_code >= 400:
        response.headers["Cache-Control"] = "private, no-store"
    return response
