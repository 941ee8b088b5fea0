"""A real Apache Druid: its services as processes on loopback, on free ports, killed and restarted at will.

For what the stand-in (``sandbox/druid/stand_in.py``) only imitates: overshadowing, compaction, locks, answers. It
needs Java and, on first use, Maven; about 1.2 GB of memory. Metadata are kept in Derby, segments in a directory. What
makes it quick is set here: a real cluster looks at its metadata once a minute, this one every two seconds.

The services die with the *thread* that started them (see ``tether``).
"""

import os
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import requests

from sandbox import maven
from sandbox.processes import Child, PartFailedError, answers, child, free_port, wait_until

JARS = Path(__file__).with_name("apache")
_START_SECONDS = 120
_TASK_SECONDS = 120
#: Most heap of each service, in MB; the coordinator is the Overlord too. They start in this order.
_HEAPS_MB = {"coordinator": 320, "historical": 160, "broker": 224, "indexer": 384}
#: JDK 17 keeps these from Druid otherwise (Druid's docs, operations/java.md).
_OPENED = (
    "--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED",
    "--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED",
    "--add-opens=java.base/java.nio=ALL-UNNAMED",
    "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
    "--add-opens=java.base/jdk.internal.ref=ALL-UNNAMED",
    "--add-opens=java.base/java.io=ALL-UNNAMED",
    "--add-opens=java.base/java.lang=ALL-UNNAMED",
    "--add-opens=jdk.management/com.sun.management.internal=ALL-UNNAMED",
)
_LOGGING = """<?xml version="1.0" encoding="UTF-8"?>
<Configuration status="WARN">
  <Appenders>
    <Console name="out" target="SYSTEM_OUT"><PatternLayout pattern="%d{ISO8601} %p [%t] %c{1} - %m%n"/></Console>
  </Appenders>
  <Loggers><Root level="warn"><AppenderRef ref="out"/></Root></Loggers>
</Configuration>
"""


class RealDruid:
    """A cluster of one service each. ``url`` is the Coordinator's, which is the Overlord too."""

    def __init__(self, directory: Path, java: Path) -> None:
        """Nothing runs before `start`."""
        self._directory, self._java = directory, java
        self._ports = {name: free_port() for name in (*_HEAPS_MB, "zookeeper", "derby")}
        self._running: dict[str, ExitStack] = {}
        self._children: dict[str, Child] = {}
        self._starts = 0
        self.url = f"http://127.0.0.1:{self._ports['coordinator']}"
        self.broker_url = f"http://127.0.0.1:{self._ports['broker']}"

    def start(self) -> None:
        """Everything; returns when each service knows the others."""
        self._write_configuration()
        self._start_zookeeper()
        self.restart("coordinator")
        for name in [name for name in _HEAPS_MB if name != "coordinator"]:
            self._begin(name)
        for name in _HEAPS_MB:
            wait_until(lambda name=name: self._is_discovered(name), f"Druid's {name}", _START_SECONDS)  # type: ignore[misc]

    def kill(self, service: str) -> None:
        """SIGKILL; returns when it is dead."""
        os.killpg(self._children[service].pid, signal.SIGKILL)
        self._running.pop(service).close()

    def restart(self, service: str) -> None:
        """Start it, on the same port and data; ends it first where it still runs."""
        self._begin(service)
        wait_until(lambda: self._is_discovered(service), f"Druid's {service}", _START_SECONDS)

    def close(self) -> None:
        """End all of it. The indexer would wait for its tasks: it is killed."""
        if "indexer" in self._running:
            self.kill("indexer")
        for name in ("broker", "historical", "coordinator", "zookeeper"):
            if name in self._running:
                self._running.pop(name).close()

    def run_task(self, task: Mapping[str, Any]) -> str:
        """Submit a task of the Overlord's API and wait for its end; SUCCESS or FAILED."""
        answer = requests.post(f"{self.url}/druid/indexer/v1/task", json=task, timeout=30)
        answer.raise_for_status()
        task_id = answer.json()["task"]
        wait_until(lambda: self.task_state(task_id) != "RUNNING", f"the end of {task_id}", _TASK_SECONDS)
        return self.task_state(task_id)

    def task_state(self, task_id: str) -> str:
        """RUNNING, SUCCESS or FAILED."""
        answer = requests.get(f"{self.url}/druid/indexer/v1/task/{task_id}/status", timeout=30)
        answer.raise_for_status()
        return str(answer.json()["status"]["statusCode"])

    def sql(self, query: str) -> list[dict[str, Any]]:
        """The rows that a query sees now."""
        answer = requests.post(f"{self.broker_url}/druid/v2/sql", json={"query": query}, timeout=60)
        if not answer.ok:
            raise PartFailedError(f"the broker answered {answer.status_code}: {answer.text}")
        return list(answer.json())

    def _is_discovered(self, service: str) -> bool:
        try:
            url = f"http://127.0.0.1:{self._ports[service]}/status/selfDiscovered"
            return requests.get(url, timeout=5).ok
        except requests.RequestException:
            return False

    def _begin(self, service: str) -> None:
        port = self._ports[service]
        options = [f"-Xmx{_HEAPS_MB[service]}m", "-Xms64m", "-XX:MaxDirectMemorySize=128m", *_common(self._directory)]
        class_path = f"{self._directory / 'conf'}:{self._directory / 'conf' / service}:{JARS / 'jars' / '*'}"
        command = [self._java, *_OPENED, *options, "-cp", class_path, "org.apache.druid.cli.Main", "server", service]
        self._run(service, [str(part) for part in command], port)

    def _start_zookeeper(self) -> None:
        port = self._ports["zookeeper"]
        options = ["-Xmx64m", "-Dzookeeper.admin.enableServer=false", "-Dzookeeper.jmx.log4j.disable=true"]
        class_path = f"{self._directory / 'conf'}:{JARS / 'jars' / '*'}"
        main = [
            "org.apache.zookeeper.server.ZooKeeperServerMain",
            str(port),
            str(self._directory / "var" / "zookeeper"),
        ]
        command = [str(self._java), *options, *_common(self._directory), "-cp", class_path, *main]
        self._run("zookeeper", command, port)

    def _run(self, name: str, command: list[str], port: int) -> None:
        if name in self._running:
            self._running.pop(name).close()
        self._starts += 1
        stack = ExitStack()
        self._children[name] = stack.enter_context(
            child(
                f"Apache Druid's {name}",
                command,
                log=self._directory / f"{name}-{self._starts}.log",
                ready=lambda _: answers(port),
                directory=self._directory,
                timeout_seconds=_START_SECONDS,
            )
        )
        self._running[name] = stack

    def _write_configuration(self) -> None:
        for folder in ("tmp", "var/processing", "var/task", "var/segment-cache", "var/segments"):
            (self._directory / folder).mkdir(parents=True)
        configuration = self._directory / "conf"
        configuration.mkdir()
        (configuration / "log4j2.xml").write_text(_LOGGING)
        _write(configuration / "common.runtime.properties", _shared(self._ports))
        for service, properties in _of_services(self._ports).items():
            (configuration / service).mkdir()
            _write(configuration / service / "runtime.properties", properties)


def _common(directory: Path) -> list[str]:
    return [
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-XX:+ExitOnOutOfMemoryError",
        "-Duser.timezone=UTC",
        "-Dfile.encoding=UTF-8",
        f"-Djava.io.tmpdir={directory / 'tmp'}",
        "-Djava.util.logging.manager=org.apache.logging.log4j.jul.LogManager",
    ]


def _write(path: Path, properties: Mapping[str, str]) -> None:
    path.write_text("".join(f"{key}={value}\n" for key, value in properties.items()))


def _shared(ports: Mapping[str, int]) -> Mapping[str, str]:
    """What every service is told."""
    return {
        # Every jar is on the class path: modules are found there.
        "druid.extensions.loadList": "[]",
        "druid.host": "127.0.0.1",
        "druid.zk.service.host": f"127.0.0.1:{ports['zookeeper']}",
        "druid.zk.paths.base": "/druid",
        "druid.startup.logging.logProperties": "false",
        # A Derby server inside the Coordinator.
        "druid.metadata.storage.type": "derby",
        "druid.metadata.storage.connector.host": "127.0.0.1",
        "druid.metadata.storage.connector.port": str(ports["derby"]),
        "druid.metadata.storage.connector.connectURI": (
            f"jdbc:derby://127.0.0.1:{ports['derby']}/var/metadata.db;create=true"
        ),
        "druid.storage.type": "local",
        "druid.storage.storageDirectory": "var/segments",
        "druid.indexer.logs.type": "file",
        "druid.indexer.logs.directory": "var/indexing-logs",
        "druid.selectors.indexing.serviceName": "druid/overlord",
        "druid.selectors.coordinator.serviceName": "druid/coordinator",
        "druid.emitter": "noop",
        "druid.monitoring.monitors": "[]",
        "druid.lookup.enableLookupSyncOnStartup": "false",
        "druid.processing.buffer.sizeBytes": "10MiB",
        "druid.processing.numThreads": "1",
        "druid.processing.numMergeBuffers": "2",
        "druid.processing.tmpDir": "var/processing",
        "druid.server.http.numThreads": "10",
        "druid.cache.sizeInBytes": "1MiB",
    }


def _of_services(ports: Mapping[str, int]) -> Mapping[str, Mapping[str, str]]:
    """What each is told besides."""
    own = {
        "coordinator": {
            "druid.coordinator.asOverlord.enabled": "true",
            "druid.coordinator.asOverlord.overlordService": "druid/overlord",
            # The defaults are a minute here and there.
            "druid.coordinator.startDelay": "PT1S",
            "druid.coordinator.period": "PT2S",
            "druid.coordinator.period.indexingPeriod": "PT5S",
            "druid.manager.segments.pollDuration": "PT2S",
            "druid.manager.rules.pollDuration": "PT2S",
            "druid.manager.config.pollDuration": "PT2S",
            "druid.indexer.queue.startDelay": "PT0S",
            "druid.indexer.runner.type": "httpRemote",
            "druid.indexer.storage.type": "metadata",
        },
        "historical": {
            "druid.segmentCache.locations": '[{"path":"var/segment-cache","maxSize":"1g"}]',
            "druid.server.maxSize": "1g",
        },
        "broker": {
            "druid.sql.enable": "true",
            "druid.broker.http.numConnections": "5",
            "druid.sql.planner.metadataRefreshPeriod": "PT1S",
        },
        "indexer": {
            "druid.worker.capacity": "10",
            "druid.indexer.task.baseTaskDir": "var/task",
            "druid.segment.handoff.pollDuration": "PT2S",
        },
    }
    return {
        name: {"druid.service": f"druid/{name}", "druid.plaintextPort": str(ports[name]), **properties}
        for name, properties in own.items()
    }


@contextmanager
def real_druid(directory: Path) -> Iterator[RealDruid]:
    """Run it until the context ends, on data in ``directory``, which is empty."""
    druid = RealDruid(directory, fetch())
    try:
        druid.start()
        yield druid
    finally:
        druid.close()


def fetch() -> Path:
    """Have all that Druid needs; returns the Java to run it with. `PartFailedError` says what to install."""
    java = maven.java()
    maven.fetch_jars(JARS)
    return java


if __name__ == "__main__":
    try:
        fetch()
    except PartFailedError as error:
        sys.exit(str(error))
