"""From a source to one list for each of its issues: whole, or an error with what came and how to go on."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import pandas as pd

from tracker_magic.api import Collected, Criteria, Operation, Search, fetch_each, fetch_issues
from tracker_magic.api.issue_lists import Part
from tracker_magic.errors import BadOption, Incomplete, TrackerError
from tracker_magic.frames import build_list
from tracker_magic.query import is_keys
from tracker_magic.tracker.connection import FetchOptions
from tracker_magic.tracker.incomplete import go_on, told_missing
from tracker_magic.tracker.issues import Issues
from tracker_magic.tracker.order import places
from tracker_magic.tracker.selection import Question, ask, key_list
from tracker_magic.tracker.silent import COUNTERS, FEW, has_no_comments, without_comments
from tracker_magic.tracker.sinks import Kept, stoppable

Pairs = Iterable[tuple[str, dict[str, Any]]]
Build = Callable[[Pairs], pd.DataFrame]

_FOUND: Final = (pd.DataFrame, pd.Series, pd.Index)
# What one row is, where the list's name is no plural.
ROWS: Final = {"changelog": "changes", "worklog": "work records", "checklists": "checklist items"}


@dataclass(slots=True)
class Lists:
    """The lists `name` of the issues that `question` means: their keys as far as found, the parts that came."""

    name: str
    question: Question
    keys: list[str] = field(default_factory=list)
    silent: set[str] = field(default_factory=set)  # keys of those that need not be asked
    parts: list[Part] = field(default_factory=list)

    def pairs(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Every record with its issue's present key; an issue that was asked for by two keys comes once."""
        seen: set[str] = set()
        for part in self.parts:
            if part.key not in seen:
                seen.add(part.key)
                yield from ((part.key, record) for record in part.records or ())

    @property
    def left(self) -> list[str]:
        """The keys whose lists did not come."""
        return self.keys[len(self.parts) :]


class Each(Issues):
    """What methods about lists of issues stand on."""

    def _listed(self, name: str, source: Any, how: FetchOptions) -> pd.DataFrame:
        def fetch(kept: Kept) -> pd.DataFrame:
            call, lists = self._begun(**how), Lists(name, question_of(source))
            return self._each(call, kept, lists, lambda pairs: build_list(name, pairs, call.tz))

        return stoppable(fetch)

    def _each(
        self,
        call: Operation,
        kept: Kept,
        lists: Lists,
        build: Build,
        *,
        params: dict[str, Any] | None = None,
        facts: dict[str, Any] | None = None,
    ) -> pd.DataFrame:
        kept.said = lambda: f"stopped at {len(lists.parts):,} of {len(lists.keys):,} issues"
        kept.frame = lambda: self._partial(call, lists, build)
        try:
            self._find(call, lists)
            parts = fetch_each(self._client, call, lists.name, lists.keys, params=params, silent=lists.silent)
            lists.parts.extend(parts)
            frame = build(lists.pairs())  # which may ask for the names of fields
        except TrackerError as error:
            if not lists.parts and not isinstance(error, Incomplete):
                raise
            raise _incomplete(lists, error, self._partial(call, lists, build)) from error
        missing = told_missing([part.asked for part in lists.parts if part.records is None], len(lists.keys))
        call.report(ROWS.get(lists.name, lists.name), len(frame), len(frame), finished=True)
        units = {"duration": "h"} if "duration" in frame.columns else {}
        return self._record(frame, call, query=str(lists.question), missing=missing, units=units, **(facts or {}))

    def _partial(self, call: Operation, lists: Lists, build: Build) -> pd.DataFrame:
        """The rows of the lists that came; `attrs` name the keys of the others. Nothing more is asked for."""
        call.stop.set()
        frame = build(lists.pairs())
        return self._record(frame, call, query=str(lists.question), missing=lists.left, truncated=True)

    def _find(self, call: Operation, lists: Lists) -> None:
        """Note the keys that are meant; a query's are searched, in its own order or by queue and number."""
        question, counted = lists.question, lists.name == "comments"
        if question.keys is not None:
            lists.keys = list(question.keys)
            if counted and len(lists.keys) > FEW:
                lists.silent = without_comments(self._client, call, question)
            return
        criteria, rows = Criteria(query=question.query), Collected()
        fields = {"fields": COUNTERS if counted else "id,key"}
        try:
            fetch_issues(Search(self._client, call, criteria, fields), rows.found)
        finally:
            records = rows.records
            lists.keys = [str(record["key"]) for record in records]
            lists.silent = {
                key for key, each in zip(lists.keys, records, strict=True) if counted and has_no_comments(each)
            }
            if not criteria.is_ordered:
                lists.keys = [lists.keys[place] for place in places(lists.keys)]


def _incomplete(lists: Lists, error: TrackerError, partial: pd.DataFrame) -> Incomplete:
    """What came of how many lists, why no more did, and how to get the others."""
    total: int | None = len(lists.keys)
    if isinstance(error, Incomplete):  # of the search for the issues
        total = error.total
        said = f"the issues were not all found, so their {lists.name} were not asked for ({error.message})"
    elif not lists.left:
        said = f"all {total:,} issues answered, but not what their fields are called: {error.message}"
    else:
        said = f"{len(lists.parts):,} of {total:,} issues answered, {lists.left[0]} did not: {error.message}"
    return Incomplete(
        said,
        hint=go_on(error, f"t.{lists.name}({{}})", lists.left),
        partial=partial,
        fetched=len(lists.parts),
        total=total,
    )


def question_of(source: Any) -> Question:
    """Which issues a source of lists means. Raises BadOption for a local copy, or what holds no keys.

    A frame or column without rows means none: what was asked for before found nothing.
    """
    if isinstance(source, str) and source.strip().startswith("@"):
        raise BadOption(f"there is no local copy {source.strip()}", hint="Give keys, a query or a frame with `key`.")
    if isinstance(source, str) and not is_keys(source):
        return ask(source)
    keys = key_list(source)
    return Question(keys=()) if not keys and isinstance(source, _FOUND) else ask(keys=keys)
