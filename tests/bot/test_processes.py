"""The two real processes: the main job over Socket Mode, and their end."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from sandbox.processes import child, free_port, wait_until
from sandbox.slack import SlackStandIn
from sandbox.up import sandbox
from sandbox.world.seed import DAYS, seed
from tests.helpers.processes import descendants


@pytest.mark.parametrize("executor", ["local", "rq"])
def test_the_main_job_over_socket_mode(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, executor: str) -> None:
    """Bot and worker as they are installed. A plan is made while a replay runs, and both end on SIGTERM with 0."""
    monkeypatch.setenv("REPLAY_SHARD_EXECUTOR", executor)
    monkeypatch.setenv("REPLAY_SLACK_FREE_TEXT", "brokers")
    with sandbox(tmp_path) as running:
        seed(running.world.container, running.world.druid.state, days=DAYS[:1], events_per_day=40)
        slack, asha = running.slack, running.slack.person("operator")
        asha.slash("/replay", f"raw {DAYS[0]}")
        plan = slack.wait_for(lambda: next(iter(slack.messages()), None), 30, "the plan")
        asha.click(plan, "Review and start")
        question = asha.wait_for_view()
        question.fill({"typed": "raw"})
        assert question.submit(clicks=2).outcome == "closed"
        asha.slash("/replay")
        form = asha.wait_for_view(title="Replay")
        brokers = f"127.0.0.1:{free_port()}"
        form.fill({"source": "raw"})
        slack.wait_for(lambda: "dependents" in str(form.blocks), what="what follows from the source")
        asha.click(form, "Show more")
        slack.wait_for(lambda: "brokerList" in str(form.blocks), what="more fields")
        form.fill({"startDate": DAYS[0], "deleteBackups": "keep", "brokerList": brokers})
        assert form.submit().outcome == "updated"
        slack.wait_for(lambda: "completed" in slack.messages()[-1].text, 60, "the end of the replay")
        slack.wait_for(lambda: f"No broker of {brokers} answers." in slack.text_of(form), 60, "what is wrong")
        assert form.value("brokerList") == brokers
        live = slack.messages()[-1]
        replies = slack.wait_for(lambda: (said := slack.thread(live.ts))[1:] and said, 30, "the summary")
        assert len(replies) == 2
        below = {pid for process in running.children for pid in descendants(process.pid)}
        for process in running.children:
            process.process.terminate()
        assert [process.process.wait(30) for process in running.children] == [0, 0]
        assert len(below) >= 2
        wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in below), "the end of the children", 10)
        assert [process.output() for process in running.children if "Traceback" in process.output()] == []


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_the_bot_behind_http_ends_on_a_signal(
    tmp_path: Path, slack: SlackStandIn, redis_url: str, ending: signal.Signals
) -> None:
    """It answers signed requests from the moment that it says so, rejects others, and ends with 0."""
    port = free_port()
    environment = slack.environment() | {"REPLAY_REDIS_URL": redis_url, "REPLAY_HTTP_PORT": str(port)}
    command = [sys.executable, "-m", "bot"]
    log = tmp_path / "bot.log"
    with child("the bot", command, log=log, environment=environment, ready=lambda c: "ready" in c.output()) as bot:
        url = f"http://127.0.0.1:{port}/slack/events"
        slack.use_http(url)
        assert "/replay raw" in slack.person("operator").slash("/replay", "help").text
        assert requests.post(url, "command=%2Freplay", timeout=10).status_code == 401
        bot.process.send_signal(ending)
        assert bot.process.wait(30) == 0
        assert "Traceback" not in bot.output()


def test_one_worker_dying_ends_the_other(tmp_path: Path, slack: SlackStandIn, redis_url: str) -> None:
    """Plans without runs, or runs without plans, would look alive and be half dead."""
    environment = slack.environment() | {"REPLAY_REDIS_URL": redis_url}
    command = [sys.executable, "-m", "bot.worker"]
    log = tmp_path / "worker.log"
    with child(
        "the worker", command, log=log, environment=environment, ready=lambda c: "ready" in c.output()
    ) as worker:
        first, *_ = below = sorted(descendants(worker.pid))
        subprocess.run(["/bin/kill", "-KILL", str(first)], check=True)
        assert worker.process.wait(30) == signal.SIGKILL
        wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in below), "the end of the children", 10)
