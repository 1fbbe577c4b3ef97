"""Frames with wild texts, and how a shell with the extension displays them."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

from tracker_magic import Tracker
from tracker_magic.demo.login.access import Access
from tracker_magic.demo.server import Demo
from tracker_magic.demo.world import make_world

WILD = 'a "quote" <img src=x onerror=alert(1)>\x1b[2J\x1b]0;title\x07\u202e & done'


@pytest.fixture(scope="session")
def wild_demo() -> Iterator[Demo]:
    """An embedded Tracker with texts that a page or a terminal must not obey, and with long and wide ones."""
    world = make_world(seed=5, issues=60, now=datetime(2025, 6, 1, 12, 0, tzinfo=UTC))
    description = "# Title\n\nfirst line\n  second <b>line</b>"
    world.issues["DEV-1"].values |= {"summary": WILD, "description": description, "tags": [WILD, "two"]}
    world.issues["DEV-2"].values["summary"] = "long " * 100
    world.issues["DEV-3"].values["summary"] = "\u6f22\u5b57" * 20
    with Demo(world, Access(world)) as running:
        yield running


@pytest.fixture(scope="session")
def tracker(wild_demo: Demo) -> Iterator[Tracker]:
    """A Tracker that is logged in there."""
    names = wild_demo.names
    login = {"token": names["TRACKER_TOKEN"], "org_id": names["TRACKER_ORG_ID"]}
    with Tracker(**login, base_url=wild_demo.url, web_url=wild_demo.url, search_rps=None, other_rps=None) as made:
        yield made


@pytest.fixture(scope="session")
def frame(tracker: Tracker) -> Any:
    """All issues of a queue, by key."""
    return tracker.issues(queue="DEV", tz="Europe/Moscow")


@pytest.fixture
def loaded(shell: InteractiveShell) -> InteractiveShell:
    """A shell with the extension."""
    shell.run_line_magic("load_ext", "tracker_magic")
    return shell


class Page(HTMLParser):
    """A displayed frame as read from its HTML: rows of cells, the note, tags, links and hover texts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.rows: list[list[str]] = []
        self.tags: set[str] = set()
        self.links: list[str | None] = []
        self.titles: list[str | None] = []
        self.note = ""
        self._in = ""
        self.feed(html)

    @property
    def heads(self) -> list[str]:
        """The names of the columns."""
        return self.rows[0]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a row or a cell; remember links and hover texts."""
        values = dict(attrs)
        self.tags.add(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in {"th", "td"}:
            self.rows[-1].append("")
        if tag in {"style", "p", "th", "td"}:
            self._in = tag
        self.links += [values["href"]] if "href" in values else []
        self.titles += [values["title"]] if "title" in values else []

    def handle_data(self, data: str) -> None:
        """Add text to the open cell or to the note."""
        if self._in in {"th", "td"}:
            self.rows[-1][-1] += data
        elif self._in == "p":
            self.note += data


@pytest.fixture
def page(loaded: InteractiveShell) -> Callable[[Any], Page]:
    """Displays a frame in a notebook."""
    return lambda frame: Page(loaded.display_formatter.format(frame)[0]["text/html"])


@pytest.fixture
def text(loaded: InteractiveShell) -> Callable[[Any], list[str]]:
    """Displays a frame in a terminal, as lines."""
    return lambda frame: loaded.display_formatter.format(frame)[0]["text/plain"].splitlines()
