"""The figures of one run: a row for each, and the table that they make in README.md."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

README = Path(__file__).parent.with_name("README.md")
_BEGIN, _END = "<!-- figures: written by make bench -->\n", "<!-- end of the figures -->\n"


@dataclass(frozen=True, slots=True)
class Row:
    """What was measured, what was found, what is to be reached, and what else there is to say of it."""

    what: str
    found: str
    to_reach: str
    beside: str = ""


def table(rows: Sequence[Row]) -> str:
    """As markdown."""
    head = "| what | found | to reach | beside it |\n|---|---|---|---|\n"
    return head + "".join(f"| {row.what} | {row.found} | {row.to_reach} | {row.beside} |\n" for row in rows)


def keep(text: str) -> None:
    """Put the text between the marks of README.md."""
    before, _, rest = README.read_text(encoding="utf-8").partition(_BEGIN)
    _, _, after = rest.partition(_END)
    README.write_text(f"{before}{_BEGIN}\n{text}\n{_END}{after}", encoding="utf-8")
