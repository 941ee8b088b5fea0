"""What is asked about a replay, and how it is steered, in Slack's words; Home too."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.jobs.rate_steps import faster, slower
from replay_engine import Pace, ReplayState
from sandbox.slack import Message, OpenView, Person
from tests.bot_parts import FreshDays
from tests.helpers.conversation import Conversation, replay_id
from tests.helpers.gate import gate


@pytest.fixture
def done(conversation: Conversation, fresh_days: FreshDays) -> Message:
    """The plan of a replay that has run."""
    (day,) = fresh_days(1)
    plan = conversation.plan(f"raw {day}")
    assert conversation.confirm(plan).outcome == "closed"
    conversation.run()
    return plan


def answer(conversation: Conversation, text: str) -> str:
    """What only the operator is told in the end."""
    conversation.asha.slash("/replay", text)
    conversation.carry_out()
    return conversation.whispered()[-1]


def test_a_replay_is_looked_at(conversation: Conversation, done: Message) -> None:
    """Status, list, history and verify: to the asker alone, and about whoever did what."""
    ident = replay_id(done)
    status = answer(conversation, f"status {ident}")
    assert "*Replay of raw* · completed" in status
    assert "@Asha asked for it in #data-replay" in status
    assert "@Asha confirmed it" in status
    assert answer(conversation, "status") == status
    assert f"`{ident}` raw" in answer(conversation, "list")
    assert f"`{ident}` raw" in answer(conversation, "history")
    history = answer(conversation, f"history {ident}")
    assert history.index("asked") < history.index("confirmed")
    assert "*All is as it should be*, in 1 day" in answer(conversation, f"verify {ident}")
    assert len(conversation.slack.messages()) == 2


def test_what_is_wrong_in_the_world_is_found(conversation: Conversation, done: Message) -> None:
    """A source file that has gone since."""
    status = conversation.status(done)
    gone = conversation.seeded.days[status.days[0].day].source_blobs[0]
    content = conversation.world.container.download_blob(gone).readall()
    conversation.world.container.delete_blob(gone)
    assert "wrong*, in 1 of 1 day" in answer(conversation, f"verify {replay_id(done)}")
    conversation.world.container.upload_blob(gone, content)


@pytest.mark.parametrize("question", ["status", "verify"])
def test_nobody_knows_that_replay(conversation: Conversation, question: str) -> None:
    assert "There is no replay r20191210-101500-0a1b2c." in answer(conversation, f"{question} r20191210-101500-0a1b2c")


@pytest.mark.parametrize("order", ["cancel", "pause", "resume", "rate 20MB/s"])
def test_an_ended_replay_is_not_steered(conversation: Conversation, done: Message, order: str) -> None:
    """By command or by a button that was still shown somewhere: a quiet answer, and nothing changes."""
    name, *rest = order.split()
    said = answer(conversation, " ".join([name, replay_id(done), *rest]))
    assert said == "This replay has ended already; nothing is left to steer."
    assert conversation.status(done).state is ReplayState.COMPLETED


def test_a_running_replay_is_steered(
    conversation: Conversation, fresh_days: FreshDays, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pause, resume, slower, faster, a rate: who ordered it is on record, and the message shows what holds."""
    (day,) = fresh_days(1)
    plan = conversation.plan(f"raw {day} check-source=heads")
    with (
        gate(conversation.world.azurite, conversation.seeded.days[day].source_blobs[-1]) as (standing, through),
        ThreadPoolExecutor(1) as worker,
        monkeypatch.context() as change,
    ):
        change.setenv("REPLAY_AZURE_CONNECTION_STRING", through)
        assert conversation.confirm(plan).outcome == "closed"
        run = worker.submit(conversation.run)
        assert standing.reached.wait(30)
        assert answer(conversation, "rate 20MB/s") == "The new rate holds within seconds."
        live = conversation.live()
        conversation.slack.wait_for(lambda: "limit 20 MB/s" in conversation.says(live))
        conversation.asha.click(live, "Slower")
        conversation.carry_out()
        assert conversation.whispered()[-1] == "Slower: at most 10 MB/s from now on."
        conversation.asha.click(live, "Pause")
        conversation.carry_out()
        conversation.slack.wait_for(lambda: "paused" in conversation.says(live))
        conversation.asha.click(live, "Resume")
        conversation.carry_out()
        standing.opened.set()
        run.result()
    assert "*Replay of raw* · completed" in conversation.says(conversation.live())
    history = answer(conversation, f"history {replay_id(plan)}")
    assert [line.partition("@Asha ")[2] for line in history.splitlines()[1:]] == [
        "asked for it in #data-replay",
        "confirmed it",
        "set its pace: limit 20 MB/s",
        "set its pace: limit 10 MB/s",
        "set its pace: paused · limit 10 MB/s",
        "set its pace: limit 10 MB/s",
    ]
    assert conversation.problems(day) == ()


def test_failed_days_are_planned_again(conversation: Conversation, fresh_days: FreshDays) -> None:
    """By the summary's button: a new plan, for the day that did not close alone."""
    good, bad = fresh_days(2)
    damaged = conversation.seeded.days[bad].source_blobs[-1]
    content = conversation.world.container.download_blob(damaged).readall()
    conversation.world.container.upload_blob(damaged, content[:-9], overwrite=True)
    plan = conversation.plan(f"raw {good} {bad}")
    assert conversation.confirm(plan).outcome == "closed"
    conversation.run()
    assert "completed with failures" in conversation.summaries()[0]
    assert f"{bad} restored* · failed" in "".join(conversation.thread())
    summary = conversation.slack.thread(conversation.live().ts)[-1]
    conversation.world.container.upload_blob(damaged, content, overwrite=True)
    conversation.asha.click(summary, "Retry failed days")
    conversation.make_plans()
    again = conversation.slack.messages()[-1]
    assert f"`{bad}` 6 files" in conversation.says(again)
    assert f"`{good}`" not in conversation.says(again)
    assert conversation.confirm(again).outcome == "closed"
    conversation.run()
    assert "*Replay of raw* · completed" in conversation.says(conversation.live())


def test_a_closed_day_is_undone(
    conversation: Conversation, fresh_days: FreshDays, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While its backup is kept: a last question, the source's name, and the sinks are as they were."""
    monkeypatch.setenv("REPLAY_KEEP_BACKUPS_FOR", "P1D")
    (day,) = fresh_days(1)
    plan = conversation.plan(f"raw {day}")
    assert conversation.confirm(plan).outcome == "closed"
    conversation.run()
    assert "backup" in "".join(conversation.problems(day))
    conversation.asha.slash("/replay", f"undo {replay_id(plan)} {day}")
    conversation.carry_out()
    question = conversation.asha.wait_for_view(title="Undo this day?")
    question.fill({"typed": "unique"})
    assert question.submit().errors == {"typed": "Type raw, the source's name, exactly."}
    question.fill({"typed": "raw"})
    assert question.submit(clicks=2).outcome == "updated"
    conversation.run()
    assert conversation.thread()[0].splitlines()[0] == f":white_check_mark: *{day} closed*"
    assert f"*{day} restored* · undone" in conversation.thread()[-1]
    assert conversation.problems(restored=(day,)) == ()


def test_what_cannot_be_undone_stays(conversation: Conversation, done: Message) -> None:
    """No backup is kept: the person hears so, and the messages stay what they were."""
    day = conversation.status(done).days[0].day
    before = conversation.says(conversation.live())
    conversation.asha.slash("/replay", f"undo {replay_id(done)} {day}")
    conversation.carry_out()
    question = conversation.asha.wait_for_view(title="Undo this day?")
    question.fill({"typed": "raw"})
    question.submit()
    conversation.run()
    assert f"{day} stays as it is: {day} has no backup to go back to." in conversation.whispered()[-1]
    assert conversation.says(conversation.live()) == before


def home_of(person: Person) -> OpenView:
    assert person.home is not None
    return person.home


def test_home_shows_the_last_replays(conversation: Conversation, done: Message) -> None:
    """To whoever may look; the button opens the form, which asks where to post."""
    conversation.open_home(conversation.asha)
    assert f"`{replay_id(done)}`" in conversation.says(home_of(conversation.asha))
    chen = conversation.slack.person("stranger")
    conversation.open_home(chen)
    assert replay_id(done) not in conversation.says(home_of(chen))
    assert "You may not look at a replay" in conversation.says(home_of(chen))


def test_slower_and_faster_are_halves_and_doubles() -> None:
    """Of the limit or, where there is none, of the speed; never so slow that nothing moves."""
    assert slower(Pace(), 8e6)[0] == Pace(bytes_per_second=4e6)
    assert slower(Pace(bytes_per_second=4e6), 8e6)[0] == Pace(bytes_per_second=2e6)
    assert slower(Pace(bytes_per_second=1.0), 0)[0] == Pace(bytes_per_second=100_000.0)
    assert slower(Pace(), 0)[0] == Pace()
    assert faster(Pace())[0] == Pace()
    assert faster(Pace(bytes_per_second=4e6))[0] == Pace(bytes_per_second=8e6)
    assert faster(Pace(bytes_per_second=9e8))[0] == Pace()
    assert faster(Pace(paused=True, bytes_per_second=4e6))[0] == Pace(paused=True, bytes_per_second=8e6)
