"""The form's HTML: nothing from a server is markup, and an unsafe link is no link at all."""

from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker_magic.notebook.form import markup
from tracker_magic.notebook.form.state import State
from tracker_magic.notebook.texts import ErrorText
from tracker_magic.tracker import Me

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)


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
def test_texts_of_a_server_are_escaped(text):
    """Texts of the service are escaped, so that they add no tags."""
    me = Me(login=text, display=text, id="1", org=text, org_kind="360", source=text, expires_at=None)
    done = State(step="done", me=Me("a", "b", "1", "2", "360", "c", None), logged_in_at=NOW)
    plain = replace(done, error=ErrorText("a", "b"), user_code="c")
    wild = replace(done, me=me, error=ErrorText(text or "a", text or "b"), user_code=text or "c")
    for make in (lambda *given: markup.card(*given).markup, markup.code, lambda state, _: markup.error(state.error)):
        assert Read(make(wild, "en")).tags == Read(make(plain, "en")).tags


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "http://example.org/device", "data:text/html,x", "//a", "https://[", ""]
)
def test_an_unsafe_address_is_no_link(url):
    """An address that is neither https nor on this machine is shown as text."""
    assert "<a" not in markup.link(url)


@pytest.mark.parametrize("url", ["https://ya.ru/device", "http://127.0.0.1:8000/device", "http://localhost/device"])
def test_a_safe_address_is_a_link(url):
    """A link over https or to this machine opens a new page that learns nothing about this one."""
    assert Read(markup.link(url)).tags == ["a", url]
    assert 'rel="noopener noreferrer"' in markup.link(url)


@given(st.text(alphabet="\"<>& '\u202ex"))
def test_an_address_cannot_leave_its_attribute(text):
    """Quotes and brackets in an address cannot end the attribute that holds it."""
    assert Read(markup.link(f"https://ya.ru/{text}")).tags[0] == "a"
    assert len(Read(markup.link(f"https://ya.ru/{text}")).tags) == 2
