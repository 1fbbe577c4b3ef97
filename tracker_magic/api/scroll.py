"""One scroll: a snapshot of what a question finds, read page by page (TRACKER_API 3.3).

Its place is the server's and moves with every request: a page whose answer was lost is gone, so nothing here is asked
twice. Whoever reads it begins another one.
"""

import gc
import operator
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final

from tracker_magic.api import protocol
from tracker_magic.api.client import Answer
from tracker_magic.api.criteria import CREATED, Criteria
from tracker_magic.api.endpoints import CAPPED_PAGE, WINDOW, PageSizes, may_be_capped
from tracker_magic.api.pagination import Page, Records
from tracker_magic.errors import BadQuery, RateLimited, Refused, ServiceBroken, UnexpectedReply
from tracker_magic.transport.transport import Reply

TTL_MS: Final = 60_000
_ALWAYS: Final = frozenset({"id", "key", CREATED})  # what no issue is without
_MEANT: Final = 4  # what a service answers more often in a row is no accident
_RECORD: Final = frozenset({dict})
_TEXT: Final = frozenset({str})
_BLANKS: Final = 3  # empty pages in a row, after which no more rows are expected

Decode = Callable[[Reply], Any]
InTurn = Callable[[Decode, Reply], Any]
Ask = Callable[[dict[str, Any], Any, Decode], Answer]  # parameters, body, what makes the answer's data


@dataclass(slots=True, eq=False)
class Scroll:
    """`pages()` once; then `ids` came, of `total` where the service tells a number that can be believed.

    `take` gets each page's rows that have not come before, and keeps all or none. `ask_once` never sends a request
    again; `in_turn` lets one thread at a time hold a page in its decoded form. `tokens` release it, as long as it has
    not `ended`; `flawed` those of pages that could not be read, which are given back in any case.
    """

    ask: Ask
    ask_once: Ask
    in_turn: InTurn
    criteria: Criteria
    params: dict[str, Any]
    sizes: PageSizes
    kind: str
    take: Callable[[Page], object]
    total: int | None = None
    told: int = 0  # the same as it was told: a number that ends somewhere says at least how many there are
    newest: datetime | None = None  # when the last row was created; None where rows do not come in that order
    page_s: float = 0.0  # what the first page took
    ended: bool = False  # by the service's word, with all rows
    was_read: bool = False  # to the last page, with all rows or not
    ids: set[str] = field(default_factory=set, repr=False)
    tokens: dict[str, str] = field(default_factory=dict, repr=False)
    flawed: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def left(self) -> dict[str, str]:
        """What is to be given back of it: id → token."""
        return {**self.flawed, **({} if self.ended else self.tokens)}

    @property
    def rows(self) -> int:
        """How many unique rows came."""
        return len(self.ids)

    @property
    def reached(self) -> datetime | None:
        """Up to when all rows came of a scroll in the order of creation that broke off; None: nobody knows.

        Rows that come in that order by chance do not count, nor do those of a scroll that lost some on its way.
        """
        return self.newest if self.kind == "sorted" and not self.was_read else None

    @property
    def is_single(self) -> bool:
        """Whether the first page was all, beyond doubt: as many rows as told, and no number that a cap may be."""
        return self.ended and self.rows == self.total and not may_be_capped(self.rows)

    def pages(self, size: int | None = None) -> Iterator[int]:
        """The number of rows of each page, when they have been taken; `size`: fewer a page than usual.

        Raises UnexpectedReply where the scroll has expired, or gives the same page again.
        """
        asked, before = min(size or self.sizes.scroll, self.sizes.scroll), 0
        answer = self._first(asked)
        self.total, self.told, self.page_s = told_total(answer), told_least(answer), answer.took_s
        blanks = 0
        while True:
            if self.total is not None and self.total < self.rows:
                self.total = None  # the number ends somewhere; the rows do not
            self.sizes.scroll_came(asked, before, answer.data)
            following, before = answer.headers.get("X-Scroll-Id"), answer.data
            blanks = 0 if answer.data else blanks + 1
            self.ended = following is None and self.rows >= self.told
            yield answer.data
            if following is None or blanks >= _BLANKS or (not answer.data and self.rows == self.total):
                self.was_read = True
                return
            answer = self._next(following)

    def _read(self, reply: Reply) -> int:
        """Take the rows of one page; how many it has."""
        # The collector would look through a page's ten thousands of new dicts again and again, and find nothing: a
        # tenth of the way to a frame. Of several threads the one that turned it off turns it on.
        collects = gc.isenabled()
        gc.disable()
        try:
            return self._take_page(reply)
        finally:
            if collects:
                gc.enable()

    def _take_page(self, reply: Reply) -> int:
        page = _Page()
        self.take(self._fresh(reply, page))
        self._note_creation(list(page.fresh.values()))
        self.ids.update(page.fresh)
        return page.rows

    def _fresh(self, reply: Reply, page: "_Page") -> Iterator[Records]:
        """The rows of `page` that have not come before, as they are decoded."""
        ids, fresh = self.ids, page.fresh
        for part in protocol.parts(reply):
            records = records_of(part, self.sizes, self.params.get("fields"))
            page.rows += len(records)
            found = unseen(records, ids, fresh.keys())
            fresh.update({name: str(record.get(CREATED)) for name, record in found.items()})
            yield list(found.values())
        if page.rows and not fresh:
            raise UnexpectedReply("the service gives the same page of a scroll again")

    def _note_creation(self, texts: list[str]) -> None:
        """Keep when the last row was created, as long as all come in that order."""
        # The texts are of one form and zone: they sort as moments do.
        ascend = all(map(operator.le, texts, texts[1:])) and not (self.ids and self.newest is None)
        first, last = (moment_of(texts[0]), moment_of(texts[-1])) if texts else (None, self.newest)
        is_back = first and self.newest and first < self.newest
        self.newest = last if ascend and not is_back else None

    def _read_in_turn(self, reply: Reply) -> int:
        # The service keeps a scroll open whatever becomes of its page here: where a page is asked for again, it is
        # the first one of another scroll.
        opened = _tokens(reply)
        self.flawed |= opened
        rows = int(self.in_turn(self._read, reply))
        for name in opened:
            self.flawed.pop(name, None)
        self.tokens |= opened
        return rows

    def _first(self, size: int) -> Answer:
        params = {**self.params, "scrollType": self.kind, "scrollTTLMillis": TTL_MS}
        try:
            answer = self.ask({**params, "perScroll": size}, self.criteria.body(), self._read_in_turn)
        except BadQuery as error:
            # The query may be at fault or the page; which is known once a page of that size has come, or is told.
            is_known = self.sizes.scroll_is_known and size <= self.sizes.scroll  # another thread may just have learned
            if not may_be_about_size(error, "perScroll", size, is_known=is_known):
                raise
            answer = self.ask({**params, "perScroll": CAPPED_PAGE}, self.criteria.body(), self._read_in_turn)
            self.sizes.scroll = size = CAPPED_PAGE
        self.sizes.page_s = answer.took_s if self.tokens else self.sizes.page_s
        self.sizes.scroll_is_known = self.sizes.scroll_is_known or size >= self.sizes.scroll
        return answer

    def _next(self, scroll_id: str) -> Answer:
        # `fields` and `expand` go along: whether the service remembers them is not documented.
        params = {**self.params, "scrollId": scroll_id, "scrollTTLMillis": TTL_MS}
        try:
            return self.ask_once(params, self.criteria.body(), self._read_in_turn)
        except (RateLimited, ServiceBroken):
            raise
        except Refused:
            # How an expired scroll is refused is documented nowhere; the query and the rights were fine before.
            said = "the scroll has expired or is not known any more"
        raise UnexpectedReply(said)


def _tokens(reply: Reply) -> dict[str, str]:
    """What gives the scroll of this page back: id → token."""
    scroll_id = reply.headers.get("X-Scroll-Id")
    return {scroll_id: reply.headers.get("X-Scroll-Token", "")} if scroll_id else {}


def may_be_about_size(error: BadQuery, parameter: str, size: int, *, is_known: bool) -> bool:
    """Whether a refusal may be of a page of `size`, not of the query: a page larger than any service must give, by 400.

    One of a size that is known to be given is only where the refusal names the parameter.
    """
    may_be = error.status == HTTPStatus.BAD_REQUEST and size > CAPPED_PAGE
    return may_be and (not is_known or parameter in str(error))


@dataclass(slots=True)
class _Page:
    """How many rows a page has, and of the new ones when each was created, by id."""

    rows: int = 0
    fresh: dict[str, str] = field(default_factory=dict)


def told_total(answer: Answer) -> int | None:
    """`X-Total-Count`, but for the number where it is known to end: 10,000 may stand for any larger one."""
    told = protocol.number(answer.headers, "X-Total-Count")
    return None if told == WINDOW else told


def told_least(answer: Answer) -> int:
    """How many there are at least: `X-Total-Count`, wherever it ends."""
    return protocol.number(answer.headers, "X-Total-Count") or 0


def records_of(data: Any, sizes: PageSizes, fields: str | None = None) -> Records:
    """The issues of an answer to which `fields` were asked (None: all). Raises UnexpectedReply for anything else.

    Every issue has an id and a key, and was created at some time: a record without is none of those asked for. Only
    of a service that says so again and again it is believed that its issues tell no time (`sizes` keeps that).
    """
    needed = _ALWAYS if fields is None else {"id"} | _ALWAYS.intersection(fields.split(","))
    if isinstance(data, list) and _have_texts(data, needed - {CREATED}):
        if _have_texts(data, needed & {CREATED}):
            sizes.undated = 0 if data else sizes.undated
            return data
        sizes.undated += 1
        if sizes.undated > _MEANT:
            return data
    raise UnexpectedReply("the search answered something else than a list of issues", hint="Try again.")


def _have_texts(data: list[Any], names: AbstractSet[str]) -> bool:
    """Whether all are records with texts of these names."""
    if not _RECORD.issuperset(map(type, data)):
        return False
    return all(_TEXT.issuperset(map(type, [record.get(name) for record in data])) for name in names)


def unseen(records: Records, *seen: AbstractSet[str]) -> dict[str, dict[str, Any]]:
    """Those of the records that have not come before, by id."""
    fresh = {record["id"]: record for record in records}
    for ids in seen:
        for name in fresh.keys() & ids:
            del fresh[name]
    return fresh


def created(record: dict[str, Any]) -> datetime | None:
    """When an issue was created; None where that is not told in a form we know."""
    return moment_of(str(record.get(CREATED)))


def moment_of(text: str) -> datetime | None:
    """The moment that a text of the service tells; None where it is of no form we know."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else None
