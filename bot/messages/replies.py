"""The answer to whoever asked: in the view that they look at if it is still open, else to the person alone.

Says something whatever happens: an asker who hears nothing asks again, or worse, believes that it runs.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from bot.messages.records import Room
from bot.render.answers import answer_text
from bot.render.confirmation import notice
from bot.render.mrkdwn import escaped
from replay_engine import ReplayError

_SENTENCE_CHARACTERS = 2000


@dataclass(frozen=True, slots=True)
class Reply:
    """One person's request; ``view_id`` is the view it came from, if it did."""

    client: WebClient
    room: Room
    view_id: str | None = None

    def tell_error(self, headline: str, error: ReplayError) -> None:
        """Why not, in a sentence."""
        self.tell(f"{headline}: {escaped(str(error), _SENTENCE_CHARACTERS)}")

    def tell(self, text: str) -> None:
        """A sentence; foreign text in it is escaped already."""
        if not self.show_view(notice(text)):
            self._say(text)

    def show(self, blocks: Sequence[Block]) -> None:
        """More than a sentence."""
        if not self.show_view(notice(blocks)):
            self._say(answer_text(blocks), blocks)

    def confirm(self, text: str) -> None:
        """A sentence for the form alone: whoever has closed it sees the plan in the channel."""
        self.show_view(notice(text))

    def show_view(self, view: View) -> bool:
        """Whether the view was still there to be replaced."""
        if self.view_id is None:
            return False
        try:
            self.client.views_update(view_id=self.view_id, view=view)
        except SlackApiError as error:
            if error.response["error"] != "not_found":
                raise
            return False
        return True

    def _say(self, text: str, blocks: Sequence[Block] | None = None) -> None:
        """To the person alone; in a direct message where the bot may not write."""
        try:
            self.client.chat_postEphemeral(channel=self.room.channel, user=self.room.user, text=text, blocks=blocks)
        except SlackApiError:
            self.client.chat_postMessage(channel=self.room.user, text=text, blocks=blocks)
