"""One scroll: a snapshot of what a question finds, read page by page (TRACKER_API 3.3).

Its place is the server's and moves with every request: a page whose answer was lost is gone, so nothing here is asked
twice. Whoever reads it begins another one.
"""

import gc
import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from tracker_magic.api import protocol
from tracker_magic.api.client import Answer
from tracker_magic.api.criteria import CREATED, Criteria
from tracker_magic.api.paging import Page, Records
from tracker_magic.api.resources import CAPPED_PAGE, WINDOW, PageSizes, may_be_capped
from tracker_magic.errors import BadQuery, RateLimited, Refused, ServiceBroken, UnexpectedReply
from tracker_magic.wire import Reply

TTL_MS: Final = 60_000
_BLANKS: Final = 3  # empty pages in a row, after which no more rows are expected

Decode = Callable[[Reply], Any]
InTurn = Callable[[Decode, Reply], Any]
Ask = Callable[[dict[str, Any], Any, Decode], Answer]  # parameters, body, what makes the answer's data


@dataclass(slots=True, eq=False)
class Scroll:
    """`pages()` once; then `ids` came, of `total` where the service tells a number that can be believed.

    `take` gets each page's rows that have not come before, and keeps all or none. `ask_once` never sends a request
    again; `in_turn` lets one thread at a time hold a page in its decoded form. `tokens` release it, as long as it has
    not `ended`.
    """

    ask: Ask
    ask_once: Ask
    in_turn: InTurn
    criteria: Criteria
    params: dict[str, Any]
    sizes: PageSizes
    kind: str
    take: Callable[[Page], int]
    total: int | None = None
    came: int = 0  # rows that were new, as `take` tells
    oldest: datetime | None = None  # when the first row was created, as far as that is told
    newest: datetime | None = None  # and the last one; None where rows do not come in the order of creation
    page_s: float = 0.0  # what the first page took
    ended: bool = False  # by the service's word, with all rows
    was_read: bool = False  # to the last page, with all rows or not
    ids: set[str] = field(default_factory=set, repr=False)
    tokens: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def rows(self) -> int:
        """How many unique rows came."""
        return len(self.ids)

    @property
    def is_single(self) -> bool:
        """Whether the first page was all, beyond doubt: as many rows as told, and no number that a cap may be."""
        return self.ended and self.rows == self.total and not may_be_capped(self.rows)

    def pages(self, size: int | None = None) -> Iterator[int]:
        """The number of rows of each page, when they have been taken; `size`: fewer a page than usual.

        Raises UnexpectedReply where the scroll has expired, or gives the same page again.
        """
        answer = self._first(min(size or self.sizes.scroll, self.sizes.scroll))
        self.total, self.page_s = told_total(answer), answer.took_s
        blanks = 0
        while True:
            following = answer.headers.get("X-Scroll-Id")
            blanks = 0 if answer.data else blanks + 1
            self.ended = following is None and self.rows >= (self.total or 0)
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
        self.came += self.take(self._fresh(reply, page))
        self._note_creation(list(page.fresh.values()))
        self.ids.update(page.fresh)
        return page.rows

    def _fresh(self, reply: Reply, page: "_Page") -> Iterator[Records]:
        """The rows of `page` that have not come before, as they are decoded."""
        ids, fresh = self.ids, page.fresh
        for part in protocol.parts(reply):
            records = records_of(part, self.params.get("fields"))
            page.rows += len(records)
            found = {each["id"]: each for each in records if each["id"] not in ids and each["id"] not in fresh}
            fresh.update((name, str(record.get(CREATED))) for name, record in found.items())
            yield list(found.values())
        if page.rows and not fresh:
            raise UnexpectedReply("the service gives the same page of a scroll again")

    def _note_creation(self, texts: list[str]) -> None:
        """Keep when the first and the last row were created, as long as all come in that order."""
        # The texts are of one form and zone: they sort as moments do.
        ascend = all(map(operator.le, texts, texts[1:])) and not (self.ids and self.newest is None)
        first, last = (moment_of(texts[0]), moment_of(texts[-1])) if texts else (None, self.newest)
        if not ascend or (first and self.newest and first < self.newest):
            last = None
        self.oldest, self.newest = self.oldest or first, last

    def _read_in_turn(self, reply: Reply) -> int:
        return int(self.in_turn(self._read, reply))

    def _first(self, size: int) -> Answer:
        params = {**self.params, "scrollType": self.kind, "scrollTTLMillis": TTL_MS}
        try:
            answer = self.ask({**params, "perScroll": size}, self.criteria.body(), self._read_in_turn)
        except BadQuery:
            # The query may be at fault or the page; which is known once a page of that size has come.
            if self.sizes.scroll_is_known or size <= CAPPED_PAGE:
                raise
            answer = self.ask({**params, "perScroll": CAPPED_PAGE}, self.criteria.body(), self._read_in_turn)
            self.sizes.scroll = size = CAPPED_PAGE
        self._note(answer)
        self.sizes.page_s = answer.took_s if self.tokens else self.sizes.page_s
        self.sizes.scroll_came(size, answer.data if self.tokens else size)
        return answer

    def _next(self, scroll_id: str) -> Answer:
        # `fields` and `expand` go along: whether the service remembers them is not documented.
        params = {**self.params, "scrollId": scroll_id, "scrollTTLMillis": TTL_MS}
        try:
            answer = self.ask_once(params, self.criteria.body(), self._read_in_turn)
        except (RateLimited, ServiceBroken):
            raise
        except Refused:
            # How an expired scroll is refused is documented nowhere; the query and the rights were fine before.
            said = "the scroll has expired or is not known any more"
        else:
            self._note(answer)
            return answer
        raise UnexpectedReply(said)

    def _note(self, answer: Answer) -> None:
        if scroll_id := answer.headers.get("X-Scroll-Id"):
            self.tokens[scroll_id] = answer.headers.get("X-Scroll-Token", "")


@dataclass(slots=True)
class _Page:
    """How many rows a page has, and of the new ones when each was created, by id."""

    rows: int = 0
    fresh: dict[str, str] = field(default_factory=dict)


def told_total(answer: Answer) -> int | None:
    """`X-Total-Count`, less where it ends: a number of 10,000 may stand for any larger one."""
    told = protocol.number(answer.headers, "X-Total-Count")
    return told if told is not None and told < WINDOW else None


def records_of(data: Any, fields: str | None = None) -> Records:
    """The issues of an answer to which `fields` were asked (None: all). Raises UnexpectedReply for anything else.

    Every issue has an id, and was created at some time: a record without is none of those that were asked for.
    """
    needed = {"id", CREATED} if fields is None or CREATED in fields.split(",") else {"id"}
    if isinstance(data, list) and all(
        isinstance(each, dict) and needed <= each.keys() and isinstance(each["id"], str) for each in data
    ):
        return data
    raise UnexpectedReply("the search answered something else than a list of issues", hint="Try again.")


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
