"""The answer to whoever asked for a plan: in the form if it is still open, else to the person alone.

Says something whatever happens: an asker who hears nothing asks again, or worse, believes that it runs.
"""

from dataclasses import dataclass

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.models.views import View

from bot import blocks, request_form
from bot.mrkdwn import escaped
from bot.records import Room
from replay_engine import Refused, Request

_SENTENCE_CHARACTERS = 2000


@dataclass(frozen=True, slots=True)
class Asker:
    """One person's request; ``view_id`` is the form it came from, if it did."""

    client: WebClient
    room: Room
    view_id: str | None

    def refuse(self, asked: Request, sources: list[str], error: Refused) -> None:
        """Why there is no plan: below its field, with everything that was typed."""
        if not self._answer_form(request_form.form(self.room.channel, sources, asked, error)):
            self._say(f"No plan: {escaped(str(error), _SENTENCE_CHARACTERS)}")

    def tell(self, text: str) -> None:
        """A sentence; foreign text in it is escaped already."""
        if not self._answer_form(blocks.notice(text)):
            self._say(text)

    def confirm(self, text: str) -> None:
        """A sentence for the form alone: whoever has closed it sees the plan in the channel."""
        self._answer_form(blocks.notice(text))

    def _answer_form(self, view: View) -> bool:
        if self.view_id is None:
            return False
        try:
            self.client.views_update(view_id=self.view_id, view=view)
        except SlackApiError as error:
            if error.response["error"] != "not_found":
                raise
            return False
        return True

    def _say(self, text: str) -> None:
        """To the person alone; in a direct message where the bot may not write."""
        try:
            self.client.chat_postEphemeral(channel=self.room.channel, user=self.room.user, text=text)
        except SlackApiError:
            self.client.chat_postMessage(channel=self.room.user, text=text)
