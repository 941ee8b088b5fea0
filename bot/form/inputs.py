"""Slack's inputs for the options of a request, one function for each kind of value. Pure."""

import hashlib
from collections.abc import Iterable

from slack_sdk.models.blocks import (
    CheckboxesElement,
    DatePickerElement,
    InputBlock,
    InputInteractiveElement,
    Option,
    PlainTextInputElement,
    StaticSelectElement,
)

from bot.render.mrkdwn import printable
from replay_engine import RequestOption, parse_day

#: The value of a select's first choice: as it is set anyway. No name has it: one that looks like it is sent as digest.
BY_SETTINGS = ":settings"
MOST_CHOICES = 100
LONGEST_TEXT = 1024
CHOICE_CHARACTERS = 75
_PLACEHOLDER_CHARACTERS = 150


def input_block(
    block_id: str, label: str, element: InputInteractiveElement, hint: str = "", *, optional: bool = False
) -> InputBlock:
    """An input that Slack sends nothing of before the form is submitted."""
    return InputBlock(block_id=block_id, label=label, element=element, hint=hint or None, optional=optional)


def date_input(option: RequestOption, value: str | None) -> InputBlock:
    """A calendar; empty where the value is no day."""
    element = DatePickerElement(action_id=option.name, initial_date=value if parse_day(value or "") else None)
    return input_block(option.name, option.label, element, option.hint, optional=True)


def text_input(option: RequestOption, value: str | None, placeholder: str = "", block_id: str = "") -> InputBlock:
    """A line of text; ``placeholder`` is shown in grey while it is empty."""
    element = PlainTextInputElement(
        action_id=option.name,
        initial_value=value[:LONGEST_TEXT] if value else None,
        max_length=LONGEST_TEXT,
        placeholder=_visible(placeholder, _PLACEHOLDER_CHARACTERS) if placeholder else None,
    )
    return input_block(block_id or option.name, option.label, element, option.hint, optional=True)


def flag_input(option: RequestOption, choice: Option, value: bool) -> InputBlock:
    """One box to tick."""
    element = CheckboxesElement(action_id=option.name, options=[choice], initial_options=[choice] if value else None)
    return input_block(option.name, option.label, element, option.hint, optional=True)


def select_input(option: RequestOption, names: Iterable[str], value: str | None) -> InputBlock:
    """A select that begins with: as it is set anyway."""
    choices = [Option(text=option.placeholder, value=BY_SETTINGS), *map(choice_of, names)]
    initial = initial_choice(choices, choice_value(value) if value else None) or choices[0]
    element = StaticSelectElement(action_id=option.name, options=choices, initial_option=initial)
    return input_block(option.name, option.label, element, option.hint)


def choice_of(name: str, description: str | None = None) -> Option:
    """A name to choose."""
    shown = printable(description, CHOICE_CHARACTERS) if description else None
    return Option(text=_visible(name, CHOICE_CHARACTERS), value=choice_value(name), description=shown)


def choice_value(name: str) -> str:
    """A name as the value of a choice: itself, or what stands for it where Slack would not take it."""
    if 0 < len(name) <= CHOICE_CHARACTERS and not name.startswith(":"):
        return name
    return f":{hashlib.sha256(name.encode()).hexdigest()[:24]}"


def initial_choice(choices: Iterable[Option], value: str | None) -> Option | None:
    """The choice with that value."""
    return next((choice for choice in choices if choice.value == value), None)


def as_many_as_fit(names: tuple[str, ...], needed: str | None) -> tuple[str, ...]:
    """As many as Slack takes beside one more, and the one that is needed among them."""
    shown = names[: MOST_CHOICES - 1]
    return shown if needed is None or needed in shown or needed not in names else (needed, *shown[1:])


def _visible(text: str, longest: int) -> str:
    return printable(text, longest).strip() or "…"
