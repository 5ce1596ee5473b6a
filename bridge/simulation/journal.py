"""What Central has acknowledged, so that an interrupted simulation goes on where it stopped.

In: a file, ids of submissions. Out: the same ids when it is opened again. Promised: an id is in
the file only after Central has taken the submission; a line that was cut off counts for nothing,
which costs one repeated sending, and Central takes a repeated sending for the same submission.
"""

import threading
from pathlib import Path


class Journal:
    """Several threads may write at once."""

    def __init__(self, path: Path):
        path.parent.mkdir(parents=True, exist_ok=True)
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        whole_lines = text[: text.rfind("\n") + 1]
        self.known = frozenset(whole_lines.split())
        self._lock = threading.Lock()
        self._file = path.open("w" if text != whole_lines else "a", encoding="utf-8")
        if text != whole_lines:
            self._file.write(whole_lines)

    def add(self, instance_id: str) -> None:
        with self._lock:
            self._file.write(f"{instance_id}\n")
            self._file.flush()

    def __enter__(self) -> "Journal":
        return self

    def __exit__(self, *_) -> None:
        self._file.close()
