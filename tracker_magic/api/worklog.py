"""Fetch everybody's work records: page by page, in ranges of creation times if they are too many or change meanwhile.

How the service pages them is not documented: https://yandex.ru/support/tracker/en/api-ref/issues/search-worklog
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from tracker_magic.api import protocol
from tracker_magic.api.client import Client
from tracker_magic.api.criteria import Range
from tracker_magic.api.endpoints import ENDPOINTS, WINDOW, is_full
from tracker_magic.api.execution import Operation
from tracker_magic.api.pagination import (
    MAX_EMPTY,
    MAX_READINGS,
    PageReader,
    SeenRecords,
    ServicePages,
    id_of,
    problem_of,
    reported_total,
)
from tracker_magic.api.protocol import CREATED, Answer, Params, Records, Request
from tracker_magic.api.scroll import created_at
from tracker_magic.errors import BadQuery, NotFound, Refused, UnexpectedReply
from tracker_magic.transport.body import whole_number

_WORKLOG: Final = ENDPOINTS["all_worklog"]
_FIRST_PAGE: Final[Params] = {"perPage": _WORKLOG.per_page}
_BEFORE_ALL: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SHORTEST: Final = timedelta(milliseconds=2)  # a range that can be cut; the service's times have milliseconds
# Records created after the call began are left out, since they might never end. The clocks of the service's machines
# may differ by the first, and if the service does not tell its time, this machine's clock by the second.
_CLOCKS_DIFFER: Final = timedelta(seconds=1)
_CLOCK_IS_UNKNOWN: Final = timedelta(days=1)
_SETTLED: Final = timedelta(minutes=1)  # after this time, no record is added to a range


def fetch_worklog(
    client: Client, operation: Operation, created_by: str | None, since: datetime | None
) -> Iterator[Records]:
    """Yield the work records created from `since` (None: ever) until now, each once.

    A range of creation times whose pages cannot be read to the end is cut in two, and so is one of several pages to
    which records may be added, at a moment before. Raises UnexpectedReply if a range of one page is not complete
    either, BadQuery if the service refuses the request however little it asks for.
    """
    settled, until = _ends(client, operation)
    seen = SeenRecords()
    parts = [(Range(since, until), 1)] if since is None or since < until else []
    while parts:
        part, attempt = parts.pop()
        reader = ServicePages(client, operation, _request(created_by, part))
        reading = _Reading(reader, is_growing=part.has_inside(settled))
        for records in reading.read():
            yield seen.new(records)
        if not reading.problem:
            continue
        if reading.refusal is not None:
            _raise_unless_about_size(client, operation, _request(created_by, Range(until, until)), reading.refusal)
        if reading.is_long and (bound := _bound_inside(part, settled, reading.oldest)):
            parts += [(Range(bound, part.high), 1), (Range(part.low, bound), 1)]
        elif attempt < MAX_READINGS:
            parts.append((part, attempt + 1))
        else:
            raise UnexpectedReply(f"{reading.problem}; the worklog cannot be completed")


def _ends(client: Client, operation: Operation) -> tuple[datetime, datetime]:
    """Until when all records are there, and when the last one can have been created that was there at the start."""
    now, margin = client.service_time(operation), _CLOCKS_DIFFER
    if now is None:
        now, margin = operation.clock.now(), _CLOCK_IS_UNKNOWN
    return now - margin - _SETTLED, now + margin


def _request(created_by: str | None, part: Range) -> Request:
    body: dict[str, Any] = {"createdBy": created_by} if created_by else {}
    return Request("POST", _WORKLOG.path, body={**body, CREATED: part.bounds}, reads="records")


def _raise_unless_about_size(client: Client, operation: Operation, smallest: Request, refusal: Refused) -> None:
    """Raise the refusal of a range, unless the service accepts the request for an empty one."""
    try:
        client.fetch(operation, smallest)
    except (BadQuery, NotFound):
        raise refusal from None


def _bound_inside(part: Range, settled: datetime, oldest: datetime | None) -> datetime | None:
    """Where to cut a range, whose pieces share this bound: at `settled`, else in the middle; None: it is too short.

    `oldest`: the creation time of the first record that is known in it.
    """
    if part.has_inside(settled):
        return settled
    high = part.high or _BEFORE_ALL
    low = max(end for end in (part.low, oldest, _BEFORE_ALL) if end is not None)
    if high - low < _SHORTEST:
        return None
    middle = low + (high - low) / 2
    return middle.replace(microsecond=middle.microsecond // 1000 * 1000)


class _Reading:
    """One reading of a range: its pages are found by `Link`, else by number, else by the last id.

    `is_growing`: records may be added, so a second page is not read. `problem`: why it is not complete, perhaps since
    the first page was refused (`refusal`). `is_long`: two halves of the range may have fewer pages. `oldest`: the
    creation time of its first record so far.
    """

    def __init__(self, reader: PageReader, *, is_growing: bool) -> None:
        self.problem = ""
        self.refusal: Refused | None = None
        self.is_long = False
        self.oldest: datetime | None = None
        self._reader = reader
        self._is_growing = is_growing
        self._seen = SeenRecords()
        self._rows = 0
        self._ids: set[str | None] = set()
        self._totals: list[int] = []
        self._number = 1
        self._is_by_id = False
        self._was_full = True

    def read(self) -> Iterator[Records]:
        """Yield the new records of each page."""
        params: Params | None = _FIRST_PAGE
        while params is not None:
            try:
                answer = self._reader.page(params)
            except (BadQuery, NotFound) as error:
                self._note_refusal(error)
                break
            fresh = self._take(answer)
            yield fresh
            params = self._following(answer, fresh)
        # A total that has grown tells only of records that were added.
        totals = self._totals if sorted(self._totals) != self._totals else self._totals[:1]
        if totals and not self.problem:
            self.problem = problem_of(self._rows, set(totals))

    def _note_refusal(self, error: Refused) -> None:
        """Record a refused page. A page that was only a guess, after one that was not full, is none."""
        if not self._rows:
            self.refusal, self.is_long = error, True
        if self._was_full:
            self.problem = f"a page of work records was refused: {error.message}"

    def _take(self, answer: Answer) -> Records:
        """The new records of a page."""
        fresh = self._seen.new(answer.data)
        is_full_page = is_full(len(answer.data), _WORKLOG.per_page)
        self.is_long = self.is_long or is_full_page or (bool(fresh) and self._rows > 0)
        self._was_full = is_full_page if fresh else self._was_full
        self._rows += len(fresh)
        self._ids.update(map(id_of, fresh))
        times = [moment for record in fresh if (moment := created_at(record)) is not None]
        self.oldest = min([*times, *([self.oldest] if self.oldest else [])], default=None)
        if (total := reported_total(answer)) is not None:
            self._totals.append(total)
        return fresh

    def _following(self, answer: Answer, fresh: Records) -> Params | None:
        """The parameters of the next page; None: there is none, or it cannot be found, which is a `problem`."""
        linked = protocol.links(answer.headers).get("next")
        if linked is None and (not answer.data or self._rows in self._totals[-1:]):
            return None
        self.is_long = self.is_long or linked is not None
        self._note_obstacle()
        if self.problem:
            return None
        if linked is None:
            return self._guess(answer, fresh)
        self._number = whole_number(linked.get("page")) or self._number + 1
        return {**_FIRST_PAGE, **linked}

    def _note_obstacle(self) -> None:
        """Record why a further page would be of no use, if there is a reason."""
        if self._was_full and max(self._totals, default=0) >= WINDOW:
            self.problem = f"there are more than {WINDOW:,} work records"
        elif self.is_long and self._is_growing:  # a record that is added would hide that another one was deleted
            self.problem = "there are several pages of work records, and more may be added"
        elif self._seen.empty_pages > MAX_EMPTY:
            self.problem = "the service returned the same work records again, although more follow"

    def _guess(self, answer: Answer, fresh: Records) -> Params | None:
        """The parameters of the page after one without a `Link`: by number, unless that gave the same page again.

        Only an empty page is the end, or one that repeats a page that was not full.
        """
        if fresh:
            self._number += 1
        elif not self._was_full:
            return None
        elif not self._is_by_id:
            self._is_by_id = True
        else:
            self.problem = "the service returned the same work records again"
            return None
        if not self._is_by_id:
            return {**_FIRST_PAGE, "page": self._number}
        if len(self._ids) < self._rows:
            self.problem = "ids of work records do not say where a page begins, since they are not unique"
            return None
        return {**_FIRST_PAGE, "id": id_of(answer.data[-1])}
