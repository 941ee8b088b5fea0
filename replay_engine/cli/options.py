"""The options of the command line that describe a replay, for every command that takes one."""

import functools
import inspect
from collections.abc import Callable
from dataclasses import MISSING, fields
from inspect import Parameter
from typing import Annotated, Any

from typer import Argument, Option

from replay_engine.model import CheckSource, Delivery, OnBadLine, Request

_OPTIONS: dict[str, Any] = {
    "source": Annotated[str, Argument(help="An entry of the config, e.g. raw.", metavar="SOURCE")],
    "start_date": Annotated[str | None, Option(help="First day, yyyy-MM-dd.")],
    "end_date": Annotated[str | None, Option(help="Last day, included.")],
    "bucket": Annotated[str | None, Option(help="Azure container (REPLAY_BUCKET).")],
    "prefix": Annotated[str | None, Option(help="Folder to read instead of the entry's own.")],
    "file_path": Annotated[str | None, Option(help="Replay this one file; deletes nothing.")],
    "topic": Annotated[str | None, Option(help="Full name of the topic instead of the entry's.")],
    "broker_list": Annotated[str | None, Option(help="host:port,… (REPLAY_BROKER_LIST).")],
    "delete_backups": Annotated[
        bool | None,
        Option(
            "--delete-backups/--no-delete-backups",
            help="Whether the dependent sinks are backed up and cleared. By default yes, where the source has any.",
        ),
    ],
    "delivery": Annotated[
        str | None,
        Option(metavar="|".join(Delivery), help="What readers may count on. By default the first, where Kafka can."),
    ],
    "on_bad_line": Annotated[
        str | None, Option(metavar="|".join(OnBadLine), help="What becomes of a line that cannot be sent.")
    ],
    "check_source": Annotated[
        str | None,
        Option(metavar="|".join(CheckSource), help="How much of the files is read before anything is cleared."),
    ],
}


def asks(command: Callable[..., None]) -> Callable[..., None]:
    """Put these options before a command's own; its first parameter is the `Request` that they make."""
    own = list(inspect.signature(command).parameters.values())[1:]

    @functools.wraps(command)
    def asking(**given: Any) -> None:
        command(Request(**{name: given.pop(name) for name in _OPTIONS}), **given)

    # This is what typer makes a command of.
    vars(asking)["__signature__"] = inspect.Signature([*_parameters(), *own])
    return asking


def _parameters() -> list[Parameter]:
    """One for each input of a `Request`, open where that leaves it open."""
    return [
        Parameter(
            one.name,
            Parameter.POSITIONAL_OR_KEYWORD,
            default=Parameter.empty if one.default is MISSING else one.default,
            annotation=_OPTIONS[one.name],
        )
        for one in fields(Request)
    ]
