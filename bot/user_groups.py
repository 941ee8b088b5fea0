"""Who is in the user groups that the settings name: asked of Slack on a thread of its own, so that no listener waits.

While Slack is away the last answer counts; a group that was never heard of has no members.
"""

import threading
from collections.abc import Iterable

import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

EVERY_SECONDS = 60.0

log = structlog.get_logger()


class UserGroups:
    """The members of some groups, as last heard."""

    def __init__(self, client: WebClient, groups: Iterable[str]) -> None:
        """Nothing is asked before `ask`."""
        self._client, self._groups = client, tuple(sorted(groups))
        self._members: dict[str, frozenset[str]] = {}

    def __call__(self, group: str) -> frozenset[str]:
        """The ids of its members."""
        return self._members.get(group, frozenset())

    def ask(self) -> None:
        """Ask for each of them once."""
        for group in self._groups:
            try:
                answer = self._client.usergroups_users_list(usergroup=group)
                self._members[group] = frozenset(answer["users"])
            except SlackApiError as error:
                log.warning("a user group cannot be read", group=group, error=error.response["error"])
            except (SlackClientError, OSError) as error:
                log.warning("slack is away; user groups stay as they were", group=group, error=str(error))

    def keep_asking(self) -> None:
        """Now, and again every minute for as long as this process lives."""
        self.ask()
        if self._groups:
            threading.Thread(target=self._again, name="user-groups", daemon=True).start()

    def _again(self) -> None:
        waiting = threading.Event()
        while not waiting.wait(EVERY_SECONDS):
            self.ask()
