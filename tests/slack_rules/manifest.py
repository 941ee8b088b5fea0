"""``app_manifest.yaml`` as it stands."""

from pathlib import Path
from typing import Any

import yaml

PATH = Path(__file__).parents[2] / "app_manifest.yaml"


def manifest() -> dict[str, Any]:
    """The whole document."""
    document: dict[str, Any] = yaml.safe_load(PATH.read_text())
    return document


def scopes() -> list[str]:
    """What the bot's token may do."""
    found: list[str] = manifest()["oauth_config"]["scopes"]["bot"]
    return found
