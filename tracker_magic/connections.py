"""Pooled connections that tell the exchange under way which of them it uses, so that it can be broken off."""

import socket
from functools import cache
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool

from tracker_magic.stop import current_exchange


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


class _Connection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        """A connection that stands; a proxy's tunnel and TLS are still to come."""
        line = super()._new_conn()
        if exchange := current_exchange():
            exchange.use(line)
        return line

    def connect(self) -> None:
        super().connect()
        if exchange := current_exchange():
            exchange.connected = True


class _Pool(HTTPConnectionPool):
    def urlopen(self, *args: Any, **kwargs: Any) -> Any:
        # urllib3 1 takes half a body for a whole one, unless it is told to count.
        return super().urlopen(*args, **{"enforce_content_length": True, **kwargs})

    def _get_conn(self, timeout: float | None = None) -> Any:
        connection: Any = super()._get_conn(timeout)
        line = getattr(connection, "sock", None)
        if line is not None and (exchange := current_exchange()):
            exchange.use(line)
            exchange.connected = True
        return connection

    def _put_conn(self, conn: Any) -> None:
        # Before another thread can take it out: that one's request must not end with this one.
        if exchange := current_exchange():
            exchange.leave()
            if conn is not None and exchange.ended is not None:
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
