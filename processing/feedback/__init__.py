"""The stage `feedback`: what schools are asked and what Central is told, out of open issues."""

from processing.feedback.stage import FeedbackReport, feedback_slices

__all__ = ["FeedbackReport", "feedback_slices"]
