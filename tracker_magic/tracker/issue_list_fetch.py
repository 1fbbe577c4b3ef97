"""Fetch lists of issues: the issues, then the lists of each, several at a time."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain
from typing import Any, Final

import pandas as pd

from tracker_magic.api import (
    Client,
    Criteria,
    ListSink,
    Operation,
    PartialResult,
    Records,
    ResultSet,
    Search,
    fetch_issues,
)
from tracker_magic.api.cost import Cost, cost_of_pages
from tracker_magic.api.issue_lists import IssueListReader, IssueRecords
from tracker_magic.api.scroll import parse_moment
from tracker_magic.errors import Incomplete, NoAnswer, Refused, TrackerError, UnexpectedReply
from tracker_magic.frames import CHANGED_LISTS, ChangelogBuilder, Schema, build_list, queues_of_fields, value_warning
from tracker_magic.tracker.by_key import search_keys
from tracker_magic.tracker.connection import Connection
from tracker_magic.tracker.incomplete import how_to_go_on, report_missing
from tracker_magic.tracker.selection import BUILT_IN, IssueSelector, are_built_in
from tracker_magic.tracker.sinks import natural_order

LISTS: Final = ("changelog", "comments", "worklog", "links", "attachments", "checklists", "transitions")
# What the rows are called if the list's name is not a plural.
ROW_NAMES: Final = {"changelog": "changes", "worklog": "work records", "checklists": "checklist items"}
# For more keys than this, a search first finds out which issues have no comments.
FEW_KEYS: Final = 4
_COMMENT_COUNTS: Final = ("commentWithoutExternalMessageCount", "commentWithExternalMessageCount")
_LAST_COMMENT: Final = "lastCommentUpdatedAt"
_COUNTERS: Final = ",".join(("id", "key", "updatedAt", *_COMMENT_COUNTS, _LAST_COMMENT))
# The search index may be behind: counters of an issue that was updated this recently are not believed. The second is
# for a service that does not tell its time, since this machine's clock may be wrong.
_RECENTLY: Final = timedelta(minutes=10)
_RECENTLY_BY_OWN_CLOCK: Final = timedelta(days=1)

Record = dict[str, Any]
Row = tuple[str, Record]  # an issue's current key, a record


class IssueListFetch:
    """Fetches the list `name` of the selected issues; `run` in the worker, `partial` after an early end."""

    def __init__(self, connection: Connection, operation: Operation, name: str, selector: IssueSelector) -> None:
        self.connection = connection
        self.operation = operation
        self.issues: list[IssueRecords] = []  # those whose list was fetched
        self._name = name
        self._selector = selector
        self._keys: list[str] | None = None
        self._known_empty: set[str] = set()

    def prepare(self) -> dict[str, Any]:
        """Fetch what the list needs beforehand, and return the parameters of its requests."""
        return {}

    def take(self, issue: IssueRecords) -> None:
        """Add the list of an issue to the rows."""
        self.issues.append(issue)

    def frame(self) -> pd.DataFrame:
        """The frame of the lists fetched so far."""
        return build_list(self._name, self.rows(), self.operation.tz)

    def facts(self) -> dict[str, Any]:
        """Facts for `attrs` besides the usual ones."""
        return {}

    def run(self) -> pd.DataFrame:
        """The frame of the lists. Raises Incomplete with the rows fetched so far."""
        connection, operation = self.connection, self.operation
        try:
            connection.me(operation)
            params = self.prepare()
            try:
                keys = self._find_keys()
                reader = IssueListReader(connection.client, operation, self._name, params, self._known_empty)
                for issue in reader.read_all(keys):
                    self.take(issue)  # one by one: `partial` may read them at any time
                frame = self.frame()  # which may request the names of fields
            except TrackerError as error:
                if not self.issues and not isinstance(error, Incomplete):
                    raise
                raise self._incomplete(error) from error
        finally:
            connection.client.release_scrolls(operation)
        missing = report_missing(
            operation, [issue.requested_key for issue in self.issues if issue.records is None], len(keys)
        )
        operation.report(ROW_NAMES.get(self._name, self._name), len(frame), len(frame), finished=True)
        units = {"duration": "h"} if "duration" in frame.columns else {}
        operation.warn(value_warning(frame))
        return connection.describe(
            frame, operation, query=str(self._selector), missing=missing, units=units, **self.facts()
        )

    def partial(self) -> PartialResult | None:
        """The rows of the lists fetched so far; `attrs` name the keys of the others."""
        if self._keys is None:
            return None
        message = f"stopped at {len(self.issues):,} of {len(self._keys):,} issues"
        return PartialResult(message, self._partial_frame())

    def _partial_frame(self) -> pd.DataFrame:
        self.operation.cancellation.refuse()  # no more requests
        frame = self.frame()
        return self.connection.describe(
            frame, self.operation, query=str(self._selector), missing=self._remaining(), truncated=True
        )

    def rows(self) -> Iterator[Row]:
        """Every record with its issue's current key; an issue requested by two keys is included once."""
        seen: set[str] = set()
        for issue in self.issues:
            if issue.key not in seen:
                seen.add(issue.key)
                yield from ((issue.key, record) for record in issue.records or ())

    def _remaining(self) -> list[str]:
        """The keys whose lists were not fetched."""
        return (self._keys or [])[len(self.issues) :]

    def _find_keys(self) -> list[str]:
        """The keys of the selected issues; those of a query are searched, in its order or by queue and number."""
        selector = self._selector
        if selector.keys is None:
            return self._search_keys(Criteria(query=selector.query))
        self._keys = list(selector.keys)
        if self._name == "comments" and len(self._keys) > FEW_KEYS:
            tolerated = (Refused, NoAnswer, UnexpectedReply, Incomplete)  # its keys are requested one by one
            fields = {"fields": _COUNTERS}
            answers = search_keys(self.connection.client, self.operation, selector, fields, tolerated)
            self._known_empty = self._without_comments(chain.from_iterable(answers))
        return self._keys

    def _search_keys(self, criteria: Criteria) -> list[str]:
        sink, fields = ListSink(), {"fields": _COUNTERS if self._name == "comments" else "id,key"}
        self._keys = []
        try:
            fetch_issues(Search(self.connection.client, self.operation, criteria, fields), ResultSet(sink))
        finally:
            keys = [str(record["key"]) for record in sink.records]
            self._keys = keys if criteria.is_ordered else [keys[position] for position in natural_order(keys)]
            if self._name == "comments":
                self._known_empty = self._without_comments(sink.records)
        return self._keys

    def _without_comments(self, issues: Iterable[Record]) -> set[str]:
        """The keys of those issues that surely have no comments."""
        now = self.connection.client.service_time(self.operation)
        settled = self.operation.clock.now() - _RECENTLY_BY_OWN_CLOCK if now is None else now - _RECENTLY
        return {str(issue.get("key")) for issue in issues if has_no_comments(issue, settled)}

    def _incomplete(self, error: TrackerError) -> Incomplete:
        """The error with the lists fetched so far, why there are no more, and how to get the others."""
        total: int | None = len(self._keys or ())
        remaining = self._remaining()
        if isinstance(error, Incomplete):  # from the search for the issues
            total = error.total
            message = f"the issues were not all found, so their {self._name} were not requested ({error.message})"
        elif not remaining:
            message = f"all {total:,} issues were read, but not the names of their fields: {error.message}"
        else:
            message = f"{len(self.issues):,} of {total:,} issues were read, but not {remaining[0]}: {error.message}"
        return Incomplete(
            message,
            hint=how_to_go_on(error, f"t.{self._name}({{}})", remaining),
            partial=self._partial_frame(),
            fetched=len(self.issues),
            total=total,
        )


class ChangelogFetch(IssueListFetch):
    """Fetches the changelog of issues, limited to some fields and types of entries if requested."""

    def __init__(
        self,
        connection: Connection,
        operation: Operation,
        selector: IssueSelector,
        fields: Sequence[str],
        types: Sequence[str],
    ) -> None:
        super().__init__(connection, operation, "changelog", selector)
        self._fields = fields
        self._types = types
        self._names: dict[str, str] = {}  # field ids of the changelog → names in frames
        self._statuses: dict[str, str | None] = {}
        self._builder = ChangelogBuilder(operation.tz, BUILT_IN)
        self._added: set[str] = set()  # keys: an issue requested by two keys is included once
        self._queues: set[str] = set()  # those whose local fields changed

    def prepare(self) -> dict[str, Any]:
        """Send one field and one type; several, and lists, are selected here, since nothing else is documented."""
        if self._fields:
            self._names = self._names_by_id()
        with suppress(Refused):  # the changelog is worth more than the types of statuses
            self._statuses = self.connection.status_types(self.operation)
        field = None if set(CHANGED_LISTS) & self._names.keys() else _only(list(self._names))
        return {"field": field, "type": _only(self._types)}

    def take(self, issue: IssueRecords) -> None:
        """Add the changes of an issue to the frame; its records are not kept."""
        if issue.key not in self._added:
            self._added.add(issue.key)
            entries = [each for each in issue.records or () if not self._types or each.get("type") in self._types]
            if self._builder.add(issue.key, entries):
                self._queues.update(_queues_of(issue, entries))
        elif self._queues:  # another former key of an issue may name the queue of its local fields
            self._queues.update(_queues_of(issue, ()))
        super().take(issue if issue.records is None else replace(issue, records=[]))

    def frame(self) -> pd.DataFrame:
        """The frame of the requested changes."""
        names = {*self._names, *self._names.values()}
        frame = self._builder.frame(self._schema())
        return frame[frame["field"].isin(names)].reset_index(drop=True) if names else frame

    def facts(self) -> dict[str, Any]:
        """What the changelog was limited to, and the types of all statuses by key."""
        return {"fields": list(self._fields), "types": list(self._types), "statuses": self._statuses}

    def _names_by_id(self) -> dict[str, str]:
        """The requested fields by id. Raises BadOption for an unknown field."""
        fields = [name for name in self._fields if name not in CHANGED_LISTS]
        schema = self._schema_for(fields)
        schema.check(fields, CHANGED_LISTS)
        ids = {field.name: field.key for field in schema.fields}
        names = [name if name in CHANGED_LISTS else schema.find(name) or name for name in self._fields]
        return {ids.get(name, name): name for name in names}

    def _schema_for(self, fields: Sequence[str]) -> Schema:
        if are_built_in(fields):
            return BUILT_IN
        queues = self.connection.queue_keys(self.operation, queues_of_fields(fields))
        return self.connection.schema(self.operation, queues, fields)

    def _schema(self) -> Schema:
        """The local fields that changed, so that they are named QUEUE.KEY."""
        if self.operation.cancellation.is_cancelled:
            return BUILT_IN  # after an interrupt, no more requests are sent
        queues = {*self._queues, *queues_of_fields(list(self._names.values()))}
        return Schema.from_records([], self.connection.local_fields(self.operation, sorted(queues), optional=True))


def cost_of_lists(client: Client, issues: int) -> Cost:
    """The cost of one list of each of so many issues, at the present rate."""
    return cost_of_pages(issues, client.limiters["other"].effective_rate, client.sizes.page_s)


def has_no_comments(record: Record, settled: datetime) -> bool:
    """Whether an issue surely has no comments: not updated since `settled`, no comment changed, both counters zero."""
    updated_at = parse_moment(str(record.get("updatedAt")))
    if record.get(_LAST_COMMENT) is not None or updated_at is None or updated_at >= settled:
        return False
    return all(type(count) is int and count == 0 for count in map(record.get, _COMMENT_COUNTS))


def _changes(entry: Record) -> Records:
    return entry.get("fields") or []


def id_in(reference: Any) -> str:
    """The id of a reference, which may be the id itself."""
    return str(reference.get("id") if isinstance(reference, dict) else reference)


def _queues_of(issue: IssueRecords, entries: Sequence[Record]) -> Iterator[str]:
    """The queues whose local fields an issue may have: it keeps the fields of queues that it has left.

    They are those of its current and its requested key, and those between which it moved according to its changelog.
    """
    yield from (key.rsplit("-", 1)[0] for key in (issue.key, issue.requested_key))
    for change in chain.from_iterable(map(_changes, entries)):
        if id_in(change.get("field")) == "queue":
            sides = (change.get("from"), change.get("to"))
            yield from (str(each["key"]) for each in sides if isinstance(each, dict) and "key" in each)


def _only(values: Sequence[str]) -> str | None:
    return values[0] if len(values) == 1 else None
