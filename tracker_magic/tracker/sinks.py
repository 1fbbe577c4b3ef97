"""What came before an interrupt: kept, at whatever moment of a call it strikes."""

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeVar

from tracker_magic.api import Found, Operation
from tracker_magic.api.pagination import Page
from tracker_magic.errors import Cancelled
from tracker_magic.frames import IssueBuilder

if TYPE_CHECKING:
    import pandas as pd

_TRIES: Final = 2  # stop is often pressed twice; who presses it once more does not want to wait for the rows

T = TypeVar("T")


class Kept:
    """How what came of one call is said, and put together as a frame; both None as long as nothing was fetched."""

    said: "Callable[[], str] | None" = None
    frame: "Callable[[], pd.DataFrame] | None" = None

    def cancelled(self) -> Cancelled:
        """What an interrupt becomes; `partial` is None where the rows cannot be put together."""
        if self.said is None or self.frame is None:
            return Cancelled()
        for _ in range(_TRIES):
            try:
                return Cancelled(self.said(), partial=self.frame())
            except KeyboardInterrupt:
                continue
            except Exception as error:  # noqa: BLE001 - whatever it is, who stopped a call gets Cancelled
                return Cancelled(f"{self.said()}, which make no frame ({type(error).__name__})")
        return Cancelled(self.said())


def stoppable(work: Callable[[Kept], T]) -> T:
    """Give `work(kept)`; an interrupt at any moment of it is Cancelled with what `kept` tells, and nothing else."""
    kept = Kept()
    try:
        try:
            return work(kept)
        except KeyboardInterrupt:
            pass  # its frames are let go before the rows are put together; no error leads to what they hold
        stopped = kept.cancelled()
    except KeyboardInterrupt:
        stopped = Cancelled()
    raise stopped


class Intake:
    """Pages on their way to builders, one for each reading of `found`, from any thread.

    `frame` ends it: what comes later is left out. `order` tells how its rows stand, `finish` completes the frame of a
    call that was stopped.
    """

    def __init__(self, build: Callable[[], IssueBuilder], call: Operation, kept: Kept) -> None:
        self.found = Found(self.begin)
        self.order: Callable[[Sequence[Any]], Sequence[int]] | None = None
        self.finish: Callable[[pd.DataFrame], pd.DataFrame] = lambda frame: frame
        self._build = build
        self._builders: list[IssueBuilder] = []
        self._call = call
        self._lock = threading.Lock()
        self._frame: pd.DataFrame | None = None
        self._ended = False
        kept.said, kept.frame = self._said, self._stopped

    def begin(self) -> Callable[[Page], None]:
        """Begin a reading; what takes its pages."""
        builder = self._build()
        self._builders.append(builder)
        return lambda page: self._add(builder, page)

    def frame(self) -> "pd.DataFrame":
        """The rows that came of the reading to use, in `order` or that of arrival; made once."""
        with self._lock:
            self._ended = True
            if self._frame is None:
                builder = self._chosen
                self._frame = builder.frame(self.order(builder.keys()) if self.order else None)
            return self._frame

    @property
    def _chosen(self) -> IssueBuilder:
        return self._builders[self.found.chosen] if self._builders else self._build()

    def _add(self, builder: IssueBuilder, page: Page) -> None:
        """Take a page. A thread that outlived its call may come with one while the frame is made."""
        with self._lock:
            if self._ended:
                return
            with builder.page() as rows:
                for records in page:
                    rows.add(records)

    def _said(self) -> str:
        return f"stopped at {len(self._chosen):,} issues"

    def _stopped(self) -> "pd.DataFrame":
        self._call.stop.set()  # an interrupt outside of a crew has not told its threads
        return self.finish(self.frame())
