"""What the listeners put on the queues: JSON, by dotted name. Nothing here waits for anything but Redis.

A run has the replay's id as its job id, no timeout and no retry: a second one beside a living first must not be.
"""

import dataclasses
import hashlib
from typing import Any
from uuid import uuid4

from rq.exceptions import DuplicateJobError, NoSuchJobError
from rq.job import Job, JobStatus

from bot.language.request import PlanRequest
from bot.messages.records import Room
from bot.queues import FOREVER, ORDERS, PLANS, RUNS, queue
from bot.redis_connection import connect

_PLAN_SECONDS, _ORDER_SECONDS = 3600, 600
_DAY_SECONDS = 24 * 3600
#: For so long the same submission counts once.
_FORM_SECONDS = 3600
#: A job in one of these will be worked on, or is.
_WAITING = {JobStatus.QUEUED, JobStatus.STARTED, JobStatus.DEFERRED, JobStatus.SCHEDULED, JobStatus.CREATED}


class Jobs:
    """The queues, from the side that fills them."""

    def __init__(self, redis_url: str) -> None:
        """Binds to Redis; no request yet."""
        self._redis = connect(redis_url)

    def plan(
        self, replay_id: str, plan_request: PlanRequest, room: Room, view_id: str | None = None, once: str | None = None
    ) -> None:
        """Have a plan made and posted; ``view_id`` is the form to answer in, ``once`` is what it is made once for."""
        kwargs = {"replay_id": replay_id, "wish": dataclasses.asdict(plan_request), "room": dataclasses.asdict(room)}
        # A view's id and hash have characters that a job's may not have.
        job_id = f"plan-{hashlib.sha256(once.encode()).hexdigest()[:32] if once else replay_id}"
        self._once(
            PLANS,
            "bot.plan_jobs.plan_replay",
            job_id,
            _PLAN_SECONDS,
            {**kwargs, "view_id": view_id},
            result_ttl=_FORM_SECONDS if once else 0,
        )

    def retry(self, replay_id: str, of: str | None, room: Room, *, again: bool = False) -> None:
        """Have the days of a replay that did not close planned anew, ``again`` whatever earlier ones did to them."""
        kwargs = {"replay_id": replay_id, "of": of, "room": dataclasses.asdict(room), "again": again}
        self._once(PLANS, "bot.plan_jobs.plan_retry", f"plan-{replay_id}", _PLAN_SECONDS, kwargs)

    def run(self, replay_id: str) -> bool:
        """Queue a confirmed replay; false if it is queued, running or done already."""
        kwargs = {"replay_id": replay_id}
        return self._once(RUNS, "bot.run_jobs.run_replay", replay_id, FOREVER, kwargs, result_ttl=_DAY_SECONDS)

    def waits(self, replay_id: str) -> bool:
        """Whether a confirmed replay is queued, or just being begun."""
        try:
            return Job.fetch(replay_id, connection=self._redis).get_status() in _WAITING
        except NoSuchJobError:
            return False

    def carry_on(self, replay_id: str) -> bool:
        """Queue the rest of a replay whose runner is gone; false if that is queued already."""
        mark = f"carry-on-{replay_id}"
        if any(job_id.startswith(mark) for job_id in queue(RUNS, self._redis).job_ids):
            return False
        return self._once(RUNS, "bot.run_jobs.carry_on_replay", f"{mark}-{_fresh()}", FOREVER, {"replay_id": replay_id})

    def resume(self, replay_id: str, room: Room) -> None:
        """Carry a replay on because a person says so."""
        kwargs = {"replay_id": replay_id, "room": dataclasses.asdict(room)}
        self._once(RUNS, "bot.run_jobs.resume_replay", f"resume-{replay_id}-{_fresh()}", FOREVER, kwargs)

    def turn_back(self, order: str, replay_id: str, day: str, room: Room, view_id: str) -> None:
        """Accept, restore or undo a day; the view that says so counts once."""
        kwargs = {"order": order, "replay_id": replay_id, "day": day, "room": dataclasses.asdict(room)}
        self._once(RUNS, "bot.run_jobs.turn_back_day", f"{order}-{view_id}", FOREVER, kwargs)

    def steer(self, order: str, replay_id: str | None, detail: str, room: Room, view_id: str | None = None) -> None:
        """Cancel, pause, resume, slower, faster or rate."""
        kwargs = {"order": order, "replay_id": replay_id, "detail": detail}
        self._order("steer", {**kwargs, "room": dataclasses.asdict(room), "view_id": view_id})

    def answer(self, question: str, room: Room, view_id: str | None = None, **more: Any) -> None:
        """``status``, ``listing``, ``history`` or ``verify``."""
        self._order(question, {**more, "room": dataclasses.asdict(room), "view_id": view_id})

    def question(self, order: str, replay_id: str, day: str, room: Room, view_id: str) -> None:
        """Have the last question before a day is accepted or turned back shown in that view."""
        kwargs = {"order": order, "replay_id": replay_id, "day": day, "room": dataclasses.asdict(room)}
        self._order("ask_once_more", {**kwargs, "view_id": view_id})

    def home(self, user: str, refusal: str | None) -> None:
        """Show somebody's Home tab anew."""
        self._order("show_home", {"user": user, "refusal": refusal})

    def _order(self, function: str, kwargs: dict[str, Any]) -> None:
        self._once(ORDERS, f"bot.order_jobs.{function}", f"{function}-{_fresh()}", _ORDER_SECONDS, kwargs)

    def _once(
        self, name: str, function: str, job_id: str, timeout: int, kwargs: dict[str, Any], result_ttl: int = 0
    ) -> bool:
        """False if a job of this id is there already."""
        try:
            queue(name, self._redis).enqueue_call(
                function, kwargs=kwargs, timeout=timeout, job_id=job_id, unique=True, result_ttl=result_ttl
            )
        except DuplicateJobError:
            return False
        return True


def _fresh() -> str:
    return uuid4().hex[:8]
