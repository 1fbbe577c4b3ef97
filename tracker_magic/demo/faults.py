"""Injected faults: which one a request gets, and what it does to the response; `listener` breaks the connection."""

import gzip
import time
from threading import Lock
from typing import Any

import orjson
from werkzeug import Response

from tracker_magic.demo.behaviour import Behaviour, Fault
from tracker_magic.demo.service import JSON, ApiError, Service

HTML_PAGE = b"<!DOCTYPE html><html><head><title>%d</title></head><body><h1>Something went wrong</h1></body></html>"
REDIRECTS = {301, 302, 303, 307, 308}
MEGABYTE = b" " * 2**20
_lock = Lock()


def take_fault(behaviour: Behaviour, path: str, body: bytes = b"") -> Fault | None:
    """Take the fault that this request gets and count it; each fault counts the requests with its own path and body."""
    with _lock:
        for fault in behaviour.faults:
            if fault.path not in path or fault.times <= 0 or fault.body_has.encode() not in body:
                continue
            if fault.skip > 0:
                fault.skip -= 1
                continue
            fault.times -= 1
            return fault
    return None


def before_request(fault: Fault, service: Service) -> None:
    """Do what a fault does before the request is carried out."""
    if fault.hook is not None:
        fault.hook()
    if fault.kind == "slow":
        time.sleep(fault.seconds)
    elif fault.kind == "expire_scroll":
        with service.lock:
            service.scrolls.forget()


def fault_response(fault: Fault) -> Response | None:
    """The response sent instead of carrying out the request; None if the request is carried out."""
    if fault.kind == "status":
        content = orjson.dumps(ApiError(fault.status, "Injected fault.").body())
        return Response(content, fault.status, fault.headers, content_type=JSON)
    if fault.kind == "html":
        return Response(HTML_PAGE % fault.status, fault.status, fault.headers, content_type="text/html; charset=utf-8")
    if fault.kind in {"empty", "shape"}:
        content = b"" if fault.kind == "empty" else _json(fault.body)
        return Response(content, 200, fault.headers, content_type=JSON)
    if fault.kind == "refuse":
        return Response(_json(fault.body), fault.status, fault.headers, content_type=JSON)
    if fault.kind == "redirect":
        status = fault.status if fault.status in REDIRECTS else 302
        return Response(b"", status, {**fault.headers, "Location": fault.location})
    return Response() if fault.kind == "reset" else None  # never sent: the connection ends first


def _json(body: Any) -> bytes:
    return body if isinstance(body, bytes) else orjson.dumps(body)


def _truncate(response: Response) -> None:
    """Leave half of the body, with headers as if it were whole."""
    body = response.get_data()
    response.set_data(body[: len(body) // 2])


def change_body(fault: Fault, response: Response) -> None:
    """Do what a fault does to the body of the response, whose headers are those of the changed body."""
    if fault.kind == "garble":
        _truncate(response)
    elif fault.kind == "damage":
        _damage(response)
    elif fault.kind == "replace":
        response.set_data(response.get_data().replace(fault.old, fault.new))
    elif fault.kind == "header":
        response.headers.update(fault.headers)
    elif fault.kind == "gzip":
        response.set_data(gzip.compress(response.get_data()) + gzip.compress(MEGABYTE) * fault.by)
        response.headers["Content-Encoding"] = "gzip"


def _damage(response: Response) -> None:
    """Replace the first colon after a name in the second half of the body; one in a text would do no damage."""
    body = response.get_data()
    middle = len(body) // 2
    response.set_data(body[:middle] + body[middle:].replace(b'":', b'"=', 1))
