"""Slack's Web API over HTTP: one table of methods; tokens, limits and errors are the same for all of them."""

import json
from collections.abc import Callable
from functools import partial
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from sandbox.slack.errors import SlackRefusalError
from sandbox.slack.sent import say
from sandbox.slack.web_api import chat_methods
from sandbox.slack.web_api.view_methods import Views
from sandbox.slack.workspace.model import Json
from sandbox.slack.workspace.shapes import user_json
from sandbox.slack.workspace.state import BOT, TEAM_DOMAIN, TEAM_ID, Workspace

Method = Callable[[Json], Json]
SCOPES = (
    "commands,chat:write,channels:history,groups:history,channels:read,"
    "reactions:write,users:read,usergroups:read,im:write"
)


def auth_test(_arguments: Json) -> Json:
    return {
        "url": f"https://{TEAM_DOMAIN}.slack.com/",
        "team": "Sandbox",
        "user": BOT.key,
        "team_id": TEAM_ID,
        "user_id": BOT.id,
        "bot_id": BOT.bot_id,
        "is_enterprise_install": False,
    }


def api_test(arguments: Json) -> Json:
    if "error" in arguments:
        raise SlackRefusalError(str(arguments["error"]))
    return {"args": arguments}


def users_info(workspace: Workspace, arguments: Json) -> Json:
    user = workspace.users.get(str(arguments.get("user")))
    if user is None:
        raise SlackRefusalError("user_not_found")
    return {"user": user_json(user)}


def usergroup_members(workspace: Workspace, arguments: Json) -> Json:
    group = workspace.user_groups.get(str(arguments.get("usergroup")))
    if group is None:
        raise SlackRefusalError("no_such_subteam")
    return {"users": list(group.members)}


def methods(workspace: Workspace, views: Views, open_connection: Method) -> dict[str, Method]:
    """Every method that the stand-in knows."""
    return {
        "api.test": api_test,
        "auth.test": auth_test,
        "apps.connections.open": open_connection,
        "chat.delete": partial(chat_methods.delete, workspace),
        "chat.getPermalink": partial(chat_methods.permalink, workspace),
        "chat.postEphemeral": partial(chat_methods.post_ephemeral, workspace),
        "chat.postMessage": partial(chat_methods.post_message, workspace),
        "chat.update": partial(chat_methods.update, workspace),
        "conversations.history": partial(chat_methods.history, workspace),
        "conversations.info": partial(chat_methods.info, workspace),
        "conversations.replies": partial(chat_methods.replies, workspace),
        "reactions.add": partial(chat_methods.add_reaction, workspace),
        "usergroups.users.list": partial(usergroup_members, workspace),
        "users.info": partial(users_info, workspace),
        "views.open": views.open,
        "views.publish": views.publish,
        "views.push": views.push,
        "views.update": views.update,
    }


class WebApi:
    """Answers ``/api/<method>``, working in a thread so that the event loop does not wait for the lock."""

    def __init__(self, workspace: Workspace, table: dict[str, Method]) -> None:
        self._workspace = workspace
        self._table = table

    async def handle(self, request: Request) -> Response:
        if self._workspace.away:
            return PlainTextResponse("<html>upstream connect error</html>", status_code=503)
        answer = await run_in_threadpool(self._answer, request, await request.body())
        await self._workspace.slowness.wait()
        return answer

    def _answer(self, request: Request, raw: bytes) -> Response:
        method = request.path_params["method"]
        with self._workspace.changed:
            try:
                arguments = _arguments(request, raw)
                self._admit(method, _token(request, arguments), arguments)
                body = {"ok": True, **self._table[method](arguments)}
                say(method, arguments)
            except SlackRefusalError as refusal:
                return self._refused(method, refusal)
        return JSONResponse(body, headers={"x-oauth-scopes": SCOPES})

    def _admit(self, method: str, token: str, arguments: Json) -> None:
        if method not in self._table:
            raise SlackRefusalError("unknown_method")
        if method == "api.test":
            return
        if not token:
            raise SlackRefusalError("not_authed")
        if token not in (self._workspace.bot_token, self._workspace.app_token):
            raise SlackRefusalError("invalid_auth")
        if (token == self._workspace.app_token) != (method == "apps.connections.open"):
            raise SlackRefusalError("not_allowed_token_type")
        self._workspace.limiter.spend(method, {**arguments, "channel": self._channel_id(arguments)})

    def _channel_id(self, arguments: Json) -> str:
        """A channel counts once, however a call names it."""
        try:
            return self._workspace.channel(arguments.get("channel")).id
        except SlackRefusalError:
            return ""

    def _refused(self, method: str, refusal: SlackRefusalError) -> Response:
        detail = "; ".join((method, refusal.code, *refusal.details))
        self._workspace.tell("refused", BOT, text=detail)
        if refusal.retry_after_seconds:
            headers = {"Retry-After": str(refusal.retry_after_seconds)}
            return JSONResponse(refusal.body(), status_code=429, headers=headers)
        return JSONResponse(refusal.body())


def _arguments(request: Request, raw: bytes) -> Json:
    """Arguments from the query, and from a form or a JSON body."""
    given: Json = dict(request.query_params)
    if not request.headers.get("content-type", "").startswith("application/json"):
        return given | dict(parse_qsl(raw.decode(), keep_blank_values=True))
    try:
        body = json.loads(raw or b"{}")
    except ValueError:
        raise SlackRefusalError("invalid_json") from None
    if not isinstance(body, dict):
        raise SlackRefusalError("json_not_object")
    return given | body


def _token(request: Request, arguments: Json) -> str:
    bearer = request.headers.get("authorization", "").removeprefix("Bearer ").strip()
    return bearer or str(arguments.pop("token", ""))
