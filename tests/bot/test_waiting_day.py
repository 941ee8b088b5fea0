"""A day that is published and does not come back: it waits, people are told once, and it is accepted or closes."""

import json
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.jobs.enqueue import Jobs
from bot.jobs.reconciler import Patience, reconcile
from bot.queues import RUNS
from replay_engine import Engine, ReplayState, load_settings
from sandbox.slack import Message
from sandbox.world.parts import World
from tests.bot_parts import FreshDays
from tests.helpers.conversation import Conversation, caretaker, queued, replay_id

TOPIC = "telemetry.that-nobody-reads"
BUTTONS = ("Accept the loss", "Restore")


@pytest.fixture(scope="module", autouse=True)
def topic(world: World) -> None:
    world.broker.create_topics([TOPIC])


@pytest.fixture
def day(conversation: Conversation, fresh_days: FreshDays, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> date:
    """A day of a source whose pipeline is not told of anything; a run does not wait for it itself."""
    document = json.loads(conversation.world.config.read_text())
    for entry in document.values():
        del entry["settle"]
    config = tmp_path / "config.json"
    config.write_text(json.dumps(document))
    monkeypatch.setenv("REPLAY_CONFIG", str(config))
    monkeypatch.setenv("REPLAY_LANDING_PATIENCE_SECONDS", "0")
    (fresh,) = fresh_days(1)
    return fresh


def waits(conversation: Conversation, day: date) -> Message:
    """Its plan, once it is published."""
    plan = conversation.plan(f"raw {day} topic={TOPIC}")
    assert conversation.confirm(plan).outcome == "closed"
    conversation.run()
    assert conversation.status(plan).state is ReplayState.LANDING
    return plan


def sinks_of(world: World, names: Mapping[str, Mapping[str, str]]) -> dict[str, bytes]:
    return {name: world.container.download_blob(name).readall() for blobs in names.values() for name in blobs}


def look_about(conversation: Conversation, patience: Patience) -> None:
    """As the worker process does every 20 seconds; the job that it queues is worked off."""
    reconcile(Engine(load_settings()), Jobs(conversation.world.valkey.url), patience)
    conversation.run()


def overdue_posts(conversation: Conversation) -> list[Message]:
    return [one for one in conversation.slack.thread(conversation.live().ts) if "its landing" in one.text]


def test_a_day_that_waits_is_told_of_and_accepted(conversation: Conversation, day: date) -> None:
    """By a typed word, once, with what is missing in numbers; who did is on record."""
    plan = waits(conversation, day)
    live = conversation.live()
    assert "*Replay of raw* · waits for landing" in conversation.says(live)
    assert f"*{day}* waits to land since" in conversation.says(live)
    assert "no new file," in conversation.says(live)
    assert conversation.slack.message(live.ts).buttons == BUTTONS
    assert (conversation.thread(), conversation.summaries()) == ([], [])

    conversation.asha.slash("/replay", "list")
    conversation.carry_out()
    assert "waits for landing · 0 of 1 day closed" in conversation.whispered()[-1]
    conversation.asha.slash("/replay", "cancel")
    conversation.carry_out()
    assert "waits for its landing: a cancel does not end that" in conversation.whispered()[-1]

    conversation.asha.click(live, "Accept the loss")
    conversation.carry_out()
    question = conversation.asha.wait_for_view(title="Accept this day?")
    assert "no new file," in conversation.says(question)
    question.fill({"typed": "yes"})
    assert question.submit().errors == {"typed": "Type raw, the source's name, exactly."}
    question.fill({"typed": "raw"})
    assert question.submit(clicks=2).outcome == "updated"
    assert len(queued(conversation, RUNS)) == 1
    conversation.run()

    assert conversation.status(plan).state is ReplayState.COMPLETED
    (told,) = conversation.thread()
    assert told.startswith(f":white_check_mark: *{day} closed*")
    assert "Landed: accepted as it was by @Asha" in told
    assert conversation.slack.message(live.ts).buttons == ()
    assert len(conversation.summaries()) == 1
    conversation.asha.slash("/replay", f"history {replay_id(plan)}")
    conversation.carry_out()
    assert f"@Asha had `{day}` accepted as it was" in conversation.whispered()[-1]

    conversation.asha.slash("/replay", f"accept {replay_id(plan)} {day}")
    conversation.carry_out()
    late = conversation.asha.wait_for_view(title="Replay")
    conversation.slack.wait_for(lambda: f"{day} does not wait for its landing" in conversation.says(late))
    assert "it is closed" in conversation.says(late)
    conversation.asha.slash("/replay", f"accept {replay_id(plan)} {day + timedelta(days=400)}")
    conversation.carry_out()
    other = conversation.asha.wait_for_view(title="Replay")
    conversation.slack.wait_for(lambda: "has no day" in conversation.says(other))


def test_people_are_told_once_when_it_takes_too_long_and_when_it_is_over(
    conversation: Conversation, day: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many processes look, and however often; then everything comes back, and it closes by itself."""
    before = sinks_of(conversation.world, conversation.seeded.days[day].sink_blobs)
    plan = waits(conversation, day)
    live, patience = conversation.live(), Patience()
    said = len(conversation.slack.history_of(live.ts))
    for _ in range(4):
        look_about(conversation, patience)
        caretaker().look()
    assert overdue_posts(conversation) == []

    monkeypatch.setenv("REPLAY_LANDING_TIMEOUT_SECONDS", "0.001")
    for _ in range(4):
        look_about(conversation, patience)
        caretaker().look()
    (post,) = overdue_posts(conversation)
    assert conversation.says(post).startswith(f":stopwatch: @Asha *{day}* of the replay of raw waits for its landing")
    assert "no new file," in conversation.says(post)
    assert post.buttons == BUTTONS
    assert "longer than it should" in conversation.says(live)
    # Of the looks themselves nothing is shown: each new process says once what it finds.
    assert not any(
        "running" in conversation.slack.text_of(one) for one in conversation.slack.history_of(live.ts)[said:]
    )

    chen = conversation.slack.person("stranger")
    chen.click(post, "Accept the loss")
    conversation.hears("You may not ask for a replay. Ask one of @Asha.", chen)
    assert chen.views == ()
    chen.slash("/replay", f"accept {replay_id(plan)} {day}")
    assert conversation.whispered(chen)[-1] == "You may not ask for a replay. Ask one of @Asha."

    for name, data in before.items():
        folder, _, base = name.rpartition("/")
        conversation.world.container.upload_blob(f"{folder}/{base.replace('.json', '9.json')}", data)
    druid = conversation.world.druid.state
    for datasource in conversation.seeded.days[day].segments:
        druid.add_segment(datasource, day, day + timedelta(days=1), rows=["new"])
    for _ in range(3):
        look_about(conversation, patience)
    assert conversation.status(plan).state is ReplayState.COMPLETED
    assert "*Replay of raw* · completed" in conversation.says(live)
    (over,) = [one for one in conversation.slack.thread(live.ts) if one.ts == post.ts]
    assert over.buttons == ()
    assert f"*{day}* waits no more, it is closed: proved by event ids" in conversation.says(over)
    assert any(text.startswith(f":white_check_mark: *{day} closed*") for text in conversation.thread())
