"""What a person typed and nobody understood: what was understood of it, what is wrong, what to paste instead. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.render.mrkdwn import code, escaped, printable

_LINE_CHARACTERS = 500
_SENTENCE_CHARACTERS = 2000
_MOST_CORRECTIONS = 8
EXAMPLE = "raw 2019-12-01 2019-12-03"


class MeantOtherwise(Exception):
    """One word is not what can stand there; ``instead`` is what may have been meant, likelier first."""

    def __init__(self, sentence: str, instead: tuple[str, ...] = ()) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.instead = instead


@dataclass(frozen=True, slots=True)
class Mistake:
    """``lines`` are whole lines in which this one is mended, likelier first."""

    sentence: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Misunderstood:
    """All of it as it was typed, nothing escaped. Every line of ``corrected`` is understood if it is pasted."""

    text: str
    wrong: str
    understood: tuple[str, ...] = ()
    corrected: tuple[str, ...] = ()
    example: str = EXAMPLE


def corrections(text: str, mistakes_of: Callable[[str], Sequence[Mistake]]) -> tuple[str, ...]:
    """The line with everything mended, where that can be guessed; two where it can be meant in two ways."""
    found = (_corrected(text, which, mistakes_of) for which in range(2))
    return tuple(dict.fromkeys(line for line in found if line is not None))


def _corrected(line: str, which: int, mistakes_of: Callable[[str], Sequence[Mistake]]) -> str | None:
    for _ in range(_MOST_CORRECTIONS):
        mistakes = mistakes_of(line)
        if not mistakes:
            return line
        lines = mistakes[0].lines
        if not lines:
            return None
        line = lines[min(which, len(lines) - 1)]
    return None


def misunderstood_text(mistake: Misunderstood) -> str:
    """The answer to the person alone. A line that could not be shown as it has to be pasted is left out."""
    lines = [f"Not understood: {code(f'/replay {mistake.text}')}", escaped(mistake.wrong, _SENTENCE_CHARACTERS)]
    if mistake.understood:
        lines.append(f"Understood: {', '.join(code(one) for one in mistake.understood)}")
    pasted = [f"/replay {line}" for line in mistake.corrected]
    shown = [code(line, 5 * _LINE_CHARACTERS) for line in pasted if _shows(line)]
    if shown:
        lines += ["Paste this:" if len(shown) == 1 else "Paste one of these:", *shown]
    else:
        lines.append(f"Write it like {code(f'/replay {mistake.example}')}, or see `/replay help`.")
    return "\n".join(lines)


def _shows(line: str) -> bool:
    return "`" not in line and printable(line, _LINE_CHARACTERS) == line
