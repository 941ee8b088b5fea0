"""The reference of options in the docs, from the engine's table. ``python -m tests.options_reference`` writes it."""

import re
from pathlib import Path

from replay_engine import OptionKind, Place, RequestOption
from replay_engine.request import options_table

ROOT = Path(__file__).parent.parent
_MARKED = r"(<!-- {name}: .*? -->\n).*?(<!-- end of {name} -->)"


def request_reference() -> str:
    """What a request may say, and where."""
    rows = [option for option in options_table.OPTIONS if option.places != {Place.CONFIG}]
    return _table(
        ("after `/replay`", "on the command line", "in the form", "", "by default"),
        [
            (_after_replay(option), _on_the_command_line(option), option.label, _meaning(option), option.default)
            for option in rows
        ],
    )


def config_reference() -> str:
    """The keys of an entry that say how its lines are published."""
    return _table(
        ("key", "meaning"), [(f"`{option.name}`", option.config_help) for option in options_table.options(Place.CONFIG)]
    )


REFERENCES = {"docs/operating.md": ("options", request_reference), "docs/configuration.md": ("keys", config_reference)}


def with_reference(path: str) -> str:
    """A document with its marked part as the table has it today."""
    name, reference = REFERENCES[path]
    text = (ROOT / path).read_text()
    written, times = re.subn(
        _MARKED.format(name=name), lambda marked: f"{marked[1]}{reference()}\n{marked[2]}", text, flags=re.DOTALL
    )
    if times != 1:
        raise ValueError(f"{path} has no marked part for its {name}, or more than one")
    return written


def _after_replay(option: RequestOption) -> str:
    if option.kind is OptionKind.SOURCE:
        return "the first word"
    if Place.TEXT not in option.places:
        return ""
    return ", ".join([f"`{option.typed}`", *(f"`{alias}=`" for alias in option.aliases)])


def _on_the_command_line(option: RequestOption) -> str:
    if Place.COMMAND_LINE not in option.places:
        return ""
    if option.kind is OptionKind.SOURCE:
        return f"`{option.name.upper()}`"
    return f"`--{option.dashed}`" + (f", `--no-{option.dashed}`" if option.kind is OptionKind.YES_OR_NO else "")


def _meaning(option: RequestOption) -> str:
    gate = (
        f" In Slack, one that neither config nor settings name needs `{option.free_text}` in `REPLAY_SLACK_FREE_TEXT`."
    )
    return f"{option.help}{gate if option.free_text else ''}"


def _table(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [heads, ("---",) * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


if __name__ == "__main__":
    for document in REFERENCES:
        (ROOT / document).write_text(with_reference(document))
