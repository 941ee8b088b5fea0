"""Renderers make blocks and talk to nobody. The rest of that is a contract in `.importlinter`."""

import ast
from pathlib import Path

import pytest

from bot import render as shown
from bot.form import modal as request_form

MODULES = [*sorted(Path(shown.__file__).parent.glob("*.py")), Path(request_form.__file__)]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_of_slacks_sdk_only_the_models_are_used(path: Path) -> None:
    """import-linter sees another's package as one thing; its client and its models are in the same."""
    imports = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Import | ast.ImportFrom))
    named = {name for node in imports for name in _modules(node)}
    assert {
        name for name in named if name.startswith("slack_sdk") and not name.startswith("slack_sdk.models.")
    } == set()


def _modules(node: ast.Import | ast.ImportFrom) -> list[str]:
    return [node.module or ""] if isinstance(node, ast.ImportFrom) else [one.name for one in node.names]
