"""``replay run --expect HASH`` confirms one plan and no other; what is begun unasked is shown first."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.azurite import Azurite
from sandbox.kafka.tansu import Broker
from tests.cli.ground import DAY, Ground, ground

RUN = ("run", "raw", "--start-date", str(DAY), "--json")


@pytest.fixture
def there(azurite: Azurite, broker: Broker, tmp_path: Path) -> Iterator[Ground]:
    with ground(azurite, broker, tmp_path) as made, made.pipeline():
        yield made


def test_exactly_the_expected_plan_is_run(there: Ground) -> None:
    """Another hash, a part of it or none is refused with both, and nothing is touched; the plan is told before."""
    hash_ = there.replay("plan", "raw", "--start-date", str(DAY), "--json").document["hash"]
    before = there.snapshot()
    for wrong in ("0" * 64, hash_[:12], ""):
        refused = there.replay(*RUN, "--expect", wrong, "--yes")
        assert (refused.code, hash_ in refused.document["error"], wrong in refused.document["error"]) == (2, True, True)
    assert there.snapshot() == before
    done = there.replay(*RUN, "--expect", hash_)
    assert (done.code, done.days[str(DAY)]["stage"]) == (0, "closed"), done
    assert f"plan {hash_[:12]}" in done.err
