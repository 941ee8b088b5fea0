"""What all tests share: the real parts, what engine and bot are tested on, and figures that are printed at the end."""

from pathlib import Path

import pytest

# Modules beside the tests that assert, so that what they found is told in full.
pytest.register_assert_rewrite(
    "tests.adapters.publishers_contract", "tests.day.steps.restoring", "tests.old_state.checks"
)
pytest_plugins = ["tests.real_parts", "tests.engine_parts", "tests.bot_parts", "tests.figures"]


#: Suites that start real parts, and mostly wait for them: one worker runs these, the other what needs the processor.
_ON_REAL_PARTS = frozenset(
    {"adapters", "bot", "browser", "cli", "crash", "engine", "jobs", "listeners", "messages", "publishers", "sandbox"}
    | {"slack_rules"}
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what needs a real Apache Kafka, unless it was asked for, by a mark or its path; group the rest."""
    for item in items:
        if item.path.relative_to(Path(__file__).parent).parts[0] in _ON_REAL_PARTS:
            item.add_marker(pytest.mark.xdist_group("real parts"))
    asked = config.getoption("markexpr") or config.args_source is not pytest.Config.ArgsSource.TESTPATHS
    left_out = [] if asked else [item for item in items if item.get_closest_marker("real")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
