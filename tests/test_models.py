"""The specifications of ``models`` speak of the engine's own steps and orders, and of nothing that it has not."""

import re
from pathlib import Path

import pytest

from models.checks import CHECKS, FOLDER, Check
from models.tlc import understood
from replay_engine.day.lifecycle import BACK, FORWARD, Order

SPECS = sorted(FOLDER.glob("*.tla"))
every_spec = pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.stem)


def _named(spec: Path, what: str) -> set[str]:
    r"""The names of a header line like ``\* Steps of the engine: back_up, clear``."""
    (line,) = re.findall(rf"^\\\* {what} of the engine: (.+)$", spec.read_text(), re.MULTILINE)
    return set(line.split(", "))


@every_spec
def test_a_specification_names_only_steps_that_the_engine_takes(spec: Path) -> None:
    assert _named(spec, "Steps") <= {step.name for step in (*FORWARD, BACK)}


@every_spec
def test_a_specification_names_only_orders_that_the_engine_knows(spec: Path) -> None:
    assert _named(spec, "Orders") <= {order.value for order in Order}


@every_spec
def test_each_step_and_order_that_a_specification_names_is_an_action_of_it(spec: Path) -> None:
    """An action ``BackUp``, or the order by its name as a value."""
    text = spec.read_text()
    actions = set(re.findall(r"^(\w+)(?:\(.*\))? ==", text, re.MULTILINE))
    named = _named(spec, "Steps") | _named(spec, "Orders")
    missing = {name for name in named if name.title().replace("_", "") not in actions and f'"{name}"' not in text}
    assert missing == set()


@every_spec
def test_each_constant_that_says_how_the_engine_does_it_is_also_checked_the_other_way(spec: Path) -> None:
    constants = dict(re.findall(r"^ +([A-Z_]+) = (TRUE|FALSE)$", spec.with_suffix(".cfg").read_text(), re.MULTILINE))
    mutated = {
        constant: value for check in CHECKS if check.spec == spec.stem for constant, value in check.changed.items()
    }
    assert mutated == {constant: "FALSE" if value == "TRUE" else "TRUE" for constant, value in constants.items()}


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: f"{check.spec}: {check.name}")
def test_the_readme_says_what_each_changed_order_breaks(check: Check) -> None:
    rows = re.findall(r"^\| (\w+) \| `([^`]+)` \| (\w+) \|", (FOLDER / "README.md").read_text(), re.MULTILINE)
    told = {(spec, name): breaks for spec, name, breaks in rows}
    assert told.get((check.spec, check.name), "") == check.breaks


def test_a_mutated_configuration_changes_one_constant_and_asks_for_one_invariant() -> None:
    good = Check("Locks", "").configuration().splitlines()
    mutated = Check("Locks", "", {"ENTRY_NUMBER": "FALSE"}, "OneHolder").configuration().splitlines()
    changed = [line for line in mutated if line not in good]
    assert changed == ["    ENTRY_NUMBER = FALSE", "INVARIANT OneHolder"]


def test_a_run_that_did_not_come_to_its_end_is_not_one_that_holds() -> None:
    found = understood(Check("Day", ""), "Error: Could not find or load main class tlc2.TLC", 0)
    assert not found.expected


def test_an_order_whose_change_breaks_nothing_is_not_as_expected() -> None:
    output = "Model checking completed. No error has been found.\n7 states generated, 5 distinct states found, 0 left"
    found = understood(Check("Day", "", {"TOUCH": "FALSE"}, "RestoredStays"), output, 0)
    assert (found.expected, found.states) == (False, 5)


def test_another_broken_invariant_than_the_one_named_is_not_as_expected() -> None:
    found = understood(Check("Day", "", {"TOUCH": "FALSE"}, "RestoredStays"), "Error: Invariant NoLoss is violated.", 0)
    assert (found.expected, found.broken) == (False, "NoLoss")


def test_what_holds_only_because_nothing_happens_is_not_as_expected() -> None:
    output = '"reached: closed"\nModel checking completed. No error has been found.\n'
    check = Check("Day", "", reaches=("closed", "undone"))
    assert not understood(check, output, 0).expected
    assert understood(check, f'"reached: undone"\n{output}', 0).expected
