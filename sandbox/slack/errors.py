"""What Slack refuses, as the stand-in raises it, and what a person waited for in vain."""

from typing import Any


class SlackRefusalError(Exception):
    """A Web API call that Slack answers with ``ok: false``: the error code, and details if there are any."""

    def __init__(self, code: str, details: tuple[str, ...] = (), *, retry_after_seconds: int = 0) -> None:
        super().__init__(code, *details)
        self.code = code
        self.details = details
        self.retry_after_seconds = retry_after_seconds

    def body(self) -> dict[str, Any]:
        """The JSON answer. Details stand where Slack's own stand, each with a JSON pointer to the culprit."""
        body: dict[str, Any] = {"ok": False, "error": self.code}
        if self.details:
            body["response_metadata"] = {"messages": [f"[ERROR] {detail}" for detail in self.details]}
        if self.code == "invalid_blocks":
            body["errors"] = list(self.details)
        return body


class NeverCameError(TimeoutError):
    """Something that was waited for did not happen in time; the text shows the conversation so far."""
