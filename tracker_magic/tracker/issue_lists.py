"""What hangs on issues: history, comments, work, links, files, checklists, transitions."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from difflib import get_close_matches
from typing import Any, Unpack

import pandas as pd

from tracker_magic.api import Operation
from tracker_magic.api.endpoints import ENDPOINTS
from tracker_magic.api.pagination import Records, pages
from tracker_magic.errors import BadOption, Incomplete, TrackerError
from tracker_magic.frames import Schema, build_changelog, build_list, queues_of_fields
from tracker_magic.tracker.connection import FetchOptions
from tracker_magic.tracker.criteria import BUILT_IN, is_known
from tracker_magic.tracker.days import moment, shown_range
from tracker_magic.tracker.each import ROWS, Build, Each, Lists, Pairs, question_of
from tracker_magic.tracker.incomplete import go_on
from tracker_magic.tracker.order import by_key
from tracker_magic.tracker.sinks import Kept, stoppable

# Records are cut by creation: work of a day may be written down this much later (DESIGN 2).
LATE = timedelta(days=31)

_Pair = tuple[str, dict[str, Any]]  # an issue's present key, a record
_Days = tuple[pd.Timestamp | None, pd.Timestamp | None]  # half-open


class Parts(Each):
    """Methods about what hangs on issues.

    `source` says of which issues: a text made only of keys, any other text as a query, a list, Series or Index of
    keys, or a frame with `key`. Rows come by issue in that order (a query's by queue and number, unless it sorts),
    then as the service gives them. Keys that do not exist are told by a MissingIssues warning and
    `attrs["tracker"]["missing"]`; where none exists, NotFound is raised.
    """

    def changelog(
        self,
        source: Any,
        fields: str | Sequence[str] | None = None,
        types: str | Sequence[str] | None = None,
        **how: Unpack[FetchOptions],
    ) -> pd.DataFrame:
        """The history of issues, one row for each change of a field; an entry without fields is one row.

        `fields` (field ids) and `types` (IssueWorkflow, …) keep only those changes. Columns: `key, id, at, by, by.id,
        type, field, from, to, from.key, to.key, added, removed, transport`.
        Source: `GET /v3/issues/{key}/changelog`.
        """

        def fetch(kept: Kept) -> pd.DataFrame:
            call = self._begun(**how)
            return self._changelog(call, kept, source, _texts(fields), _types(_texts(types)))

        return stoppable(fetch)

    def _changelog(self, call: Operation, kept: Kept, source: Any, fields: list[str], types: list[str]) -> pd.DataFrame:
        wanted, lists = self._changed_fields(call, fields), Lists("changelog", question_of(source))
        # One value travels; several are cut here, since only one of each is documented.
        params = {"field": _only(list(wanted)), "type": _only(types)}

        def build(pairs: Pairs) -> pd.DataFrame:
            some = [(key, entry) for key, entry in pairs if not types or entry.get("type") in types]
            names = {*wanted, *wanted.values()}
            asked = {part.key: part.asked for part in lists.parts}
            schema = self._history_schema(call, some, asked, queues_of_fields(list(names)))
            frame = build_changelog(some, call.tz, schema=schema)
            return frame[frame["field"].isin(names)].reset_index(drop=True) if names else frame

        return self._each(call, kept, lists, build, params=params)

    def comments(self, source: Any, **how: Unpack[FetchOptions]) -> pd.DataFrame:
        """The comments of issues, one row each. Source: `GET /v3/issues/{key}/comments`."""
        return self._listed("comments", source, how)

    def links(self, source: Any, **how: Unpack[FetchOptions]) -> pd.DataFrame:
        """The links of issues to others, one row each; `relation` is read from the issue to `other`.

        Source: `GET /v3/issues/{key}/links`.
        """
        return self._listed("links", source, how)

    def attachments(self, source: Any, **how: Unpack[FetchOptions]) -> pd.DataFrame:
        """The files of issues and of their comments, one row each; `download` takes a row.

        Source: `GET /v3/issues/{key}/attachments`.
        """
        return self._listed("attachments", source, how)

    def checklists(self, source: Any, **how: Unpack[FetchOptions]) -> pd.DataFrame:
        """The lines of issues' checklists, one row each. Source: `GET /v3/issues/{key}/checklistItems`."""
        return self._listed("checklists", source, how)

    def transitions(self, source: Any, **how: Unpack[FetchOptions]) -> pd.DataFrame:
        """Where issues may go from their status, one row for each way. Source: `GET /v3/issues/{key}/transitions`."""
        return self._listed("transitions", source, how)

    def worklog(
        self,
        source: Any = None,
        created_by: str | None = None,
        since: Any = None,
        until: Any = None,
        **how: Unpack[FetchOptions],
    ) -> pd.DataFrame:
        """Work written down, one row for each record; `duration` in working hours.

        Of the issues in `source`, or of everybody (`created_by`: a login or uid). `since` and `until` are days worked
        (`start`), half-open, in `tz`. The service cuts by creation of the record, so records created from 31 days
        before `since` until now are read and cut here; `attrs["tracker"]` names both ranges.
        Source: `GET /v3/issues/{key}/worklog`, `POST /v3/worklog/_search`.
        """

        def fetch(kept: Kept) -> pd.DataFrame:
            call = self._begun(**how)
            first, last = moment(since, call.tz), moment(until, call.tz)
            if source is None and created_by is None and first is None:
                raise BadOption(
                    "everybody's work of all time is not asked for by accident",
                    hint='Give a source, created_by="login", or since="2026-01-01".',
                )
            return self._worklog(call, kept, source, created_by, (first, last))

        return stoppable(fetch)

    def _worklog(self, call: Operation, kept: Kept, source: Any, created_by: str | None, worked: _Days) -> pd.DataFrame:
        first, last = worked

        def build(pairs: Pairs) -> pd.DataFrame:
            return _worked(build_list("worklog", pairs, call.tz), first, last)

        created_from = first - LATE if first is not None else None
        ranges = {"started": shown_range(first, last), "created": shown_range(created_from, None)}
        if source is not None:
            uid = self._uid(call, created_by) if created_by else None
            lists = Lists("worklog", question_of(source))
            return self._each(call, kept, lists, lambda pairs: build(_by(pairs, uid)), facts={"ranges": ranges})
        frame = self._everybodys_work(call, kept, created_by, created_from, build)
        call.report(ROWS["worklog"], len(frame), len(frame), finished=True)
        return self._record(frame, call, units={"duration": "h"}, ranges=ranges)

    def _everybodys_work(
        self, call: Operation, kept: Kept, created_by: str | None, created_from: pd.Timestamp | None, build: Build
    ) -> pd.DataFrame:
        body: dict[str, Any] = {}
        if created_by:
            body["createdBy"] = created_by
        if created_from is not None:
            body["createdAt"] = {"from": created_from.tz_convert("UTC").strftime("%Y-%m-%dT%H:%M:%S.000+0000")}
        records: Records = []

        def frame() -> pd.DataFrame:
            return by_key(build((_issue_key(record), record) for record in records))

        def partial() -> pd.DataFrame:
            call.stop.set()
            return self._record(frame(), call, units={"duration": "h"}, truncated=True)

        kept.said, kept.frame = lambda: f"stopped when {len(records):,} work records were read", partial
        try:
            for answer in pages(self._client, call, ENDPOINTS["all_worklog"], body=body):
                records += answer.data
                call.report(ROWS["worklog"], len(records), None)
        except TrackerError as error:
            if not records:
                raise
            said, hint = (
                f"{len(records):,} work records came, not all: {error.message}",
                go_on(error, "t.worklog()", []),
            )
            raise Incomplete(said, hint=hint, partial=partial(), fetched=len(records)) from error
        return frame()

    def _uid(self, call: Operation, person: str) -> str:
        """A person's uid, given by login or uid. Raises BadOption for somebody nobody knows."""
        logins = self._logins(call)
        found = next((uid for uid, login in logins.items() if person in {uid, login}), None)
        if found is None:
            near = get_close_matches(person, logins.values(), 1)
            raise BadOption(f"there is no user {person!r}", hint=f"Did you mean {near[0]}?" if near else "See users().")
        return found

    def _changed_fields(self, call: Operation, names: list[str]) -> dict[str, str]:
        """Field ids of the history → names in frames. Raises BadOption for a field nobody knows."""
        if not names:
            return {}
        schema = BUILT_IN if is_known(names) else self._schema(call, self._queue_keys(call, queues_of_fields(names)))
        schema.select(names)
        known = {field.name: field.key for field in schema.fields}
        return {known.get(name, name): name for name in names}

    def _history_schema(
        self, call: Operation, pairs: Sequence[_Pair], asked: Mapping[str, str], named: Iterable[str]
    ) -> Schema:
        """The local fields of the queues whose history holds some, so that they are named QUEUE.KEY.

        An issue keeps those of queues that it has left: that of the key it was `asked` by (present key → that one),
        those its history tells of, and those `named` beforehand.
        """
        if call.stop.is_set():
            return BUILT_IN  # what came before an interrupt is shown without asking for more
        holders = {key for key, entry in pairs if any("--" in _field_of(change) for change in _changes(entry))}
        queues = dict.fromkeys(named)
        for key in holders:
            queues |= dict.fromkeys(each.rsplit("-", 1)[0] for each in (key, asked.get(key, key)))
        queues |= dict.fromkeys(queue for key, entry in pairs if key in holders for queue in _queues_left(entry))
        return Schema.from_records([], self._local(call, sorted(queues), optional=True))


def _changes(entry: dict[str, Any]) -> list[dict[str, Any]]:
    return entry.get("fields") or []


def _field_of(change: dict[str, Any]) -> str:
    field = change.get("field")
    return str(field.get("id") if isinstance(field, dict) else field)


def _queues_left(entry: dict[str, Any]) -> Iterator[str]:
    """The queues that an issue came from or went to, as an entry of its history tells."""
    for change in _changes(entry):
        if _field_of(change) == "queue":
            sides = (change.get("from"), change.get("to"))
            yield from (str(each["key"]) for each in sides if isinstance(each, dict) and "key" in each)


def _by(pairs: Pairs, uid: str | None) -> Iterator[_Pair]:
    for key, record in pairs:
        person = record.get("createdBy")
        if uid is None or str(person.get("id") if isinstance(person, dict) else person) == uid:
            yield key, record


def _worked(frame: pd.DataFrame, first: pd.Timestamp | None, last: pd.Timestamp | None) -> pd.DataFrame:
    """The rows whose work began in the half-open range."""
    kept = pd.Series(data=True, index=frame.index)
    if first is not None:
        kept &= ~(frame["start"] < first)  # a start that does not fit its column is not dropped
    if last is not None:
        kept &= ~(frame["start"] >= last)
    return frame[kept].reset_index(drop=True)


def _issue_key(record: dict[str, Any]) -> str:
    issue = record.get("issue")
    return str(issue.get("key", "")) if isinstance(issue, dict) else ""


def _texts(value: str | Sequence[str] | None) -> list[str]:
    return [value] if isinstance(value, str) else list(value or ())


def _types(types: list[str]) -> list[str]:
    if wrong := [each for each in types if not re.fullmatch(r"(Issue|Related)[A-Z]\w+", each)]:
        hint = "Types are IssueCreated, IssueUpdated, IssueWorkflow, IssueCommentAdded, …"
        raise BadOption(f"{wrong[0]!r} is no type of a history's entry", hint=hint)
    return types


def _only(values: list[str]) -> str | None:
    return values[0] if len(values) == 1 else None
