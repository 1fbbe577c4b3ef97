"""The server: versions, credentials, journal, connections, closing."""

import http.client
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from tests.forks import in_child
from tracker_magic.demo.behaviour import Behaviour
from tracker_magic.demo.login.access import Access
from tracker_magic.demo.model import World
from tracker_magic.demo.server import Demo


def test_names_have_what_a_client_needs(demo: Demo):
    """`names` has the addresses, the token, the organisation and the application."""
    assert set(demo.names) == {
        "TRACKER_API_BASE_URL",
        "TRACKER_TOKEN",
        "TRACKER_ORG_ID",
        "TRACKER_CLIENT_ID",
        "TRACKER_CLIENT_SECRET",
        "TRACKER_OAUTH_BASE_URL",
        "TRACKER_IAM_BASE_URL",
        "TRACKER_METADATA_BASE_URL",
        "TRACKER_WEB_URL",
    }
    assert demo.names["TRACKER_API_BASE_URL"] == demo.url
    assert all(demo.names.values())


def test_the_clock_of_the_service_may_be_wrong(api: Any, demo: Demo):
    """`Date` shows the service's clock, which may be ahead of this machine's, or is missing."""
    demo.behaviour.clock_ahead_s = 3600.0
    date = parsedate_to_datetime(api("/myself").headers["Date"])
    assert timedelta(minutes=59) < date - datetime.now(UTC) <= timedelta(hours=1)
    demo.behaviour.clock_ahead_s = None
    assert "Date" not in api("/myself").headers


def test_the_date_of_a_reply_is_the_time_of_the_service(world: World, client_of: Any):
    """`Date` comes from the clock that also decides when tokens expire."""
    moment = datetime(2031, 5, 4, 3, 2, 1, tzinfo=UTC)
    with Demo(world, Access(world, clock=lambda: moment)) as demo:
        assert parsedate_to_datetime(client_of(demo)("/myself").headers["Date"]) == moment


def test_credentials_are_checked(api: Any, demo: Demo):
    """A missing token gets 401, a missing or wrong organisation 403; the text `not provided` counts as missing."""
    get, address = api.session.get, f"{demo.url}/v3/myself"
    assert get(address, headers={"Authorization": None}, timeout=20).status_code == 401
    assert get(address, headers={"Authorization": "OAuth y0_wrong"}, timeout=20).status_code == 401
    assert get(address, headers={"X-Org-ID": None}, timeout=20).status_code == 403
    assert get(address, headers={"X-Org-ID": "1"}, timeout=20).status_code == 403
    cloud = {"X-Org-ID": "not provided", "x-cloud-org-id": demo.access.cloud_org_id}
    assert get(address, headers=cloud, timeout=20).status_code == 200


def test_unknown_addresses(api: Any, demo: Demo):
    """An unknown address gets 404 and a wrong method 405, after the credentials; unknown parameters are ignored."""
    assert api("/nothing").status_code == 404
    assert api("/nothing").json()["statusCode"] == 404
    assert api("/issues/_count", method="GET").status_code == 404
    assert api("/myself", {}).status_code == 405
    assert api.session.get(f"{demo.url}/v3/nothing", headers={"Authorization": None}, timeout=20).status_code == 401
    assert api("/myself?_pyClientLocalMapRead=x&whatever=1").status_code == 200
    assert api.session.get(f"{demo.url}/v1/myself", timeout=20).status_code == 404
    assert api.session.get(f"{demo.url}/myself", timeout=20).status_code == 404


def test_the_login_services_share_the_port(api: Any, demo: Demo):
    """OAuth answers at the root without a token, and not below the path of the API."""
    response = api.session.post(f"{demo.url}/token", data={"grant_type": "nothing"}, timeout=20)
    assert response.status_code == 400
    assert "error" in response.json()
    assert api("/token", {}).status_code == 404


def test_the_journal(api: Any, demo: Demo):
    """The journal has method, path, query, headers, body and status of each request; its repr shows no secret."""
    api("/issues/_search?perPage=5&expand=links", {"query": "Queue: OPS"})
    (recorded,) = demo.journal
    assert (recorded.method, recorded.path, recorded.status) == ("POST", "/v3/issues/_search", 200)
    assert recorded.query == {"perPage": ["5"], "expand": ["links"]}
    assert recorded.body == {"query": "Queue: OPS"}
    assert recorded.headers["Authorization"].endswith(demo.access.token)
    assert demo.access.token not in repr(recorded)
    demo.journal.clear()
    assert demo.journal == []


@pytest.mark.parametrize("path", ["/v3/myself", "/v3/nothing", "/authorize", "/computeMetadata/v1/"])
@pytest.mark.parametrize("host", ["evil.example", "evil.example:{port}", "127.0.0.1.evil", "localhost@evil", ""])
def test_a_foreign_host_is_refused(api: Any, demo: Demo, path: str, host: str):
    """A request under a name that is not loopback's, as after DNS rebinding, gets 421 and nothing else."""
    port = demo.url.rpartition(":")[2]
    response = api.session.get(demo.url + path, headers={"Host": host.format(port=port)}, timeout=20)
    assert (response.status_code, response.json()["statusCode"]) == (421, 421)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:9000", "localhost:{port}", "LocalHost", "[::1]:{port}"])
def test_the_names_of_loopback_are_accepted(api: Any, demo: Demo, host: str):
    """Every name of loopback is accepted, with any port: a tunnel may forward another one."""
    headers = {"Host": host.format(port=demo.url.rpartition(":")[2])}
    assert api.session.get(f"{demo.url}/v3/myself", headers=headers, timeout=20).status_code == 200


def test_connections_are_kept_alive(demo: Demo):
    """One connection carries several requests, also after errors and responses without a body."""
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
        response = connection.getresponse()
        statuses.append((response.status, bool(response.read())))
    connection.close()
    assert statuses == [(200, True), (404, True), (200, False), (200, False), (200, True)]
    assert len(sockets) == 1


def test_a_chunked_request(demo: Demo):
    """A chunked request body is read to its end."""
    headers = {"Authorization": f"OAuth {demo.access.token}", "X-Org-ID": demo.access.org_id}
    connection = http.client.HTTPConnection("127.0.0.1", int(demo.url.rpartition(":")[2]), timeout=20)
    parts = [b'{"query": ', b'"Queue: OPS"}']
    connection.request("POST", "/v3/issues/_count", iter(parts), headers, encode_chunked=True)
    assert connection.getresponse().read() == b"3"
    connection.close()


def test_concurrent_requests(api: Any, demo: Demo):
    """Concurrent requests get their own responses."""

    def one(number: int) -> str:
        response = api.session.get(f"{demo.url}/v3/issues/DEV-{number}", timeout=20)
        return str(response.json()["key"])

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(one, range(1, 61))) == [f"DEV-{number}" for number in range(1, 61)]
    assert len(demo.journal) == 60


def test_closing_leaves_no_thread_and_no_socket(world: World):
    """Closing ends open connections and their threads, and frees the port."""
    before = set(threading.enumerate())
    demo = Demo(world, Access(world)).start()
    port = int(demo.url.rpartition(":")[2])
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", "/v3/myself")
    connection.getresponse().read()
    assert demo.open_connections == 1
    demo.close()
    assert demo.open_connections == 0
    assert set(threading.enumerate()) == before
    connection.close()
    with Demo(world, Access(world), port=port) as again:
        assert again.url == demo.url


def test_closing_twice_or_unstarted(world: World):
    """Closing a server twice, or one that was never started, is not an error."""
    demo = Demo(world, Access(world))
    demo.close()
    demo.close()


def test_a_taken_port(world: World, demo: Demo):
    """A port that is in use is an OSError that says so."""
    with pytest.raises(OSError, match="in use"):
        Demo(world, Access(world), port=int(demo.url.rpartition(":")[2]))


def test_the_world_evolves(serve: Callable[..., Demo], client_of: Any):
    """`evolve` is called before an API request, at most once a second, and not for the login pages."""
    calls: list[Any] = []
    demo = serve(evolve=lambda _, now: calls.append(now))
    api = client_of(demo)
    api.session.post(f"{demo.url}/token", timeout=20)
    assert calls == []
    for _ in range(5):
        assert api("/myself").status_code == 200
    assert len(calls) == 1
    assert calls[0].tzinfo is not None


def test_behaviour_may_change_while_the_server_runs(serve: Callable[..., Demo], client_of: Any):
    """A change of behaviour applies to the next request."""
    demo = serve(behaviour=Behaviour())
    api = client_of(demo)
    assert api("/myself").status_code == 200
    demo.behaviour.missing_org_status = 401
    assert api.session.get(f"{demo.url}/v3/myself", headers={"X-Org-ID": None}, timeout=20).status_code == 401


@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_closing_in_a_child_process_leaves_the_parents_server_running(serve: Any, client_of: Any):
    """A child made by fork that leaves the `with` block of a Demo neither waits nor ends a connection."""
    demo = serve()
    api = client_of(demo)
    api("/myself")
    in_child(demo.close)
    assert api("/myself").status_code == 200
    assert demo.open_connections == 1
