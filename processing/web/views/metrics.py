"""/metrics: the same as the sync page, as Prometheus text.

Open to an administrator who is signed in, and to whoever knows EMIS_METRICS_TOKEN
(`Authorization: Bearer …`). A form is named by its id; numbers and times alone, never a name.
"""

import hmac
import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from flask import Blueprint, Response, current_app, g, request
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from werkzeug.exceptions import Forbidden

from processing.db.queries import web_sync
from processing.db.queries.measures import LAG_BOUNDS_S
from processing.web.access import Permission, permission
from processing.web.clock import now
from processing.web.database import reading

blueprint = Blueprint("metrics", __name__)
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
BEARER = "Bearer "
# name, column of list_form_sync, what it is
FORM_GAUGES = (
    ("emis_submissions_unverified", "unverified_count_now", "Live rows not yet compared with XML"),
    (
        "emis_sync_new_rows_every_seconds",
        "new_rows_every_s",
        "How often new rows are asked about",
    ),
    (
        "emis_sync_old_rows_every_seconds",
        "old_rows_every_s",
        "How often older rows are asked about",
    ),
    ("emis_reconcile_differences", "difference_count", "Rows that differed when last compared"),
    ("emis_reconcile_central_rows", "central_count", "Live rows of Central when last compared"),
    ("emis_reconcile_mirror_rows", "mirror_count", "Live rows of the mirror when last compared"),
)
FORM_TIMES = (
    ("emis_sync_probed_timestamp_seconds", "probed_at", "When Central was last asked"),
    (
        "emis_sync_old_rows_proved_timestamp_seconds",
        "old_rows_proved_at",
        "When the older rows were last proved to be Central's",
    ),
    ("emis_sync_changed_timestamp_seconds", "changed_at", "When a row last came"),
    ("emis_reconciled_timestamp_seconds", "reconciled_at", "When the form was last compared"),
)
FORM_COUNTERS = (
    ("emis_sync_pulls", "pull_count", "Pulls"),
    ("emis_sync_idle_pulls", "idle_count", "Pulls that found nothing new"),
    ("emis_sync_full_pulls", "full_count", "Pulls that read everything"),
    ("emis_sync_rows", "changed_row_count", "Rows added, changed or purged"),
    ("emis_sync_requests", "request_count", "Requests to Central"),
    ("emis_sync_received_bytes", "byte_count", "Bytes of Central's answers"),
    ("emis_sync_seconds", "seconds", "Seconds spent pulling"),
)
# An error's text begins with its code; the rest of it may name a file or a submission.
ERROR_CODE = re.compile(r"\[([a-z0-9-]+)\]")
LIST_GAUGES = (
    ("emis_entities", "row_count", "Mirrored entities"),
    ("emis_entities_probed_timestamp_seconds", "probed_at", "When the list was last asked after"),
    ("emis_entities_changed_timestamp_seconds", "changed_at", "When the list last changed"),
)
WAITING = ("late", "stored", "wanted", "absent", "refused")


@blueprint.get("/metrics")
@permission(Permission.PUBLIC)
def show_metrics():
    if not (_has_token() or _is_administrator()):
        raise Forbidden
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector())
    return Response(generate_latest(registry), content_type=CONTENT_TYPE)


def _has_token() -> bool:
    token, given = current_app.config["EMIS_METRICS_TOKEN"], request.headers.get("Authorization")
    if not token or not given or not given.startswith(BEARER):
        return False
    return hmac.compare_digest(given.removeprefix(BEARER).encode(), token.encode())


def _is_administrator() -> bool:
    return g.account is not None and g.account.role_code == "administrator"


class _Collector:
    """Reads the database when it is asked; nothing is kept between two readings."""

    def collect(self):
        forms = web_sync.list_form_sync(reading())
        yield _submissions(forms)
        for name, column, words in FORM_GAUGES:
            yield _gauge(name, words, ((row["form_id"], row[column]) for row in forms))
        for name, column, words in FORM_TIMES:
            moments = ((row["form_id"], row[column]) for row in forms)
            yield _gauge(name, words, ((form, at and at.timestamp()) for form, at in moments))
        for name, column, words in FORM_COUNTERS:
            yield _counter(name, words, forms, column)
        yield _lags(forms)
        yield _lags_of_a_day(forms, web_sync.list_lags(reading(), now()))
        waiting = web_sync.list_waiting(reading())
        yield _waiting(waiting)
        yield _stored(waiting)
        yield _faults(web_sync.list_faults(reading()))
        yield _due(web_sync.list_due_counts(reading(), now()))
        yield from _entities(web_sync.list_entity_lists(reading()))


def _submissions(forms: list) -> GaugeMetricFamily:
    family = GaugeMetricFamily("emis_submissions", "Mirrored submissions", labels=("form", "state"))
    for row in forms:
        for state in ("live", "deleted", "purged"):
            family.add_metric((row["form_id"], state), row[f"{state}_count"])
    return family


def _gauge(name: str, words: str, values) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, words, labels=("form",))
    for form_id, value in values:
        if value is not None:
            family.add_metric((form_id,), value)
    return family


def _counter(name: str, words: str, forms: list, column: str) -> CounterMetricFamily:
    family = CounterMetricFamily(name, words, labels=("form",))
    for row in forms:
        if row[column] is not None:
            family.add_metric((row["form_id"],), row[column])
    return family


def _lags(forms: list) -> HistogramMetricFamily:
    words = "From Central's time of a row to our commit"
    family = HistogramMetricFamily("emis_sync_lag_seconds", words, labels=("form",))
    for row in forms:
        if row["lag_buckets"]:
            buckets, total = [], 0
            for bound, count in zip((*LAG_BOUNDS_S, "+Inf"), row["lag_buckets"], strict=True):
                total += count
                buckets.append((str(float(bound)) if bound != "+Inf" else bound, total))
            family.add_metric((row["form_id"],), buckets, row["lag_seconds"])
    return family


def _lags_of_a_day(forms: list, lags: dict[int, tuple]) -> GaugeMetricFamily:
    words = "The same over the last day, median and 95 of 100"
    family = GaugeMetricFamily("emis_sync_lag_day_seconds", words, labels=("form", "quantile"))
    for row in forms:
        _, *values = lags.get(row["form_key"], (0, None, None))
        for quantile, value in zip(("0.5", "0.95"), values, strict=True):
            if value is not None:
                family.add_metric((row["form_id"], quantile), value)
    return family


def _stored(rows: list) -> GaugeMetricFamily:
    sizes: Counter[str] = Counter()
    for row in rows:
        sizes[row["form_id"]] += int(row["stored_bytes"])
    return _gauge("emis_files_bytes", "Bytes of the files that are here", sizes.items())


def _faults(rows: list) -> GaugeMetricFamily:
    """The reason is its code alone."""
    attempts: Counter[tuple[str, str, str]] = Counter()
    for row in rows:
        code = ERROR_CODE.match(row["reason"] or "")
        attempts[row["stage"], row["form_id"], code[1] if code else "other"] += row["attempts"]
    words = "Attempts that failed, of what is tried again"
    family = GaugeMetricFamily("emis_sync_faults", words, labels=("stage", "form", "reason"))
    for labels, count in attempts.items():
        family.add_metric(labels, count)
    return family


def _waiting(rows: list) -> GaugeMetricFamily:
    words = "Submissions that wait for files, and files by what became of them"
    family = GaugeMetricFamily("emis_files", words, labels=("form", "state"))
    totals: dict[tuple[str, str], int] = {}
    for row in rows:
        for state in WAITING:
            key = (row["form_id"], state)
            totals[key] = totals.get(key, 0) + row[f"{state}_count"]
    for key, count in totals.items():
        family.add_metric(key, count)
    return family


def _due(rows: list) -> GaugeMetricFamily:
    family = GaugeMetricFamily("emis_due_slices", "Work that is due", labels=("stage", "state"))
    for row in rows:
        for state in ("ready", "delayed"):
            family.add_metric((row["stage"], state), row[f"{state}_count"])
    return family


def _entities(rows: list) -> Iterator[GaugeMetricFamily]:
    held = [row for row in rows if not row["is_gone"]]
    for name, column, words in LIST_GAUGES:
        family = GaugeMetricFamily(name, words, labels=("list",))
        for row in held:
            value = row[column]
            if value is not None:
                family.add_metric(
                    (row["name"],), value.timestamp() if isinstance(value, datetime) else value
                )
        yield family
