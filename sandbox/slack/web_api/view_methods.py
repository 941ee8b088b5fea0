"""The Web API methods about views, and what a person's submission does to the stack of modals."""

import secrets
from dataclasses import replace

from sandbox.slack.errors import SlackRefusalError
from sandbox.slack.rules.blocks import checked_view
from sandbox.slack.web_api.chat_methods import decoded
from sandbox.slack.workspace.elements import first_state, kept_state
from sandbox.slack.workspace.model import Json, View
from sandbox.slack.workspace.shapes import view_json
from sandbox.slack.workspace.state import BOT, Workspace
from sandbox.slack.workspace.tickets import Tickets

DEEPEST = 3


class Views:
    """Opens, pushes, updates and closes views. Called with the workspace's lock held."""

    def __init__(self, workspace: Workspace, tickets: Tickets) -> None:
        self._workspace = workspace
        self._tickets = tickets

    def open(self, arguments: Json) -> Json:
        """``views.open``: a new stack with this view. A view that cannot be shown uses up no trigger."""
        content = self._content(arguments)
        trigger = self._tickets.exchange(arguments.get("trigger_id"))
        self.clear(trigger.user)
        return {"view": view_json(self.show(trigger.user, content, None))}

    def push(self, arguments: Json) -> Json:
        content = self._content(arguments)
        trigger = self._tickets.exchange(arguments.get("trigger_id"))
        if trigger.view_id not in self._workspace.stacks.get(trigger.user, ()):
            mismatch = "must match the `type` of the root view whose stack we're pushing onto"
            raise SlackRefusalError("invalid_arguments", (f"{mismatch} [json-pointer:/view/type]",))
        return {"view": view_json(self.stack(trigger.user, content))}

    def update(self, arguments: Json) -> Json:
        content = self._content(arguments)
        view = self._named(arguments)
        if arguments.get("hash") and arguments["hash"] != view.hash:
            raise SlackRefusalError("hash_conflict")
        return {"view": view_json(self.change(view, content))}

    def publish(self, arguments: Json) -> Json:
        workspace = self._workspace
        user_id = str(arguments.get("user_id"))
        if user_id not in workspace.users:
            raise SlackRefusalError("invalid_arguments", ("user not found [json-pointer:/user_id]",))
        content = checked_view(decoded(arguments.get("view"), "invalid_arguments"), kind="home")
        before = workspace.views.get(workspace.homes.get(user_id, ""))
        if arguments.get("hash") and (before is None or arguments["hash"] != before.hash):
            raise SlackRefusalError("hash_conflict")
        home = self._changed(before, content) if before else self._new(user_id, content, None)
        workspace.views[home.id] = home
        workspace.homes[user_id] = home.id
        workspace.tell("published_home", BOT, view=home)
        return {"view": view_json(home)}

    def stack(self, user: str, content: Json) -> View:
        """Put a view on top of what the person has open: three deep at most."""
        stack = self._workspace.stacks.get(user, [])
        if len(stack) >= DEEPEST:
            raise SlackRefusalError("push_limit_reached")
        return self.show(user, content, stack[-1] if stack else None)

    def show(self, user: str, content: Json, previous_id: str | None) -> View:
        view = self._new(user, content, previous_id)
        self._workspace.views[view.id] = view
        self._workspace.stacks.setdefault(user, []).append(view.id)
        self._workspace.tell("opened_view", self._workspace.user(user), text=view.title, view=view)
        return view

    def change(self, view: View, content: Json) -> View:
        """New content in an open view; what the person has put in stays where the ids stay."""
        changed = self._changed(view, content)
        self._workspace.views[view.id] = changed
        self._workspace.tell("changed_view", self._workspace.user(view.owner), view=changed)
        return changed

    def close(self, view: View) -> None:
        """Take a view, and whatever is stacked upon it, off the person's screen."""
        stack = self._workspace.stacks.get(view.owner, [])
        if view.id in stack:
            for ident in stack[stack.index(view.id) :]:
                del self._workspace.views[ident]
            del stack[stack.index(view.id) :]
        self._workspace.tell("view_gone", self._workspace.user(view.owner), view=view)

    def clear(self, user: str) -> None:
        for ident in self._workspace.stacks.pop(user, []):
            gone = self._workspace.views.pop(ident)
            self._workspace.tell("view_gone", self._workspace.user(user), view=gone)

    def _changed(self, view: View, content: Json) -> View:
        self._unique(content, view.id)
        state = kept_state(content["blocks"], view.state)
        return replace(view, content=content, hash=_new_hash(), state=state, errors=())

    def _new(self, user: str, content: Json, previous_id: str | None) -> View:
        self._unique(content, "")
        ident = "V" + secrets.token_hex(5).upper()
        stack = self._workspace.stacks.get(user, [])
        root = stack[0] if stack and previous_id else ident
        state = first_state(content["blocks"])
        return View(ident, user, content, _new_hash(), root, previous_id, state)

    def _content(self, arguments: Json) -> Json:
        if "view" not in arguments:
            raise SlackRefusalError("invalid_arguments", ("missing required field: view",))
        return checked_view(decoded(arguments["view"], "invalid_arguments"))

    def _named(self, arguments: Json) -> View:
        for view in self._workspace.views.values():
            external_id = view.content.get("external_id")
            if view.id == arguments.get("view_id") or (external_id and external_id == arguments.get("external_id")):
                return view
        raise SlackRefusalError("not_found")

    def _unique(self, content: Json, own_id: str) -> None:
        external_id = content.get("external_id")
        others = [view for view in self._workspace.views.values() if view.id != own_id]
        if external_id and any(view.content.get("external_id") == external_id for view in others):
            raise SlackRefusalError("duplicate_external_id")


def _new_hash() -> str:
    return f"{secrets.randbelow(10**10)}.{secrets.token_hex(4)}"
