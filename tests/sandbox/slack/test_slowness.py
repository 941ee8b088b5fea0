"""A Slack that answers late, or not at all, does what it is asked all the same."""

import threading
from collections.abc import Iterator

import pytest

from sandbox.slack import SlackStandIn, slack_stand_in
from tests.sandbox.slack.bots import web_client


@pytest.fixture
def slack() -> Iterator[SlackStandIn]:
    with slack_stand_in() as running:
        yield running


def test_a_silent_slack_has_done_what_it_does_not_answer_to(slack: SlackStandIn) -> None:
    """The message is there before its poster hears so, which is when Slack speaks again."""
    answered = threading.Event()

    def post() -> None:
        web_client(slack).chat_postMessage(channel="#data-replay", text="Hello")
        answered.set()

    poster = threading.Thread(target=post)
    with slack.silent():
        poster.start()
        slack.wait_for(lambda: slack.held_answers, what="the call")
        assert [message.text for message in slack.messages()] == ["Hello"]
        assert not answered.is_set()
    poster.join()
    assert answered.is_set()
    assert slack.held_answers == 0
