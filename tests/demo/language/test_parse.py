"""The query language's text and grammar."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker_magic.demo.language.parse import parse
from tracker_magic.demo.language.text import QueryError, tokens
from tracker_magic.demo.language.tree import Both, Condition, Either, Plain, Range, Shift, Text


def quoted(text: str) -> str:
    """As the language asks: quote and backslash behind a backslash."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


@given(st.text())
def test_a_quoted_text_reads_back(text: str):
    """Whatever is quoted comes back unchanged."""
    where = parse(f"Summary: {quoted(text)}").where
    assert isinstance(where, Condition)
    assert where.values[0].operand == Plain(text, 10, quoted=True)


def place_refused(query: str) -> int | None:
    """Where a query is refused; None where it is not."""
    try:
        parse(query)
    except QueryError as error:
        return error.position
    return None


@given(st.text())
def test_no_text_breaks_the_parser(text: str):
    """Any text is a query or a QueryError that names a place within it."""
    assert place_refused(text) in {None, *range(1, len(text) + 2)}


@given(st.lists(st.sampled_from(["a", "b c", "(", ")", "AND", "or", ":", ",", '"x"', "..", "!", "me()", "-", "1w"])))
def test_no_row_of_tokens_breaks_the_parser(parts: list[str]):
    """Signs in any order are a query or a QueryError."""
    text = " ".join(parts)
    assert place_refused(text) in {None, *range(1, len(text) + 2)}


def test_and_binds_tighter_than_or():
    """`a b OR c AND d` is (a and b) or (c and d)."""
    where = parse("a b OR c AND d").where
    assert isinstance(where, Either)
    assert [len(part.parts) for part in where.parts if isinstance(part, Both)] == [2, 2]


def test_parentheses_group():
    """`a (b OR c)` is a and (b or c)."""
    where = parse("a (b or c)").where
    assert isinstance(where, Both)
    assert isinstance(where.parts[1], Either)


def test_a_name_of_several_words_needs_quotes():
    """Without them only the last word is the name."""
    where = parse("Story Points: 5").where
    assert isinstance(where, Both)
    assert isinstance(where.parts[0], Text)


@pytest.mark.parametrize("text", ["DEV.team: x", 'DEV."team": x'])
def test_a_local_field_names_its_queue(text: str):
    """Both ways to write it."""
    where = parse(text).where
    assert isinstance(where, Condition)
    assert (where.name.queue, where.name.text) == ("DEV", "team")


@pytest.mark.parametrize("dots", ["..", "..."])
@pytest.mark.parametrize("blank", ["", " "])
def test_ranges(dots: str, blank: str):
    """Two or three dots, with or without blanks."""
    where = parse(f"Created: 2017-01-01{blank}{dots}{blank}31.01.2017").where
    assert isinstance(where, Condition)
    operand = where.values[0].operand
    assert isinstance(operand, Range)
    assert (operand.low, operand.high.text) == (Plain("2017-01-01", 10), "31.01.2017")  # type: ignore[union-attr]


@pytest.mark.parametrize("text", ['today()-"1w 1d"', "today() - 1w", "today() +3d"])
def test_arithmetic(text: str):
    """An interval is added or taken, quoted or not."""
    where = parse(f"Deadline: <= {text}").where
    assert isinstance(where, Condition)
    assert isinstance(where.values[0].operand, Shift)
    assert where.values[0].op == "<="


def test_the_order_stands_at_the_end():
    """`"Sort by"` in any letter case, several names, each with its direction."""
    query = parse('Queue: DEV "Sort by": Created DESC, "Story Points", DEV."Risk score" asc')
    assert [(name.full, down) for name, down in query.order] == [
        ("Created", True),
        ("Story Points", False),
        ("DEV.Risk score", False),
    ]


def test_an_order_alone_finds_everything():
    """No condition is needed."""
    assert parse('"Sort By": Key').where is None
    assert parse("").where is None


@pytest.mark.parametrize(
    ("query", "position"),
    [
        ("Status: ", 9),
        ('Status: "open', 9),
        ("(Status: open", 14),
        ("Status:: open", 8),
        ("Status: open OR", 16),
        ("Status: open)", 13),
        ("Status: open,", 14),
        ("Created: today(", 16),
        ("AND Status: open", 1),
        ("Status: >", 10),
        ('"Sort By": ', 12),
        ('"Sort By": Key Status: open', 16),
        ("Created: today() -", 19),
    ],
)
def test_an_error_names_the_place(query: str, position: int):
    """Positions count from 1; an unexpected end is one behind the last."""
    with pytest.raises(QueryError) as caught:
        parse(query)
    assert caught.value.position == position
    assert f"(position {position})" in caught.value.text("en")
    assert f"(позиция {position})" in caught.value.text("ru")


def test_deep_nesting_is_refused():
    """A thousand parentheses are an error, not a crash."""
    with pytest.raises(QueryError):
        parse("(" * 1000 + "a" + ")" * 1000)


def test_words_may_hold_dots_and_dashes():
    """Keys, versions, dates and logins are single words."""
    assert [token.text for token in tokens("DEV-1 1.2.0 2017-04-30 04/30/2017 ivanov@")][:-1] == [
        "DEV-1",
        "1.2.0",
        "2017-04-30",
        "04/30/2017",
        "ivanov@",
    ]
