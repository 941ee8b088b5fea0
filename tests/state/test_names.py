"""Names are read and built in one way."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay_engine.state import names

DAYS = st.dates(date(1970, 1, 1), date(9998, 12, 31))
REPLAY_IDS = st.builds(names.new_replay_id, st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)))
PATHS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(lambda text: not text.startswith("/"))


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("raw/2019-12-01-1575224000000.json.gz", date(2019, 12, 1)),
        ("raw/2019-12-01-3-1575224000000.json.gz", date(2019, 12, 1)),
        ("2019-12-01.json.gz", date(2019, 12, 1)),
        ("channel/2018-01-01/raw/2019-12-01-1.json.gz", date(2019, 12, 1)),
        ("raw/1970-01-01-1.json.gz", date(1970, 1, 1)),
        ("raw/2019-02-29-1.json.gz", None),
        ("raw/2019-12-011.json.gz", None),
        ("raw/x2019-12-01-1.json.gz", None),
        ("2019-12-01/part-0.json.gz", None),
        ("raw/2019-12-01-1/", None),
        ("raw/٢٠١٩-١٢-٠١-1.json.gz", None),
        ("", None),
    ],
)
def test_the_day_of_a_file(name: str, day: date | None) -> None:
    """The date that its base name begins with, and nothing else."""
    assert day == names.day_of(name)


@given(DAYS, st.text(st.sampled_from("ab-/2019"), max_size=12))
def test_the_day_does_not_depend_on_the_folder(day: date, folder: str) -> None:
    """However the folders are called, and however deep they are."""
    assert names.day_of(f"{folder}/{day}-1575224000000.json.gz") == day


@pytest.mark.parametrize(
    "text", ["2019-12-1", "2019-13-01", "2019-02-29", "20191201", "2019-12-01 ", "", "１２", "0001-01-01", "9999-12-31"]
)
def test_what_is_no_day(text: str) -> None:
    """Neither an impossible date nor another way of writing one, nor one that no file has."""
    assert names.parse_day(text) is None


@given(DAYS)
def test_days_are_written_as_they_are_read(day: date) -> None:
    """``yyyy-MM-dd`` both ways."""
    assert names.parse_day(str(day)) == day


@given(st.dates(date(1970, 1, 1), date(2100, 1, 1)), st.integers(0, 400))
def test_days_between_are_all_of_them(first: date, count: int) -> None:
    """Both ends included, in order."""
    days = list(names.days_between(first, first + timedelta(days=count)))
    assert days == [first + timedelta(days=number) for number in range(count + 1)]


@pytest.mark.parametrize(
    ("inner", "outer", "expected"),
    [
        ("raw", "raw", True),
        ("raw/x/y", "raw", True),
        ("raw-something", "raw", False),
        ("raw_x", "raw", False),
        ("ra", "raw", False),
        ("raw", "raw/x", False),
    ],
)
def test_within_is_by_whole_parts(inner: str, outer: str, expected: bool) -> None:
    """A folder is never taken for another one that begins alike."""
    assert names.within(inner, outer) is expected


@pytest.mark.parametrize(
    ("written", "meant"), [("raw", "raw"), ("/raw/", "raw"), (" channel/x/ ", "channel/x"), ("/", ""), ("", "")]
)
def test_folders_as_people_write_them(written: str, meant: str) -> None:
    """With or without slashes around."""
    assert names.folder(written) == meant


@pytest.mark.parametrize(
    ("group", "year", "month"),
    [
        ("raw/2019-", True, False),
        ("raw/2019-12-", False, True),
        ("raw/8f3a-", False, False),
        ("2019-12-/x-", False, False),
    ],
)
def test_groups_of_dates(group: str, year: bool, month: bool) -> None:
    """What a listing has collapsed is told apart by the last part of the name."""
    assert (names.is_year(group), names.is_month(group)) == (year, month)


@pytest.mark.parametrize(
    ("name", "readable", "is_gzip"),
    [
        ("a.json.gz", True, True),
        ("a.jsonl.gz", True, True),
        ("a.json", True, False),
        ("a.jsonl", True, False),
        ("a.csv", False, False),
        ("a.gz", False, False),
        ("a", False, False),
    ],
)
def test_what_a_publisher_can_read(name: str, readable: bool, is_gzip: bool) -> None:
    """JSON lines, packed or not, by the end of the name."""
    assert (names.is_readable(name), names.is_gzip(name)) == (readable, is_gzip)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("telemetry-data", True),
        ("abc", True),
        ("a1", False),
        ("A-b", False),
        ("a--b", False),
        ("-ab", False),
        ("a_b", False),
        ("a/b", False),
        ("a" * 64, False),
    ],
)
def test_names_of_containers(text: str, expected: bool) -> None:
    """Azure's rule."""
    assert names.is_container(text) is expected


@given(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))
def test_replay_ids_sort_by_time(moment: datetime) -> None:
    """A later replay's id is greater; ids of one second differ."""
    earlier, later = names.new_replay_id(moment), names.new_replay_id(moment + timedelta(seconds=1))
    assert earlier < later
    assert names.is_replay_id(earlier)
    assert names.new_replay_id(moment) != earlier


@pytest.mark.parametrize(
    "text", ["", "r20191201-101500-0a1b2", "../x", "r20191201-101500-0a1b2c/..", "r20191201-101500-0A1B2C\n"]
)
def test_what_is_no_replay_id(text: str) -> None:
    """It would be built into a blob name."""
    assert not names.is_replay_id(text)


@given(REPLAY_IDS)
def test_a_replay_is_found_again_by_its_folder(replay_id: str) -> None:
    """And no other folder of the state is taken for a replay."""
    assert names.replay_of_folder(names.plan(replay_id).removesuffix("plan.json")) == replay_id
    assert names.replay_of_folder("state/locks/") is None


@given(REPLAY_IDS, DAYS, st.sets(PATHS, min_size=2, max_size=6))
def test_copies_of_different_files_never_meet(replay_id: str, day: date, originals: set[str]) -> None:
    """The whole original name is kept in backup and quarantine, which do not meet either."""
    copies = {build(replay_id, day, name) for name in originals for build in (names.backup, names.quarantine)}
    assert len(copies) == 2 * len(originals)
    assert all(copy.startswith((names.BACKUP + "/", names.QUARANTINE + "/")) for copy in copies)


def test_folders_inside_one_another_share_a_lock() -> None:
    """A replay of ``channel/x`` and one that clears ``channel`` meet; other containers and days do not."""
    day = date(2019, 12, 1)
    lock = names.folder_lock("data", "channel", day)
    assert lock == names.folder_lock("data", "channel/x/raw", day)
    others = {
        names.folder_lock("data", "channel-x", day),
        names.folder_lock("data2", "channel", day),
        names.folder_lock("data", "channel", date(2019, 12, 2)),
        names.datasource_lock("channel", day),
    }
    assert len(others | {lock}) == 5
