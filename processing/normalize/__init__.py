"""The stage `normalize`: the facts of the warehouse, replaced by slice."""

from processing.normalize.stage import NormalizeReport, normalize_slices

__all__ = ["NormalizeReport", "normalize_slices"]
