"""Attachments: where the files of submissions are kept, and what their own formats say.

Knows neither the database nor Central. The store keeps bytes by their SHA-256; `client_audit`
reads the log that Collect keeps while a form is filled.
"""

from processing.attachments.store import Store, open_store

__all__ = ["Store", "open_store"]
