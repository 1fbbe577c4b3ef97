"""Issues by each of the six criteria, their number, and what a question would cost."""

import operator
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from tracker_magic.api import Criteria, Operation, Search, fetch_issues
from tracker_magic.api.cost import LANES, cost, cost_of_pages
from tracker_magic.errors import BadOption, BadQuery, Incomplete, TrackerError, UnexpectedReply
from tracker_magic.frames import IssueBuilder, Schema, Selection, queues_of_fields
from tracker_magic.query import literal
from tracker_magic.tracker.by_key import Keyed
from tracker_magic.tracker.connection import Base, ProgressCall
from tracker_magic.tracker.criteria import BUILT_IN, is_known, names_beyond, to_criteria
from tracker_magic.tracker.incomplete import go_on, told_missing
from tracker_magic.tracker.order import chosen, present
from tracker_magic.tracker.selection import Question, ask
from tracker_magic.tracker.sinks import Intake, Kept, stoppable

if TYPE_CHECKING:
    import pandas as pd

Names = str | Sequence[str] | None

EXPANDS: Final = ("attachments", "comments", "transitions")


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a question would cost: the final query, how many issues fit, requests, and seconds at the rate limit."""

    query: str
    matches: int
    requests: int
    seconds: float

    def __str__(self) -> str:
        requests = "1 request" if self.requests == 1 else f"{self.requests:,} requests"
        seconds = f"about {self.seconds:.0f} s" if self.seconds >= 1 else "less than a second"
        return f"{self.query}\n{self.matches:,} issues · {requests} · {seconds}"


class Issues(Base):
    """Methods about issues themselves."""

    def issues(
        self,
        query: str | None = None,
        *,
        filter: Mapping[str, Any] | None = None,  # noqa: A002 - the service's own word
        queue: Any = None,
        keys: Any = None,
        filter_id: str | int | None = None,
        sprint: Any = None,
        order: str | Sequence[str] | None = None,
        fields: str | Sequence[str] | None = None,
        expand: str | Sequence[str] | None = None,
        limit: int | None = None,
        tz: str | None = None,
        lang: str | None = None,
        timeout: float | None = None,
        progress: ProgressCall | None = None,
    ) -> "pd.DataFrame":
        """Issues as a typed frame, one row each, complete (or the first `limit`).

        Exactly one of `query` (query language; a text made only of keys means these issues), `filter` (field keys and
        values), `queue`, `keys` (list, Series, frame with `key`), `filter_id` (a saved filter) and `sprint` (ids,
        names, or rows of `sprints()`: is or was in it). `order`: field keys, `-` first for descending; without it rows
        stand by queue and number, keys as given. `fields`: None (the default columns), "all", a list (those, `key`
        first), or names with `+` (the default and these). `expand`: attachments, comments, transitions.

        Columns and dtypes follow from the arguments and the organisation's schema, never from the rows; see
        `tracker_magic.columns`. Datetimes are in `tz`; durations are working hours.
        Raises BadOption, BadQuery, NotFound (no key exists), NotLoggedIn, Forbidden, NoAnswer, Incomplete, Cancelled.
        Warns MissingIssues for keys that do not exist, ValueWarning for values that do not fit.
        Source: `POST /v3/issues/_search`.
        """

        def fetch(kept: Kept) -> "pd.DataFrame":
            asked = ask(query, filter=filter, queue=queue, keys=keys, filter_id=filter_id, sprint=sprint, order=order)
            most = _checked_limit(limit)
            call = self._begun(timeout=timeout, progress=progress, lang=lang, tz=tz)
            question = self._resolved(call, asked)
            plan = self._planned(call, question, fields, expand, most)
            logins = self._logins(call) if plan.selection.needs_users else None
            rows = Intake(partial(IssueBuilder, plan.selection, call.tz, logins), call, kept)
            rows.finish = lambda frame: self._finished(frame, call, plan, truncated=True, total=rows.found.total)
            return self._by_search(call, plan, rows) if question.keys is None else self._by_keys(call, plan, rows)

        return stoppable(fetch)

    def count(
        self,
        query: str | None = None,
        *,
        filter: Mapping[str, Any] | None = None,  # noqa: A002 - the service's own word
        queue: Any = None,
        keys: Any = None,
        filter_id: str | int | None = None,
        sprint: Any = None,
        timeout: float | None = None,
    ) -> int:
        """How many issues fit, by the service's own count; arguments as for `issues`.

        Keys are counted as `issues` finds them: an issue by its former key too, and one by two keys once.
        Source: `POST /v3/issues/_count`.
        """

        def counted(_: Kept) -> int:
            call = self._call(timeout=timeout)
            asked = ask(query, filter=filter, queue=queue, keys=keys, filter_id=filter_id, sprint=sprint)
            question = self._resolved(call, asked)
            if question.keys is not None:
                return Keyed(self._client, call, question, {"fields": "id,key"}, None).count()
            return sum(search.count() for search in self._searches(call, question))

        return stoppable(counted)

    def explain(
        self,
        query: str | None = None,
        *,
        filter: Mapping[str, Any] | None = None,  # noqa: A002 - the service's own word
        queue: Any = None,
        keys: Any = None,
        filter_id: str | int | None = None,
        sprint: Any = None,
        order: str | Sequence[str] | None = None,
        limit: int | None = None,
        timeout: float | None = None,
    ) -> Explanation:
        """What `issues` with these arguments would ask and cost, dictionaries apart; one `_count`, nothing fetched."""

        def explained(_: Kept) -> Explanation:
            call = self._call(timeout=timeout)
            asked = ask(query, filter=filter, queue=queue, keys=keys, filter_id=filter_id, sprint=sprint, order=order)
            return self._explained(call, self._resolved(call, asked), limit)

        return stoppable(explained)

    def _explained(self, call: Operation, question: Question, limit: int | None) -> Explanation:
        searches = self._searches(call, question)
        criteria = (
            searches[0].criteria if len(searches) == 1 else Criteria(query=f"Key: {literal(question.keys or ())}")
        )
        matches = Search(self._client, call, criteria).count()
        rows = matches if limit is None else min(_checked_limit(limit) or 0, matches)
        sizes, rate = self._client.sizes, self._limiters["search"].rate_in_force
        if len(searches) > 1:
            needed = cost_of_pages(len(searches), rate, sizes.page_s)
        else:
            is_cut = criteria.can_be_cut and limit is None
            needed = cost(rows, sizes.scroll, rate, sizes.page_s, most=LANES if is_cut else 1)
        shown = criteria.query if len(searches) == 1 else None
        return Explanation(shown or str(question), matches, needed.requests, needed.seconds)

    # From arguments to what the service is asked.

    def _resolved(self, call: Operation, question: Question) -> Question:
        """The question, with a saved filter read and asked as its query."""
        if question.filter_id is None:
            return question
        record = self._client.get(call, f"filters/{question.filter_id}").data
        if not isinstance(record, dict):
            raise UnexpectedReply("the saved filter came in a form that is not known")
        if record.get("query"):
            return ask(str(record["query"]), order=question.order or None)
        if record.get("filter"):
            return ask(filter=record["filter"], order=question.order or None)
        raise BadOption(f"filter {question.filter_id} holds neither a query nor a filter object")

    def _searches(self, call: Operation, question: Question) -> list[Search]:
        schema = self._schema(call, self._queue_keys(call, question.queues)) if names_beyond(question) else BUILT_IN
        return [Search(self._client, call, each) for each in to_criteria(question, schema, call.tz)]

    def _planned(self, call: Operation, question: Question, fields: Names, expand: Names, limit: int | None) -> "_Plan":
        """The columns, planned from a schema that is asked for only where the built-in table does not answer."""
        names = _texts(fields)
        queues = self._queue_keys(call, [*question.queues, *queues_of_fields(names)])
        if names == ["all"] or not is_known(names) or names_beyond(question):
            schema = self._schema(call, queues, optional=question.keys is not None)
        elif names and not names[0].startswith("+"):
            schema = BUILT_IN
        else:
            schema = Schema.from_records([], self._local(call, queues, optional=question.keys is not None))
        selection = schema.select("all" if names == ["all"] else names or None, queues)
        expands = _expands(expand)
        if expands:
            _, *added = schema.select(expands).columns
            selection = replace(selection, columns=(*selection.columns, *added))
        return _Plan(question, schema, selection, expands, limit)

    # From records to a frame.

    def _by_search(self, call: Operation, plan: "_Plan", rows: Intake) -> "pd.DataFrame":
        (criteria,), found = to_criteria(plan.question, plan.schema, call.tz), rows.found

        is_by_key = not criteria.is_ordered and plan.limit is None
        rows.order = lambda keys: chosen(found.places, keys, is_by_key=is_by_key)
        try:
            fetch_issues(Search(self._client, call, criteria, plan.params), found, plan.limit)
        except Incomplete as error:
            error.partial = self._finished(rows.frame(), call, plan, truncated=True, total=found.total)
            raise
        frame = rows.frame()
        call.report("issues", len(frame), found.total, finished=True)
        return self._finished(frame, call, plan, total=found.total)

    def _by_keys(self, call: Operation, plan: "_Plan", rows: Intake) -> "pd.DataFrame":
        keyed = Keyed(self._client, call, plan.question, plan.params, plan.limit)

        def partly(frame: "pd.DataFrame") -> "pd.DataFrame":
            total, missing = len(keyed.keys), list(keyed.left)
            return self._finished(frame, call, plan, truncated=True, total=total, missing=missing)

        rows.finish, rows.order = partly, lambda keys: present(keyed.places(), len(keys))
        try:
            add = rows.begin()
            keyed.fetch(lambda records: add([records]))
        except BadQuery:
            raise
        except TrackerError as error:
            if not keyed.found:
                raise
            frame, total = partly(rows.frame()), len(keyed.keys)
            said = f"{len(frame):,} of {total:,} issues came: {error.message}"
            hint = go_on(error, "t.issues(keys={})", keyed.left)
            raise Incomplete(said, hint=hint, partial=frame, fetched=len(frame), total=total) from error
        frame = rows.frame() if plan.limit is None else rows.frame().head(plan.limit).copy()
        missing = told_missing(keyed.missing, len(keyed.keys))
        call.report("issues", len(frame), len(frame), finished=True)
        # Two keys may be of one issue; only a limit leaves issues out, with an order when all have come.
        is_all = plan.limit is None or plan.question.order
        total = keyed.found if is_all else len(plan.question.keys or ()) - len(missing)
        return self._finished(frame, call, plan, total=total, missing=missing)

    def _finished(self, frame: "pd.DataFrame", call: Operation, plan: "_Plan", **facts: Any) -> "pd.DataFrame":
        asked = () if plan.question.keys is not None else to_criteria(plan.question, plan.schema, call.tz)
        query = next((each.query for each in asked if each.query), str(plan.question))
        if "truncated" not in facts:
            facts["truncated"] = plan.limit is not None and len(frame) < facts["total"]
        return self._record(
            frame,
            call,
            units={column.name: "h" for column in plan.selection.columns if column.kind == "hours"},
            query=query,
            url=f"{self.web_url_base}/issues?_q={quote(query)}",
            **facts,
        )


@dataclass(frozen=True, slots=True)
class _Plan:
    """What to fetch and which columns it becomes."""

    question: Question
    schema: Schema
    selection: Selection
    expand: tuple[str, ...]
    limit: int | None

    @property
    def params(self) -> dict[str, str | None]:
        """Only the asked-for fields travel; `id` tells records apart."""
        fields = self.selection.api_fields
        return {
            "fields": ",".join(dict.fromkeys(("id", "key", *fields))) if fields is not None else None,
            "expand": ",".join(self.expand) or None,
        }


def _texts(names: Names) -> list[str]:
    if names is not None and not (isinstance(names, Iterable) and all(isinstance(name, str) for name in names)):
        raise BadOption(f"names of fields are texts, not {names!r}")
    return [name.strip() for name in (names.split(",") if isinstance(names, str) else names or ())]


def _expands(expand: Names) -> tuple[str, ...]:
    names = tuple(_texts(expand))
    if unknown := [name for name in names if name not in EXPANDS]:
        hint = "t.links(…) gives links." if "links" in unknown else ""
        raise BadOption(f"cannot expand {unknown[0]!r}; there are {', '.join(EXPANDS)}", hint=hint)
    return names


def _checked_limit(limit: Any) -> int | None:
    if limit is None:
        return None
    try:
        number = operator.index(limit)
    except TypeError:
        number = 0
    if number < 1 or isinstance(limit, bool):
        raise BadOption(f"a limit is a whole number from 1, not {limit!r}", hint="Leave it out to get all issues.")
    return number
