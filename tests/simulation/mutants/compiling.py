"""Give a function of the engine the code of a changed source, for a while."""

import ast
import importlib
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType, FunctionType
from typing import Any

from tests.simulation.mutants.statements import Place, parse, places_in


@contextmanager
def changed(module: str, number: int, change: Callable[[Place], None]) -> Iterator[None]:
    """The function's code is that of the changed source."""
    tree = parse(module)
    place = next(place for index, place in enumerate(places_in(module, tree)) if index == number)
    change(place)
    ast.fix_missing_locations(tree)
    function = _function(importlib.import_module(module), place.function)
    code = _code(compile(tree, inspect.getfile(function), "exec"), place.function)
    real, function.__code__ = function.__code__, code
    try:
        yield
    finally:
        function.__code__ = real


def _function(module: object, qualified: str) -> FunctionType:
    found: Any = module
    for name in qualified.split("."):
        found = vars(found)[name]
    found = getattr(found, "fget", found)
    found = inspect.unwrap(getattr(found, "__func__", found))
    assert isinstance(found, FunctionType)
    return found


def _code(code: CodeType, qualified: str) -> CodeType:
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            if inner.co_qualname == qualified:
                return inner
            if qualified.startswith(f"{inner.co_qualname}."):
                return _code(inner, qualified)
    raise LookupError(qualified)
