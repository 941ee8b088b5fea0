"""Block Kit's interactive elements as a person meets them: finding one, reading it, putting a value in.

The one table here says where each kind keeps its value, in Slack's own words; ``view.state.values``,
``block_actions`` and the filling of a form all come from it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Holding:
    """Where an element keeps its value: the key in the state and the key of its first value in the block."""

    key: str
    initial: str
    many: bool = False


HOLDINGS: dict[str, Holding] = {
    "plain_text_input": Holding("value", "initial_value"),
    "number_input": Holding("value", "initial_value"),
    "static_select": Holding("selected_option", "initial_option"),
    "multi_static_select": Holding("selected_options", "initial_options", many=True),
    "radio_buttons": Holding("selected_option", "initial_option"),
    "checkboxes": Holding("selected_options", "initial_options", many=True),
    "datepicker": Holding("selected_date", "initial_date"),
    "users_select": Holding("selected_user", "initial_user"),
    "multi_users_select": Holding("selected_users", "initial_users", many=True),
    "channels_select": Holding("selected_channel", "initial_channel"),
    "multi_channels_select": Holding("selected_channels", "initial_channels", many=True),
    "conversations_select": Holding("selected_conversation", "initial_conversation"),
    "multi_conversations_select": Holding("selected_conversations", "initial_conversations", many=True),
}
# These send what was chosen, but no state remembers it.
MOMENTARY = {"button", "overflow"}
TYPED = {"plain_text_input", "number_input"}


@dataclass(frozen=True, slots=True)
class Element:
    """An interactive element and the block that holds it."""

    block: Json
    spec: Json

    @property
    def kind(self) -> str:
        return str(self.spec["type"])

    @property
    def place(self) -> tuple[str, str]:
        return self.block["block_id"], self.spec["action_id"]

    @property
    def label(self) -> str:
        """What a person would call it: a button's text, an input's label, else the placeholder."""
        found = self.spec.get("text") or self.block.get("label") or self.spec.get("placeholder") or {}
        return str(found.get("text", ""))

    @property
    def dispatches(self) -> bool:
        """Whether Slack tells the app at once when a value is chosen here (typing waits for Enter)."""
        if self.block["type"] != "input":
            return True
        return bool(self.block.get("dispatch_action")) and self.kind not in TYPED

    def options(self) -> list[Json]:
        groups = self.spec.get("option_groups", ())
        return [*self.spec.get("options", ()), *(option for group in groups for option in group["options"])]


def elements_of(blocks: Iterable[Json]) -> Iterator[Element]:
    """Every interactive element of the blocks, in the order a person sees them."""
    for block in blocks:
        held = [block.get("accessory"), block.get("element"), *block.get("elements", ())]
        for spec in held:
            if isinstance(spec, dict) and (spec.get("type") in HOLDINGS or spec.get("type") in MOMENTARY):
                yield Element(block, spec)


def buttons_of(blocks: Iterable[Json]) -> tuple[str, ...]:
    return tuple(element.label for element in elements_of(blocks) if element.kind == "button")


def find(blocks: Iterable[Json], what: str, value: str | None = None) -> Element:
    """The element that a person, or a test, means: by its text or label, action_id, block_id, or both ids."""
    there = list(elements_of(blocks))
    for element in there:
        block_id, action_id = element.place
        if what in (element.label, action_id, block_id, f"{block_id}/{action_id}") and (
            value is None or element.spec.get("value") == value
        ):
            return element
    choice = ", ".join(f"{e.label!r} ({e.place[0]}/{e.place[1]})" for e in there) or "nothing"
    raise LookupError(f"no {what!r} to use here; there is {choice}")


def first_state(blocks: Iterable[Json]) -> Json:
    """``state.values`` of blocks that nobody has touched: the initial values, and null or [] elsewhere."""
    state: Json = {}
    for element in elements_of(blocks):
        if holding := HOLDINGS.get(element.kind):
            first = element.spec.get(holding.initial, [] if holding.many else None)
            block_id, action_id = element.place
            state.setdefault(block_id, {})[action_id] = {"type": element.kind, holding.key: first}
    return state


def kept_state(blocks: Sequence[Json], before: Json) -> Json:
    """The state after an update: what was put in stays where block_id, action_id and kind are the same."""
    state = first_state(blocks)
    for block_id, actions in state.items():
        for action_id, held in actions.items():
            old = before.get(block_id, {}).get(action_id)
            if old and old["type"] == held["type"]:
                actions[action_id] = old
    return state


def held(element: Element, value: object) -> Json:
    """The state of an element after a person has put ``value`` in: options by their text or value."""
    if element.kind == "overflow":
        return {"type": element.kind, "selected_option": _option(element, value)}
    holding = HOLDINGS[element.kind]
    return {"type": element.kind, holding.key: _wire_value(element, holding, value)}


def _wire_value(element: Element, holding: Holding, value: object) -> object:
    if holding.many:
        chosen = [] if value is None else value if isinstance(value, list | tuple) else [value]
        return [_option(element, one) if holding.key == "selected_options" else str(one) for one in chosen]
    if value is None or value == "":
        return None
    if holding.key == "selected_option":
        return _option(element, value)
    return value.isoformat() if isinstance(value, date) else str(value)


def _option(element: Element, wanted: object) -> Json:
    for option in element.options():
        if str(wanted) in (option["value"], option["text"]["text"]):
            return option
    there = ", ".join(repr(option["text"]["text"]) for option in element.options())
    raise LookupError(f"{element.label!r} has no option {wanted!r}; it has {there}")
