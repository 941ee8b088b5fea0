"""The worker's look for interrupted replays: at once, and ever more rarely for one that breaks off every time."""

from bot.jobs.reconciler import Patience


def test_a_replay_that_always_breaks_is_tried_ever_more_rarely() -> None:
    """At the first look, then after 1, 2, 4, 8 … more; another replay has its own count."""
    patience = Patience()
    tried = []
    for look in range(40):
        patience.look()
        if patience.due("broken"):
            tried.append(look)
    assert tried == [0, 1, 3, 7, 15, 31]
    assert patience.due("another")


def test_a_replay_that_waits_for_its_landing_is_looked_at_every_minute() -> None:
    """For as long as it takes, however often it had broken off before; and if it breaks off then, at once."""
    patience = Patience()
    for _ in range(5):
        patience.look()
        patience.due("waits")
    looked = []
    for look in range(200):
        patience.look()
        if patience.due("waits", landing=True):
            looked.append(look)
    assert looked == list(range(0, 200, 3))
    patience.look()
    assert patience.due("waits")
