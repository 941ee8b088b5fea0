"""The worker and everything it started are killed in the middle of a replay; another worker carries it on.

Nobody does anything by hand: the new worker finds the interrupted replay by its journal and lease alone, and the
live message in Slack ends right.
"""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sandbox.processes import child
from sandbox.slack import Message, SlackStandIn
from sandbox.up import sandbox
from sandbox.world.check import check
from sandbox.world.parts import CONTAINER, TOPIC_PREFIX, World
from sandbox.world.pipeline import Pipeline
from sandbox.world.pipeline import running as landing
from sandbox.world.seed import DAYS, seed

_EVENTS = 3_000
_PATIENCE_SECONDS = 120


@pytest.mark.timeout(240)
def test_a_replay_whose_worker_is_killed_is_carried_on_by_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, figures: Callable[[str, int], None]
) -> None:
    """Every process of the worker dies at once while the day waits to land; the day still ends right.

    The pipeline does not run before that, so that the day surely is in its middle.
    """
    monkeypatch.setenv("REPLAY_LEASE_SECONDS", "15")
    with sandbox(tmp_path, pipeline=False) as running:
        seeded = seed(running.world.container, running.world.druid.state, days=DAYS[:1], events_per_day=_EVENTS)
        worker = running.children[1]
        _start_replay(running.slack)
        landing_words = "waiting until the sinks are filled"
        running.slack.wait_for(lambda: _live(running.slack, landing_words), 60, "the middle of the day")
        for pid in [*descendants(worker.pid), worker.pid]:
            os.kill(pid, signal.SIGKILL)
        worker.process.wait()
        figures("workers killed with all their processes", 1)
        command = [sys.executable, "-m", "bot.worker"]
        environment = {**running.environment, "PYTHONUNBUFFERED": "1"}
        pipeline = _pipeline(running.world)
        with (
            landing(pipeline),
            child(
                "another worker",
                command,
                log=tmp_path / "worker2.log",
                environment=environment,
                ready=lambda started: "ready" in started.output(),
            ),
        ):
            running.slack.wait_for(lambda: _live(running.slack, "completed"), _PATIENCE_SECONDS, "the end")
        assert check(running.world, seeded).problems == ()


def _pipeline(world: World) -> Pipeline:
    return Pipeline(
        world.broker.bootstrap,
        world.azurite.connection_string,
        CONTAINER,
        world.druid.state,
        topic_prefix=TOPIC_PREFIX,
    )


def _start_replay(slack: SlackStandIn) -> None:
    asha = slack.person("operator")
    asha.slash("/replay", f"raw {DAYS[0]} {DAYS[0]}")
    plan = slack.wait_for(lambda: next((m for m in slack.messages() if "Review and start" in m.buttons), None), 60)
    asha.click(plan, "Review and start")
    question = asha.wait_for_view(title="Start this replay?")
    question.fill({"Type raw to confirm": "raw"})
    question.submit()


def _live(slack: SlackStandIn, *words: str) -> Message | None:
    """The live message, once it says one of these words."""
    found = (m for m in slack.messages() if "Replay of raw" in slack.text_of(m))
    return next((m for m in found if any(word in slack.text_of(m) for word in words)), None)


def descendants(pid: int) -> Iterator[int]:
    """Every process that one has started, and theirs."""
    for thread in Path(f"/proc/{pid}/task").iterdir():
        for text in (thread / "children").read_text().split():
            yield from descendants(int(text))
            yield int(text)
