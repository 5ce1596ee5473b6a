"""The pages, a blueprint each. A new page is a module here and an entry below."""

from processing.web.views.account import blueprint as account
from processing.web.views.calls import blueprint as calls
from processing.web.views.conflicts import blueprint as conflicts
from processing.web.views.entry import blueprint as entry
from processing.web.views.health import blueprint as health
from processing.web.views.home import blueprint as home
from processing.web.views.indicators import blueprint as indicators
from processing.web.views.jobs import blueprint as jobs
from processing.web.views.metrics import blueprint as metrics
from processing.web.views.printed import blueprint as printed
from processing.web.views.refused import blueprint as refused
from processing.web.views.schools import blueprint as schools
from processing.web.views.session import blueprint as session
from processing.web.views.sync import blueprint as sync
from processing.web.views.updates import blueprint as updates

BLUEPRINTS = (
    session, home, indicators, schools, printed, calls, entry, refused, updates, conflicts, jobs,
    sync, metrics, account, health,
)  # fmt: skip
