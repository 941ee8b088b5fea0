"""A new option is one row of the table and its use: command line, text, form, plan and docs follow."""

import json
from dataclasses import dataclass, replace
from enum import StrEnum

import pytest
import typer
from typer.testing import CliRunner

from bot.form.fields import Filled
from bot.form.modal import form, read_form
from bot.language.commands import usage
from bot.language.corrections import Misunderstood
from bot.language.offer import permitted
from bot.language.reading import as_text, parse_text
from bot.language.request import PlanRequest
from replay_engine import BadRequest, FormSection, FreeText, OptionKind, Place, Request, RequestOption, described
from replay_engine.cli.options import with_request_options
from replay_engine.model import Publishing
from replay_engine.request import options_table
from tests.helpers.requests import CLOSED, OPEN, TODAY
from tests.options_reference import config_reference, request_reference

DAY = "2019-12-01"


class Compression(StrEnum):
    """How messages would be compressed."""

    NONE = "none"
    ZSTD = "zstd"


@dataclass(frozen=True)
class NewRequest(Request):
    """What carries it, as asked for."""

    compression_type: str | None = None
    urgent: bool | None = None


@dataclass(frozen=True)
class NewPublishing(Publishing):
    """What carries it, in a plan."""

    compression_type: Compression = Compression.NONE


CHOICE = RequestOption(
    name="compressionType",
    kind=OptionKind.CHOICE,
    places=frozenset(Place),
    help="How messages are compressed.",
    default="as the config says",
    choices=Compression,
    aliases=("squeeze",),
    label="Compression",
    hint="Smaller, and slower.",
    placeholder="As the config says",
    describe=lambda value: f"compressed by {value}" if value != "none" else "",
    config_help="`none` or `zstd`",
)
YES_OR_NO = RequestOption(
    name="urgent",
    kind=OptionKind.YES_OR_NO,
    places=frozenset({Place.COMMAND_LINE, Place.TEXT, Place.FORM}),
    help="Before all others.",
    label="Urgent",
    placeholder="As usual",
    section=FormSection.LAST,
)
ASKED = NewRequest("raw", DAY, DAY, compression_type="zstd", urgent=False)


@pytest.fixture(autouse=True)
def _one_row_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two rows, and the request that carries them."""
    monkeypatch.setattr(options_table, "OPTIONS", (*options_table.OPTIONS, CHOICE, YES_OR_NO))
    monkeypatch.setattr(options_table, "Request", NewRequest)


def test_the_command_line_takes_it() -> None:
    """With its help and its words, and the request carries it."""
    app, given = typer.Typer(), []

    @app.command()
    @with_request_options
    def command(request: Request) -> None:
        given.append(request)

    days = ("--start-date", DAY, "--end-date", DAY)
    result = CliRunner().invoke(app, ["raw", *days, "--compression-type", "zstd", "--no-urgent"])
    assert (result.exit_code, given) == (0, [ASKED]), result.output
    told = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "200"}).output
    assert all(word in told for word in ("--compression-type", "none|zstd", CHOICE.help, "--no-urgent"))


@pytest.mark.parametrize("words", ["compression-type=zstd urgent=no", "squeeze=ZSTD --no-urgent"])
def test_the_text_understands_it(words: str) -> None:
    """By all its names; it is in the help, and a request says it again as text."""
    assert parse_text(f"raw {DAY} {words}", OPEN, TODAY) == PlanRequest(ASKED)
    assert as_text(ASKED) == f"raw {DAY} compression-type=zstd urgent=no"
    assert "`compression-type=none|zstd` `urgent=yes|no`" in usage()


def test_the_text_mends_its_values() -> None:
    found = parse_text(f"raw {DAY} compression-type=zst", OPEN, TODAY)
    assert isinstance(found, Misunderstood)
    assert found.wrong == "compression-type is none or zstd, not zst."
    assert found.corrected == (f"raw {DAY} compression-type=zstd",)


def test_a_gate_holds_before_anything_names_its_values(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refused unless the settings leave it open."""
    gated = replace(CHOICE, free_text=FreeText.TOPIC)
    monkeypatch.setattr(options_table, "OPTIONS", (*options_table.OPTIONS[:-2], gated, YES_OR_NO))
    permitted(ASKED, OPEN)
    with pytest.raises(BadRequest, match="zstd may not be named here"):
        permitted(ASKED, CLOSED)


def test_the_form_has_a_field_of_it() -> None:
    """With its label, hint and choices; what is said comes out as it went in."""
    filled = Filled(PlanRequest(ASKED), "C1")
    view = form(OPEN, filled).to_dict()
    blocks = {block["block_id"]: block for block in view["blocks"]}
    shown = blocks[CHOICE.name]
    assert (shown["label"]["text"], shown["hint"]["text"]) == (CHOICE.label, CHOICE.hint)
    said = [option["text"]["text"] for option in shown["element"]["options"]]
    assert said == ["As the config says", "none", "zstd"]
    assert list(blocks)[-1] == "urgent"
    assert read_form(view | {"state": {"values": {}}}, OPEN) == filled
    hidden = form(OPEN, Filled(PlanRequest(NewRequest("raw")), "C1")).to_dict()
    assert CHOICE.name not in json.dumps(hidden)


def test_the_plan_tells_it() -> None:
    """Where it is not as usual."""
    assert described(NewPublishing(key="did", compression_type=Compression.ZSTD)) == "keyed by did, compressed by zstd"
    assert described(NewPublishing()) == ""


def test_the_reference_lists_it() -> None:
    row = (
        "| `compression-type=none\\|zstd`, `squeeze=` | `--compression-type` | Compression "
        "| How messages are compressed. | as the config says |"
    )
    assert row in request_reference().splitlines()
    assert "| `compressionType` | `none` or `zstd` |" in config_reference().splitlines()
