"""The command line says a request in options, and a plan in words."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from typer.testing import CliRunner

from replay_engine.cli import render
from replay_engine.cli.options import with_request_options
from replay_engine.model import Amount, EarlierDay, Request
from tests.helpers import documents

EVERY = Request(
    source="raw",
    start_date="2019-12-01",
    end_date="2019-12-02",
    bucket="telemetry",
    prefix="archive",
    file_path="raw/x.json",
    topic="t",
    broker_list="broker:9092",
    delete_backups=False,
    delivery="at_least_once",
    on_bad_line="set-aside",
    check_source="full",
    again=True,
)


def asked(*arguments: str) -> tuple[Request, bool]:
    """What a command gets that takes a request and an option of its own."""
    app, given = typer.Typer(), []

    @app.command()
    @with_request_options
    def command(request: Request, own: Annotated[bool, typer.Option("--own")] = False) -> None:
        given.append((request, own))

    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    return given[0]


def test_every_input_has_an_option() -> None:
    """It is called as the input is, and a command keeps its own."""
    options = [f"--{name.replace('_', '-')}={getattr(EVERY, name)}" for name in Request.__slots__[1:]]
    options[options.index("--delete-backups=False")] = "--no-delete-backups"
    options[options.index("--again=True")] = "--again"
    assert asked("raw", *options, "--own") == (EVERY, True)


def test_what_is_left_out_is_left_open() -> None:
    """Config and settings decide."""
    assert asked("raw") == (Request("raw"), False)


def seen(table: object) -> str:
    people = Console(width=400)
    with people.capture() as capture:
        people.print(table)
    return capture.get()


def test_a_plan_tells_how_lines_are_published() -> None:
    """In a line where it is not the default; as a document always."""
    assert "lines: keyed by context.did, only where" in seen(render.plan_table(documents.PUBLISHING_PLAN_1))
    assert "lines:" not in seen(render.plan_table(documents.PLAN_1))
    document = json.loads(json.dumps(render.plan_document(documents.PUBLISHING_PLAN_1)))
    assert document["publishing"] == {
        "delivery": "exactly_once",
        "key": "context.did",
        "filters": [
            {"field": "flags.ex_processed", "condition": "is_null", "values": []},
            {"field": "edata.type", "condition": "in", "values": ["é", 1, 1.5, True]},
        ],
        "headers": True,
        "on_bad_line": "set-aside",
        "check_source": "full",
    }


def test_a_plan_tells_what_earlier_replays_did() -> None:
    """In the day's note, and as a document."""
    earlier = EarlierDay("r20191205-090000-1c2d3e", "closed", 40, datetime(2019, 12, 5, tzinfo=UTC))
    plan = replace(documents.PLAN_1, days=tuple(replace(day, earlier=(earlier,)) for day in documents.PLAN_1.days))
    assert "Before: r20191205-090000-1c2d3e closed, 40 events published." in seen(render.plan_table(plan))
    (told,) = json.loads(json.dumps(render.plan_document(plan)))["days"][0]["earlier"]
    assert told == {
        "replay_id": "r20191205-090000-1c2d3e",
        "text": "closed",
        "lines_published": 40,
        "last_at": "2019-12-05T00:00:00+00:00",
        "unfinished": False,
        "landing": False,
    }


def test_a_plan_tells_the_largest_folders_and_the_document_all() -> None:
    """Three of each sink, by their bytes, and how much the others are."""
    folders = {f"channel/{number}/raw": Amount(1, number * 1000) for number in range(1, 6)}
    day = replace(documents.PLAN_1.days[0], sinks={"channel": Amount(5, 15_000)}, folders=folders)
    plan = replace(documents.PLAN_1, days=(day,))
    shown = seen(render.plan_table(plan))
    assert [f"channel/{number}/raw" in shown for number in range(1, 6)] == [False, False, True, True, True]
    assert "2 more folders, 3,000 bytes" in shown
    (told,) = json.loads(json.dumps(render.plan_document(plan)))["days"]
    assert told["folders"]["channel/1/raw"] == {"blobs": 1, "bytes": 1000}
    assert len(told["folders"]) == 5
