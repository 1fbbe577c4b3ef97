"""Tokens and redirect addresses with codes that were pasted on a line or into a cell."""

import pytest

from tracker_magic.errors import BadOption
from tracker_magic.notebook.parser import parse


@pytest.mark.parametrize(
    ("line", "cell"),
    [
        ("https://oauth.yandex.ru/verification_code#access_token={} -n 5", None),
        ("-n 5 https://oauth.yandex.ru/verification_code#access_token={}", None),
        ("count https://oauth.yandex.ru/verification_code?code={}", None),
        ("df << https://oauth.yandex.ru/#access_token={} --columns key", None),
        ("", "https://oauth.yandex.ru/verification_code#access_token={}"),
        ("-n 5", "{}"),
    ],
)
def test_a_pasted_token_or_redirect_is_an_error(line, cell):
    """An address with a token or a code is refused as a token is, with whatever else is on the line or in the cell."""
    token = "y0_" + "t" * 58
    with pytest.raises(BadOption, match="this looks like a token"):
        parse(line.format(token), cell and cell.format(token))


def test_an_address_with_a_code_may_be_a_value():
    """After a field's colon an address is text to search for."""
    query = "Description: https://ci.example.org/build?code=12345678"
    assert parse(query).text == query
