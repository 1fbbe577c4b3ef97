"""A child process made by fork does not touch the connections of its parent."""

import pytest

from tests.forks import in_child

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
@pytest.mark.parametrize("tls", [False, True])
def test_closing_in_the_child_leaves_the_parents_connection_open(hang, make_transport, tls):
    """After a child has closed the transport, the parent goes on using the connection that it had."""
    service = hang(ANSWER, ANSWER, tls=tls)
    transport = make_transport(service.url)
    assert transport.send("GET", service.url).connect_s > 0
    in_child(transport.close)
    assert transport.send("GET", service.url).connect_s == 0
