"""The documents say what the program does."""

import json
import re
import runpy
import tomllib
from pathlib import Path

import pytest
from pydantic import AliasChoices

from bot.language.commands import USAGE, parse_command
from bot.language.reading import COMMANDS
from bot.language.request import PlanRequest
from bot.settings import BotSettings
from replay_engine.cli.commands import app
from replay_engine.day.lifecycle import ASIDE, BACK, FORWARD, ORDERS, Does, No, Order
from replay_engine.day.recall import Place
from replay_engine.settings import Settings
from tests.helpers.requests import OPEN, TODAY
from tests.options_reference import REFERENCES, with_reference

ROOT = Path(__file__).parent.parent


def test_the_life_of_a_day_has_a_row_a_step() -> None:
    """Whoever adds a step says what a crash in it leaves."""
    text = (ROOT / "docs/life-of-a-day.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)
    assert [step.name for step in (*FORWARD, BACK, *ASIDE)] == rows


def orders_table() -> str:
    """The table of orders as people read it."""

    def cell(does: Does | No) -> str:
        return "refused" if isinstance(does, No) else _word(does)

    lines = [f"| a day that is | {' | '.join(f'`{order}`' for order in Order)} |", "|---" * (len(Order) + 1) + "|"]
    lines += [f"| {place} | {' | '.join(cell(ORDERS[order][place]) for order in Order)} |" for place in Place]
    return "\n".join(
        [*lines, "", "| | |", "|---|---|", *(f"| {_word(does)} | {does} |" for does in Does if _word(does))]
    )


def _word(does: Does) -> str:
    return "" if does is Does.NOTHING else does.name.lower().replace("_", " ")


def test_the_life_of_a_day_has_the_table_of_orders() -> None:
    """What each order does at each place is as `replay_engine.day.lifecycle` has it: paste what this prints."""
    assert orders_table() in (ROOT / "docs/life-of-a-day.md").read_text()


def test_the_life_of_a_day_draws_the_stages_of_the_table() -> None:
    """The picture shows the same stages in the same order."""
    text = (ROOT / "docs/life-of-a-day.md").read_text()
    assert " -> ".join(["planned", *(str(step.to) for step in FORWARD)]) in text


def test_every_setting_is_documented() -> None:
    """No setting without a line in docs/configuration.md."""
    text = (ROOT / "docs/configuration.md").read_text()
    engine = {f"REPLAY_{name.upper()}" for name in Settings.model_fields}
    aliases = {name: field.validation_alias for name, field in BotSettings.model_fields.items()}
    bot = {str(a.choices[0]) if isinstance(a, AliasChoices) else n.upper() for n, a in aliases.items()}
    assert {name for name in engine | bot if f"`{name}`" not in text} == set()


def test_every_command_is_documented() -> None:
    """No command without a line in docs/operating.md."""
    text = (ROOT / "docs/operating.md").read_text()
    names = [
        (command.name or command.callback.__name__).strip("_")
        for command in app.registered_commands
        if command.callback
    ]
    assert [name for name in names if f"`replay {name} " not in text and f"`replay {name}`" not in text] == []


def test_every_command_of_slack_is_documented() -> None:
    """No ``/replay`` command without its row in docs/operating.md, and none there that the bot does not know."""
    text = (ROOT / "docs/operating.md").read_text()
    assert set(re.findall(r"^\| `/replay (\w+)", text, re.MULTILINE)) == set(COMMANDS)


def test_every_option_of_slack_is_documented() -> None:
    """What ``/replay help`` names is in docs/operating.md."""
    text = (ROOT / "docs/operating.md").read_text()
    options = re.findall(r"`([a-z-]+)=", USAGE)
    assert len(options) > 5
    assert [name for name in options if f"`{name}=" not in text] == []


def test_what_can_be_typed_is_understood() -> None:
    """Every example in docs/operating.md is a request."""
    lines = re.findall(r"^/replay (.+)$", (ROOT / "docs/operating.md").read_text(), re.MULTILINE)
    assert len(lines) > 3
    assert [line for line in lines if not isinstance(parse_command(line, OPEN, TODAY), PlanRequest)] == []


@pytest.mark.parametrize("path", REFERENCES)
def test_the_reference_of_options_is_the_table(path: str) -> None:
    """Where it is not: ``python -m tests.options_reference``."""
    assert (ROOT / path).read_text() == with_reference(path)


def test_every_package_has_its_reason() -> None:
    """No dependency, of the tests and from npm either, without a word on why it is there."""
    text = (ROOT / "docs/dependencies.md").read_text()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = [pin for pins in project["optional-dependencies"].values() for pin in pins]
    packages = {pin.partition("==")[0] for pin in (*project["dependencies"], *extras) if "==" in pin}
    for path in ("sandbox/node/package.json", "tests/slack_rules/node/package.json"):
        packages |= json.loads((ROOT / path).read_text())["dependencies"].keys()
    stubs = {name for name in packages if name.startswith("types-")}
    assert {name for name in packages - stubs if name not in text} == set()


def test_every_dependency_is_pinned_in_the_lock_that_ships() -> None:
    """The image is installed from requirements.lock alone."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for lock, wanted in (
        ("requirements.lock", project["dependencies"]),
        ("requirements-dev.lock", [*project["dependencies"], *project["optional-dependencies"]["sandbox"]]),
    ):
        pinned = {line.split(" ")[0] for line in (ROOT / lock).read_text().splitlines() if "==" in line}
        assert {pin for pin in wanted if pin not in pinned} == set(), lock


def test_the_pictures_are_those_of_the_import_contracts() -> None:
    """ARCHITECTURE.md shows which packages there are and which imports which; draw it: python docs/architecture.py"""
    drawn = runpy.run_path(str(ROOT / "docs" / "architecture.py"))
    text = (ROOT / "ARCHITECTURE.md").read_text()
    assert drawn["with_pictures"](text) == text
    assert text.count("-->") > 40


def test_every_suite_is_told_of() -> None:
    """No folder of tests without its row in tests/README.md."""
    text = (ROOT / "tests/README.md").read_text()
    suites = {path.relative_to(ROOT / "tests").parts[0] for path in (ROOT / "tests").glob("*/**/test_*.py")}
    assert {suite for suite in suites if f"`{suite}`" not in text} == set()
