"""The options of the command line that describe a replay, for every command that takes one: from the one table."""

import functools
import inspect
from collections.abc import Callable
from inspect import Parameter
from typing import Annotated, Any

from typer import Argument, Option

from replay_engine.request.option import OptionKind, Place, RequestOption
from replay_engine.request.options_table import request_of, request_options


def with_request_options(command: Callable[..., None]) -> Callable[..., None]:
    """Put these options before a command's own; its first parameter is the `Request` that they make."""
    own_parameters = list(inspect.signature(command).parameters.values())[1:]
    rows = [option for option in request_options() if Place.COMMAND_LINE in option.places]

    @functools.wraps(command)
    def with_options(**arguments: Any) -> None:
        command(request_of({option.name: arguments.pop(option.attribute) for option in rows}), **arguments)

    # This is what typer makes a command of.
    vars(with_options)["__signature__"] = inspect.Signature([*map(_parameter, rows), *own_parameters])
    return with_options


def _parameter(option: RequestOption) -> Parameter:
    """Open where nothing is said; only the source has to be named."""
    default = Parameter.empty if option.kind is OptionKind.SOURCE else None
    return Parameter(option.attribute, Parameter.POSITIONAL_OR_KEYWORD, default=default, annotation=_annotation(option))


def _annotation(option: RequestOption) -> Any:
    if option.kind is OptionKind.SOURCE:
        return Annotated[str, Argument(help=option.help, metavar=option.name.upper())]
    if option.kind is OptionKind.YES_OR_NO:
        return Annotated[bool | None, Option(f"--{option.dashed}/--no-{option.dashed}", help=option.help)]
    return Annotated[str | None, Option(help=option.help, metavar=option.value_hint or None)]
