"""Injected faults: which one strikes a request, and what it answers."""

import time
from threading import Lock
from typing import Literal

import orjson
from werkzeug import Response

from tracker_magic.demo.behaviour import Behaviour, Fault
from tracker_magic.demo.refusal import ApiError
from tracker_magic.demo.service import Service

End = Literal["whole", "cut", "drop"] | float  # a number: the body drips, so many seconds between the drops

PAGE = b"<!DOCTYPE html><html><head><title>%d</title></head><body><h1>Something went wrong</h1></body></html>"
REDIRECTS = {301, 302, 303, 307, 308}
_lock = Lock()


def take(behaviour: Behaviour, path: str, body: bytes = b"") -> Fault | None:
    """The fault that strikes this request, used up by one; each fault counts the requests of its own path and body."""
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


def prepare(fault: Fault, service: Service) -> None:
    """What a fault does before the request is carried out."""
    if fault.hook is not None:
        fault.hook()
    if fault.kind == "slow":
        time.sleep(fault.seconds)
    elif fault.kind == "expire_scroll":
        with service.lock:
            service.scrolls.forget()


def replace(fault: Fault) -> Response | None:
    """The answer given in place of the real one; None where the request is carried out."""
    if fault.kind == "status":
        body = ApiError(fault.status, "Injected fault.").body()
        answer = Response(headers=fault.headers, status=fault.status, content_type="application/json;charset=UTF-8")
        answer.set_data(orjson.dumps(body))
        return answer
    if fault.kind == "html":
        return Response(PAGE % fault.status, fault.status, fault.headers, content_type="text/html; charset=utf-8")
    if fault.kind in {"empty", "shape"}:
        content = b"" if fault.kind == "empty" else orjson.dumps(fault.body)
        return Response(content, 200, fault.headers, content_type="application/json;charset=UTF-8")
    if fault.kind == "redirect":
        status = fault.status if fault.status in REDIRECTS else 302
        return Response(b"", status, {**fault.headers, "Location": fault.location})
    return Response() if fault.kind == "reset" else None  # of the former nothing is sent


def garble(fault: Fault | None, answer: Response) -> None:
    """Leave half of the body, as if it were all."""
    if fault is not None and fault.kind == "garble":
        body = answer.get_data()
        answer.set_data(body[: len(body) // 2])


def end(fault: Fault | None) -> End:
    """How the connection ends: with the whole answer, in the middle of it, without, or in drops."""
    if fault is None:
        return "whole"
    if fault.kind == "drip":
        return float(fault.seconds)
    return "cut" if fault.kind == "cut" else "drop" if fault.kind in {"drop", "reset"} else "whole"
