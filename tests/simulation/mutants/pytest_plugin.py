"""A pytest plugin: the whole run has one mutant, named by a variable of the environment."""

import os

from tests.simulation.mutants.all_mutants import VARIABLE, mutants

_MADE = next(mutant for mutant in mutants() if mutant.name == os.environ[VARIABLE]).made()


def pytest_configure() -> None:
    """Before any test is collected."""
    _MADE.__enter__()


def pytest_unconfigure() -> None:
    """After the last one."""
    _MADE.__exit__(None, None, None)
