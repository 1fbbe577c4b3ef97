"""A served login service with a person before it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tracker_magic.demo.login.access import Access
from tracker_magic.demo.model import World
from tracker_magic.demo.server import Demo


class Service:
    """A served login service, a person before it, and a clock that a test turns."""

    def __init__(self, world: World) -> None:
        self.now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
        self.access = Access(world, clock=lambda: self.now)
        self.demo = Demo(world, self.access)
        self.session = requests.Session()
        self.session.trust_env = False
        self.secret = {"client_id": self.access.client_id, "client_secret": self.access.client_secret}
        self.public = {"client_id": self.access.client_id}

    def later(self, seconds: float) -> None:
        """Time passes."""
        self.now += timedelta(seconds=seconds)

    def post(self, path: str, auth: tuple[str, str] | None = None, **form: str) -> tuple[int, Any]:
        """A form sent: status and JSON body."""
        answer = self.session.post(self.demo.url + path, data=form, auth=auth, timeout=10)
        return answer.status_code, answer.json()

    def authorize(self, decision: str | None = "allow", **asked: str) -> requests.Response:
        """The person opens the link and decides; the answer as it came, redirects not followed."""
        params = {"response_type": "code", "client_id": self.access.client_id} | asked
        send = self.session.get if decision is None else self.session.post
        data = None if decision is None else {"decision": decision}
        address = f"{self.demo.url}/authorize"
        return send(address, params=params, data=data, allow_redirects=False, timeout=10)

    def code(self, **asked: str) -> str:
        """A screen code, as the person copies it."""
        return parse_qs(urlsplit(self.authorize(**asked).headers["Location"]).query)["code"][0]

    def token(self, grant: str, **form: str) -> tuple[int, Any]:
        """A request to /token."""
        return self.post("/token", grant_type=grant, **form)

    def uid(self, token: str) -> int | str:
        """Who the API says this token is; the status where it says no."""
        headers = {"Authorization": f"OAuth {token}", "X-Org-ID": self.access.org_id}
        answer = self.session.get(f"{self.demo.url}/v3/myself", headers=headers, timeout=10)
        return str(answer.json()["uid"]) if answer.ok else answer.status_code


@pytest.fixture
def service(world: World) -> Iterator[Service]:
    """A login service of its own for each test."""
    service = Service(world)
    with service.demo, service.session:
        yield service
