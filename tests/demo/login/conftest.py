"""A login service, served, and the person who uses it."""

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
    """A login service, served, with the actions of a person and a clock that tests set."""

    def __init__(self, world: World) -> None:
        self.now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
        self.access = Access(world, clock=lambda: self.now)
        self.demo = Demo(world, self.access)
        self.session = requests.Session()
        self.session.trust_env = False
        self.secret = {"client_id": self.access.client_id, "client_secret": self.access.client_secret}
        self.public = {"client_id": self.access.client_id}

    def advance(self, seconds: float) -> None:
        """Advance the clock."""
        self.now += timedelta(seconds=seconds)

    def post(self, path: str, auth: tuple[str, str] | None = None, **form: str) -> tuple[int, Any]:
        """Send a form; returns status and JSON body."""
        response = self.session.post(self.demo.url + path, data=form, auth=auth, timeout=10)
        return response.status_code, response.json()

    def authorize(self, decision: str | None = "allow", **parameters: str) -> requests.Response:
        """Open the link and decide, as the person does; redirects are not followed."""
        params = {"response_type": "code", "client_id": self.access.client_id} | parameters
        send = self.session.get if decision is None else self.session.post
        data = None if decision is None else {"decision": decision, "confirmation": self.access.confirmation}
        address = f"{self.demo.url}/authorize"
        return send(address, params=params, data=data, allow_redirects=False, timeout=10)

    def code(self, **parameters: str) -> str:
        """A confirmation code, as the person copies it."""
        return parse_qs(urlsplit(self.authorize(**parameters).headers["Location"]).query)["code"][0]

    def token(self, grant: str, **form: str) -> tuple[int, Any]:
        """A request to /token."""
        return self.post("/token", grant_type=grant, **form)

    def uid(self, token: str) -> int | str:
        """The uid that the API has for this token, or the status of its refusal."""
        headers = {"Authorization": f"OAuth {token}", "X-Org-ID": self.access.org_id}
        response = self.session.get(f"{self.demo.url}/v3/myself", headers=headers, timeout=10)
        return str(response.json()["uid"]) if response.ok else response.status_code


@pytest.fixture
def service(world: World) -> Iterator[Service]:
    """A new login service for each test."""
    service = Service(world)
    with service.demo, service.session:
        yield service
