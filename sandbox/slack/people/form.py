"""A modal as a person has it before them: fill it in, submit it, close it.

Slack's client checks a form before it bothers the app: empty required fields and numbers out of bounds never
leave the screen. So it is here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from sandbox.slack.delivery import payloads
from sandbox.slack.delivery.transport import Ack
from sandbox.slack.errors import SlackRefusalError
from sandbox.slack.people.desk import Desk
from sandbox.slack.rules.blocks import checked_view
from sandbox.slack.sent import say
from sandbox.slack.workspace.elements import HOLDINGS, Element, elements_of, find, held
from sandbox.slack.workspace.model import Json, User, View

TROUBLE = "We had some trouble connecting. Try again?"
Outcome = Literal["closed", "errors", "updated", "pushed", "cleared", "failed"]


@dataclass(frozen=True, slots=True)
class SubmitResult:
    """What the person sees after *Submit*. ``errors`` maps block ids to the words under the field."""

    outcome: Outcome
    errors: Mapping[str, str]
    failure: str = ""


class OpenView:
    """A handle on one open modal; it always shows the modal as it is now."""

    def __init__(self, desk: Desk, user: User, view_id: str) -> None:
        self._desk = desk
        self._user = user
        self.id = view_id

    @property
    def view(self) -> View:
        """The view as the workspace has it. A closed one raises ``LookupError``."""
        return self._desk.workspace.views[self.id]

    @property
    def is_open(self) -> bool:
        return self.id in self._desk.workspace.views

    @property
    def title(self) -> str:
        return self.view.title

    @property
    def blocks(self) -> tuple[Json, ...]:
        return self.view.blocks

    @property
    def errors(self) -> Mapping[str, str]:
        """The field errors that are on the screen, by block id."""
        return dict(self.view.errors)

    def value(self, what: str) -> object:
        """What a field holds now: text, a date, an option's value, or a list of options' values."""
        element = find(self.blocks, what)
        block_id, action_id = element.place
        holding = HOLDINGS[element.kind]
        got = self.view.state[block_id][action_id][holding.key]
        if isinstance(got, list):
            return [one["value"] if isinstance(one, dict) else one for one in got]
        return got["value"] if isinstance(got, dict) else got

    def fill(self, values: Mapping[str, object]) -> None:
        """Put values in, by label, ``block_id``, ``action_id`` or ``block_id/action_id``; ``None`` empties.

        Where Slack tells the app at once (a select outside an input block, or with ``dispatch_action``), it is
        told, and the form may have changed before the next value goes in.
        """
        for what, value in values.items():
            element = find(self.blocks, what)
            self.put(element, held(element, value))

    def put(self, element: Element, state: Json) -> Ack:
        """Put one value in, and tell the app of it where Slack does."""
        self._keep(element, state)
        return self.act(element, state) if element.dispatches else Ack()

    def press_enter(self, what: str) -> Ack:
        """Enter in a text field, which is when Slack tells an app that asked for it."""
        element = find(self.blocks, what)
        block_id, action_id = element.place
        return self.act(element, self.view.state[block_id][action_id])

    def act(self, element: Element, state: Json) -> Ack:
        """Tell the app about a click or a choice in this view."""
        workspace = self._desk.workspace
        workspace.tell("clicked", self._user, text=element.label, view=self.view)
        entry = payloads.action(element, state, workspace.new_ts())
        trigger_id = self._desk.tickets.trigger(self._user.id, self.id)
        payload = payloads.action_in_view(self._user, self.view, entry, trigger_id=trigger_id)
        return self._desk.deliver("interactive", payload)

    def submit(self, *, clicks: int = 1) -> SubmitResult:
        """Press the submit button, and show what comes of it. More clicks send the same form as often."""
        workspace = self._desk.workspace
        if missing := dict(_unsendable(self.view)):
            return self._show_errors(missing)
        with workspace.changed:
            workspace.views[self.id] = replace(self.view, errors=())
            workspace.tell("submitted", self._user, text=self.title, view=self.view)
        trigger_id = self._desk.tickets.trigger(self._user.id, self.id)
        payload = payloads.view_submission(self._user, self.view, trigger_id=trigger_id)
        ack = [self._desk.deliver("interactive", payload) for _ in range(clicks)][-1]
        if not ack.ok:
            return SubmitResult("failed", {}, ack.failure)
        with workspace.changed:
            try:
                followed = self._follow(ack.body)
            except SlackRefusalError as refusal:
                detail = "; ".join(("view_submission", refusal.code, *refusal.details))
                workspace.tell("refused", self._user, text=detail)
                return SubmitResult("failed", {}, f"{TROUBLE} ({detail})")
        if ack.body:
            say("submission answer", ack.body)
        return followed

    def close(self, *, all_of_them: bool = False) -> Ack:
        """Press *Cancel* or, with ``all_of_them``, the cross. The app hears of it where it asked to."""
        view = self.view
        with self._desk.workspace.changed:
            self._desk.workspace.tell("closed_view", self._user, text=view.title, view=view)
            told = [view] if view.content.get("notify_on_close") else []
            if all_of_them or view.content.get("clear_on_close"):
                stack = [self._desk.workspace.views[ident] for ident in self._desk.workspace.stacks[self._user.id]]
                told = [one for one in stack if one.content.get("notify_on_close")]
                view = stack[0]
            self._desk.views.close(view)
        is_cleared = all_of_them or bool(view.content.get("clear_on_close"))
        acks = [self._tell_closed(one, is_cleared) for one in told]
        return acks[-1] if acks else Ack()

    def _tell_closed(self, view: View, is_cleared: bool) -> Ack:
        return self._desk.deliver("interactive", payloads.view_closed(self._user, view, is_cleared=is_cleared))

    def _follow(self, body: Json) -> SubmitResult:
        """Do what the app answered to a submission: nothing means that the view closes."""
        match body.get("response_action"):
            case None:
                if self.is_open:
                    self._desk.views.close(self.view)
                return SubmitResult("closed", {})
            case "errors":
                return self._show_errors(self._known_errors(body.get("errors")))
            case "update":
                self._desk.views.change(self.view, checked_view(body.get("view")))
                return SubmitResult("updated", {})
            case "push":
                self._desk.views.stack(self._user.id, checked_view(body.get("view")))
                return SubmitResult("pushed", {})
            case "clear":
                self._desk.views.clear(self._user.id)
                return SubmitResult("cleared", {})
            case unknown:
                raise SlackRefusalError("invalid_arguments", (f"unknown response_action {unknown}",))

    def _known_errors(self, errors: object) -> dict[str, str]:
        """Slack shows errors only under input blocks, and takes any other block id for a broken answer."""
        inputs = {block["block_id"] for block in self.blocks if block["type"] == "input"}
        if not isinstance(errors, dict) or not errors or errors.keys() - inputs:
            raise SlackRefusalError("invalid_arguments", (f"errors must name input blocks, not {errors}",))
        return {str(block_id): str(words) for block_id, words in errors.items()}

    def _show_errors(self, errors: Mapping[str, str]) -> SubmitResult:
        with self._desk.workspace.changed:
            shown = replace(self.view, errors=tuple(errors.items()))
            self._desk.workspace.views[self.id] = shown
            text = "; ".join(errors.values())
            self._desk.workspace.tell("told_errors", self._user, text=text, view=shown)
        return SubmitResult("errors", errors)

    def _keep(self, element: Element, state: Json) -> None:
        if element.kind not in HOLDINGS:
            return
        block_id, action_id = element.place
        with self._desk.workspace.changed:
            block_state = {**self.view.state[block_id], action_id: state}
            filled = replace(self.view, state={**self.view.state, block_id: block_state})
            self._desk.workspace.views[self.id] = filled


def _unsendable(view: View) -> Iterator[tuple[str, str]]:
    """The fields that Slack's client would not send, with its words."""
    for element in elements_of(view.blocks):
        if element.block["type"] != "input":
            continue
        block_id, action_id = element.place
        got = view.state[block_id][action_id][HOLDINGS[element.kind].key]
        if got in (None, [], ""):
            if not element.block.get("optional"):
                yield block_id, "Please complete this required field."
        elif problem := _out_of_bounds(element.spec, str(got)):
            yield block_id, problem


def _out_of_bounds(spec: Json, got: str) -> str:
    if spec["type"] == "number_input":
        return _bad_number(spec, got)
    if spec["type"] == "plain_text_input":
        if len(got) < spec.get("min_length", 0):
            return f"Please lengthen this text to {spec['min_length']} characters or more."
        if len(got) > spec.get("max_length", 3000):
            return f"Please shorten this text to {spec.get('max_length', 3000)} characters or less."
    return ""


def _bad_number(spec: Json, got: str) -> str:
    try:
        amount = float(got) if spec["is_decimal_allowed"] else int(got)
    except ValueError:
        return "Please enter a number." if spec["is_decimal_allowed"] else "Please enter a whole number."
    least, most = float(spec.get("min_value", "-inf")), float(spec.get("max_value", "inf"))
    return "" if least <= amount <= most else f"Please enter a number from {least:g} to {most:g}."
