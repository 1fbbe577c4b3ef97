"""One question about issues: its count, its pages, its scrolls, and what came of them."""

import contextlib
import itertools
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from tracker_magic.api import protocol
from tracker_magic.api.client import Answer, Client
from tracker_magic.api.cost import explained
from tracker_magic.api.criteria import Criteria
from tracker_magic.api.execution import Operation
from tracker_magic.api.pagination import Page, Records
from tracker_magic.api.scroll import Decode, InTurn, Scroll, records_of, unseen
from tracker_magic.errors import (
    BadQuery,
    Incomplete,
    NoAnswer,
    ServiceBroken,
    TrackerError,
    UnexpectedReply,
)
from tracker_magic.interrupts import defer_interrupts

# What may end a reading in the middle, so that another one can help.
LOST: Final = (NoAnswer, ServiceBroken, UnexpectedReply)
AGAIN: Final = "Try again."
_SEARCH: Final = "issues/_search"
_CLEAR: Final = "system/search/scroll/_clear"
_RELEASE_S: Final = 2.0  # scrolls end by themselves after a minute
_BRIEF_S: Final = 0.5  # a person who interrupts does not wait for the service, nor one whose time limit is over


@dataclass(slots=True)
class Found:
    """What came of a question, reading by reading, and how many issues there are in all.

    `begin` begins a reading: it gives what takes the records of this one, which are unique by id. Rows of two readings
    are of two moments and never stand together: `chosen` is the reading to use, the longest one as long as none is the
    result. `places` are its rows that count; None: all, in the order in which they came.
    """

    begin: Callable[[], Callable[[Page], object]]
    total: int | None = None
    places: list[int] | None = None
    chosen: int = 0
    ids: dict[str, int] = field(default_factory=dict, repr=False)  # id → row, of the present reading
    _rows: list[int] = field(default_factory=list)
    _add: Callable[[Page], object] = field(default=list, repr=False)

    @property
    def fetched(self) -> int:
        """How many rows are to be used."""
        if self.places is not None:
            return len(self.places)
        return self._rows[self.chosen] if self._rows else 0

    def anew(self) -> None:
        """Begin a reading."""
        self.ids = {}
        self._rows.append(0)
        self._add = self.begin()

    def take(self, page: Page) -> int:
        """Pass on the records that have not come before in this reading; how many that are."""
        fresh: dict[str, int] = {}
        self._add(self._fresh(page, fresh))
        self.ids.update(fresh)
        self._rows[-1] = len(self.ids)
        if self._rows[-1] == max(self._rows):
            self.choose()
        return len(fresh)

    def _fresh(self, page: Page, fresh: dict[str, int]) -> Page:
        for records in page:
            found = unseen(records, self.ids.keys(), fresh.keys())
            fresh.update(zip(found, itertools.count(len(self.ids) + len(fresh)), strict=False))
            yield list(found.values())

    def choose(self) -> None:
        """Use the present reading."""
        self.chosen = len(self._rows) - 1


class Collected:
    """Records of a question, as they came; `found` is what fetches them."""

    def __init__(self) -> None:
        self.found = Found(self._begin)
        self._readings: list[Records] = []

    def _begin(self) -> Callable[[Page], object]:
        records: Records = []
        self._readings.append(records)
        return lambda page: records.extend(list(itertools.chain.from_iterable(page)))

    @property
    def records(self) -> Records:
        """Those of the reading to use, in its order."""
        rows, places = self._readings[self.found.chosen] if self._readings else [], self.found.places
        return rows if places is None else [rows[place] for place in places]


class Search:
    """One question to the service; `params` are `fields` and `expand`."""

    def __init__(
        self, client: Client, call: Operation, criteria: Criteria, params: dict[str, Any] | None = None
    ) -> None:
        self.client = client
        self.call = call
        self.criteria = criteria
        self.params = {name: value for name, value in (params or {}).items() if value is not None}
        self.in_turn: InTurn = lambda work, reply: work(reply)
        self.page_is_in_doubt = False  # a page by number was refused, and nobody knows whether for its size
        self._left: list[Scroll] = []

    def count(self, criteria: Criteria | None = None) -> int:
        """How many issues fit; the service's own `_count`."""
        body = (criteria or self.criteria).body(counting=True)
        return int(self._ask("issues/_count", {}, body, check=_check_count).data)

    def scroll(
        self, criteria: Criteria, take: Callable[[Page], object], *, kind: str = "sorted", fields: Iterable[str] = ()
    ) -> Scroll:
        """A scroll over `criteria`, its rows given to `take`; released in the end if it is left before its own.

        `fields` are needed besides the asked-for ones, where not all come anyway.
        """

        def ask(params: dict[str, Any], body: Any, decode: Decode, *, repeatable: bool = True) -> Answer:
            return self._ask(_SEARCH, params, body, repeatable=repeatable, decode=decode)

        once = partial(ask, repeatable=False)
        params = dict(self.params)
        if asked := params.get("fields"):
            params["fields"] = ",".join(dict.fromkeys((*asked.split(","), *fields)))
        scroll = Scroll(ask, once, self.in_turn, criteria, params, self.client.sizes, kind, take)
        self._left.append(scroll)
        return scroll

    def is_whole(self, scroll: Scroll, before: int | None = None) -> bool:
        """Whether a scroll gave as many rows as it told; one that told nothing, as counts `before` and now explain.

        A count explains no difference to what was told: one row may be lost while another leaves the result.
        """
        if scroll.rows < scroll.told or scroll.total is not None:
            return scroll.rows == scroll.total
        now = self.count(scroll.criteria)
        before = now if before is None else before
        return explained(scroll.rows, before, now)

    def release(self) -> None:
        """Give the scrolls back that were left; they would end by themselves, so a failure here is none."""
        tokens = {name: token for each in self._left for name, token in each.left.items()}
        self._left.clear()
        if not tokens:
            return
        give_back(self.client, self.call, tokens)

    def page(self, criteria: Criteria, params: dict[str, Any]) -> Answer:
        """One page by its number."""
        return self._ask(
            _SEARCH,
            params,
            criteria.body(),
            check=lambda data: records_of(data, self.client.sizes, params.get("fields")),
        )

    def _ask(
        self,
        path: str,
        params: dict[str, Any],
        body: Any,
        *,
        repeatable: bool = True,
        check: Callable[[Any], object] | None = None,
        decode: Decode = protocol.decode,
    ) -> Answer:
        try:
            return self.client.ask(
                self.call, "POST", path, params=params, body=body, repeatable=repeatable, check=check, decode=decode
            )
        except BadQuery as error:
            raise protocol.pointed(error, self.criteria.query or "") from None


def give_back(client: Client, call: Operation, tokens: dict[str, str]) -> None:
    """Release scrolls (id → token) in good time, also where the call was stopped; counted as its request."""
    # It is asked on the way out; what is on its way tells whether a person waits.
    is_stopped = isinstance(sys.exception(), KeyboardInterrupt)
    left_s = _RELEASE_S if call.left_s is None else call.left_s
    try:
        _clear(client, call, tokens, _BRIEF_S if is_stopped else min(max(left_s, _BRIEF_S), _RELEASE_S))
    except KeyboardInterrupt:  # before it was sent or after: what is released already cannot be hurt
        with defer_interrupts():
            _clear(client, call, tokens, _BRIEF_S)
        raise


def _clear(client: Client, call: Operation, tokens: dict[str, str], seconds: float) -> None:
    brief = Operation(seconds, clock=call.clock)
    with contextlib.suppress(TrackerError):  # the answer is empty, and asking once is enough
        client.ask(brief, "POST", _CLEAR, body=tokens, repeatable=False, decode=protocol.body_of)
    call.requests += brief.requests


def _check_count(data: Any) -> None:
    """Raise UnexpectedReply for what is no number of issues; JSON's true is an int to Python."""
    if not isinstance(data, int) or isinstance(data, bool) or data < 0:
        raise UnexpectedReply("issues/_count answered something else than a number of issues", hint=AGAIN)


def apart(*, hint: str = "") -> UnexpectedReply:
    """The error of rows that no count agrees with."""
    said = "rows and count keep apart however often they are read: issues come and go all the time, or are miscounted"
    return UnexpectedReply(said, hint=hint)


def incomplete(found: Found, cause: TrackerError, missing: str = "", limit: int | None = None) -> Incomplete:
    """The error of a result that is not whole: what came of how much, what is missing, why, and how to go on."""
    rows, total = found.fetched, found.total
    if total is not None and limit is not None:
        total = min(total, limit)
    of = f"{rows:,} issues came" if total is None else _compared(rows, total)
    doubtful = "missing" if total is None or rows < total else "not read to the end"
    lacking = f"; {doubtful} are issues {missing}" if missing else ""
    cure = f"{cause.hint} " if cause.hint not in {"", AGAIN} else ""
    ask = "ask for the rest alone" if missing else "ask for less"
    return Incomplete(
        f"{of}{lacking}: {cause.message}",
        hint=f"{cure}The rows that came are the error's .partial. Try again, or {ask}.",
        fetched=rows,
        total=total,
    )


def _compared(rows: int, total: int) -> str:
    """Rows and their number: there may be more of them than are counted now, as issues come and go."""
    if rows < total:
        return f"{rows:,} of {total:,} issues came"
    if rows == total:
        return f"as many issues came as the service counts ({rows:,}), but not beyond doubt"
    return f"{rows:,} issues came, more than the {total:,} that the service counts"
