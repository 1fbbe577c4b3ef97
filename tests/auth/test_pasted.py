"""What a person pastes: a bare code or token, or the whole address of the page."""

import gc
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tracker_magic.auth import Clock, Organisation, environment
from tracker_magic.auth.pasted import cleaned, read_pasted_code, read_pasted_token
from tracker_magic.errors import BadOption, LoginError, LoginRefused
from tracker_magic.secret import Secret

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PAGE = "https://oauth.yandex.ru/verification_code"
STATE = "ours"
CODES = st.from_regex(r"[0-9]{7}|[a-z0-9]{16}", fullmatch=True)
TOKENS = st.from_regex(r"(y[0-3]_[-A-Za-z0-9_]{20,58}|AQAAAA[-A-Za-z0-9_]{20,40})", fullmatch=True)
SURROUNDINGS = st.text(alphabet=" \t\r\n\"'`«»“”<>\u00a0\u200b\ufeff", max_size=4)


@given(
    code=CODES,
    before=SURROUNDINGS,
    after=SURROUNDINGS,
    page=st.sampled_from([PAGE, "oauth.yandex.ru/verification_code", ""]),
)
def test_a_code_is_found_in_every_kind_of_paste(code: str, before: str, after: str, page: str) -> None:
    """A code is found bare or in an address, with quotes and spaces around it."""
    address = f"{page}?{urlencode({'code': code, 'state': STATE})}"
    for text in (code, address, f"code={code}", f"code={code}&state={STATE}", f"{PAGE}?state={STATE}&code={code}"):
        assert read_pasted_code(before + text + after, STATE).reveal() == code
        assert read_pasted_code(Secret(before + text + after), STATE).reveal() == code


@given(token=TOKENS, before=SURROUNDINGS, after=SURROUNDINGS, cid=st.booleans())
def test_a_token_is_found_in_every_kind_of_paste(token: str, before: str, after: str, cid: bool) -> None:  # noqa: FBT001
    """A token is found bare or in the fragment of an address, which also contains its expiry."""
    bare = read_pasted_token(before + token + after, NOW)
    assert (bare.secret.reveal(), bare.scheme, bare.expires_at) == (token, "OAuth", None)
    fragment = urlencode({"access_token": token, "token_type": "bearer", "expires_in": 31536000})
    for text in (f"{PAGE}#{fragment}{'&cid=x1' if cid else ''}", f"#{fragment}", fragment):
        result = read_pasted_token(before + text + after, NOW)
        assert (result.secret.reveal(), result.expires_at) == (token, NOW + timedelta(days=365))


def test_an_iam_token_is_recognised_by_its_prefix() -> None:
    """A pasted token that begins with t1. gets the scheme Bearer."""
    text = "t1." + "a1B2_-" * 5 + "==." + "Z" * 86
    token = read_pasted_token(text, NOW)
    assert (token.secret.reveal(), token.scheme) == (text, "Bearer")


@pytest.mark.parametrize(
    ("error", "message", "hint"),
    [
        ("access_denied", "denied", "Allow"),
        ("unauthorized_client", "moderation", "app's page"),
        ("something_new", "something_new", "Log in again"),
    ],
)
def test_an_error_in_the_address_is_reported(error: str, message: str, hint: str) -> None:
    """An error in a query or a fragment is raised with the service's own words."""
    query = urlencode({"error": error, "error_description": "as the service says", "state": STATE})
    for read in (lambda: read_pasted_code(f"{PAGE}?{query}", STATE), lambda: read_pasted_token(f"{PAGE}#{query}", NOW)):
        with pytest.raises(LoginRefused, match=message) as excinfo:
            read()
        assert "as the service says" in excinfo.value.message
        assert hint in excinfo.value.hint


def test_an_address_of_another_login_is_refused() -> None:
    """An address with another state is refused; one without a state is accepted."""
    with pytest.raises(LoginRefused, match="another login"):
        read_pasted_code(f"{PAGE}?code=1234567&state=theirs", STATE)
    assert read_pasted_code(f"{PAGE}?code=1234567", STATE).reveal() == "1234567"


@pytest.mark.parametrize("text", ["", "  ", '""', PAGE, f"{PAGE}?state={STATE}", f"{PAGE}?code=", f"{PAGE}#"])
def test_an_empty_paste_says_what_to_copy(text: str) -> None:
    """Where nothing is found, message and hint name what is missing."""
    with pytest.raises(BadOption, match="no code in the pasted text") as excinfo:
        read_pasted_code(text, STATE)
    assert "Copy the code" in excinfo.value.hint
    with pytest.raises(BadOption, match="no token in the pasted text"):
        read_pasted_token(text, NOW)


@pytest.mark.parametrize("text", ["two words", "слово", "a\x00b", f"{PAGE}?code=two%20words"])
def test_a_malformed_code_is_refused_without_being_repeated(text: str) -> None:
    """A text with spaces, other alphabets or control characters is not a code."""
    with pytest.raises(BadOption, match="this is not a code") as excinfo:
        read_pasted_code(text, STATE)
    assert "words" not in str(excinfo.value)


def test_no_cache_keeps_a_pasted_address() -> None:
    """Nothing in the process refers to a token or code after its address was read and dropped."""
    address = f"{PAGE}?code=ab12cd34ef56ab12#access_token=y0_{'q' * 58}&token_type=bearer"
    read_pasted_token(address, NOW)
    read_pasted_code(address, STATE)
    gc.collect()
    kept = [each for each in gc.get_objects() if type(each).__name__ in {"SplitResult", "ParseResult"}]
    assert not [each for each in kept if "y0_qqq" in repr(each) or "ab12cd34" in repr(each)]


@given(text=st.text(max_size=60) | st.text(alphabet="htps:/?#[]@=&%. ycodestar_1", max_size=40))
@example("http://[x?code=1")
@example("\ud800?state=\ud800&code=1")
@example("#access_token=x&expires_in=" + "9" * 5000)
def test_whatever_is_pasted_gives_a_value_or_one_of_our_errors(text: str) -> None:
    """Any pasted text gives a value that a header can carry, or one of our errors."""
    for read in (lambda: read_pasted_code(text, STATE), lambda: read_pasted_token(text, NOW).secret):
        try:
            assert read().reveal().isprintable()
        except (BadOption, LoginError):
            continue


@pytest.mark.parametrize(
    ("pasted", "clean"),
    [
        (" «y0_abc»\n", "y0_abc"),
        ("\ufeffOAuth y0_abc", "y0_abc"),
        ("'Bearer  t1.abc' ", "t1.abc"),
        ("Authorization: OAuth y0_abc", "y0_abc"),
        ("y0_\u200babc", "y0_abc"),
        ("3 495\u00a0962", "3495962"),
        ("two words", "two words"),
        ("", ""),
    ],
)
def test_what_is_copied_along_is_removed(pasted: str, clean: str) -> None:
    """Blanks, quotes, a BOM, zero-width signs and a token's scheme are removed, and gaps between digits."""
    assert cleaned(pasted) == clean
    if clean.startswith(("y0_", "t1.")):
        assert read_pasted_token(pasted, NOW).secret.reveal() == clean
    if clean.isdigit():
        assert read_pasted_code(pasted, STATE).reveal() == clean


def test_the_environment_is_cleaned_like_a_paste() -> None:
    """The token, the organisation, the ClientID and its secret in variables are cleaned, too."""
    environ = {
        "TRACKER_TOKEN": '"OAuth y0_abc"',
        "TRACKER_ORG_ID": "'3 495 962'",
        "TRACKER_CLIENT_ID": "\ufeffabc\u200b",
        "TRACKER_CLIENT_SECRET": " «def» ",
    }
    login, app = environment.login(environ, Clock()), environment.app(environ)
    assert login is not None
    assert login.token().secret.reveal() == "y0_abc"
    assert environment.organisation_of(environ) == Organisation("3495962", "360")
    assert app is not None
    assert app.secret is not None
    assert (app.client_id, app.secret.reveal()) == ("abc", "def")
