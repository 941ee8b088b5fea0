"""What a person asks the bot for: a request to the engine, and what is for the bot alone. Values."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from bot.language.offer import Offer
from replay_engine import Place, Request, RequestOption, options, request_of, request_options


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """``rate`` is written like ``20MB/s`` and counts from the start; a dry run is a plan that cannot be started."""

    request: Request
    dry_run: bool = False
    rate: str | None = None

    def values(self) -> dict[str, Any]:
        """The value of each option by its name; ``None`` where it is open, also for a flag that is not set."""
        of_request = {option.name: getattr(self.request, option.attribute) for option in request_options()}
        own = zip(_own_options(), self.own_values(), strict=True)
        return of_request | {option.name: value or None for option, value in own}

    def own_values(self) -> tuple[Any, ...]:
        """What is for the bot alone, in the order of the fields."""
        return tuple(getattr(self, option.attribute) for option in _own_options())


def plan_request(values: Mapping[str, Any], offered: Offer) -> PlanRequest:
    """The request with these values of options. A cluster stands for its brokers; one that is gone, for itself."""
    cluster = values.get("cluster")
    brokers = {} if cluster is None else {"brokerList": offered.clusters.get(cluster, cluster)}
    own_values = {option.attribute: values[option.name] for option in _own_options() if option.name in values}
    return PlanRequest(request_of({**values, **brokers}), **own_values)


def _own_options() -> list[RequestOption]:
    """Those that the bot keeps to itself, in the order of `PlanRequest`."""
    rows = {option.attribute: option for option in options(Place.TEXT)}
    return [rows[field.name] for field in fields(PlanRequest) if field.name != "request"]
