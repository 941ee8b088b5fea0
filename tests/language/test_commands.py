"""Commands about replays: which one, of which replay, which day, how fast."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.commands import USAGE, Command, parse_command
from bot.language.corrections import Misunderstood, misunderstood_text
from bot.language.reading import COMMANDS
from bot.language.request import PlanRequest
from replay_engine import Request
from tests.helpers.requests import OPEN, TODAY, names
from tests.helpers.values import HOSTILE, REPLAY_ID, assert_harmless

DAY = date(2019, 12, 1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("help", Command("help")),
        ("Help me", Command("help")),
        ("list", Command("list")),
        *((name, Command(name)) for name in ("status", "history", "cancel", "pause", "resume", "retry")),
        *((f"{name} {REPLAY_ID}", Command(name, REPLAY_ID)) for name in ("status", "cancel", "verify", "retry")),
        *((f"retry {REPLAY_ID} {word}", Command("retry", REPLAY_ID, again=True)) for word in ("again", "--again")),
        ("retry again=yes", Command("retry", again=True)),
        (f"status `{REPLAY_ID}`", Command("status", REPLAY_ID)),
        (f"rate {REPLAY_ID} 20MB/s", Command("rate", REPLAY_ID, rate="20MB/s")),
        (f"rate {REPLAY_ID} 20 MB/s", Command("rate", REPLAY_ID, rate="20 MB/s")),
        ("rate off", Command("rate", rate="off")),
        (f"restore {REPLAY_ID} 2019-12-01", Command("restore", REPLAY_ID, DAY)),
        (f"accept {REPLAY_ID} 2019-12-01", Command("accept", REPLAY_ID, DAY)),
        (f"undo {REPLAY_ID} yesterday", Command("undo", REPLAY_ID, date(2020, 1, 1))),
    ],
)
def test_commands(text: str, expected: Command) -> None:
    assert parse_command(text, OPEN, TODAY) == expected


@pytest.mark.parametrize(
    ("text", "said", "corrected"),
    [
        (f"statsu {REPLAY_ID}", "There is no command statsu.", (f"status {REPLAY_ID}",)),
        ("canel", "There is no command canel.", ("cancel",)),
        ("cancel it", "it is too much after cancel", ()),
        ("list all", "all is too much after list", ()),
        ("retry again now", "now is too much after retry", ()),
        ("cancel again", "again is too much after cancel", ()),
        ("verify", "verify has to be told which replay", ()),
        ("undo 2019-12-01", "undo has to be told which replay", ()),
        ("accept 2019-12-01", "accept has to be told which replay", ()),
        (f"acept {REPLAY_ID} 2019-12-01", "There is no command acept.", (f"accept {REPLAY_ID} 2019-12-01",)),
        (f"accept {REPLAY_ID} 2019/12/01", "is not one day", (f"accept {REPLAY_ID} 2019-12-01",)),
        (f"restore {REPLAY_ID}", "restore has to be told which day.", ()),
        (f"restore {REPLAY_ID} 7d", "7d is not one day", ()),
        (
            f"restore {REPLAY_ID} 01/12/2019",
            "01/12/2019 is not one day",
            (f"restore {REPLAY_ID} 2019-12-01", f"restore {REPLAY_ID} 2019-01-12"),
        ),
        (f"rate {REPLAY_ID}", "is no rate", ()),
        (f"rate {REPLAY_ID} 20mbps", "is no rate", (f"rate {REPLAY_ID} 20MB/s",)),
        ("rate 5000 events", "is no rate", ("rate 5000events/s",)),
        ("pause 'it", "A quote is opened", ()),
    ],
)
def test_a_mistake_is_named_and_mended(text: str, said: str, corrected: tuple[str, ...]) -> None:
    found = parse_command(text, OPEN, TODAY)
    assert isinstance(found, Misunderstood)
    assert said in found.wrong
    assert found.corrected == corrected


def test_everything_else_is_a_request() -> None:
    """A command wins over a source of its name, unless the line says that it is a request."""
    assert parse_command("status", OPEN, TODAY) == Command("status")
    asked = PlanRequest(Request("status", "2019-12-01", "2019-12-01"))
    assert parse_command("replay status 2019-12-01", OPEN, TODAY) == asked
    assert parse_command("raw 2019-12-01 topic=a&amp;b", OPEN, TODAY) == PlanRequest(
        Request("raw", "2019-12-01", "2019-12-01", topic="a&b")
    )
    assert isinstance(parse_command("stauts 2019-12-01", OPEN, TODAY), Misunderstood)


WORDS = st.sampled_from([*COMMANDS, "statsu", "rwa", REPLAY_ID, "2019/12/01", "01.12.2019", "20mb", "'", "=", "replay"])


@given(st.lists(WORDS | names(8), min_size=1, max_size=5).map(" ".join))
def test_every_corrected_line_is_understood(text: str) -> None:
    """What is offered can be pasted, whatever was typed. (What Slack itself writes is not among it.)"""
    found = parse_command(text.replace("&", "").replace("<", ""), OPEN, TODAY)
    corrected = found.corrected if isinstance(found, Misunderstood) else ()
    assert [line for line in corrected if isinstance(parse_command(line, OPEN, TODAY), Misunderstood)] == []


@pytest.mark.parametrize("text", [text for text in HOSTILE if text.strip()])
def test_an_answer_is_harmless(text: str) -> None:
    for name in ("", *COMMANDS):
        found = parse_command(f"{name} {text}", OPEN, TODAY)
        assert_harmless(misunderstood_text(found) if isinstance(found, Misunderstood) else "")


def test_the_help_names_every_command() -> None:
    """And is one message that Slack takes whole."""
    assert [name for name in COMMANDS if f"/replay {name}" not in USAGE and name != "help"] == []
    assert len(USAGE) < 3000
