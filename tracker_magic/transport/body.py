"""Read the body of an answer, into memory or a file: in pieces, no larger than it may be, within the time limit."""

import io
from collections.abc import Iterator
from contextlib import closing
from http import HTTPStatus
from typing import Any, BinaryIO, Final

import requests

from tracker_magic.errors import BadOption
from tracker_magic.transport.cancellation import InFlightRequest

# What a body may have once decoded: a page has a few megabytes, an error some words.
LARGEST_PAGE: Final = 2**28
LARGEST_FILE: Final = 2**31
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


def read_body(
    response: requests.Response, request: InFlightRequest, largest: int, file: BinaryIO | None = None
) -> tuple[bytes, bool]:
    """The body, and whether the headers say where it ends; of an error no more than LARGEST_ERROR.

    With `file`, the body of an answer that is no error replaces its content, and what is returned is empty.
    """
    if response.status_code >= HTTPStatus.MULTIPLE_CHOICES:
        largest, file = LARGEST_ERROR, None
    size = whole_number(response.headers.get("Content-Length", ""))
    is_one_chunk = size and size <= _LARGEST_CHUNK and "Content-Encoding" not in response.headers and file is None
    with closing(response):  # its connection cannot be used again if part of the body is left
        pieces = _limited(response.iter_content(size if is_one_chunk else _CHUNK), request, largest)
        body = _joined(pieces) if file is None else _written(pieces, file)
    if size and request.has_surplus:
        raise requests.exceptions.ChunkedEncodingError("the body goes on after its announced end")
    return body, size is not None or "chunked" in response.headers.get("Transfer-Encoding", "").lower()


def _limited(pieces: Iterator[bytes], request: InFlightRequest, limit: int) -> Iterator[bytes]:
    """The pieces. Raises TooLargeError once they are more than `limit` bytes.

    Decoding goes on without the connection, so an interrupt and the time limit are looked at between two pieces.
    """
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > limit:
            raise TooLargeError(f"more than {limit >> 20:,} MB")
        request.check()
        yield piece
    request.check()


def _joined(pieces: Iterator[bytes]) -> bytes:
    body = io.BytesIO(next(pieces, b""))  # a single piece is not copied
    body.seek(0, io.SEEK_END)
    body.writelines(pieces)
    return body.getvalue()


def _written(pieces: Iterator[bytes], file: BinaryIO) -> bytes:
    _write(file, b"", is_first=True)
    for piece in pieces:
        _write(file, piece)
    return b""


def _write(file: BinaryIO, piece: bytes, *, is_first: bool = False) -> None:
    """Write a piece, the first one over what an earlier attempt has left. Raises BadOption if that is not possible."""
    try:
        if is_first:
            file.seek(0)
            file.truncate()
        file.write(piece)
        file.flush()
    except OSError as problem:  # of the disk: not to be taken for one of the connection
        error = not_writable(problem)
    else:
        return
    raise error


def not_writable(problem: Exception) -> BadOption:
    """The error for a file that cannot be written."""
    hint = "Check the folder and its free space, or name another file."
    return BadOption(f"the file cannot be written ({problem})", hint=hint)


def whole_number(value: Any) -> int | None:
    """The value of a header or parameter that is a whole number, else None; nothing is counted in more digits."""
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else None
