"""npm's ``emulate``: a Slack Web API that others have written, with the bot's app installed in it as the manifest says.

It keeps everything in memory and refuses what the scopes do not allow. It has no slash commands, clicks, answer URLs
or rate limits: the test sends what Slack would send, and answers go to its incoming webhook.
"""

import html
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from slack_sdk import WebClient

from sandbox.node import NODE
from sandbox.processes import Child, answers, child, free_port
from tests.slack_rules.schemas import PACKAGES, node_modules

Json = dict[str, Any]
APP_ID = "A0REPLAYBOT"
BOT_USER = "U0REPLAYBOT"
BOT_TOKEN = "xoxb-of-the-bot"
READER_TOKEN = "xoxp-of-a-reader"
#: It comes with these.
PERSON, CHANNEL, WEBHOOK = "U000000001", "C000000001", "/services/T000000001/B000000001/X000000001"


@dataclass(frozen=True, slots=True)
class Emulator:
    """A running one, and a reader in it who may see what the bot may not."""

    url: str

    @property
    def reader(self) -> WebClient:
        return WebClient(token=READER_TOKEN, base_url=f"{self.url}/api/")

    @property
    def bot(self) -> WebClient:
        """The bot's own token, for what a test asks in its name."""
        return WebClient(token=BOT_TOKEN, base_url=f"{self.url}/api/")

    def environment(self) -> dict[str, str]:
        """The settings with which a bot talks to it instead of Slack."""
        return {
            "SLACK_API_URL": f"{self.url}/api/",
            "SLACK_BOT_TOKEN": BOT_TOKEN,
            "SLACK_SIGNING_SECRET": "signing-secret",
            "REPLAY_SLACK_OPERATORS": PERSON,
            "REPLAY_SLACK_CHANNELS": CHANNEL,
        }

    def trigger(self) -> str:
        """What a click of a person would bring."""
        body = {"user_id": PERSON}
        return str(self.bot.api_call("views.generateTriggerId", json=body)["trigger_id"])

    def history(self) -> list[Json]:
        """The channel's messages, oldest first, without those in threads."""
        found: list[Json] = self.reader.conversations_history(channel=CHANNEL)["messages"]
        return found[::-1]

    def thread(self, ts: str) -> list[Json]:
        """What was said in a thread, without its first message."""
        found: list[Json] = self.reader.conversations_replies(channel=CHANNEL, ts=ts)["messages"]
        return found[1:]

    def modals(self) -> dict[str, str]:
        """The ids of the open modals and how each begins, the last one first."""
        return {row[0]: row[4] for row in self._rows("tab=views") if "modal" in row[1:2]}

    def whispers(self) -> str:
        """All that was said to one person alone, with all that is around it on the page."""
        rows = self._rows(f"tab=messages&channel={CHANNEL}")
        return "\n".join(" ".join(row) for row in rows if any("ephemeral" in cell for cell in row))

    def _rows(self, query: str) -> list[list[str]]:
        """The tables of its page for people: it has no method to ask for these things."""
        with requests.Session() as session:
            session.trust_env = False
            page = session.get(f"{self.url}/?{query}", timeout=10).text
        rows = re.findall(r"<tr>(.*?)</tr>", page, re.DOTALL)
        cells = (re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL) for row in rows)
        return [[html.unescape(re.sub("<.*?>", "", cell)) for cell in row] for row in cells if row]


@contextmanager
def emulator(directory: Path, scopes: Sequence[str]) -> Iterator[Emulator]:
    """Run it until the context ends, with a token that has these scopes and no more."""
    port = free_port()
    seed = directory / "emulate.config.json"
    seed.write_text(json.dumps({"slack": _seed(scopes)}))
    command: list[str | Path] = [
        NODE,
        *("--require", PACKAGES / "loopback.cjs", node_modules() / "emulate" / "dist" / "index.js"),
        *("start", "--service", "slack", "--port", str(port), "--seed", seed),
    ]

    def ready(_: Child) -> bool:
        return answers(port)

    log = directory / "emulate.log"
    with child("emulate", command, log=log, directory=directory, ready=ready, grace_seconds=0.2):
        yield Emulator(f"http://127.0.0.1:{port}")


def _seed(scopes: Sequence[str]) -> Json:
    app = {
        "app_id": APP_ID,
        "client_id": "1.1",
        "client_secret": "x",
        "name": "Replay",
        "redirect_uris": [],
        "scopes": list(scopes),
        "bot_id": "B0REPLAYBOT",
        "bot_user_id": BOT_USER,
        "bot_name": "replay",
    }
    bot = {"token": BOT_TOKEN, "type": "bot", "user_id": BOT_USER, "app_id": APP_ID, "bot_id": "B0REPLAYBOT"}
    reading = ["channels:history", "channels:read", "users:read"]
    return {
        "strict_scopes": True,
        "oauth_apps": [app],
        "tokens": [
            {**bot, "scopes": list(scopes)},
            {"token": READER_TOKEN, "type": "user", "user_id": PERSON, "scopes": reading},
        ],
    }
