"""The family of errors that a person who runs the system can act on.

Everything else that is raised is a fault of the program and keeps its traceback.
"""


class OperatorError(Exception):
    """What is wrong, where, and what to do; shown as one paragraph with its code.

    code: stable and never reused, such as `central-unreachable`: scripts and manuals refer to it.
    message: what happened, with the names that matter; never a secret.
    remedy: what the reader can do about it.
    """

    def __init__(self, code: str, message: str, remedy: str = ""):
        super().__init__(message)
        self.code, self.message, self.remedy = code, message, remedy

    def __str__(self) -> str:
        return " ".join(part for part in (f"[{self.code}]", self.message, self.remedy) if part)
