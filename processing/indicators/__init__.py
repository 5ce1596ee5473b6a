"""The stage `indicators`: numerators and denominators of schools, areas and directorates."""

from processing.indicators.stage import IndicatorReport, compute_due, compute_indicators

__all__ = ["IndicatorReport", "compute_due", "compute_indicators"]
