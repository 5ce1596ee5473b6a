"""The rules, a module for each instrument. Importing the package registers all of them."""

from processing.validate.rules import any_form, facility, flows, pupils, returns, sources, visits

__all__ = ["any_form", "facility", "flows", "pupils", "returns", "sources", "visits"]
