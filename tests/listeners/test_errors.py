"""When Redis is away: every listener answers, nothing is lost that was typed, and nothing is started."""

import pytest

from sandbox.processes import free_port
from tests.helpers.conversation import Conversation, serve_bot

SAID = "The queue does not answer now. Try again in a moment; nothing starts twice."


def test_everything_is_answered_while_redis_is_away(
    conversation: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Commands and clicks hear a sentence; forms stay open with what was typed."""
    asha, plan = conversation.asha, conversation.plan("raw 2019-12-30")
    question = conversation.review(plan)
    question.fill({"typed": "raw"})
    monkeypatch.setenv("REPLAY_REDIS_URL", f"redis://127.0.0.1:{free_port()}/0")
    with serve_bot() as url:
        conversation.slack.use_http(url)
        result = question.submit()
        assert (result.outcome, dict(result.errors), question.value("typed")) == ("errors", {"typed": SAID}, "raw")
        assert asha.slash("/replay", "raw 2019-12-30").text == SAID
        heard = conversation.whispered().count(SAID)
        assert [asha.click(plan, button).failure for button in ("review", "discard")] == ["", ""]
        conversation.hears(SAID, times=heard + 2)
        form = conversation.form_of("raw")
        form.fill({"startDate": "2019-12-30", "prefix": "raw"})
        result = form.submit()
        assert (result.outcome, dict(result.errors), form.value("prefix")) == ("errors", {"source": SAID}, "raw")
    assert conversation.slack.message(plan.ts).buttons == ("Review and start", "Discard")


def test_a_request_that_is_not_slacks_is_not_answered_to(conversation: Conversation) -> None:
    """What fails before a signature was checked is answered with a status alone, and calls no address."""
    body = f"command=%2Freplay&response_url={conversation.slack.url}/actions/T/x"
    before = len(conversation.slack.refusals)
    answer = conversation.requests.post(body, timestamp="9" * 5000)
    assert (answer.status_code, answer.text) in ((401, "not signed"), (500, ""), (401, '{"error": "invalid request"}'))
    assert len(conversation.slack.refusals) == before
