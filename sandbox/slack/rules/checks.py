"""Small checks to put tables of rules together from; each reports in Slack's words, with a JSON pointer.

A check looks at one value and adds what is wrong with it to a list; it raises nothing, so that one answer can
name everything that is wrong, as Slack's does.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Check = Callable[[Any, str, list[str]], None]


@dataclass(frozen=True, slots=True)
class Field:
    check: Check
    required: bool


Shape = Mapping[str, Field]


def needs(check: Check) -> Field:
    return Field(check, required=True)


def may(check: Check) -> Field:
    return Field(check, required=False)


def _say(problems: list[str], what: str, where: str) -> None:
    problems.append(f"{what} [json-pointer:{where}]")


def string(longest: int, shortest: int = 0) -> Check:
    def check(value: Any, where: str, problems: list[str]) -> None:
        if not isinstance(value, str):
            _say(problems, "must provide a string", where)
        elif len(value) > longest:
            _say(problems, f"must be less than {longest + 1} characters", where)
        elif len(value) < shortest:
            _say(problems, f"must be more than {shortest - 1} characters", where)

    return check


def matching(pattern: str, meaning: str) -> Check:
    def check(value: Any, where: str, problems: list[str]) -> None:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            _say(problems, f"must be {meaning}", where)

    return check


def one_of(*choices: str) -> Check:
    def check(value: Any, where: str, problems: list[str]) -> None:
        if value not in choices:
            _say(problems, "must be a valid enum value", where)

    return check


def flag(value: Any, where: str, problems: list[str]) -> None:
    if not isinstance(value, bool):
        _say(problems, "must be a boolean", where)


def number(value: Any, where: str, problems: list[str]) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        _say(problems, "must be a number", where)


def anything(value: Any, where: str, problems: list[str]) -> None:
    """For parts of blocks whose inside is Slack's to judge: only a missing value is wrong."""
    if value is None:
        _say(problems, "must not be null", where)


def items(each: Check, most: int, least: int = 1) -> Check:
    def check(value: Any, where: str, problems: list[str]) -> None:
        if not isinstance(value, list):
            _say(problems, "must provide an array", where)
            return
        if len(value) > most:
            _say(problems, f"no more than {most} items allowed", where)
        if len(value) < least:
            _say(problems, f"must provide at least {least} items", where)
        for index, item in enumerate(value):
            each(item, f"{where}/{index}", problems)

    return check


def shaped(shape: Shape) -> Check:
    """An object with the shape's fields, all of the required ones, and no other."""

    def check(value: Any, where: str, problems: list[str]) -> None:
        if not isinstance(value, dict):
            _say(problems, "must provide an object", where)
            return
        for name in value.keys() - shape.keys():
            _say(problems, f"invalid additional property: {name}", where)
        for name, field in shape.items():
            if name in value:
                field.check(value[name], f"{where}/{name}", problems)
            elif field.required:
                _say(problems, f"missing required field: {name}", where)

    return check


def typed(shapes: Mapping[str, Shape], common: Shape) -> Check:
    """An object whose ``type`` picks its shape; ``common`` fields are allowed in all of them."""
    checks = {kind: shaped({"type": needs(anything), **common, **shape}) for kind, shape in shapes.items()}

    def check(value: Any, where: str, problems: list[str]) -> None:
        if not isinstance(value, dict):
            _say(problems, "must provide an object", where)
        elif "type" not in value:
            _say(problems, "missing required field: type", where)
        elif value["type"] not in checks:
            _say(problems, f"unsupported type: {value['type']}", f"{where}/type")
        else:
            checks[value["type"]](value, where, problems)

    return check


def text(longest: int, *kinds: str) -> Check:
    """A text object of one of the kinds (both when none is named)."""
    words = needs(string(longest, shortest=1))
    plain: Shape = {"text": words, "emoji": may(flag)}
    marked: Shape = {"text": words, "verbatim": may(flag)}
    shapes = {"plain_text": plain, "mrkdwn": marked}
    return typed({kind: shapes[kind] for kind in kinds or shapes}, common={})
