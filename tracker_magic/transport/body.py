"""Read the body of an answer: in pieces, no larger than it may be, within the time limit."""

import io
from collections.abc import Iterator
from contextlib import closing
from http import HTTPStatus
from typing import Any, Final

import requests

from tracker_magic.transport.cancellation import InFlightRequest

# What a body may have once decoded: a page has a few megabytes, an error some words.
LARGEST_PAGE: Final = 2**28
LARGEST_ERROR: Final = 2**20
TOO_LARGE: Final = "too_large"  # the `reason` of the error for a body that is larger, or larger than the memory

# requests reads in chunks of 10 KB. A page of several megabytes is read as one chunk of its Content-Length, so that
# nothing has to be joined; a wrong length allocates no more than the largest chunk. A compressed one is decoded in
# pieces of `_CHUNK`, since a few kilobytes may stand for gigabytes.
_CHUNK: Final = 2**20
_LARGEST_CHUNK: Final = 2**24
_MOST_DIGITS: Final = 18


class TooLargeError(requests.RequestException):
    """The body is larger than it may be."""


def read_body(response: requests.Response, request: InFlightRequest, largest: int) -> tuple[bytes, bool]:
    """The body, and whether the headers say where it ends; of an error no more than LARGEST_ERROR."""
    size = whole_number(response.headers.get("Content-Length", ""))
    is_one_chunk = size and size <= _LARGEST_CHUNK and "Content-Encoding" not in response.headers
    limit = largest if response.status_code < HTTPStatus.MULTIPLE_CHOICES else LARGEST_ERROR
    with closing(response):  # its connection cannot be used again if part of the body is left
        body = _joined(response.iter_content(size if is_one_chunk else _CHUNK), request, limit)
    if size and request.has_surplus:
        raise requests.exceptions.ChunkedEncodingError("the body goes on after its announced end")
    return body, size is not None or "chunked" in response.headers.get("Transfer-Encoding", "").lower()


def _joined(pieces: Iterator[bytes], request: InFlightRequest, limit: int) -> bytes:
    # Decoding goes on without the connection, so an interrupt and the time limit are looked at between two pieces.
    body = io.BytesIO(next(pieces, b""))  # a single piece is not copied
    body.seek(0, io.SEEK_END)
    while body.tell() <= limit:
        request.check()
        if (piece := next(pieces, None)) is None:
            request.check()
            return body.getvalue()
        body.write(piece)
    raise TooLargeError(f"more than {limit >> 20:,} MB")


def whole_number(value: Any) -> int | None:
    """The value of a header or parameter that is a whole number, else None; nothing is counted in more digits."""
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else None
