"""What the bot remembers of a replay in Redis: who asked where, the plan that was shown, how it was decided,
which Slack message belongs to it, and the cancel switch.

All of it can be lost without losing data: a plan that is forgotten is planned again, and a replay that runs
is in the engine's journals.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from bot.store import connect
from replay_engine import Plan, dump_plan, load_plan

#: A plan is confirmed within a day or made anew; a record outlives its replay by two weeks.
PLAN_SECONDS = 24 * 3600
RECORD_SECONDS = 14 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Room:
    """Where a conversation takes place and who began it."""

    channel: str
    user: str


class Records:
    """One Redis hash a replay."""

    def __init__(self, redis_url: str) -> None:
        """Binds to Redis; no request yet."""
        self._redis = connect(redis_url, text=True)

    def remember_plan(self, plan: Plan, room: Room) -> None:
        """Keep a plan that is about to be shown."""
        key = _key(plan.replay_id)
        with self._redis.pipeline() as pipe:
            pipe.hset(key, mapping={"plan": dump_plan(plan).decode(), "channel": room.channel, "user": room.user})
            pipe.expire(key, PLAN_SECONDS)
            pipe.execute()

    def plan(self, replay_id: str) -> Plan | None:
        """The plan that was shown, if it is still remembered."""
        document = self._all(replay_id).get("plan")
        return load_plan(document.encode()) if document else None

    def room(self, replay_id: str) -> Room | None:
        """Where it was asked for."""
        found = self._all(replay_id)
        return Room(found["channel"], found["user"]) if "channel" in found else None

    def decide(self, replay_id: str, decision: str, user: str) -> tuple[str, str]:
        """Settle a plan once; returns the decision that stands, and whose it is."""
        if self._redis.hsetnx(_key(replay_id), "decision", json.dumps([decision, user])):
            self._redis.expire(_key(replay_id), RECORD_SECONDS)
        return self.decision(replay_id) or (decision, user)

    def decision(self, replay_id: str) -> tuple[str, str] | None:
        """What was decided and by whom, if it was."""
        stands = self._all(replay_id).get("decision")
        if not stands:
            return None
        decision, user = json.loads(stands)
        return decision, user

    def remember_message(self, replay_id: str, what: str, ts: str) -> None:
        """Keep the id of a message that was posted: ``plan``, ``live`` or a day."""
        self._redis.hset(_key(replay_id), f"message:{what}", ts)

    def messages(self, replay_id: str) -> Mapping[str, str]:
        """Ids of the posted messages."""
        found = self._all(replay_id)
        return {name.removeprefix("message:"): ts for name, ts in found.items() if name.startswith("message:")}

    def cancel(self, replay_id: str, user: str) -> bool:
        """Ask the runner to stop at the next safe point; false if there is none that could hear it."""
        found = self._all(replay_id)
        if "decision" not in found or "ended" in found:
            return False
        self._redis.hsetnx(_key(replay_id), "cancel", user)
        return True

    def cancelled_by(self, replay_id: str) -> str | None:
        """Who asked to stop, if anybody did."""
        return self._all(replay_id).get("cancel")

    def end(self, replay_id: str, state: str) -> None:
        """The runner has come to its end."""
        self._redis.hset(_key(replay_id), "ended", state)

    def _all(self, replay_id: str) -> dict[str, str]:
        found: dict[str, str] = self._redis.hgetall(_key(replay_id))  # type: ignore[assignment]
        return found


def _key(replay_id: str) -> str:
    return f"replay:{replay_id}"
