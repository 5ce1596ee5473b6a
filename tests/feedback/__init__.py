"""The stage `feedback`: tasks, their limits, answers, messages."""
