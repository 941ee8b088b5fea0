"""``python -m sandbox up``: everything answers when it says ready, and nothing is left when it ends."""

import os
import shlex
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
import redis
import requests
from azure.storage.blob import BlobServiceClient
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient

from sandbox.processes import free_port, wait_until
from sandbox.world.sinks import VALID
from sandbox.world.telemetry import events
from tests.helpers.processes import descendants
from tests.sandbox.test_pipeline import stored


@contextmanager
def up(log: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    """Run ``up`` until the context ends, however the test ends."""
    command = [sys.executable, "-m", "sandbox", "up", *options]
    # A killed one cannot remove its folder of logs: it is put where the test's own files are.
    environment = {**os.environ, "TMPDIR": str(log.parent)}
    with log.open("w") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment)
    with process:
        try:
            yield process
        finally:
            process.kill()


def wait_ready(process: subprocess.Popen[str]) -> str:
    """Wait for ``ready``; what stands on the line after it, the last one."""
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line.strip())
        if lines[-1] == "ready":
            return process.stdout.readline().strip()
    pytest.fail(f"it ended before it was ready: {lines}")


def read_environment(path: Path) -> dict[str, str]:
    pairs = [shlex.split(line)[0].partition("=") for line in path.read_text().splitlines()]
    return {key: value for key, _, value in pairs}


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_up_runs_until_a_signal(tmp_path: Path, ending: signal.Signals) -> None:
    """Parts answer under the settings in the file; after the signal all of them are gone, and the exit code is 0."""
    env_file = tmp_path / "env"
    port = free_port()
    with up(tmp_path / "log", "--no-bot", "--no-seed", "--port", str(port), "--env-file", str(env_file)) as process:
        assert wait_ready(process) == f"Try it: http://127.0.0.1:{port}/"
        check_page(f"http://127.0.0.1:{port}")
        children = descendants(process.pid)
        check_parts(read_environment(env_file))
        assert stat.S_IMODE(env_file.stat().st_mode) == 0o600
        process.send_signal(ending)
        assert process.wait(30) == 0
    assert len(children) >= 3
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in children), "the end of the parts", 10)


def check_page(url: str) -> None:
    """The page is there, and the world beside it, which nobody has filled."""
    assert "<main" in requests.get(f"{url}/", timeout=10).text
    world = requests.get(f"{url}/world", timeout=10).json()
    assert {topic["messages"] for topic in world["topics"]} == {0}
    counts = [cell["count"] for table in world["tables"] for row in table["rows"] for cell in row["cells"]]
    assert set(counts) == {0}


def check_parts(environment: dict[str, str]) -> None:
    """Every setting leads to a part that answers."""
    with BlobServiceClient.from_connection_string(environment["REPLAY_AZURE_CONNECTION_STRING"]) as store:
        assert store.get_container_client(environment["REPLAY_BUCKET"]).exists()
    topics = AdminClient({"bootstrap.servers": environment["REPLAY_BROKER_LIST"]}).list_topics(timeout=10).topics
    prefix = environment["REPLAY_TOPIC_PREFIX"]
    assert {prefix + name for name in ("telemetry.raw", "telemetry.valid", "telemetry.sink")} <= set(topics)
    with redis.Redis.from_url(environment["REPLAY_REDIS_URL"]) as client:
        assert client.ping()
    account = (environment["REPLAY_DRUID_USERNAME"], environment["REPLAY_DRUID_PASSWORD"])
    assert requests.get(environment["REPLAY_DRUID_URL"] + "/status", auth=account, timeout=10).ok
    token = {"Authorization": f"Bearer {environment['SLACK_BOT_TOKEN']}"}
    assert requests.post(environment["SLACK_API_URL"] + "auth.test", headers=token, timeout=10).json()["ok"]
    assert "consumerGroup" in Path(environment["REPLAY_CONFIG"]).read_text()


def test_the_pipeline_can_lose_a_part_of_a_day(tmp_path: Path) -> None:
    """Of the days that are named only; the rest of such a day lands."""
    lossy, other = (events(date(2019, 12, day), 100) for day in (3, 4))
    env_file = tmp_path / "env"
    with up(tmp_path / "log", "--no-bot", "--no-seed", "--lose", "2019-12-03", "--env-file", str(env_file)) as process:
        wait_ready(process)
        environment = read_environment(env_file)
        producer = Producer({"bootstrap.servers": environment["REPLAY_BROKER_LIST"]})
        for line in (*lossy, *other):
            producer.produce(environment["REPLAY_TOPIC_PREFIX"] + VALID, line)
        assert producer.flush(30) == 0
        with BlobServiceClient.from_connection_string(environment["REPLAY_AZURE_CONNECTION_STRING"]) as store:
            container = store.get_container_client(environment["REPLAY_BUCKET"])
            wait_until(lambda: set(other) <= set(stored(container, "unique")), "the other day's landing", 30)
            wait_until(lambda: len(set(lossy) & set(stored(container, "unique"))) > 50, "the lossy day's", 30)
            assert 0 < len(set(lossy) - set(stored(container, "unique"))) < 50
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


def test_a_day_to_lose_that_is_none_is_said(tmp_path: Path) -> None:
    """Before anything is started."""
    with up(tmp_path / "log", "--lose", "yesterday") as process:
        assert process.wait(60) == 2
    assert "yesterday is not a day: write it as 2019-12-03" in (tmp_path / "log").read_text()


def test_a_killed_up_leaves_nothing_behind(tmp_path: Path) -> None:
    """Even SIGKILL, after which it cannot tidy up, ends every part."""
    with up(tmp_path / "log", "--no-bot", "--no-seed", "--no-pipeline") as process:
        wait_ready(process)
        children = descendants(process.pid)
        os.kill(process.pid, signal.SIGKILL)
        process.wait(30)
    assert len(children) >= 3
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in children), "the end of the parts", 10)


def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    """In a sentence, and everything that had started already ends."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        options = ("--no-bot", "--no-seed", "--no-pipeline", "--port", str(port))
        with up(tmp_path / "log", *options) as process:
            assert process.wait(60) == 1
    assert (tmp_path / "log").read_text() == f"Port {port} is not free: name another one, or 0 for any.\n"
