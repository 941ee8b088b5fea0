"""Replay days of stored telemetry into Kafka, safely.

The words, one meaning each:

replay      one confirmed run over days
source      the stored folder we read
sink        a store the pipeline fills, hence cleared first (Kafka is the *topic*)
day         a date of stored files: the leading date of their names
line        one event as it is stored; its bytes travel untouched
plan        what would be done, shown to a person before anything is
manifest    what we promised to keep, written before the first delete
journal     the truth about a day: what was intended, what was proved
stage       where a day stands (a participle); a *step* is the arrow between two (an imperative)
claim       the lock a replay holds on every sink and source of a day
quarantine  the place where a restore sets aside what the replay made land
held        waits for a person: nothing is touched, locks and backup stay
order       what a person, or the worker, may have done to a day: restore, undo, release, sweep …

Start reading at `replay_engine.day.lifecycle`: the life of a day is one table.
"""

from replay_engine.day.report import footnotes, pace_text, progress_text
from replay_engine.day.watch import Nobody, Watch
from replay_engine.engine import Engine
from replay_engine.errors import BadConfig, BadRequest, NotThere, Refused, ReplayError, Stopped, Superseded, TryAgain
from replay_engine.model import CheckSource, Counts, DayPlan, Delivery, OnBadLine, Pace, Plan, Request, SinkType, Stage
from replay_engine.plan.document import dump as dump_plan
from replay_engine.plan.document import load as load_plan
from replay_engine.plan.estimate import Estimate
from replay_engine.plan.history import earlier_text
from replay_engine.ports import PublisherPool, Publishers, ShardNews
from replay_engine.publish.protocol import dump_news, dump_pace, load_news, load_pace
from replay_engine.publish.rate_limit import share as share_pace
from replay_engine.publish.rate_limit import with_rate
from replay_engine.publish.shard_loop import Orders
from replay_engine.reports import DayReport, ReplayReport, ReplayState
from replay_engine.request.option import FormSection, FreeText, OptionKind, Place, RequestOption
from replay_engine.request.options_table import options, request_of, request_options
from replay_engine.request.publishing_options import described
from replay_engine.settings import Settings
from replay_engine.settings import load as load_settings
from replay_engine.state.audit_log import AuditEntry
from replay_engine.state.names import is_replay_id, parse_day
from replay_engine.verify.findings import DayVerification, Finding, Verification

__all__ = [
    "AuditEntry",
    "BadConfig",
    "BadRequest",
    "CheckSource",
    "Counts",
    "DayPlan",
    "DayReport",
    "DayVerification",
    "Delivery",
    "Engine",
    "Estimate",
    "Finding",
    "FormSection",
    "FreeText",
    "Nobody",
    "NotThere",
    "OnBadLine",
    "OptionKind",
    "Orders",
    "Pace",
    "Place",
    "Plan",
    "PublisherPool",
    "Publishers",
    "Refused",
    "ReplayError",
    "ReplayReport",
    "ReplayState",
    "Request",
    "RequestOption",
    "Settings",
    "ShardNews",
    "SinkType",
    "Stage",
    "Stopped",
    "Superseded",
    "TryAgain",
    "Verification",
    "Watch",
    "described",
    "dump_news",
    "dump_pace",
    "dump_plan",
    "earlier_text",
    "footnotes",
    "is_replay_id",
    "load_news",
    "load_pace",
    "load_plan",
    "load_settings",
    "options",
    "pace_text",
    "parse_day",
    "progress_text",
    "request_of",
    "request_options",
    "share_pace",
    "with_rate",
]
