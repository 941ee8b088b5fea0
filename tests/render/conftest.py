"""Every test here is heard by Slack's rules, and its log is kept."""

from tests.helpers.judged import judged, logged

__all__ = ["judged", "logged"]
