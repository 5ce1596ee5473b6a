"""The Flask application: settings in, application out.

Promised, and held by a test that walks every route: each declares who may enter, each answer
carries the security headers, each page speaks three languages.
"""

import hashlib
from functools import cache
from pathlib import Path

import sqlalchemy as sa
from flask import Flask, url_for
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from config.settings import Settings
from processing.db.engine import open_engine
from processing.web.access import Permission, guard_routes, may
from processing.web.charts import draw_bars, draw_map
from processing.web.clock import use_clock, utc_now
from processing.web.database import use_engine
from processing.web.errors import use_error_pages
from processing.web.files import use_files
from processing.web.i18n import use_languages
from processing.web.limits import limit_sign_in
from processing.web.security import allow_larger_requests, refuse_nul, secure
from processing.web.session import use_sessions
from processing.web.tables import use_tables
from processing.web.views import BLUEPRINTS

STATIC_DIR = Path(__file__).parent / "static"


def create_app(settings: Settings, engine: sa.Engine | None = None, clock=utc_now) -> Flask:
    """An application on that engine (default: the settings' database, as the role `web`)."""
    app = Flask(__name__)
    secure(app, settings)
    app.config["EMIS_METRICS_TOKEN"] = settings.emis_metrics_token
    app.config["EMIS_PULL_SECONDS"] = settings.emis_pull_seconds
    app.config["EMIS_ENTRY_PLACE"] = (settings.central_key, settings.central_project)
    use_clock(app, clock)
    use_engine(app, engine or open_engine(settings, "web", pool_size=settings.emis_web_threads))
    # The order of these is the order of the questions: who is it, may they, is it their form.
    use_sessions(app)
    guard_routes(app)
    allow_larger_requests(app)
    CSRFProtect(app)
    refuse_nul(app)
    use_languages(app, settings.emis_default_language)
    use_error_pages(app)
    use_tables(app)
    use_files(app, settings)
    _use_layout(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    limit_sign_in(app, settings.redis_url)
    if settings.emis_behind_proxy:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)
    return app


def _use_layout(app: Flask) -> None:
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.add_template_global(may)
    app.add_template_global(asset_url)
    app.add_template_global(Permission, "Permission")
    app.add_template_global(draw_bars)
    app.add_template_global(draw_map)


def asset_url(name: str) -> str:
    """The address of a static file, which changes with its content so that browsers may keep it."""
    return url_for("static", filename=name, v=_fingerprint(name))


@cache
def _fingerprint(name: str) -> str:
    return hashlib.sha256((STATIC_DIR / name).read_bytes()).hexdigest()[:12]
