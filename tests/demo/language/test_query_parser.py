"""The tokens and the grammar of the query language."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker_magic.demo.language.query_parser import parse_query
from tracker_magic.demo.language.syntax_tree import And, Condition, DateShift, LiteralValue, Or, Range, TextSearch
from tracker_magic.demo.language.tokens import QueryError, tokenize


def quoted(text: str) -> str:
    """Quote a text as the language requires: quotes and backslashes are escaped."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


@given(st.text())
def test_a_quoted_text_is_read_unchanged(text: str):
    """Any text that is quoted is read back unchanged."""
    where = parse_query(f"Summary: {quoted(text)}").where
    assert isinstance(where, Condition)
    assert where.values[0].operand == LiteralValue(text, 10, quoted=True)


def error_position(query: str) -> int | None:
    """Position of the mistake in a query; None if it is valid."""
    try:
        parse_query(query)
    except QueryError as error:
        return error.position
    return None


@given(st.text())
def test_no_text_breaks_the_parser(text: str):
    """Any text is a valid query or a QueryError with a position within the text."""
    assert error_position(text) in {None, *range(1, len(text) + 2)}


@given(st.lists(st.sampled_from(["a", "b c", "(", ")", "AND", "or", ":", ",", '"x"', "..", "!", "me()", "-", "1w"])))
def test_no_sequence_of_tokens_breaks_the_parser(parts: list[str]):
    """Tokens in any order are a valid query or a QueryError with a position within the text."""
    text = " ".join(parts)
    assert error_position(text) in {None, *range(1, len(text) + 2)}


def test_and_binds_tighter_than_or():
    """`a b OR c AND d` means (a and b) or (c and d)."""
    where = parse_query("a b OR c AND d").where
    assert isinstance(where, Or)
    assert [len(part.parts) for part in where.parts if isinstance(part, And)] == [2, 2]


def test_parentheses_group():
    """`a (b OR c)` means a and (b or c)."""
    where = parse_query("a (b or c)").where
    assert isinstance(where, And)
    assert isinstance(where.parts[1], Or)


def test_a_name_of_several_words_needs_quotes():
    """Without quotes, only the word before the colon is the name of a parameter."""
    where = parse_query("Story Points: 5").where
    assert isinstance(where, And)
    assert isinstance(where.parts[0], TextSearch)


@pytest.mark.parametrize("text", ["DEV.team: x", 'DEV."team": x'])
def test_a_local_field_names_its_queue(text: str):
    """A local field is written with its queue, as `DEV.team` or `DEV."team"`."""
    where = parse_query(text).where
    assert isinstance(where, Condition)
    assert (where.name.queue, where.name.text) == ("DEV", "team")


@pytest.mark.parametrize("dots", ["..", "..."])
@pytest.mark.parametrize("space", ["", " "])
def test_a_range_has_two_or_three_dots(dots: str, space: str):
    """A range is written with two or three dots, with or without spaces around them."""
    where = parse_query(f"Created: 2017-01-01{space}{dots}{space}31.01.2017").where
    assert isinstance(where, Condition)
    operand = where.values[0].operand
    assert isinstance(operand, Range)
    assert (operand.low, operand.high.text) == (LiteralValue("2017-01-01", 10), "31.01.2017")  # type: ignore[union-attr]


@pytest.mark.parametrize("text", ['today()-"1w 1d"', "today() - 1w", "today() +3d"])
def test_dates_can_be_shifted(text: str):
    """An interval is added to or subtracted from a date, quoted or not."""
    where = parse_query(f"Deadline: <= {text}").where
    assert isinstance(where, Condition)
    assert isinstance(where.values[0].operand, DateShift)
    assert where.values[0].operator == "<="


def test_the_order_is_at_the_end():
    """`"Sort by"`, in any case, is followed by one or several names, each with its direction."""
    query = parse_query('Queue: DEV "Sort by": Created DESC, "Story Points", DEV."Risk score" asc')
    assert [(term.name.full, term.descending) for term in query.order] == [
        ("Created", True),
        ("Story Points", False),
        ("DEV.Risk score", False),
    ]


def test_conditions_are_optional():
    """An order alone, or nothing at all, is a valid query without conditions."""
    assert parse_query('"Sort By": Key').where is None
    assert parse_query("").where is None


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
def test_an_error_has_the_position(query: str, position: int):
    """Positions count from 1; an unexpected end is one after the last character; both languages show it."""
    with pytest.raises(QueryError) as caught:
        parse_query(query)
    assert caught.value.position == position
    assert f"(position {position})" in caught.value.text("en")
    assert f"(позиция {position})" in caught.value.text("ru")


def test_deep_nesting_is_refused():
    """A thousand nested parentheses are an error, not a crash."""
    with pytest.raises(QueryError):
        parse_query("(" * 1000 + "a" + ")" * 1000)


def test_words_may_contain_dots_and_dashes():
    """Keys, versions, dates and logins are single words."""
    assert [token.text for token in tokenize("DEV-1 1.2.0 2017-04-30 04/30/2017 ivanov@")][:-1] == [
        "DEV-1",
        "1.2.0",
        "2017-04-30",
        "04/30/2017",
        "ivanov@",
    ]
