"""The only place that builds or parses a blob name.

Stored files are named ``<folder>/…/<day>-[<kafka partition>-]<upload epoch ms>.json.gz``; the day is the
leading date of the *base name* and nothing else (Sunbird's Secor configuration). Our own names live in the
state container::

    state/<replay>/plan.json
    state/<replay>/cancel.json
    state/open/<replay>
    state/<replay>/<day>/manifest.jsonl.gz
    state/<replay>/<day>/journal.jsonl, journal-1.jsonl …
    state/<replay>/<day>/copies.jsonl.gz
    state/<replay>/<day>/source-ids.bin
    state/<replay>/<day>/progress.json
    state/<replay>/<day>/receipt.json
    state/<replay>/<day>/segments/<number>.json
    state/<replay>/<day>/set-aside/<full original name>/<line>
    state/<replay>/pace/<number>.json
    state/<replay>/deeds/<number>.json
    state/locks/<sink>/<day>
    backup/<replay>/<day>/<full original name>
    quarantine/<replay>/<day>/<full original name>
    replaced/<replay>/<day>/<full original name>
"""

import re
import secrets
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from urllib.parse import quote

STATE = "state"
BACKUP = "backup"
QUARANTINE = "quarantine"
REPLACED = "replaced"

#: What a publisher can read, by the end of the name.
GZIP_ENDINGS = (".json.gz", ".jsonl.gz")
PLAIN_ENDINGS = (".json", ".jsonl")

_LEADING_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(?!\d)")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_YEAR = re.compile(r"\d{4}-")
_MONTH = re.compile(r"\d{4}-\d{2}-")
_CONTAINER = re.compile(r"(?=.{3,63}\Z)[a-z0-9]+(-[a-z0-9]+)*")
# Nothing is stored for other years, and not every system here can say them.
_FIRST_DAY, _LAST_DAY = date(1970, 1, 1), date(9998, 12, 31)
_REPLAY_ID = re.compile(r"r[0-9]{8}-[0-9]{6}-[0-9a-f]{6}")


def parse_day(text: str) -> date | None:
    """``yyyy-MM-dd`` and nothing else; ``None`` for anything that is not a real date since 1970."""
    try:
        day = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None
    return day if day is not None and _FIRST_DAY <= day <= _LAST_DAY else None


def is_container(text: str) -> bool:
    """Whether Azure would take it as a container's name."""
    return _CONTAINER.fullmatch(text) is not None


def day_of(name: str) -> date | None:
    """The day a stored file belongs to, or ``None`` when its base name begins with no date."""
    match = _LEADING_DAY.match(name.rpartition("/")[2])
    return parse_day(match[1]) if match else None


def days_between(first: date, last: date) -> Iterator[date]:
    """Every day from ``first`` to ``last``, both included."""
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


def folder(text: str) -> str:
    """A folder as people write it (``/raw/``), as names begin with it (``raw``)."""
    return text.strip().strip("/")


def within(name_or_folder: str, outer: str) -> bool:
    """Whether one folder is another or lies inside it: ``raw/x`` is in ``raw``, ``raw-x`` is not."""
    return name_or_folder == outer or name_or_folder.startswith(outer + "/")


def is_year(group: str) -> bool:
    """Whether a group of names (cut at a ``-``) begins with what may be a year: files or folders of some date."""
    return _YEAR.fullmatch(group.rpartition("/")[2]) is not None


def is_month(group: str) -> bool:
    """Whether a group of names (cut at a ``-``) begins with a year and a month."""
    return _MONTH.fullmatch(group.rpartition("/")[2]) is not None


def is_readable(name: str) -> bool:
    """Whether a publisher knows how to read it."""
    return name.endswith(GZIP_ENDINGS + PLAIN_ENDINGS)


def is_gzip(name: str) -> bool:
    """Whether it is to be inflated."""
    return name.endswith(GZIP_ENDINGS)


def new_replay_id(now: datetime) -> str:
    """A name for a replay: sorts by time, fits a blob name, a Redis key and an RQ job id."""
    return f"r{now:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"


def is_replay_id(text: str) -> bool:
    """Whether a text has the shape of a replay id."""
    return _REPLAY_ID.fullmatch(text) is not None


def plan(replay_id: str) -> str:
    """Where a confirmed plan is kept."""
    return f"{STATE}/{replay_id}/plan.json"


def replay_of_folder(prefix: str) -> str | None:
    """The replay whose folder of state this is, if it is one."""
    name = prefix.removeprefix(f"{STATE}/").removesuffix("/")
    return name if is_replay_id(name) else None


def open_mark(replay_id: str) -> str:
    """What says that a replay may still need somebody; it goes when nothing is left to do."""
    return f"{STATE}/open/{replay_id}"


def replay_of_mark(name: str) -> str:
    """The replay that a mark speaks of."""
    return name.rpartition("/")[2]


def cancel_request(replay_id: str) -> str:
    """Where a wish to stop is kept, for whichever process runs the replay."""
    return f"{STATE}/{replay_id}/cancel.json"


def manifest(replay_id: str, day: date) -> str:
    """Where a day's manifest is kept."""
    return f"{STATE}/{replay_id}/{day}/manifest.jsonl.gz"


def journal(replay_id: str, day: date) -> str:
    """Where a day's journal is kept, and whose lease its runner holds: its first part."""
    return f"{STATE}/{replay_id}/{day}/journal.jsonl"


def journal_part(journal_: str, number: int) -> str:
    """A part of a journal; the first one, 0, is the journal's own name."""
    return f"{journal_.removesuffix('.jsonl')}-{number}.jsonl" if number else journal_


def copies(replay_id: str, day: date) -> str:
    """Where the verified copies of a day's backup are recorded."""
    return f"{STATE}/{replay_id}/{day}/copies.jsonl.gz"


def source_ids(replay_id: str, day: date) -> str:
    """Where the sampled event ids of a day's source are kept."""
    return f"{STATE}/{replay_id}/{day}/source-ids.bin"


def progress(replay_id: str, day: date) -> str:
    """How far publishing a day has come, overwritten every few seconds."""
    return f"{STATE}/{replay_id}/{day}/progress.json"


def receipt(replay_id: str, day: date) -> str:
    """Where the receipt of a closed day is kept."""
    return f"{STATE}/{replay_id}/{day}/receipt.json"


def segments_set_aside(replay_id: str, day: date) -> str:
    """The folder of the Druid segments that restores set aside, in numbered documents."""
    return f"{STATE}/{replay_id}/{day}/segments/"


def set_aside(replay_id: str, day: date, original: str, line: int) -> str:
    """Where a line that could not be sent is kept, whole."""
    return f"{STATE}/{replay_id}/{day}/set-aside/{original}/{line:012}"


def pace_orders(replay_id: str) -> str:
    """The folder in which a replay's pace is ordered, in numbered documents; the last one counts."""
    return f"{STATE}/{replay_id}/pace/"


def audit_log(replay_id: str) -> str:
    """The folder of what people did about a replay, in numbered documents."""
    return f"{STATE}/{replay_id}/deeds/"


def numbered(folder_: str, number: int) -> str:
    """A numbered document; the names sort as the numbers do."""
    return f"{folder_}{number:06}.json"


def number_of(name: str) -> int:
    """The number of a document."""
    return int(name.rpartition("/")[2].removesuffix(".json"))


def shard_group(replay_id: str, day: date, shard: int) -> str:
    """The consumer group that keeps a shard's position; also its producer's transactional id."""
    return f"{replay_id}.{day}.{shard}"


def canary_group(replay_id: str, day: date) -> str:
    """The consumer group that says whether a day's canary was sent; also its producer's transactional id."""
    return f"{replay_id}.{day}.canary"


def preflight_group(replay_id: str) -> str:
    """The name under which a replay tries whether the cluster has transactions."""
    return f"{replay_id}.preflight"


def folder_lock(container: str, folder_: str, day: date) -> str:
    """The lock of a folder's day.

    Taken on the first part of the path, so that replays whose folders lie inside one another meet.
    """
    return f"{STATE}/locks/azure/{container}/{quote(folder_.split('/', maxsplit=1)[0], safe='')}/{day}"


def datasource_lock(datasource: str, day: date) -> str:
    """The lock of a Druid datasource's day."""
    return f"{STATE}/locks/druid/{quote(datasource, safe='')}/{day}"


def locks() -> str:
    """The folder of all locks."""
    return f"{STATE}/locks/"


def day_of_lock(lock: str) -> date | None:
    """The day that a lock is on."""
    return parse_day(lock.rpartition("/")[2])


def backup(replay_id: str, day: date, original: str) -> str:
    """The backup copy of a sink's blob. The full original name is kept: files of one day never meet."""
    return f"{BACKUP}/{replay_id}/{day}/{original}"


def quarantine(replay_id: str, day: date, original: str) -> str:
    """Where a restore sets aside what the replay itself made land."""
    return f"{QUARANTINE}/{replay_id}/{day}/{original}"


def replaced(replay_id: str, day: date, original: str) -> str:
    """Where a restore keeps an original whose owner has put a newer file in its place."""
    return f"{REPLACED}/{replay_id}/{day}/{original}"
