"""How soon the bot acknowledges when 50 people ask at once and Slack itself is slow.

The bot is the real process, with a Valkey and the Slack stand-in; the clock runs from the moment that a request is
sent until its acknowledgement is here, the stand-in's own work included. No worker takes the jobs.
Run: ``python -m benchmarks.slack.acks [--quick]``.
"""

import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Barrier

from benchmarks.slack.crowd import COMMANDS, Crowd, Request
from benchmarks.tools.figures import Row, table
from bot.messages.records import Records
from sandbox.processes import child, free_port
from sandbox.slack import SlackStandIn, slack_stand_in
from sandbox.valkey import valkey

#: How late every answer of Slack's is.
SLOW_SECONDS = 2.0
ROUNDS = 10
_WANTED_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Answered:
    """One request: how long its acknowledgement took, and what Slack would have shown instead of it."""

    what: str
    seconds: float
    failure: str


def rows(rounds: int) -> Iterator[Row]:
    """One for each way to Slack."""
    for way, http in (("HTTP", True), ("Socket Mode", False)):
        with _bot(http=http) as (slack, crowd):
            quick = _measured(slack, crowd, rounds)
            with slack.slow(SLOW_SECONDS):
                slow = _measured(slack, crowd, rounds)
        yield _row(way, quick, slow)


def _row(way: str, quick: Sequence[Answered], slow: Sequence[Answered]) -> Row:
    missed = sum(bool(one.failure) for one in (*quick, *slow))
    p99 = _percentile(slow, 99)
    slowest = max(slow, key=lambda one: one.seconds)
    return Row(
        f"{COMMANDS} commands at once over {way}, Slack {SLOW_SECONDS:g} s late: 99 of 100 acknowledged within",
        f"{p99 * 1000:.0f} ms",
        f"< {_WANTED_SECONDS * 1000:.0f} ms",
        f"half within {_percentile(slow, 50) * 1000:.0f} ms, the last, {slowest.what}, after "
        f"{slowest.seconds * 1000:.0f} ms; {missed} of {len(quick) + len(slow)} not acknowledged; "
        f"{p99 / _percentile(quick, 99):.2f} times what it takes with a Slack that answers at once",
    )


def _percentile(answered: Sequence[Answered], percent: int) -> float:
    return statistics.quantiles([one.seconds for one in answered], n=100, method="inclusive")[percent - 1]


def _measured(slack: SlackStandIn, crowd: Crowd, rounds: int) -> list[Answered]:
    """Round after round, without a rest in between."""
    with ThreadPoolExecutor(COMMANDS) as people:
        return [one for _ in range(rounds) for one in _at_once(slack, people, crowd.requests())]


def _at_once(slack: SlackStandIn, people: ThreadPoolExecutor, requests: Sequence[Request]) -> list[Answered]:
    together = Barrier(len(requests))

    def ask(request: Request) -> Answered:
        together.wait()
        began = time.perf_counter()
        ack = slack.desk.transport.send(request.kind, request.payload)
        return Answered(request.what, time.perf_counter() - began, ack.failure)

    return list(people.map(ask, requests))


@contextmanager
def _bot(*, http: bool) -> Iterator[tuple[SlackStandIn, Crowd]]:
    """A bot process that has just started, and the crowd before it."""
    port = free_port()
    with (
        TemporaryDirectory(prefix="acks-") as folder,
        valkey(Path(folder)) as redis,
        slack_stand_in(limits=False) as slack,
    ):
        environment = slack.environment() | {
            "REPLAY_REDIS_URL": redis.url,
            "REPLAY_BUCKET": "telemetry-data",
            "REPLAY_BROKER_LIST": "127.0.0.1:9092",
        }
        if http:
            environment["REPLAY_HTTP_PORT"] = str(port)
        command, log = [sys.executable, "-m", "bot"], Path(folder) / "bot.log"
        with child("the bot", command, log=log, environment=environment, ready=lambda c: "ready\n" in c.output()):
            if http:
                slack.use_http(f"http://127.0.0.1:{port}/slack/events")
            else:
                slack.wait_until_connected()
            yield slack, Crowd(slack, Records(redis.url))


def main(*, quick: bool) -> None:
    """Print the rows."""
    sys.stdout.write(table(list(rows(2 if quick else ROUNDS))))


if __name__ == "__main__":
    main(quick="--quick" in sys.argv[1:])
