"""The server itself: versions, gates, journal, connections, its end."""

import http.client
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tracker_magic.demo.behaviour import Behaviour
from tracker_magic.demo.login.access import Access
from tracker_magic.demo.model import World
from tracker_magic.demo.server import Demo


def test_names_are_all_a_client_needs(demo: Demo):
    """Addresses, token, organisation, application."""
    assert set(demo.names) == {
        "TRACKER_API_BASE_URL",
        "TRACKER_TOKEN",
        "TRACKER_ORG_ID",
        "TRACKER_CLIENT_ID",
        "TRACKER_CLIENT_SECRET",
        "TRACKER_OAUTH_BASE_URL",
        "TRACKER_IAM_BASE_URL",
        "TRACKER_METADATA_BASE_URL",
    }
    assert demo.names["TRACKER_API_BASE_URL"] == demo.url
    assert all(demo.names.values())


def test_gates(ask: Any, demo: Demo):
    """No token: 401; no organisation, or a wrong one: 403; `not provided` counts as absent."""
    get, address = ask.session.get, f"{demo.url}/v3/myself"
    assert get(address, headers={"Authorization": None}, timeout=20).status_code == 401
    assert get(address, headers={"Authorization": "OAuth y0_wrong"}, timeout=20).status_code == 401
    assert get(address, headers={"X-Org-ID": None}, timeout=20).status_code == 403
    assert get(address, headers={"X-Org-ID": "1"}, timeout=20).status_code == 403
    cloud = {"X-Org-ID": "not provided", "x-cloud-org-id": demo.access.cloud_org_id}
    assert get(address, headers=cloud, timeout=20).status_code == 200


def test_unknown_addresses(ask: Any, demo: Demo):
    """404 and 405 with an envelope, after the gates; unknown parameters are ignored."""
    assert ask("/nothing").status_code == 404
    assert ask("/nothing").json()["statusCode"] == 404
    assert ask("/issues/_count", method="GET").status_code == 404
    assert ask("/myself", {}).status_code == 405
    assert ask.session.get(f"{demo.url}/v3/nothing", headers={"Authorization": None}, timeout=20).status_code == 401
    assert ask("/myself?_pyClientLocalMapRead=x&whatever=1").status_code == 200
    assert ask.session.get(f"{demo.url}/v1/myself", timeout=20).status_code == 404
    assert ask.session.get(f"{demo.url}/myself", timeout=20).status_code == 404


def test_the_login_services_share_the_port(ask: Any, demo: Demo):
    """OAuth answers at the root, without a token; the API's paths do not lead there."""
    answer = ask.session.post(f"{demo.url}/token", data={"grant_type": "nothing"}, timeout=20)
    assert answer.status_code == 400
    assert "error" in answer.json()
    assert ask("/token", {}).status_code == 404


def test_the_journal(ask: Any, demo: Demo):
    """Method, path, query, headers, body, status of each request; its repr keeps secrets."""
    ask("/issues/_search?perPage=5&expand=links", {"query": "Queue: OPS"})
    (seen,) = demo.journal
    assert (seen.method, seen.path, seen.status) == ("POST", "/v3/issues/_search", 200)
    assert seen.query == {"perPage": ["5"], "expand": ["links"]}
    assert seen.body == {"query": "Queue: OPS"}
    assert seen.headers["Authorization"].endswith(demo.access.token)
    assert demo.access.token not in repr(seen)
    demo.journal.clear()
    assert demo.journal == []


def test_connections_are_kept_alive(demo: Demo):
    """Several requests go through one connection, errors and empty bodies among them."""
    headers = {"Authorization": f"OAuth {demo.access.token}", "X-Org-ID": demo.access.org_id}
    connection = http.client.HTTPConnection("127.0.0.1", int(demo.url.rpartition(":")[2]), timeout=20)
    statuses, sockets = [], set()
    for method, path, body in (
        ("GET", "/v3/myself", None),
        ("POST", "/v3/nothing", b"x" * 1000),
        ("POST", "/v3/system/search/scroll/_clear", b"{}"),
        ("HEAD", "/v3/myself", None),
        ("GET", "/v3/myself", None),
    ):
        connection.request(method, path, body, headers)
        sockets.add(connection.sock)
        answer = connection.getresponse()
        statuses.append((answer.status, bool(answer.read())))
    connection.close()
    assert statuses == [(200, True), (404, True), (200, False), (200, False), (200, True)]
    assert len(sockets) == 1


def test_a_chunked_request(demo: Demo):
    """A body without a length is read to its end."""
    headers = {"Authorization": f"OAuth {demo.access.token}", "X-Org-ID": demo.access.org_id}
    connection = http.client.HTTPConnection("127.0.0.1", int(demo.url.rpartition(":")[2]), timeout=20)
    parts = [b'{"query": ', b'"Queue: OPS"}']
    connection.request("POST", "/v3/issues/_count", iter(parts), headers, encode_chunked=True)
    assert connection.getresponse().read() == b"3"
    connection.close()


def test_many_at_once(ask: Any, demo: Demo):
    """Threads are served side by side, each with its own answer."""

    def one(number: int) -> str:
        answer = ask.session.get(f"{demo.url}/v3/issues/DEV-{number}", timeout=20)
        return str(answer.json()["key"])

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(one, range(1, 61))) == [f"DEV-{number}" for number in range(1, 61)]
    assert len(demo.journal) == 60


def test_closing_leaves_nothing(world: World):
    """No thread and no socket stays, not even of a connection that is still open; the port is free again."""
    before = set(threading.enumerate())
    demo = Demo(world, Access(world)).start()
    port = int(demo.url.rpartition(":")[2])
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", "/v3/myself")
    connection.getresponse().read()
    demo.close()
    assert set(threading.enumerate()) == before
    connection.close()
    with Demo(world, Access(world), port=port) as again:
        assert again.url == demo.url


def test_closing_twice_or_unstarted(world: World):
    """Neither hangs nor fails."""
    demo = Demo(world, Access(world))
    demo.close()
    demo.close()


def test_a_taken_port(world: World, demo: Demo):
    """The error says so."""
    with pytest.raises(OSError, match="in use"):
        Demo(world, Access(world), port=int(demo.url.rpartition(":")[2]))


def test_the_world_lives(serve: Callable[..., Demo], client_of: Any):
    """`live` is called before an API request, about once a second, not for the login pages."""
    calls: list[Any] = []
    demo = serve(evolve=lambda _, now: calls.append(now))
    ask = client_of(demo)
    ask.session.post(f"{demo.url}/token", timeout=20)
    assert calls == []
    for _ in range(5):
        assert ask("/myself").status_code == 200
    assert len(calls) == 1
    assert calls[0].tzinfo is not None


def test_behaviour_may_change_while_it_runs(serve: Callable[..., Demo], client_of: Any):
    """The next request heeds it."""
    demo = serve(behaviour=Behaviour())
    ask = client_of(demo)
    assert ask("/myself").status_code == 200
    demo.behaviour.missing_org_status = 401
    assert ask.session.get(f"{demo.url}/v3/myself", headers={"X-Org-ID": None}, timeout=20).status_code == 401
