"""Pooled connections that obey the time limit of the request in flight.

The timeout of requests and urllib3 restarts with every chunk that is read: it never ends an answer that trickles in.
"""

import io
import socket
import ssl
from datetime import UTC, datetime
from functools import cache
from http.client import HTTPResponse
from queue import Empty, Full
from typing import Any, Final

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool

from tracker_magic.transport.cancellation import current_request

_MINIMUM_S: Final = 0.001  # a timeout of 0 makes a socket non-blocking, which raises another error


class Adapter(HTTPAdapter):
    """An adapter for requests that uses such connections, with or without a proxy."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pools of connections without a proxy."""
        super().init_poolmanager(*args, **kwargs)
        _use_limited_pools(self.poolmanager)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        """Return the pools of connections through a proxy."""
        manager = super().proxy_manager_for(*args, **kwargs)
        _use_limited_pools(manager)
        return manager


class _LimitedStream(io.RawIOBase):
    """Reads `raw`, the stream of `connection`, within the time limit of the request in flight."""

    def __init__(self, raw: io.RawIOBase, connection: socket.socket) -> None:
        self._raw, self._connection, self._has_ended = raw, connection, False

    def readable(self) -> bool:
        return True

    def end(self) -> None:
        """Read nothing more."""
        self._has_ended = True

    def readinto(self, buffer: Any) -> int | None:
        if self._has_ended:
            return 0
        if (request := current_request()) is None:
            return self._raw.readinto(buffer)
        if (remaining_s := request.remaining_s) <= 0:
            raise TimeoutError
        self._connection.settimeout(remaining_s)
        size = self._raw.readinto(buffer)
        request.note_answer()
        return size

    def fileno(self) -> int:
        return self._raw.fileno()

    def close(self) -> None:
        self._raw.close()
        super().close()


class _AnswerReader(io.BufferedReader):
    """Reads one answer, and notes on its request if bytes follow its end: its Content-Length is too small."""

    def __init__(self, stream: _LimitedStream) -> None:
        super().__init__(stream)
        self._stream, self._request = stream, current_request()

    def close(self) -> None:
        if self._request is not None and not self.closed:
            self._stream.end()
            if self.peek().strip():
                self._request.note_surplus()
        super().close()


class _Response(HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = _AnswerReader(_LimitedStream(self.fp.detach(), sock))

    def _read_status(self) -> tuple[str, int, str]:
        status: tuple[str, int, str] = super()._read_status()  # type: ignore[misc]
        if (request := current_request()) and not request.is_connected:
            request.note_tunnel(status[1])  # http.client raises an OSError that has it in its text only
        return status


class _Connection(HTTPConnection):
    response_class = _Response
    debuglevel = 0  # at 1, http.client prints all headers; many set it on its class to debug requests

    def set_debuglevel(self, level: int) -> None:
        """Do nothing."""

    def _new_conn(self) -> socket.socket:
        """Open a TCP connection; the proxy's tunnel and TLS follow."""
        connection = super()._new_conn()
        if request := current_request():
            request.use(connection)
            remaining_s = max(request.remaining_s, _MINIMUM_S)
            connection.settimeout(min(connection.gettimeout() or remaining_s, remaining_s))  # TLS is one wait
        return connection

    def connect(self) -> None:
        super().connect()
        if request := current_request():
            request.note_connection(_certificate_until(self.sock))


def _certificate_until(connection: socket.socket | None) -> datetime | None:
    certificate = connection.getpeercert() if isinstance(connection, ssl.SSLSocket) else None
    if not certificate:
        return None
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), UTC)


class _IdleConnections:
    """The queue of a pool: last in, first out.

    Without a lock, which a fork could leave locked: urllib3 empties the queue when the pool is no longer used.
    """

    def __init__(self, maxsize: int) -> None:
        self._maxsize = maxsize
        self._connections: list[Any] = []

    def qsize(self) -> int:
        return len(self._connections)

    def put(self, connection: Any, **_: Any) -> None:
        if len(self._connections) >= self._maxsize:
            raise Full
        self._connections.append(connection)

    def get(self, **_: Any) -> Any:
        try:
            return self._connections.pop()
        except IndexError:
            raise Empty from None


class _Pool(HTTPConnectionPool):
    QueueCls: Any = _IdleConnections

    def _get_conn(self, timeout: float | None = None) -> Any:
        connection: Any = super()._get_conn(timeout)
        open_socket = getattr(connection, "sock", None)
        if open_socket is not None and (request := current_request()):
            request.note_reuse(open_socket)
            # Without this, the request would be sent with the timeout of the previous one.
            open_socket.settimeout(max(request.remaining_s, _MINIMUM_S))
        return connection

    def _put_conn(self, conn: Any) -> None:
        # Released before another thread can take the connection: cancelling this request must not break it off.
        if request := current_request():
            request.release()
            if conn is not None and request.is_broken_off:
                conn.close()
        super()._put_conn(conn)


def _use_limited_pools(manager: Any) -> None:
    """Make `manager` (urllib3's PoolManager or ProxyManager) create such pools."""
    classes = manager.pool_classes_by_scheme
    manager.pool_classes_by_scheme = {scheme: _limited(pool) for scheme, pool in classes.items()}


@cache
def _limited(pool: type[HTTPConnectionPool]) -> type[HTTPConnectionPool]:
    """A subclass of `pool` (for http, https or SOCKS) with such connections."""
    if issubclass(pool, _Pool):
        return pool
    connection = type(pool.ConnectionCls.__name__, (_Connection, pool.ConnectionCls), {})
    return type(pool.__name__, (_Pool, pool), {"ConnectionCls": connection})
