"""Slack's rate limits as token buckets on a clock that tests own.

One table says which calls are limited and by what. A refused call costs nothing and hears when to try again.
"""

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.slack.errors import SlackRefusalError


@dataclass(frozen=True, slots=True)
class Allowance:
    """``burst`` calls at once, then one every ``every_seconds``, for each value of the ``per`` arguments."""

    every_seconds: float
    burst: int
    per: tuple[str, ...] = ()


_TIER_3 = Allowance(60 / 50, burst=50)
_TIER_4 = Allowance(60 / 100, burst=100)

# Slack documents one post a second a channel with "short bursts", and asks for no more than one edit of a
# message every three seconds; the bursts here are on the strict side of what is seen in use.
ALLOWANCES: dict[str, tuple[Allowance, ...]] = {
    "chat.postMessage": (Allowance(1, burst=5, per=("channel",)),),
    "chat.postEphemeral": (_TIER_4,),
    "chat.update": (Allowance(3, burst=2, per=("channel", "ts")), _TIER_3),
    "views.open": (_TIER_4,),
    "views.push": (_TIER_4,),
    "views.update": (_TIER_4,),
    "views.publish": (_TIER_4,),
    "usergroups.users.list": (Allowance(60 / 20, burst=20),),
    "users.info": (_TIER_4,),
    "auth.test": (Allowance(0.1, burst=600),),
    "reactions.add": (_TIER_3,),
    "chat.getPermalink": (Allowance(0.1, burst=600),),
    "apps.connections.open": (Allowance(60, burst=60),),
}


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled_at: float


class Limiter:
    """Counts calls against their allowances. Called with the workspace's lock held."""

    def __init__(self, clock: Callable[[], float], *, enforced: bool = True) -> None:
        self._clock = clock
        self._buckets: dict[tuple[str, ...], _Bucket] = {}
        self.enforced = enforced
        self.refused: Counter[str] = Counter()

    def spend(self, method: str, arguments: dict[str, Any]) -> None:
        """Take one call from every allowance of the method, or from none and refuse with Retry-After."""
        if not self.enforced:
            return
        allowances = ALLOWANCES.get(method, (_TIER_3,))
        buckets = [(self._bucket(method, allowance, arguments), allowance) for allowance in allowances]
        wait_seconds = max((1 - bucket.tokens) * allowance.every_seconds for bucket, allowance in buckets)
        if wait_seconds > 0:
            self.refused[method] += 1
            raise SlackRefusalError("ratelimited", retry_after_seconds=max(1, math.ceil(wait_seconds)))
        for bucket, _ in buckets:
            bucket.tokens -= 1

    def _bucket(self, method: str, allowance: Allowance, arguments: dict[str, Any]) -> _Bucket:
        key = (method, *(f"{name}={arguments.get(name)}" for name in allowance.per))
        now = self._clock()
        bucket = self._buckets.setdefault(key, _Bucket(allowance.burst, now))
        earned = (now - bucket.filled_at) / allowance.every_seconds
        bucket.tokens = min(allowance.burst, bucket.tokens + earned)
        bucket.filled_at = now
        return bucket
