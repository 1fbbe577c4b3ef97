"""The form's HTML: nothing from a server is markup, a link is safe or no link at all, every text is in the table."""

from html.parser import HTMLParser
from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker_magic.auth.credentials import STRATEGIES
from tracker_magic.notebook.form import markup
from tracker_magic.notebook.form.state import Problem, State, ordered, recommended
from tracker_magic.notebook.form.texts import TEXTS, Say
from tracker_magic.tracker import Me

ENGLISH = Say("en")


class Read(HTMLParser):
    """The tags and the text of a piece of HTML."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        """Keep a tag's name, and its address."""
        self.tags += [tag, *(str(value) for name, value in attrs if name == "href")]

    def handle_data(self, data):
        """Keep the text."""
        self.text += data


@given(st.text())
def test_no_text_of_a_server_is_markup(text):
    """Whatever the service says stands there as text."""
    me = Me(login=text, display=text, id="1", org=text, org_kind="360", source=text, expires_at=None)
    plain = State(screen="done", me=Me("a", "b", "1", "2", "360", "c", None), problem=Problem("a", "b"), user_code="c")
    wild = State(screen="done", me=me, note="", problem=Problem(text or "a", text or "b"), user_code=text or "c")
    for make in (markup.who, markup.code, lambda state, _: markup.problem(state.problem)):
        assert Read(make(wild, ENGLISH)).tags == Read(make(plain, ENGLISH)).tags


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "http://example.org/device", "data:text/html,x", "//a", "https://[", ""]
)
def test_an_unsafe_address_is_no_link(url):
    """It stands there as text, if at all."""
    assert "<a" not in markup.link(url)


@pytest.mark.parametrize("url", ["https://ya.ru/device", "http://127.0.0.1:8000/device", "http://localhost/device"])
def test_a_safe_address_is_a_link(url):
    """Over https, or to this machine; it opens a page of its own that learns nothing about this one."""
    assert Read(markup.link(url)).tags == ["a", url]
    assert 'rel="noopener noreferrer"' in markup.link(url)


@given(st.text(alphabet="\"<>& '\u202ex"))
def test_an_address_cannot_leave_its_attribute(text):
    """Quotes and brackets in an address stay in it."""
    assert Read(markup.link(f"https://ya.ru/{text}")).tags[0] == "a"
    assert len(Read(markup.link(f"https://ya.ru/{text}")).tags) == 2


def test_both_languages_say_the_same_things():
    """Every text exists in both, with the same places to fill in."""
    for english, russian in TEXTS.values():
        assert english
        assert russian
        assert {name for _, name, *_ in Formatter().parse(english)} == {
            name for _, name, *_ in Formatter().parse(russian)
        }


def test_every_way_has_a_name_and_a_help():
    """Whatever `--strategy` takes can be chosen, and says what it will ask for."""
    assert {f"{kind}_{way}" for kind in ("way", "help") for way in STRATEGIES} <= set(TEXTS)


@pytest.mark.parametrize(
    ("has_app", "has_secret", "first"), [(False, False, "code"), (True, False, "code"), (True, True, "device")]
)
def test_the_recommended_way_is_first(has_app, has_secret, first):
    """The device code where the app has a secret, else the confirmation code; all others follow, none twice."""
    context = ordered(recommended(has_app=has_app, has_secret=has_secret))
    assert context[0] == first
    assert sorted(context) == sorted(STRATEGIES)
