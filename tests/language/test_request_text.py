"""``/replay`` with text: what is understood, and what is said of a mistake."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.corrections import Misunderstood, misunderstood_text
from bot.language.reading import as_text, parse_text, refused
from bot.language.request import PlanRequest
from replay_engine import BadRequest, Request
from tests.helpers.requests import CONFIG, OPEN, TODAY, names, plan_requests, requests
from tests.helpers.values import HOSTILE, assert_harmless

DAY = "2019-12-01"
ONE_DAY = (DAY, DAY)
SOURCES = st.sampled_from([*CONFIG])


def wrong(text: str) -> Misunderstood:
    found = parse_text(text, OPEN, TODAY)
    assert isinstance(found, Misunderstood)
    return found


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        (f"raw {DAY}", DAY, DAY),
        (f"raw {DAY} 2019-12-03", DAY, "2019-12-03"),
        (f"raw {DAY}..2019-12-03", DAY, "2019-12-03"),
        (f"raw {DAY}…2019-12-03", DAY, "2019-12-03"),
        (f"raw {DAY} to 2019-12-03", DAY, "2019-12-03"),
        (f"raw start-date={DAY} endDate=2019-12-03", DAY, "2019-12-03"),
        (f"raw from={DAY}", DAY, None),
        ("raw today", "2020-01-02", "2020-01-02"),
        ("raw Yesterday", "2020-01-01", "2020-01-01"),
        ("raw 1d", "2020-01-01", "2020-01-01"),
        ("raw 7d", "2019-12-26", "2020-01-01"),
        ("raw 2019-12-30..yesterday", "2019-12-30", "2020-01-01"),
        ("raw 2019-12-30 yesterday", "2019-12-30", "2020-01-01"),
    ],
)
def test_days(text: str, first: str, last: str | None) -> None:
    """By date or as seen from today; the last seven whole days end yesterday."""
    assert parse_text(text, OPEN, TODAY) == PlanRequest(Request("raw", first, last))


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("topic=t", {"topic": "t"}),
        ("--topic=t bucket=b ", {"topic": "t", "bucket": "b"}),
        ("container=b folder=f", {"bucket": "b", "prefix": "f"}),
        ("delete-backups=no", {"delete_backups": False}),
        ("deleteBackups=TRUE", {"delete_backups": True}),
        ("delete_backups=off", {"delete_backups": False}),
        ("--no-delete-backups", {"delete_backups": False}),
        ('prefix="a folder"', {"prefix": "a folder"}),
        ("prefix='a=b c'", {"prefix": "a=b c"}),
        ("prefix=“a folder”", {"prefix": "a folder"}),
        ('path="a b/c.json.gz" topic=', {"file_path": "a b/c.json.gz", "topic": ""}),
        ("brokers=a:9092,b:9092", {"broker_list": "a:9092,b:9092"}),
        ("cluster=test", {"broker_list": "t1:9092"}),
        ("delivery=at-least-once onBadLine=setaside", {"delivery": "at_least_once", "on_bad_line": "set-aside"}),
        ("check_source=FULL", {"check_source": "full"}),
    ],
)
def test_options(options: str, expected: dict[str, Any]) -> None:
    """Named as in the mission, with dashes or underscores, or shorter; quotes keep words together."""
    wanted = PlanRequest(Request("raw", *ONE_DAY, **expected))
    assert parse_text(f"raw {DAY} {options}", OPEN, TODAY) == wanted
    assert parse_text(f"raw {options} {DAY}", OPEN, TODAY) == wanted


@pytest.mark.parametrize(
    ("options", "dry_run", "rate"),
    [
        ("dry-run", True, None),
        ("--dry-run", True, None),
        ("dryRun=no rate=20MB/s", False, "20MB/s"),
        ("rate=off", False, None),
    ],
)
def test_what_is_for_the_bot_alone(options: str, dry_run: bool, rate: str | None) -> None:
    assert parse_text(f"raw {DAY} {options}", OPEN, TODAY) == PlanRequest(Request("raw", *ONE_DAY), dry_run, rate)


def test_a_file_needs_no_day_and_an_unknown_source_needs_a_folder_and_a_topic() -> None:
    assert parse_text("raw path=raw/f.json.gz", OPEN, TODAY) == PlanRequest(Request("raw", file_path="raw/f.json.gz"))
    outside = PlanRequest(Request("elsewhere", *ONE_DAY, prefix="p", topic="t"))
    assert parse_text(f"elsewhere {DAY} prefix=p topic=t", OPEN, TODAY) == outside


def test_the_first_word_is_the_source() -> None:
    """Also where it is called like something else; in quotes, or behind ``replay``, it is no command."""
    for text in (f"replay status {DAY}", f'"status" {DAY}'):
        assert parse_text(text, OPEN, TODAY) == PlanRequest(Request("status", *ONE_DAY))


MISTAKES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("", "No source is named", ()),
    ("topic=t", "No source is named", ()),
    (DAY, "No source is named", ()),
    (f"{DAY} raw", "The source comes first", (f"raw {DAY}",)),
    (f"rwa {DAY}", "rwa is no source of the config. There are ingest, raw,", (f"raw {DAY}",)),
    (f"Raw {DAY}", "Raw is no source of the config.", (f"raw {DAY}",)),
    (f"stats {DAY}", "stats is no source of the config.", (f'"status" {DAY}',)),
    ("raw", "No day is named.", ("raw yesterday",)),
    ("raw 2019/12/01", "2019/12/01 is no day:", (f"raw {DAY}",)),
    ("raw 20191201", "20191201 is no day:", (f"raw {DAY}",)),
    ("raw 2019-12-1", "2019-12-1 is no day:", (f"raw {DAY}",)),
    ("raw 01.12.2019", "01.12.2019 is no day:", (f"raw {DAY}", "raw 2019-01-12")),
    ("raw 13.12.2019", "13.12.2019 is no day:", ("raw 2019-12-13",)),
    ("raw 01.12.2019..05.12.2019", "is no day:", ("raw 2019-12-01..2019-12-05", "raw 2019-01-12..2019-05-12")),
    ("raw 2019-02-30", "2019-02-30 is no day:", ()),
    ("raw yesturday", "yesturday is no day:", ("raw yesterday",)),
    (f"raw {DAY}..", "is no day:", (f"raw {DAY}..yesterday",)),
    (f"raw 2019-12-03 {DAY}", f"{DAY} is before 2019-12-03.", (f"raw {DAY} 2019-12-03",)),
    (f"raw 2019-12-03..{DAY}", f"{DAY} is before 2019-12-03.", (f"raw {DAY}..2019-12-03",)),
    ("raw 400d", "400d is no day:", ("raw 366d",)),
    (f"raw 7d {DAY}", "The days are given more than once", ()),
    (f"raw {DAY} start={DAY}", "The days are given more than once", ()),
    (f"raw {DAY} colour=red", "There is no option colour.", ()),
    (f"raw {DAY} delete-bakups=no", "There is no option delete-bakups.", (f"raw {DAY} delete-backups=no",)),
    (
        f"raw {DAY} delete-backups=maybe",
        "delete-backups is yes or no, not maybe.",
        (f"raw {DAY} delete-backups=no", f"raw {DAY} delete-backups=yes"),
    ),
    (f"raw {DAY} topic=a topic=b", "topic is given more than once.", (f"raw {DAY} topic=a", f"raw {DAY} topic=b")),
    (f"raw {DAY} cluster=prd", "There is no cluster prd.", (f"raw {DAY} cluster=prod",)),
    (f"raw {DAY} cluster=prod brokers=a:1", "Either a cluster or brokers", ()),
    (f"raw {DAY} rate=20mb", "is no rate", (f"raw {DAY} rate=20MB/s",)),
    (f"raw {DAY} rate=fast", "is no rate", ()),
    (f"raw {DAY} check-source=head", "check-source is heads or full, not head.", (f"raw {DAY} check-source=heads",)),
    (f"raw {DAY} prefix='a b", "A quote is opened and not closed.", (f"raw {DAY} prefix='a b'",)),
    ("rwa 2019/12/03 2019/12/01 topc=t", "rwa is no source", (f"raw {DAY} 2019-12-03 topic=t",)),
)


@pytest.mark.parametrize(("text", "said", "corrected"), MISTAKES)
def test_a_mistake_is_named_and_mended(text: str, said: str, corrected: tuple[str, ...]) -> None:
    """Which word it is, and the line as it was meant; two if there are two ways, none where nobody knows."""
    found = wrong(text)
    assert said in found.wrong
    assert found.corrected == corrected


def test_what_was_understood_is_said() -> None:
    """Source, days and options that are right, whatever else is wrong."""
    found = wrong(f"raw {DAY} 2019-12-03 colour=red prefix='a b' --no-delete-backups")
    assert found.understood == ("raw", "2019-12-01 to 2019-12-03", 'prefix="a b"', "delete-backups=no")


LINES = st.lists(
    st.sampled_from([*(text for text, _, _ in MISTAKES), "status", "x=y", "to", "topic='", "01/02/2020..", "--dry-run"])
    | names(12),
    min_size=1,
    max_size=4,
).map(" ".join)


@given(LINES)
def test_every_corrected_line_is_understood(text: str) -> None:
    """What is offered can be pasted, whatever was typed."""
    found = parse_text(text, OPEN, TODAY)
    corrected = found.corrected if isinstance(found, Misunderstood) else ()
    assert [line for line in corrected if not isinstance(parse_text(line, OPEN, TODAY), PlanRequest)] == []


@given(plan_requests(requests(SOURCES, names())))
def test_a_request_as_text_is_the_same_request(plan_request: PlanRequest) -> None:
    """Whatever is in it, quotes of every kind included."""
    assert (
        parse_text(as_text(plan_request.request, plan_request.dry_run, plan_request.rate), OPEN, TODAY) == plan_request
    )


def test_what_cannot_be_asked_is_answered_with_what_can() -> None:
    """The engine's refusals of a line that was understood."""
    one_file = PlanRequest(Request("raw", file_path="raw/f.gz", delete_backups=True))
    found = refused("…", one_file, OPEN, BadRequest("deleteBackups", "One file cannot."))
    assert found.corrected == ("raw file-path=raw/f.gz delete-backups=no",)
    backwards = PlanRequest(Request("raw", "2019-12-03", DAY), dry_run=True)
    found = refused("…", backwards, OPEN, BadRequest("endDate", "It is before."))
    assert found.corrected == (f"raw {DAY} 2019-12-03 dry-run=yes",)
    assert refused("…", backwards, OPEN, BadRequest("topic", "No.")).corrected == ()


def test_the_answer_says_it_all() -> None:
    said = misunderstood_text(wrong("raw 2019/12/01 topic=t"))
    assert said.splitlines() == [
        "Not understood: `/replay raw 2019/12/01 topic=t`",
        "2019/12/01 is no day: write 2019-12-01, yesterday, 7d or 2019-12-01..2019-12-03.",
        "Understood: `raw`, `topic=t`",
        "Paste this:",
        "`/replay raw 2019-12-01 topic=t`",
    ]
    assert "Write it like `/replay raw 2019-12-01 2019-12-03`" in misunderstood_text(wrong("raw 2019-02-30"))


@pytest.mark.parametrize("text", HOSTILE)
def test_an_answer_is_harmless(text: str) -> None:
    """Whatever was typed, in any place, and never longer than Slack takes."""
    for line in (
        text,
        f"raw {text}",
        f"raw {DAY} {text}={text}",
        f"raw {DAY} rate={text}",
        f"raw 2019/12/01 topic={text}",
    ):
        found = parse_text(line, OPEN, TODAY)
        said = misunderstood_text(found) if isinstance(found, Misunderstood) else ""
        assert_harmless(said.replace("Paste", ""))
        assert len(said) < 12_000


def test_a_line_that_cannot_be_shown_as_it_is_is_not_offered() -> None:
    """It would be pasted as something else."""
    assert "Paste" not in misunderstood_text(wrong("raw 2019/12/01 topic=`t`"))
