"""What tests put into the form, and what a person sees of it."""

from sandbox.slack import OpenView

DAY = "2019-12-30"
ASKED = {"startDate": DAY, "endDate": DAY}
TYPED = {"startDate": DAY, "endDate": DAY, "prefix": "raw", "deleteBackups": "keep", "rate": "20MB/s"}


def fields(form: OpenView) -> list[str]:
    """Which fields a person sees."""
    return [block["block_id"].partition("@")[0] for block in form.blocks]


def complaint(form: OpenView, field: str) -> str:
    """What stands directly below a field."""
    there = fields(form)
    below = form.blocks[there.index(field) + 1]
    assert below["block_id"] == f"{field}-wrong"
    return str(below["text"]["text"])
