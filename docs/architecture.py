"""Draw the picture of ARCHITECTURE.md from the import contracts: ``python docs/architecture.py`` writes it anew.

The layers are those of .importlinter; an arrow is an import between two packages that no longer way implies.
"""

import ast
import configparser
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DOCUMENT = ROOT / "ARCHITECTURE.md"
#: What stands between these lines is written here.
_BEGIN, _END = "<!-- drawn: {} -->", "<!-- end -->"
_CONTRACTS = {"replay_engine": "engine", "bot": "bot"}


def layers(root: str) -> list[list[str]]:
    """The packages and modules of a root package, a list for each layer, the top one first."""
    contracts = configparser.ConfigParser()
    contracts.read(ROOT / ".importlinter")
    section = contracts[f"importlinter:contract:{_CONTRACTS[root]}"]
    return [[name.strip() for name in line.split("|")] for line in section["layers"].strip().splitlines()]


def _files(root: str, name: str) -> Iterator[Path]:
    folder = ROOT / root / name
    yield from folder.rglob("*.py") if folder.is_dir() else [folder.with_suffix(".py")]


def _imported(root: str, path: Path, names: set[str]) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == root:
            parts = node.module.split(".")
            found = [parts[1]] if len(parts) > 1 else [alias.name for alias in node.names]
            yield from (name for name in found if name in names)


def imports(root: str) -> dict[str, set[str]]:
    """Which packages each package imports, as far as no longer way implies it."""
    names = {name for layer in layers(root) for name in layer}
    direct = {
        name: {other for path in _files(root, name) for other in _imported(root, path, names)} - {name}
        for name in names
    }

    def reached(name: str) -> set[str]:
        return direct[name].union(*(reached(other) for other in direct[name]))

    return {
        name: found - set().union(*(reached(other) for other in found)) if found else set()
        for name, found in direct.items()
    }


def picture(root: str) -> str:
    """A flow chart as GitHub draws it."""
    lines = ["```mermaid", "flowchart TD"]
    for number, layer in enumerate(layers(root)):
        lines.append(f'  subgraph {root}_{number}[" "]')
        lines += [f"    {root}_{name}[{name}]" for name in layer]
        lines.append("  end")
    for name, found in sorted(imports(root).items()):
        lines += [f"  {root}_{name} --> {root}_{other}" for other in sorted(found)]
    return "\n".join([*lines, "```"])


def with_pictures(text: str) -> str:
    """The document with its pictures as they are now."""
    for root in _CONTRACTS:
        head, begin, rest = text.partition(_BEGIN.format(root) + "\n")
        _, end, tail = rest.partition(_END)
        text = f"{head}{begin}{picture(root)}\n{end}{tail}"
    return text


if __name__ == "__main__":
    DOCUMENT.write_text(with_pictures(DOCUMENT.read_text()))
