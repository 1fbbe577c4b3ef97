"""Pooled connections that tell the exchange under way which of them it uses, and wait no longer than it may take.

A time limit on reading begins anew with every piece: by itself it never ends an answer that comes drop by drop.
"""

import io
import socket
import ssl
from functools import cache
from http.client import HTTPResponse
from typing import Any, Final

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.util.wait import wait_for_read

from tracker_magic.interrupts import allow_interrupts, in_main_thread
from tracker_magic.transport.cancellation import InFlightRequest, current_request

_LOOK_S: Final = 0.1  # how long an interrupt may have to wait
_LEAST_S: Final = 0.001  # with none at all a socket would not wait, and tell something else than a timeout


class Adapter(HTTPAdapter):
    """requests' own adapter, with and without a proxy, over such connections."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pools of the connections that need no proxy."""
        super().init_poolmanager(*args, **kwargs)
        _tell(self.poolmanager)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        """The pools of the connections through a proxy."""
        manager = super().proxy_manager_for(*args, **kwargs)
        _tell(manager)
        return manager


class _InTime(io.RawIOBase):
    """Reads `raw`, the stream of the connection `line`, until the time of the exchange under way is over."""

    def __init__(self, raw: io.RawIOBase, line: socket.socket) -> None:
        self._raw, self._line = raw, line

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        exchange = current_request()
        if exchange is None:
            return self._raw.readinto(buffer)
        if (left_s := exchange.left_s) <= 0:
            raise TimeoutError
        self._line.settimeout(left_s)
        with allow_interrupts():
            self._await(exchange)
            size = self._raw.readinto(buffer)
        exchange.answered = True
        return size

    def _await(self, exchange: InFlightRequest) -> None:
        """Wait for a piece, in steps: an interrupt that comes as a wait begins is seen when it is over."""
        if not in_main_thread() or not isinstance(self._line, socket.socket):
            return
        while not (_has_more(self._line) or wait_for_read(self._line, min(_LOOK_S, max(exchange.left_s, 0.0)))):
            if exchange.left_s <= 0:
                raise TimeoutError

    def fileno(self) -> int:
        return self._raw.fileno()

    def close(self) -> None:
        self._raw.close()
        super().close()


def _has_more(line: socket.socket) -> bool:
    """Whether TLS holds a piece that has come."""
    return isinstance(line, ssl.SSLSocket) and line.pending() > 0


class _Response(HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_InTime(self.fp.detach(), sock))


class _Connection(HTTPConnection):
    response_class = _Response

    def _new_conn(self) -> socket.socket:
        """A connection that stands; a proxy's tunnel and TLS are still to come."""
        line = super()._new_conn()
        if exchange := current_request():
            exchange.use(line)
            left_s = max(exchange.left_s, _LEAST_S)
            line.settimeout(min(line.gettimeout() or left_s, left_s))  # for TLS, which is one wait
        return line

    def connect(self) -> None:
        with allow_interrupts():
            super().connect()
        if exchange := current_request():
            exchange.connects()

    def send(self, data: Any) -> None:
        with allow_interrupts():
            super().send(data)


class _Pool(HTTPConnectionPool):
    def urlopen(self, *args: Any, **kwargs: Any) -> Any:
        # urllib3 1 takes half a body for a whole one, unless it is told to count.
        return super().urlopen(*args, **{"enforce_content_length": True, **kwargs})

    def _get_conn(self, timeout: float | None = None) -> Any:
        connection: Any = super()._get_conn(timeout)
        line = getattr(connection, "sock", None)
        if line is not None and (exchange := current_request()):
            exchange.use(line)
            exchange.connected = True
            line.settimeout(max(exchange.left_s, _LEAST_S))  # urllib3 1 would send under what the last one left
        return connection

    def _put_conn(self, conn: Any) -> None:
        # Before another thread can take it out: that one's request must not end with this one.
        if exchange := current_request():
            exchange.leave()
            if conn is not None and exchange.stopped:
                conn.close()
        super()._put_conn(conn)


def _tell(manager: Any) -> None:
    """Let the pools that `manager` (of urllib3, also one for a proxy) makes from now on have such connections."""
    classes = manager.pool_classes_by_scheme
    manager.pool_classes_by_scheme = {scheme: _telling(pool) for scheme, pool in classes.items()}


@cache
def _telling(pool: type[HTTPConnectionPool]) -> type[HTTPConnectionPool]:
    """`pool` (for http, https, SOCKS) with connections that tell."""
    if issubclass(pool, _Pool):
        return pool
    connection = type(pool.ConnectionCls.__name__, (_Connection, pool.ConnectionCls), {})
    return type(pool.__name__, (_Pool, pool), {"ConnectionCls": connection})
