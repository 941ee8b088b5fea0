"""``/replay`` with text: what is understood, and what is said of a mistake."""

import pytest

from bot import request_form
from replay_engine import BadRequest, Request


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("raw", Request("raw")),
        ("raw 2019-12-01", Request("raw", "2019-12-01", "2019-12-01")),
        ("raw 2019-12-01 2019-12-03", Request("raw", "2019-12-01", "2019-12-03")),
        ("topic=t raw 2019-12-01", Request("raw", "2019-12-01", "2019-12-01", topic="t")),
        ("  raw\t2019-12-01   bucket=b ", Request("raw", "2019-12-01", "2019-12-01", bucket="b")),
        ("raw delete-backups=no", Request("raw", delete_backups=False)),
        ("raw deleteBackups=TRUE", Request("raw", delete_backups=True)),
        ("raw Delete-Backups=Yes", Request("raw", delete_backups=True)),
        ('raw prefix="a folder"', Request("raw", prefix="a folder")),
        ("raw prefix='a=b c'", Request("raw", prefix="a=b c")),
        ("raw prefix=“a folder”", Request("raw", prefix="a folder")),
        ("raw file-path=raw/2019-12-01-1.json.gz", Request("raw", file_path="raw/2019-12-01-1.json.gz")),
        ("raw filePath=f topic=", Request("raw", file_path="f", topic="")),
        ("raw broker-list=a:9092,b:9092", Request("raw", broker_list="a:9092,b:9092")),
    ],
)
def test_text_is_understood(text: str, expected: Request) -> None:
    """Options in any order, named as in the mission or with dashes; quotes keep words together."""
    assert request_form.parse_text(text) == expected


@pytest.mark.parametrize(
    ("text", "field", "said"),
    [
        ("", "source", "A source and one or two dates are wanted."),
        ("topic=t", "source", "A source and one or two dates are wanted."),
        ("raw 2019-12-01 2019-12-02 2019-12-03", "source", "A source and one or two dates are wanted."),
        ("raw 2019-12-01 colour=red", "source", "There is no option colour."),
        ("raw source=wfs", "source", "There is no option source."),
        ("raw delete-backups=maybe", "deleteBackups", "delete-backups=maybe is neither yes nor no."),
        ("raw topic=a topic=b", "topic", "topic is given more than once."),
        ("raw file-path=a filePath=b", "filePath", "filePath is given more than once."),
        ('raw prefix="a', "source", "The quotes do not match: No closing quotation."),
        ("raw \\", "source", "The quotes do not match: No escaped character."),
    ],
)
def test_a_mistake_is_named(text: str, field: str, said: str) -> None:
    """The answer says which word is wrong, and how to write it."""
    with pytest.raises(BadRequest) as caught:
        request_form.parse_text(text)
    assert (caught.value.field, caught.value.message) == (field, said)
    assert caught.value.advice


def test_the_help_is_an_example_that_is_understood() -> None:
    """What the help shows can be typed as it stands, without its brackets."""
    example, _, options = request_form.USAGE.removeprefix("/replay ").partition(" [")
    assert request_form.parse_text(example) == Request("raw", "2019-12-01", "2019-12-03")
    named = [word.partition("=")[0] for word in options.rstrip("]").split()]
    asked = request_form.parse_text(f"raw {' '.join(f'{name}=no' for name in named)}")
    assert asked == Request("raw", None, None, "no", "no", "no", "no", "no", False)
