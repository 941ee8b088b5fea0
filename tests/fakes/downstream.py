"""The pipeline after the topic, in memory: refills the sinks from what was published, when it is told to."""

import re
from collections import defaultdict
from datetime import date, timedelta
from itertools import count

from sandbox.druid.state import DruidStandIn
from tests.fakes.account import Account
from tests.fakes.topics import MemoryTopic

GROUP = "downstream"
_DAY = re.compile(rb'"mid":"(\d{4}-\d{2}-\d{2}):')


class Downstream:
    """Writes one blob a sink folder and one segment a datasource for each landing, then commits its offsets."""

    def __init__(
        self, account: Account, container: str, druid: DruidStandIn, cluster: MemoryTopic, topic: str, day: date
    ) -> None:
        self._account, self._container, self._druid = account, container, druid
        self._cluster, self._topic, self._day = cluster, topic, day
        self.folders: tuple[str, ...] = ()
        self.datasources: tuple[str, ...] = ()
        self._upload_ms = count(1_600_000_000_000)

    def land(self) -> None:
        """Take everything published since the last landing."""
        done = self._cluster.groups.get((GROUP, self._topic), {})
        partitions = self._cluster.topics[self._topic]
        lines = [
            line for number, part in enumerate(partitions) for line in part[done.get(number, 0) :] if line is not None
        ]
        if not lines:
            return
        of_day: defaultdict[date, list[bytes]] = defaultdict(list)
        for line in lines:
            of_day[self._day_of(line)].append(line)
        for day, landing in of_day.items():
            self._write(day, landing)
        self._cluster.commit(GROUP, self._topic, {n: len(part) for n, part in enumerate(partitions)})

    def _day_of(self, line: bytes) -> date:
        """As the scene's ids say; of any other line, the day of this pipeline."""
        found = _DAY.search(line)
        return date.fromisoformat(found[1].decode()) if found else self._day

    def _write(self, day: date, lines: list[bytes]) -> None:
        for folder in self.folders:
            name = f"{folder}/{day}-{next(self._upload_ms)}.json.gz"
            self._account.put(self._container, name, b"\n".join(lines))
        for datasource in self.datasources:
            rows = [line.decode(errors="replace") for line in lines]
            self._druid.add_segment(datasource, day, day + timedelta(days=1), rows=rows)
