"""What the bot remembers of a replay in Redis: who asked where, the plan that was shown, how it was decided,
which Slack message belongs to it, and the cancel switch.

All of it can be lost without losing data: a plan that is forgotten is planned again, and a replay that runs
is in the engine's journals.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.redis_connection import connect
from replay_engine import Plan, dump_plan, load_plan

#: A record outlives its replay by two weeks.
RECORD_SECONDS = 14 * 24 * 3600
_UNDECIDED, _UNTOLD, _KNOWN = "replay-undecided", "replay-untold", "replay-known"


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

    def remember_plan(self, plan: Plan, room: Room, rate: str | None = None) -> None:
        """Keep a plan that is about to be shown, and note that nobody has decided it; ``rate`` is for its start."""
        key = _key(plan.replay_id)
        fields = {**_plan_fields(plan, room), "rate": rate or ""}
        with self._redis.pipeline() as pipe:
            pipe.hset(key, mapping=fields)
            pipe.expire(key, RECORD_SECONDS)
            pipe.zadd(_UNDECIDED, {plan.replay_id: plan.created_at.timestamp()})
            pipe.execute()

    def undecided(self, until: datetime) -> list[str]:
        """Plans made before then that nobody has decided."""
        found: list[str] = self._redis.zrangebyscore(_UNDECIDED, 0, until.timestamp())  # type: ignore[assignment]
        return found

    def plan(self, replay_id: str) -> Plan | None:
        """The plan that was shown, if it is still remembered."""
        document = self._all(replay_id).get("plan")
        return load_plan(document.encode()) if document else None

    def room(self, replay_id: str) -> Room | None:
        """Where it was asked for."""
        found = self._all(replay_id)
        return Room(found["channel"], found["user"]) if "channel" in found else None

    def rate(self, replay_id: str) -> str | None:
        """How fast it is to go from its start, if that was said."""
        return self._all(replay_id).get("rate") or None

    def decide(self, replay_id: str, decision: str, user: str) -> tuple[str, str]:
        """Settle a plan once; returns the decision that stands, and whose it is. Somebody must tell of it."""
        with self._redis.pipeline() as pipe:
            pipe.hsetnx(_key(replay_id), "decision", json.dumps([decision, user]))
            pipe.hsetnx(_key(replay_id), "decided_at", self._now())
            pipe.expire(_key(replay_id), RECORD_SECONDS)
            pipe.zrem(_UNDECIDED, replay_id)
            pipe.sadd(_UNTOLD, replay_id)
            pipe.execute()
        return self.decision(replay_id) or (decision, user)

    def decision(self, replay_id: str) -> tuple[str, str] | None:
        """What was decided and by whom, if it was."""
        document = self._all(replay_id).get("decision")
        if not document:
            return None
        decision, user = json.loads(document)
        return decision, user

    def decided_seconds_ago(self, replay_id: str) -> float:
        """How long ago, by Redis's own clock."""
        return self._now() - float(self._all(replay_id).get("decided_at", 0))

    def unreported(self) -> set[str]:
        """Decided plans and replays whose end Slack has not been told."""
        found: set[str] = self._redis.smembers(_UNTOLD)  # type: ignore[assignment]
        return found

    def mark_reported(self, replay_id: str) -> None:
        """Slack has been told all of it."""
        self._redis.srem(_UNTOLD, replay_id)

    def is_new(self) -> bool:
        """Whether this Redis knows nothing of us, as after a loss."""
        return not self._redis.exists(_KNOWN)

    def know(self) -> None:
        """It is not new any more."""
        self._redis.set(_KNOWN, 1)

    def bring_back(self, plan: Plan, room: Room, confirmed_by: str) -> None:
        """What was lost with Redis, from the replay's own record. Whoever tells of it now goes on doing so."""
        with self._redis.pipeline() as pipe:
            pipe.hset(_key(plan.replay_id), mapping=_plan_fields(plan, room))
            pipe.hsetnx(_key(plan.replay_id), "decision", json.dumps(["confirmed", confirmed_by]))
            pipe.expire(_key(plan.replay_id), RECORD_SECONDS)
            pipe.sadd(_UNTOLD, plan.replay_id)
            pipe.execute()

    def take_turn(self, replay_id: str, holder: str, seconds: int) -> bool:
        """Be the one who tells of a replay, for so long; false while somebody else is."""
        key = f"replay-telling:{replay_id}"
        return bool(self._redis.set(key, holder, nx=True, ex=seconds)) or (
            self._redis.get(key) == holder and bool(self._redis.set(key, holder, xx=True, ex=seconds))
        )

    def give_turn_back(self, replay_id: str, holder: str) -> None:
        """Be it no longer, if one was."""
        key = f"replay-telling:{replay_id}"
        if self._redis.get(key) == holder:
            self._redis.delete(key)

    def remember_message(self, replay_id: str, message_key: str, ts: str) -> None:
        """Keep the id of a message that was posted: ``plan``, ``live`` or a day."""
        self._redis.hset(_key(replay_id), f"message:{message_key}", ts)

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

    def begin(self, replay_id: str) -> None:
        """A runner is at work on it, perhaps again."""
        self._redis.hdel(_key(replay_id), "ended")

    def end(self, replay_id: str, state: str) -> None:
        """The runner has come to its end."""
        self._redis.hset(_key(replay_id), "ended", state)

    def ended(self, replay_id: str) -> bool:
        """Whether it is known to have ended."""
        return "ended" in self._all(replay_id)

    def _now(self) -> float:
        seconds, micros = self._redis.time()
        return float(seconds) + float(micros) / 1e6

    def _all(self, replay_id: str) -> dict[str, str]:
        found: dict[str, str] = self._redis.hgetall(_key(replay_id))  # type: ignore[assignment]
        return found


def _plan_fields(plan: Plan, room: Room) -> dict[Any, str]:
    return {"plan": dump_plan(plan).decode(), "channel": room.channel, "user": room.user}


def _key(replay_id: str) -> str:
    return f"replay:{replay_id}"
