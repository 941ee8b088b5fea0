"""What others do to a real Druid: batch tasks that append, that write a day anew, and that do not end."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from typing import Any
from urllib.parse import urlencode

import requests

from sandbox.druid.apache import RealDruid
from sandbox.processes import wait_until

_GRANULARITIES = {1: "DAY", 7: "WEEK"}
_numbers = count(1)
#: No server listens on this port: a task that reads from there tries again, and so goes on.
_NOWHERE = "http://127.0.0.1:1/nothing.json"


@dataclass(frozen=True, slots=True)
class RealDruidWorld:
    """The contract's world (`tests/adapters/segment_contract.py`), done by tasks; each takes about two seconds."""

    node: RealDruid

    def append(self, datasource: str, start: date, end: date) -> str:
        granularity = _GRANULARITIES[(end - start).days]
        return self._done(batch_task(datasource, [start], granularity))[0]

    def append_of_all_time(self, datasource: str) -> str:
        return self._done(batch_task(datasource, [date(2019, 12, 1)], "ALL"))[0]

    def write_anew(self, datasource: str, day: date, partitions: int) -> Sequence[str]:
        task = batch_task(datasource, [day] * 50, "DAY", appends=False)
        task["spec"]["dataSchema"]["granularitySpec"]["intervals"] = [f"{day}/{day + timedelta(days=1)}"]
        task["spec"]["tuningConfig"] |= {
            "partitionsSpec": {"type": "hashed", "numShards": partitions},
            "forceGuaranteedRollup": True,
        }
        return self._done(task)

    def begin(self, datasource: str, kind: str) -> str:
        assert kind == "index_parallel"
        task = batch_task(datasource, [date(2019, 12, 1)], "DAY")
        task["spec"]["ioConfig"]["inputSource"] = {"type": "http", "uris": [_NOWHERE]}
        answer = requests.post(f"{self.node.url}/druid/indexer/v1/task", json=task, timeout=30)
        answer.raise_for_status()
        return str(answer.json()["task"])

    def _done(self, task: dict[str, Any]) -> list[str]:
        """Run it; the ids of the segments that it has added, once the Coordinator lists them."""
        datasource = task["spec"]["dataSchema"]["dataSource"]
        before = self._listed(datasource)
        assert self.node.run_task(task) == "SUCCESS"
        wait_until(lambda: bool(self._listed(datasource) - before), "the new segments in Druid's list", 60)
        return sorted(self._listed(datasource) - before)

    def _listed(self, datasource: str) -> set[str]:
        query = urlencode({"datasources": datasource})
        answer = requests.get(f"{self.node.url}/druid/coordinator/v1/metadata/segments?{query}", timeout=30)
        answer.raise_for_status()
        return {one["identifier"] for one in answer.json()}


def batch_task(datasource: str, days: Sequence[date], granularity: str, *, appends: bool = True) -> dict[str, Any]:
    """A native batch task with one event, numbered, at one o'clock (UTC) of each of the days."""
    rows = [{"t": f"{day}T01:00:00Z", "mid": f"e{next(_numbers)}"} for day in days]
    inline = {"type": "inline", "data": "".join(json.dumps(row) + "\n" for row in rows)}
    schema: Mapping[str, Any] = {
        "dataSource": datasource,
        "timestampSpec": {"column": "t", "format": "iso"},
        "dimensionsSpec": {"dimensions": ["mid"]},
        "granularitySpec": {"segmentGranularity": granularity, "queryGranularity": "NONE", "rollup": False},
    }
    return {
        "type": "index_parallel",
        "spec": {
            "dataSchema": schema,
            "ioConfig": {
                "type": "index_parallel",
                "appendToExisting": appends,
                "inputSource": inline,
                "inputFormat": {"type": "json"},
            },
            "tuningConfig": {
                "type": "index_parallel",
                "maxNumConcurrentSubTasks": 1,
                "partitionsSpec": {"type": "dynamic"},
            },
        },
    }
