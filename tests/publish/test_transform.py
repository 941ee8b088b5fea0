"""What is sent of the given lines: untouched, in order, and every one that is not sent is accounted for."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from replay_engine.model import Condition, Filter, Publishing
from replay_engine.publish.json_fields import is_path, nested
from replay_engine.publish.transform import BadLine, Transform, Transformed

NAMES = ["did", "edata", "type", "@timestamp", "ü"]
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=4) | st.sampled_from(NAMES)
SCALARS: st.SearchStrategy[Any] = (
    st.sampled_from([0, 1, 1.0, True, False, "", "1", "true", 1e30, 1.566239401226e12])
    | TEXT
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS | st.none(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3),
    max_leaves=6,
)
OBJECTS = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=4)
LINES = st.lists(
    st.sampled_from([b"", b"\r", b" ", b"null", b"[]", b'{"did":"\xff"}', b'{"did":1}\0', b"\xff\x00"])
    | st.binary(max_size=6)
    | st.builds(lambda value, end: json.dumps(value).encode() + end, OBJECTS, st.sampled_from([b"", b"\r"])),
    max_size=12,
)
PATHS = st.sampled_from(["did", "edata.type", "edata.type", "edata.ü.did", "@timestamp"])
FILTERS = st.builds(
    lambda path, condition, values: Filter(path, condition, () if condition is Condition.IS_NULL else tuple(values)),
    PATHS,
    st.sampled_from(Condition),
    st.lists(SCALARS, min_size=1, max_size=3),
)
PUBLISHINGS = st.builds(
    lambda key, filters: Publishing(key=key, filters=tuple(filters)), st.none() | PATHS, st.lists(FILTERS, max_size=2)
)
PLAIN = Transform(Publishing(), None)


def apply(line: bytes, key: str | None = None, *filters: Filter, most: int | None = None) -> Transformed:
    return Transform(Publishing(key=key, filters=filters), most).apply([line])


def key_of(line: bytes, key: str = "did") -> bytes | None:
    (found,) = apply(line, key).keys or []
    return found


def wanted(line: bytes, *filters: Filter) -> bool:
    transformed = apply(line, None, *filters)
    assert (transformed.bad, transformed.keys) == ((), None)
    assert len(transformed.lines) + transformed.filtered_lines == 1
    return bool(transformed.lines)


@pytest.mark.parametrize("key", [None, "did"])
def test_blank_lines_are_no_events(key: str | None) -> None:
    """Of white space alone: a day of nothing else must not count as one that holds something."""
    transformed = Transform(Publishing(key=key), None).apply([b"", b"\r", b" ", b" \t\r"])
    assert (transformed.lines, transformed.empty_lines, transformed.bad) == ([], 4, ())


@given(LINES, PUBLISHINGS, st.none() | st.integers(0, 40))
def test_every_line_is_accounted_for(lines: list[bytes], publishing: Publishing, most: int | None) -> None:
    """Sent, filtered, empty or bad; the sent ones are the very lines that were given, in their order."""
    transformed = Transform(publishing, most).apply(lines)
    assert transformed.empty_lines == sum(not line.strip() for line in lines)
    assert len(transformed.lines) + transformed.filtered_lines + transformed.empty_lines + len(transformed.bad) == len(
        lines
    )
    rest = iter(lines)
    assert all(any(line is other for other in rest) for line in transformed.lines)
    assert [bad.index for bad in transformed.bad] == sorted({bad.index for bad in transformed.bad})
    assert (transformed.keys is None) is (publishing.key is None)
    assert transformed.keys is None or len(transformed.keys) == len(transformed.lines)
    assert publishing.filters or not transformed.filtered_lines


@given(LINES, PUBLISHINGS, st.none() | st.integers(0, 40))
def test_a_line_is_treated_alike_in_any_company(lines: list[bytes], publishing: Publishing, most: int | None) -> None:
    """Wherever a batch was cut: a shard that goes on after a death treats its lines as they would have been."""
    transform = Transform(publishing, most)
    together, alone = transform.apply(lines), [transform.apply([line]) for line in lines]
    assert together.lines == [line for one in alone for line in one.lines]
    assert (together.keys or []) == [key for one in alone for key in one.keys or []]
    assert together.bad == tuple(BadLine(at, bad.reason) for at, one in enumerate(alone) for bad in one.bad)
    assert together.filtered_lines == sum(one.filtered_lines for one in alone)


def look_up(document: Any, path: str) -> Any:
    for part in path.split("."):
        document = document.get(part) if isinstance(document, dict) else None
    return document


def same(one: Any, other: Any) -> bool:
    return isinstance(one, bool) is isinstance(other, bool) and bool(one == other)


HOLDS: dict[Condition, Callable[[Any, tuple[Any, ...]], bool]] = {
    Condition.IS_NULL: lambda value, _: value is None,
    Condition.EQUALS: lambda value, values: any(same(value, other) for other in values),
    Condition.IN: lambda value, values: any(same(value, other) for other in values),
}


@given(OBJECTS, PUBLISHINGS, st.booleans())
@example({"edata": {"type": True}}, Publishing(filters=(Filter("edata.type", Condition.IN, (1, 0)),)), True)
@example({"edata": "text"}, Publishing(filters=(Filter("edata.type", Condition.IS_NULL),)), False)
def test_key_and_filters_are_those_of_the_decoded_line(document: Any, publishing: Publishing, escaped: bool) -> None:
    """As Python's own decoder sees them, escapes or none."""
    line = json.dumps(document, ensure_ascii=escaped).encode()
    transformed = Transform(publishing, None).apply([line])
    value = look_up(document, publishing.key) if publishing.key else None
    if not all(HOLDS[one.condition](look_up(document, one.field), one.values) for one in publishing.filters):
        assert (transformed.filtered_lines, transformed.bad) == (1, ())
    elif isinstance(value, dict | list):
        assert len(transformed.bad) == 1
    else:
        text = value if isinstance(value, str) else json.dumps(value)
        expected = None if value is None else text.encode()
        assert (transformed.lines, transformed.keys) == ([line], [expected] if publishing.key else None)


@given(st.lists(st.binary(min_size=2, max_size=9), max_size=9))
def test_without_options_nothing_is_made_anew(lines: list[bytes]) -> None:
    """What is no text, or no JSON, travels as well, and the list itself is handed on."""
    assert PLAIN.apply(lines).lines is lines


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b'{"did":"d1"}', b"d1"),
        (b'{"did":""}', b""),
        (b'{"did":"a\\"\\u00e9\\ud83d\\ude00\\n"}', 'a"é😀\n'.encode()),
        ('{"did":"é"}'.encode(), "é".encode()),
        (b'{"d\\u0069d":"d1"}', b"d1"),
        (b'{"did":1.566239401226E12}\r', b"1.566239401226E12"),
        (b'{ "did" : -0.10 }', b"-0.10"),
        (b'{"did":12345678901234567890123}', b"12345678901234567890123"),
        (b'{"did":true}', b"true"),
        (b'{"did":null}', None),
        (b"{}", None),
        (b'{"did":"first","did":"last"}', b"last"),
        (b'{"other":"\xff\xfe","did":"d1"}', b"d1"),
        (b'{"other":{"did":"d2"},"did":"d1"}', b"d1"),
        (b'{"other":"\\ud83d","did":"\\\\ud83d\\ud83d\\ude00"}', "\\ud83d😀".encode()),
        (b'{"did":"\\ud83d.\\ude00"}', "\ufffd.\ufffd".encode()),
    ],
)
def test_a_key(line: bytes, expected: bytes | None) -> None:
    """A text without its quotes, in UTF-8; a number as it stands there; none where there is none."""
    assert key_of(line) == expected
    assert apply(line, "did").lines[0] is line


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b'{"context":{"device":{"id":"d1"}}}', b"d1"),
        (b'{"context":{"device":"d2"}}', None),
        (b'{"context":[{"device":{"id":"d1"}}]}', None),
        (b'{"context":null}', None),
        (b'{"context":{"device":{"id":7,"other":[{"id":8}]}}}', b"7"),
    ],
)
def test_a_key_that_lies_inside(line: bytes, expected: bytes | None) -> None:
    """Where no object is, nothing is inside it."""
    assert key_of(line, "context.device.id") == expected


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"no JSON", "is no JSON object, and the key did is taken from it"),
        (b"[1]", "is no JSON object"),
        (b"null", "is no JSON object"),
        (b'{"did":"d1"', "is no JSON object"),
        (b'{"did":"d1"}{}', "is no JSON object"),
        (b'{"did":"d1"}\xff\x00', "is no JSON object"),
        (b'{"deep":' + b"[" * 100_000, "is no JSON object"),
        (b'{"did":["d1"]}', "has no text, number or bool at did, and the key is taken from it"),
        (b'{"did":{"id":1}}', "has no text, number or bool at did"),
        (b'{"did":"\xff"}', "has something unreadable at did, and the key is taken from it"),
    ],
)
def test_a_line_without_a_key_that_can_be_read_is_bad(line: bytes, why: str) -> None:
    """It says which line it is, and why; the others are sent."""
    transformed = Transform(Publishing(key="did"), None).apply([b'{"did":1}', line, b'{"did":2}'])
    assert (transformed.lines, transformed.keys) == ([b'{"did":1}', b'{"did":2}'], [b"1", b"2"])
    (bad,) = transformed.bad
    assert bad.index == 1
    assert bad.reason.startswith(why)


@pytest.mark.parametrize(
    ("values", "texts", "others"),
    [
        (("INTERACT",), ['"INTERACT"', '"\\u0049NTERACT"'], ['"interact"', "null", '{"INTERACT":1}', '["INTERACT"]']),
        ((1,), ["1", "1.0", "1e0"], ["true", '"1"', "2", "null"]),
        ((True,), ["true"], ["1", '"true"', "false"]),
        ((0, "a"), ["0", "-0.0", '"a"'], ["false", '""', "null", "[]"]),
    ],
)
def test_what_equals_a_value(values: tuple[str | int | bool, ...], texts: list[str], others: list[str]) -> None:
    """JSON's scalars: 1 is 1.0, true is not 1, and null equals nothing."""
    condition = Condition.EQUALS if len(values) == 1 else Condition.IN
    one = Filter("edata.type", condition, values)
    for text in (*texts, *others):
        assert wanted(b'{"edata":{"type":%b}}' % text.encode(), one) is (text in texts)
    assert not wanted(b"{}", one)


def test_what_is_null() -> None:
    """Missing is null, and so is a field of what is no object; nothing else is."""
    one = Filter("edata.type", Condition.IS_NULL)
    assert all(wanted(line, one) for line in (b"{}", b'{"edata":1}', b'{"edata":{}}', b'{"edata":{"type":null}}'))
    assert not any(wanted(b'{"edata":{"type":%b}}' % text, one) for text in (b'""', b"0", b"false", b"{}", b"[]"))


def test_all_filters_must_hold() -> None:
    """One that does not is enough."""
    both = Filter("a", Condition.EQUALS, (1,)), Filter("b.c", Condition.IS_NULL)
    assert wanted(b'{"a":1}', *both)
    assert not wanted(b'{"a":1,"b":{"c":1}}', *both)
    assert not wanted(b'{"a":2}', *both)


def test_a_line_that_cannot_be_filtered_is_bad() -> None:
    """Nobody knows whether it is wanted, so it is neither sent nor left out."""
    one = Filter("did", Condition.EQUALS, ("d1",))
    (bad,) = apply(b"no JSON", None, one).bad
    assert bad.reason == "is no JSON object, and a filter asks for did in it"
    (bad,) = apply(b'{"did":"\xff"}', None, one).bad
    assert bad.reason == "has something unreadable at did, and a filter asks for it"


def test_a_line_that_no_filter_wants_needs_no_key() -> None:
    """Nor does its size matter."""
    one = Filter("a", Condition.IS_NULL)
    assert apply(b'{"a":1,"did":[]}', "did", one).filtered_lines == 1
    assert apply(b'{"a":1}', "did", one, most=1).filtered_lines == 1


def test_a_line_larger_than_the_topic_takes_is_bad() -> None:
    """Exactly as large as it may be is good; the key counts too, as Kafka counts it."""
    transformed = Transform(Publishing(), 1000).apply([b"x" * 1000, b"", b"x" * 1001, b"y"])
    assert (transformed.lines, transformed.empty_lines) == ([b"x" * 1000, b"y"], 1)
    assert transformed.bad == (BadLine(2, "is larger than the topic takes (1,001 bytes of 1,000)"),)
    line = b'{"did":"d1"}'
    assert apply(line, "did", most=14).keys == [b"d1"]
    assert apply(line, "did", most=13).bad == (BadLine(0, "is larger than the topic takes (14 bytes of 13)"),)


@pytest.mark.parametrize("path", ["did", "edata.type", "@timestamp", "a b", "ü.1"])
def test_what_can_name_a_field(path: str) -> None:
    """Whatever can, is found."""
    assert is_path(path)
    line = '{"x":0}'
    for part in reversed(path.split(".")):
        line = f'{{"{part}":{line}}}' if line != '{"x":0}' else f'{{"{part}":7}}'
    assert key_of(line.encode(), path) == b"7"


@pytest.mark.parametrize("path", ["", ".", "a.", ".a", "a..b", 'a"b', "a\\b", "a\nb", "\x00", "\ud800"])
def test_what_cannot_name_a_field(path: str) -> None:
    """Empty parts, and what JSON would escape."""
    assert not is_path(path)


def test_a_field_inside_another() -> None:
    """A value cannot be both; fields that only begin alike are no such pair."""
    assert nested(["a.b", "c", "a"]) == ("a", "a.b")
    assert nested(["a.b", "a.c", "ab", "a.b"]) is None
