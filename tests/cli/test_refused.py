"""Bad input, one by one: exit 2, one sentence on stderr that says what to mend, and nothing touched.

The processes are started together and looked at one by one: none of them may change what the others see.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from sandbox.azurite import KEY, Azurite
from sandbox.kafka.tansu import Broker
from sandbox.processes import free_port
from tests.cli.ground import DAY, Done, Ground, finish, ground

DATES = ("--start-date", str(DAY), "--end-date", str(DAY))
SECRET = "hush"


@dataclass(frozen=True, slots=True)
class Bad:
    """A call that must be refused: its arguments, settings that differ, and what the sentence must say."""

    arguments: tuple[str, ...]
    says: str
    settings: dict[str, str | None] = field(default_factory=dict)


def run(*arguments: str) -> tuple[str, ...]:
    return ("run", *arguments, "--yes")


NOBODY = f"127.0.0.1:{free_port()}"
CALLS = {
    "impossible date": Bad(
        run("raw", "--start-date", "2019-02-30", "--end-date", "2019-03-01"), "startDate '2019-02-30'"
    ),
    "reversed dates": Bad(run("raw", "--start-date", "2019-12-02", "--end-date", "2019-12-01"), "is before startDate"),
    "unknown source": Bad(run("rwa", *DATES), "'rwa' is not in the config"),
    "missing container": Bad(run("raw", "--bucket", "nobody-has-this", *DATES), "no container nobody-has-this"),
    "unreachable broker": Bad(run("raw", "--broker-list", NOBODY, *DATES), f"No broker of {NOBODY} answers"),
    "missing topic": Bad(run("raw", "--topic", "nobody.made.this", *DATES), "no topic nobody.made.this"),
    "empty day": Bad(run("raw", "--start-date", "2018-01-01"), "2018-01-01 has nothing to replay in raw"),
    "one file that would delete": Bad(
        run("raw", "--file-path", "{file}", "--delete-backups", *DATES),
        "One file cannot be replayed with deleteBackups",
    ),
    "delivery that nobody knows": Bad(run("raw", "--delivery", "once", *DATES), "delivery 'once' is not known"),
    "bad lines that nobody knows": Bad(run("raw", "--on-bad-line", "skip", *DATES), "fail or set-aside"),
    "a look that nobody knows": Bad(run("raw", "--check-source", "all", *DATES), "heads or full"),
    "config that is no JSON": Bad(run("raw", "--config", "{broken}", *DATES), "is not JSON"),
    "config that says nothing": Bad(run("raw", "--config", "{wrong}", *DATES), "raw.dependentSinkSources"),
    "wrong storage key": Bad(
        run("raw", *DATES), "storage account rejected", {"REPLAY_AZURE_CONNECTION_STRING": "{wrong_key}"}
    ),
    "storage that is away": Bad(run("raw", *DATES), "does not answer", {"REPLAY_AZURE_CONNECTION_STRING": "{away}"}),
    "wrong password for Druid": Bad(run("raw", *DATES), "Druid rejected", {"REPLAY_DRUID_PASSWORD": SECRET}),
    "a setting that is no number": Bad(
        run("raw", *DATES), "REPLAY_SETTLE_TIMEOUT_SECONDS cannot be used", {"REPLAY_SETTLE_TIMEOUT_SECONDS": SECRET}
    ),
    "nobody to confirm": Bad(("run", "raw", *DATES), "Nobody is there to confirm"),
    "status of nobody": Bad(("status", "r20191201-101500-0a1b2c"), "no"),
    "resuming nothing": Bad(("resume", "../../raw"), "There is no replay"),
}


@pytest.fixture(scope="module")
def there(azurite: Azurite, broker: Broker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    with ground(azurite, broker, tmp_path_factory.mktemp("refused")) as made:
        yield made


@pytest.fixture(scope="module")
def words(there: Ground) -> dict[str, str]:
    """What stands in braces in the calls."""
    broken, wrong = (there.directory / name for name in ("broken.json", "wrong.json"))
    broken.write_text('{"raw": ')
    wrong.write_text(json.dumps({"raw": {"outputKafkaTopic": "x"}}))
    store = there.settings["REPLAY_AZURE_CONNECTION_STRING"]
    return {
        "file": there.seeded.days[DAY].source_blobs[0],
        "broken": str(broken),
        "wrong": str(wrong),
        "wrong_key": store.replace(KEY, "A" * 86 + "=="),
        "away": store.replace(there.azurite.url, f"http://{NOBODY}"),
    }


@pytest.fixture(scope="module")
def refused(there: Ground, words: dict[str, str]) -> dict[str, Done]:
    """Every call, with and without --json."""
    before = there.snapshot()
    processes = {}
    for name, bad in CALLS.items():
        arguments = [argument.format(**words) for argument in bad.arguments]
        settings = {key: value and value.format(**words) for key, value in bad.settings.items()}
        processes[name] = there.start(*arguments, **settings)
    done = {name: finish(process) for name, process in processes.items()}
    assert there.snapshot() == before
    return done


@pytest.mark.parametrize("name", CALLS)
def test_bad_input_is_refused(refused: dict[str, Done], name: str) -> None:
    """Exit 2; one line on stderr, with the way out; no traceback, no secret, and nothing was touched."""
    done = refused[name]
    assert done.code == 2, done
    assert CALLS[name].says in done.err
    assert len(done.err.strip().splitlines()) == 1, done.err
    assert SECRET not in done.err + done.out
    assert "Traceback" not in done.err


def test_a_refusal_is_a_document_too(there: Ground) -> None:
    """With --json stdout holds one, and stderr the same sentence."""
    done = there.replay(*run("rwa", *DATES), "--json")
    assert (done.code, list(done.document)) == (2, ["error", "advice"])
    assert done.document["error"] in done.err


def test_an_empty_day_is_shown_in_the_plan(there: Ground) -> None:
    """Refused alone: exit 2. With a day that could run beside it, it is only told: exit 0."""
    alone = there.replay("plan", "raw", "--start-date", "2018-01-01", "--json")
    assert (alone.code, "nothing to replay" in alone.days["2018-01-01"]["error"]) == (2, True)
    both = there.replay("plan", "raw", "--start-date", "2019-11-29", "--end-date", "2019-11-30", "--json")
    assert both.code == 0
    assert [bool(day["error"]) for day in both.document["days"]] == [True, False]


def test_help_needs_no_settings(there: Ground) -> None:
    """Whoever asks what there is gets an answer."""
    nothing: dict[str, str | None] = dict.fromkeys(there.settings)
    done = there.replay("run", "--help", **nothing)
    assert (done.code, "--start-date" in done.out) == (0, True)
