"""The stage `validate`: rules over landed returns, issues out of it."""

from processing.validate.stage import ValidateReport, validate_slices

__all__ = ["ValidateReport", "validate_slices"]
