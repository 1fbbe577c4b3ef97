"""A login form on an embedded Tracker, and somebody who fills it in without a browser."""

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.person import decide
from tracker_magic.auth import Credentials, LoginContext
from tracker_magic.demo.login.access import Access
from tracker_magic.demo.server import Demo
from tracker_magic.demo.world import make_world
from tracker_magic.notebook.form import LoginForm
from tracker_magic.notebook.session_opener import LoginRequest, SessionOpener
from tracker_magic.notebook.sessions import Sessions
from tracker_magic.settings import TrackerMagic
from tracker_magic.tracker import signed_in

PATIENCE_S = 20.0
TOKEN_NAMES = ("TRACKER_TOKEN", "TRACKER_IAM_TOKEN")


@pytest.fixture(scope="session")
def world():
    """A small world: these tests only ask who is logged in."""
    return make_world(seed=3, issues=20, now=datetime(2025, 6, 1, 12, 0, tzinfo=UTC))


@pytest.fixture
def demo(world) -> Iterator[Demo]:
    """An embedded Tracker for each test; device codes are polled every second and confirmed at the first poll."""
    access = Access(world)
    access.switches.device_interval_s = 1
    access.switches.device_approve_after = 1
    with Demo(world, access) as running:
        yield running


@pytest.fixture
def environ(demo: Demo, tmp_path: Path) -> dict[str, str]:
    """The environment that the form reads: addresses, an app, an organisation, no token."""
    return {name: value for name, value in demo.names.items() if name not in TOKEN_NAMES} | {
        "TRACKER_HOME": str(tmp_path / "home")
    }


class RecordingOpener(SessionOpener):
    """Logs in for real, and keeps no session: it only records what the form asked for."""

    def __init__(self, request: LoginRequest, context: LoginContext, failure: Exception | None, demo_host: Any) -> None:
        super().__init__(request, context, Sessions(TrackerMagic()), demo_host)
        self.opened: list[Credentials] = []
        self.logouts = 0
        self._failure = failure

    def open(self, credentials: Credentials, _storage: object) -> Any:
        """Ask the service who these credentials belong to, or fail as the test wants it."""
        if self._failure is not None:
            raise self._failure
        with signed_in(credentials) as tracker:
            self.opened.append(credentials)
            return tracker.me

    def log_out(self) -> str:
        """Count the call."""
        self.logouts += 1
        return ""


@dataclass
class Visitor:
    """Somebody who fills in a form: messages go in as a front end sends them; what is shown can be read."""

    form: Any
    opener: RecordingOpener

    def types(self, row: str, text: Any) -> None:
        """Give a field a value and leave it."""
        data = {"method": "update", "state": {"value": text}, "buffer_paths": []}
        self.form.rows[row]._handle_msg({"content": {"data": data}, "buffers": []})

    def chooses(self, row: str, label: str) -> None:
        """Choose from a list, by the text shown."""
        names = [label for label, _ in self.form.rows[row].options]
        data = {"method": "update", "state": {"index": names.index(label)}, "buffer_paths": []}
        self.form.rows[row]._handle_msg({"content": {"data": data}, "buffers": []})

    def enters(self, row: str, text: str | None = None) -> None:
        """Press Enter in a field; its new text, if any, follows."""
        data = {"method": "custom", "content": {"event": "submit"}}
        self.form.rows[row]._handle_msg({"content": {"data": data}, "buffers": []})
        if text is not None:
            self.types(row, text)

    def clicks(self, button: str) -> None:
        """Click, and wait until the job that this starts has ended."""
        self.form.buttons[button].click()
        self.waits()

    def waits(self) -> None:
        """Wait until the threads of the form have ended."""
        for thread in threading.enumerate():
            if isinstance(thread, threading.Timer) or thread.name == "tracker-login":
                thread.join(PATIENCE_S)
                assert not thread.is_alive()

    @property
    def seen(self) -> set[str]:
        """The rows and buttons to see."""
        parts = self.form.rows | self.form.buttons
        shown = {name for name, widget in parts.items() if widget.layout.display is None}
        return shown - {"style", "title", "direct", "secret_help"}

    def reads(self, row: str) -> str:
        """The content of a row; empty if it is hidden."""
        return self.form.rows[row].value if row in self.seen else ""


@pytest.fixture
def visit(environ: dict[str, str]) -> Iterator[Callable[..., Visitor]]:
    """Open a form: `visit(lang="ru", without=("TRACKER_CLIENT_ID",))`."""
    visitors: list[Visitor] = []

    def open_form(
        *,
        without: tuple[str, ...] = (),
        more: Mapping[str, str] | None = None,
        failure: Exception | None = None,
        demo_host: Any = None,
        **request: Any,
    ) -> Visitor:
        context = LoginContext(
            {name: value for name, value in environ.items() if name not in without} | dict(more or {})
        )
        opener = RecordingOpener(LoginRequest(**{"name": "main", "lang": "en", **request}), context, failure, demo_host)
        visitor = Visitor(LoginForm(opener), opener)
        visitors.append(visitor)
        return visitor

    yield open_form
    for each in visitors:
        each.form.close()
        each.waits()


@pytest.fixture
def allow() -> Callable[[str], str]:
    """Open a link and allow: the address of the page that shows the code or token."""
    return lambda link: decide(link).headers["Location"]
