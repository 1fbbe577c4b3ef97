"""A login form on an embedded Tracker, and a person who answers it without a browser."""

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

from tracker_magic.auth import Credentials, LoginContext
from tracker_magic.demo.login.access import Access
from tracker_magic.demo.server import Demo
from tracker_magic.demo.world import make_world
from tracker_magic.notebook.form import show_form
from tracker_magic.tracker import signed_in

PATIENCE_S = 20.0
NOT_GIVEN = ("TRACKER_TOKEN", "TRACKER_IAM_TOKEN")


@pytest.fixture(scope="session")
def world():
    """A small world: these tests only ask who somebody is."""
    return make_world(seed=3, issues=20)


@pytest.fixture
def demo(world) -> Iterator[Demo]:
    """An embedded Tracker of its own for each test, asked every second and confirmed at the first poll."""
    access = Access(world)
    access.switches.device_interval_s = 1
    access.switches.device_approve_after = 1
    with Demo(world, access) as running:
        yield running


@pytest.fixture
def environ(demo: Demo, tmp_path: Path) -> dict[str, str]:
    """What the form finds in the environment: addresses, an app, an organisation, no token."""
    return {name: value for name, value in demo.names.items() if name not in NOT_GIVEN} | {
        "TRACKER_HOME": str(tmp_path / "home")
    }


@dataclass
class Visitor:
    """Whoever fills in a form: messages go in as a front end sends them; what stands on it can be read."""

    form: Any
    opened: list[Credentials] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    def types(self, row: str, text: Any) -> None:
        """Give a field a value and leave it."""
        data = {"method": "update", "state": {"value": text}, "buffer_paths": []}
        self.form._rows[row]._handle_msg({"content": {"data": data}, "buffers": []})

    def chooses(self, row: str, label: str) -> None:
        """Choose from a list, by the text shown."""
        names = self.form._rows[row]._options_labels
        data = {"method": "update", "state": {"index": names.index(label)}, "buffer_paths": []}
        self.form._rows[row]._handle_msg({"content": {"data": data}, "buffers": []})

    def enters(self, row: str, text: str | None = None) -> None:
        """Press Enter in a field; its new text, if any, follows."""
        data = {"method": "custom", "content": {"event": "submit"}}
        self.form._rows[row]._handle_msg({"content": {"data": data}, "buffers": []})
        if text is not None:
            self.types(row, text)

    def clicks(self, button: str) -> None:
        """Click, and wait for what that begins."""
        self.form._buttons[button].click()
        self.waits()

    def waits(self) -> None:
        """Wait until the form's threads have ended."""
        for thread in threading.enumerate():
            if isinstance(thread, threading.Timer) or thread.name == "tracker-login":
                thread.join(PATIENCE_S)
                assert not thread.is_alive()

    @property
    def seen(self) -> set[str]:
        """The rows and buttons to see."""
        parts = self.form._rows | self.form._buttons
        return {name for name, widget in parts.items() if widget.layout.display is None} - {"style", "title"}

    def reads(self, row: str) -> str:
        """What stands in a row, empty where it is hidden."""
        return self.form._rows[row].value if row in self.seen else ""


@pytest.fixture
def visit(environ: dict[str, str]) -> Iterator[Callable[..., Visitor]]:
    """Open a form: `visit(lang="ru", without=("TRACKER_CLIENT_ID",))`."""
    made: list[Visitor] = []

    def open_form(*, without: tuple[str, ...] = (), more: Mapping[str, str] | None = None, **given: Any) -> Visitor:
        context = LoginContext(
            {name: value for name, value in environ.items() if name not in without} | dict(more or {})
        )
        visitor = Visitor(None)

        def opened(found: Credentials, _place: object) -> Any:
            with signed_in(found) as tracker:
                visitor.opened.append(found)
                return tracker.me

        def left() -> str:
            visitor.left.append("left")
            return "You have left."

        asked = {"lang": "en", "name": "main", "organisation": None, "strategy": None, **given}
        visitor.form = show_form(context, **{"opened": opened, "left": left, **asked})
        made.append(visitor)
        return visitor

    yield open_form
    for each in made:
        each.form.close()
        each.waits()


def page_answer(link: str) -> requests.Response:
    """What the service's page answers to somebody who allows; redirects are not followed."""
    with requests.Session() as session:
        session.trust_env = False
        return session.post(link, data={"decision": "allow"}, allow_redirects=False, timeout=10)


@pytest.fixture
def allow() -> Callable[[str], str]:
    """Open a link and allow: the address of the page that shows the code or token."""
    return lambda link: page_answer(link).headers["Location"]
