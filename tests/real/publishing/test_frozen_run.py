"""A run that stands still while its publishers live, without transactions: nobody can fence them, they must stop.

As on a machine that swaps, or under a debugger: the run's lease runs out, its publishers' stdin stays open.
"""

from collections.abc import Callable

import pytest

from tests.real.publishing.runs import complaints, gone, running
from tests.real.publishing.test_zombies import asleep, in_the_middle
from tests.real.stored_day import COMMIT_SECONDS, StoredDay, Wanted

pytestmark = pytest.mark.real

#: So slowly that the shards under way would last well beyond the run's lease.
_SLOWLY = 80_000.0


@pytest.mark.timeout(400)
@pytest.mark.parametrize("stored_day", [Wanted(delivery="at_least_once", times=4)], indirect=True)
def test_publishers_of_a_run_that_stands_still_stop_before_its_successor_publishes(
    stored_day: StoredDay, figures: Callable[[str, int], None]
) -> None:
    """They do not hear from it any more; at most one commit interval of what they sent is there twice."""
    stored_day.order(bytes_per_second=_SLOWLY)
    with running(stored_day) as frozen:
        publishers = in_the_middle(stored_day, frozen)
        assert len(publishers) > 0
        with asleep([frozen.pid]), running(stored_day, "resume", stored_day.replay_id) as successor:
            assert len(successor.wait_for_publishers()) > 0, complaints(stored_day)
            assert gone(publishers), "publishers of a run that stands still are there beside its successor's"
            stored_day.order()
            code, report = successor.report()
            assert (code, report["stage"]) == (0, "closed"), report
        # Awake again: it finds that another run has the day, and has nobody publish.
        code, report = frozen.report()
        assert (code, "Another runner" in report["error"]) == (3, True), report
        assert frozen.publishers() == []
    published = stored_day.published()
    assert published.keys() == stored_day.lines.keys()
    assert not stored_day.lines - published
    repeats = published - stored_day.lines
    # Of all shards together; a quarter of a second may go at once after a rest.
    assert sum(len(line) * times for line, times in repeats.items()) <= _SLOWLY * (COMMIT_SECONDS + 0.5)
    assert stored_day.groups() == set()
    assert "Traceback" not in complaints(stored_day)
    figures("lines repeated by publishers of a run that stood still", repeats.total())
