"""Text for Slack. Whatever a person or a store has named is made harmless here before it is shown. Pure."""

_LONGEST = 300
#: The three that Slack wants escaped; and the backtick, which would turn what follows into code.
_SHOWN_AS = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "`": "'"}


def printable(text: str, longest: int = _LONGEST) -> str:
    """Without control characters and marks that turn the reading direction; cut to a length."""
    shown = "".join(character if character.isprintable() else " " for character in text)
    return shown if len(shown) <= longest else f"{shown[: longest - 1]}…"


def escaped(text: str, longest: int = _LONGEST) -> str:
    """Foreign text as Slack shows it literally; this also stops ``<!channel>``. No longer than said when escaped."""
    result = ""
    for character in printable(text, longest):
        shown = _SHOWN_AS.get(character, character)
        if len(result) + len(shown) >= longest:
            return f"{result}…"
        result += shown
    return result


def code(text: str, longest: int = _LONGEST) -> str:
    """Foreign text in backticks, which it cannot close or turn into a block."""
    return f"`{escaped(text, longest) or ' '}`"


def size_text(size_bytes: float) -> str:
    """``12.8 MB``"""
    for unit in ("B", "kB", "MB", "GB"):
        if size_bytes < 1000:
            return f"{size_bytes:,.0f} {unit}" if unit == "B" else f"{size_bytes:,.1f} {unit}"
        size_bytes /= 1000
    return f"{size_bytes:,.1f} TB"


def bar(share: float, width: int = 12) -> str:
    """``██████░░░░░░ 50%``"""
    full = round(max(0.0, min(1.0, share)) * width)
    return "█" * full + "░" * (width - full) + f" {share:.0%}"
