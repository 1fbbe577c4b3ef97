"""Fetch issues by any of six criteria, count them, and estimate what a search would cost."""

from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from tracker_magic.api import (
    Client,
    Criteria,
    Operation,
    PartialResult,
    Request,
    ResultSet,
    Search,
    fetch_issues,
    prefetch,
)
from tracker_magic.api.cost import cost_of_pages, cost_of_search
from tracker_magic.api.execution import WorkerPool
from tracker_magic.api.numbered_pages import FirstPage
from tracker_magic.api.retry import TRANSIENT
from tracker_magic.errors import BadOption, BadQuery, Incomplete, TrackerError, UnexpectedReply, shown
from tracker_magic.frames import value_warning
from tracker_magic.printable import quoted
from tracker_magic.query import literal
from tracker_magic.secret import SafeRepr
from tracker_magic.tracker.by_key import KeyedIssues
from tracker_magic.tracker.connection import Connection, Defaults, Me, ProgressCall
from tracker_magic.tracker.incomplete import how_to_go_on, report_missing
from tracker_magic.tracker.issue_list_fetch import FEW_KEYS, LISTS, cost_of_lists
from tracker_magic.tracker.issue_plan import IssuePlan, RequestedColumns, make_plan
from tracker_magic.tracker.query_advice import advice_on_query
from tracker_magic.tracker.selection import (
    BUILT_IN,
    IssueSelector,
    Names,
    read_limit,
    read_names,
    select_issues,
    to_criteria,
    with_query_order,
)
from tracker_magic.tracker.sinks import FrameSink

if TYPE_CHECKING:
    import pandas as pd

EXPANDS: Final = ("attachments", "comments", "transitions")
PARTS: Final = ("issues", *LISTS)


@dataclass(frozen=True, slots=True, repr=False)
class Explanation(SafeRepr):
    """The cost of a call: the final query, the number of matches, the requests, and the seconds at the rate limit.

    `query` is whole; what is shown of it is cut, as in errors. `lists`: how many of the requests are for lists of
    single issues, such as their histories, at most.
    """

    query: str
    matches: int
    requests: int
    seconds: float
    lists: int = 0

    def __repr__(self) -> str:
        return shown(SafeRepr.__repr__(self))

    def __str__(self) -> str:
        requests = "1 request" if self.requests == 1 else f"{self.requests:,} requests"
        of_lists = f" (up to {self.lists:,} of single issues)" if self.lists else ""
        seconds = f"about {max(self.seconds, 1):.0f} s"
        return f"{shown(self.query)}\n{self.matches:,} issues · {requests}{of_lists} · {seconds}"

    def with_lists(self, client: Client, *, is_searched: bool) -> "Explanation":
        """The cost of a list of each issue as well, and of the search for the issues if that `is_searched`."""
        lists = cost_of_lists(client, self.matches)
        requests, seconds = (self.requests, self.seconds) if is_searched else (0, 0.0)
        return replace(self, requests=requests + lists.requests, seconds=seconds + lists.seconds, lists=lists.requests)


class IssueMethods:
    """Methods of `Tracker` for issues themselves."""

    _connection: Connection
    _defaults: Defaults

    def issues(
        self,
        query: str | None = None,
        *,
        filter: Mapping[str, Any] | None = None,  # noqa: A002 - the service's own word
        queue: Any = None,
        keys: Any = None,
        filter_id: str | int | None = None,
        sprint: Any = None,
        order: Names = None,
        fields: Names = None,
        expand: Names = None,
        limit: int | None = None,
        tz: str | None = None,
        lang: str | None = None,
        timeout: float | None = None,
        progress: ProgressCall | None = None,
    ) -> "pd.DataFrame":
        """All issues that match (or the first `limit`) as a typed frame, one row each.

        Exactly one of `query` (query language; a string made only of keys means these issues), `filter` (field keys and
        values), `queue`, `keys` (list, Series, frame with `key`), `filter_id` (a saved filter) and `sprint` (ids,
        names, or rows of `sprints()`: issues that are or were in it). In a filter, None means that the field is empty,
        `{"from": …, "to": …}` is a range, and days and naive datetimes are in `tz`. `order`: field keys, with `-` in
        front for descending; without it rows are sorted by queue and number, or as `keys` are given. `fields`: None
        (the default columns), "all", a list (only those, `key` first), or names with `+` (the default columns and
        these). Fields may be named by key, as people see them (in Russian or English), or as queries call them.
        `expand`: attachments, comments, transitions.

        Columns and dtypes depend on the arguments and the organisation's schema, never on the rows; see
        `tracker_magic.columns`. Datetimes are in `tz`; durations are in working hours.
        Raises BadOption, BadQuery, NotFound (no key exists), NotLoggedIn, Forbidden, NoAnswer, Incomplete, Cancelled.
        Warns MissingIssues for keys that do not exist, ValueWarning for values that do not fit.
        Source: `POST /v3/issues/_search`.
        """
        selector = select_issues(
            query, filter=filter, queue=queue, keys=keys, filter_id=filter_id, sprint=sprint, order=order
        )
        columns = RequestedColumns(read_names(fields), _read_expand(expand), read_limit(limit))
        operation = self._defaults.start({"tz": tz, "lang": lang, "timeout": timeout, "progress": progress})
        fetch = _IssueFetch(self._connection, operation, selector, columns)
        with advice_on_query(self._connection, operation, filter):
            return operation.run(fetch.run, partial=fetch)

    def count(
        self,
        query: str | None = None,
        *,
        filter: Mapping[str, Any] | None = None,  # noqa: A002 - the service's own word
        queue: Any = None,
        keys: Any = None,
        filter_id: str | int | None = None,
        sprint: Any = None,
        tz: str | None = None,
        timeout: float | None = None,
        progress: ProgressCall | None = None,
    ) -> int:
        """How many issues match, as counted by the service; arguments as for `issues`.

        Keys are counted as `issues` finds them: former keys count too, and two keys of one issue count once.
        Source: `POST /v3/issues/_count`.
        """
        selector = select_issues(query, filter=filter, queue=queue, keys=keys, filter_id=filter_id, sprint=sprint)
        operation = self._defaults.start({"tz": tz, "timeout": timeout, "progress": progress})
        with advice_on_query(self._connection, operation, filter):
            return operation.run(_count, self._connection, operation, selector)

    def explain(
        self,
        query: str | None = None,
        *,
        filter: Mapping[str, Any] | None = None,  # noqa: A002 - the service's own word
        queue: Any = None,
        keys: Any = None,
        filter_id: str | int | None = None,
        sprint: Any = None,
        order: Names = None,
        limit: int | None = None,
        part: str = "issues",
        tz: str | None = None,
        timeout: float | None = None,
        progress: ProgressCall | None = None,
    ) -> Explanation:
        """The query and the cost of `issues` with these arguments, without dictionaries; sends one `_count`.

        `part`: of the list of this name (changelog, comments, …) instead, with at least one request for each issue.
        """
        if part not in PARTS:
            raise BadOption(f"there is no part {part!r} of issues", hint=f"Parts are {', '.join(PARTS)}.")
        selector = select_issues(
            query, filter=filter, queue=queue, keys=keys, filter_id=filter_id, sprint=sprint, order=order
        )
        operation = self._defaults.start({"tz": tz, "timeout": timeout, "progress": progress})
        with advice_on_query(self._connection, operation, filter):
            explanation = operation.run(_explain, self._connection, operation, selector, read_limit(limit))
        if part == "issues":
            return explanation
        is_searched = selector.keys is None or (part == "comments" and len(selector.keys) > FEW_KEYS)
        return explanation.with_lists(self._connection.client, is_searched=is_searched)


def _count(connection: Connection, operation: Operation, selector: IssueSelector) -> int:
    selector = _resolved(connection, operation, selector)
    if selector.keys is not None:
        return KeyedIssues(connection.client, operation, selector, {"fields": "id,key"}, None).count()
    return sum(search.count() for search in _searches(connection, operation, selector))


def _explain(connection: Connection, operation: Operation, selector: IssueSelector, limit: int | None) -> Explanation:
    selector = _resolved(connection, operation, selector)
    searches = _searches(connection, operation, selector)
    is_one = len(searches) == 1
    criteria = searches[0].criteria if is_one else Criteria(query=f"Key: {literal(selector.keys or ())}")
    matches = Search(connection.client, operation, criteria, {}).count()
    rows = matches if limit is None else min(limit, matches)
    sizes, rate = connection.client.sizes, connection.client.limiters["search"].effective_rate
    if is_one:
        is_cut = criteria.can_be_cut and limit is None
        cost = cost_of_search(rows, sizes.page if is_cut else sizes.scroll, rate, sizes.page_s, is_scroll=not is_cut)
    else:
        cost = cost_of_pages(len(searches), rate, sizes.page_s)
    query = (criteria.query if is_one else None) or str(selector)
    return Explanation(connection.without_secrets(query), matches, cost.requests, cost.seconds)


def _resolved(connection: Connection, operation: Operation, selector: IssueSelector) -> IssueSelector:
    """The selector, with a saved filter replaced by its query or filter object."""
    if selector.filter_id is None:
        return selector
    record = connection.client.fetch(operation, Request("GET", f"filters/{selector.filter_id}")).data
    if not isinstance(record, dict):
        raise UnexpectedReply("the saved filter has an unknown format")
    if record.get("query"):
        return select_issues(str(record["query"]), order=selector.order or None)
    if record.get("filter"):
        criteria = {name: value for name, value in record["filter"].items() if value is not None}
        return select_issues(filter=criteria, order=selector.order or None)
    raise BadOption(f"filter {selector.filter_id} holds neither a query nor a filter object")


def _searches(connection: Connection, operation: Operation, selector: IssueSelector) -> list[Search]:
    schema = BUILT_IN
    if selector.needs_schema:
        schema = connection.schema(operation, connection.queue_keys(operation, selector.queues), selector.fields)
    if selector.keys is not None:
        selector = with_query_order(selector, schema)
    criteria = to_criteria(selector, schema, operation.tz)
    return [Search(connection.client, operation, each, {}) for each in criteria]


class _IssueFetch:
    """Fetches the issues of a selector; `run` in the worker, `partial` after an early end."""

    def __init__(
        self, connection: Connection, operation: Operation, selector: IssueSelector, columns: RequestedColumns
    ) -> None:
        self._connection = connection
        self._operation = operation
        self._selector = selector
        self._columns = columns
        self._plan: IssuePlan | None = None
        self._sink: FrameSink | None = None
        self._results: ResultSet | None = None
        self._keyed: KeyedIssues | None = None

    def run(self) -> "pd.DataFrame":
        """The frame of the issues. Raises Incomplete with the rows fetched so far.

        Who is logged in, the local fields and the first page are requested at the same time.
        """
        connection, operation, columns = self._connection, self._operation, self._columns
        selector = _resolved(connection, operation, self._selector)
        is_planned = not columns.are_default or selector.needs_schema  # so without the local fields
        unknown = [] if is_planned else connection.without_local_fields(operation, selector.queues)
        first: FirstPage | None = None
        failure: TrackerError | None = None
        with WorkerPool(operation) as pool:
            asking = pool.submit(connection.me, operation)
            for queue in unknown[1:]:  # at once; the plan requests them one after the other
                pool.submit(connection.request_local_fields, operation, queue)
            planning = pool.submit(make_plan, connection, operation, selector, columns)
            try:
                if selector.keys is None:
                    search = self._early_search(selector, pool.result(planning) if not unknown else None)
                    first = prefetch(search, columns.limit)
            except TrackerError as error:
                failure = error
            plan = self._plan = _planned(pool, asking, planning, failure)
        if failure is not None:  # less telling than the errors of the other two
            try:
                raise failure
            finally:
                del failure  # it and its traceback, which refers to this frame, would keep each other alive
        logins = connection.logins(operation) if plan.selection.needs_users else None
        sink = self._sink = FrameSink(plan.selection, operation.tz, logins)
        return self._fetch_search(plan, sink, first) if selector.keys is None else self._fetch_keys(plan, sink)

    def _early_search(self, selector: IssueSelector, plan: IssuePlan | None) -> Search:
        """The search as planned; without a plan, for all fields, as those of the queues are not known yet."""
        if plan is not None:
            return Search(self._connection.client, self._operation, plan.criteria, plan.params)
        criteria = to_criteria(selector, BUILT_IN, self._operation.tz)[0]
        return Search(self._connection.client, self._operation, criteria, {"expand": self._columns.expand_param})

    def _fetch_search(self, plan: IssuePlan, sink: FrameSink, first: FirstPage | None) -> "pd.DataFrame":
        operation = self._operation
        results = self._results = ResultSet(sink)
        search = Search(self._connection.client, operation, plan.criteria, plan.params)
        try:
            fetch_issues(search, results, plan.columns.limit, first=first)
        except Incomplete as error:
            frame = self._frame_of_search(plan, sink, results, truncated=True)
            raise error.with_partial(frame) from error.__cause__
        frame = operation.in_memory_thread(self._frame_of_search, plan, sink, results)
        operation.report("issues", len(frame), results.total, finished=True)
        operation.warn(value_warning(frame))
        return frame

    def partial(self) -> PartialResult | None:
        """The rows fetched so far, assembled without a request."""
        plan, sink = self._plan, self._sink
        if plan is None or sink is None:
            return None
        message = f"stopped at {len(sink):,} issues"
        if self._keyed is not None:
            return PartialResult(message, self._partial_of_keys(plan, sink, self._keyed))
        if self._results is None:
            return None
        return PartialResult(message, self._frame_of_search(plan, sink, self._results, truncated=True))

    def _frame_of_search(
        self, plan: IssuePlan, sink: FrameSink, results: ResultSet, *, truncated: bool = False
    ) -> "pd.DataFrame":
        is_by_key = not plan.criteria.is_ordered and plan.columns.limit is None
        frame = sink.frame(is_by_key=is_by_key)
        total = results.total
        is_cut = truncated or (plan.columns.limit is not None and total is not None and len(frame) < total)
        return self._described(frame, plan, total=total, truncated=is_cut)

    def _fetch_keys(self, plan: IssuePlan, sink: FrameSink) -> "pd.DataFrame":
        keyed = KeyedIssues(self._connection.client, self._operation, plan.selector, plan.params, plan.columns.limit)
        self._keyed = keyed
        sink.restart()
        try:
            keyed.fetch(sink)
        except BadQuery:
            raise
        except TrackerError as error:
            if not keyed.rows:
                raise
            frame, total = self._partial_of_keys(plan, sink, keyed), len(keyed.keys)
            message = f"{len(frame):,} of {total:,} issues were fetched: {error.message}"
            hint = how_to_go_on(error, "t.issues(keys={})", keyed.remaining)
            raise Incomplete(message, hint=hint, partial=frame, fetched=len(frame), total=total) from error
        frame = sink.frame(keyed.positions())
        if plan.columns.limit is not None:
            frame = frame.head(plan.columns.limit).copy()
        missing = report_missing(self._operation, keyed.missing, len(keyed.keys))
        self._operation.report("issues", len(frame), len(frame), finished=True)
        # Two keys may belong to one issue. Only a limit leaves issues out; with an order, after all were fetched.
        is_all = plan.columns.limit is None or plan.selector.order
        total = keyed.rows if is_all else len(plan.selector.keys or ()) - len(missing)
        is_cut = plan.columns.limit is not None and len(frame) < total
        self._operation.warn(value_warning(frame))
        return self._described(frame, plan, total=total, truncated=is_cut, missing=missing)

    def _partial_of_keys(self, plan: IssuePlan, sink: FrameSink, keyed: KeyedIssues) -> "pd.DataFrame":
        frame = sink.frame(keyed.positions())
        missing = [*keyed.missing, *keyed.remaining]
        return self._described(frame, plan, total=len(keyed.keys), truncated=True, missing=missing)

    def _described(self, frame: "pd.DataFrame", plan: IssuePlan, **facts: Any) -> "pd.DataFrame":
        query, url = self._connection.without_secrets(plan.query), self._connection.web_url
        return self._connection.describe(
            frame,
            self._operation,
            columns=plan.requested,
            units={column.name: "h" for column in plan.selection.columns if column.kind == "hours"},
            query=query,
            filter=None if plan.selector.filter is None else plan.criteria.filter,
            statuses=self._connection.status_types(self._operation, known_only=True),
            url=f"{url}/issues?_q={quote(query)}" if plan.has_whole_query else url,
            **facts,
        )


def _planned(
    pool: WorkerPool, asking: Future[Me], planning: Future[IssuePlan], failure: TrackerError | None
) -> IssuePlan:
    """The plan, once it is known who is logged in; a wrong query says more than a service that does not answer."""
    try:
        pool.result(asking)
        return pool.result(planning)
    except TRANSIENT:
        if isinstance(failure, BadQuery):
            raise failure from None
        raise


def _read_expand(expand: Names) -> tuple[str, ...]:
    names = tuple(read_names(expand))
    if unknown := [name for name in names if name not in EXPANDS]:
        hint = "t.links(…) returns links." if "links" in unknown else ""
        raise BadOption(f"cannot expand {quoted(unknown[0])}, only {', '.join(EXPANDS)}", hint=hint)
    return names
