"""What hangs on issues: history, comments, work, links, files, checklists, transitions."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from difflib import get_close_matches
from typing import Any, Unpack

import pandas as pd

from tracker_magic.api import Call, Criteria, Search, fetch_each, fetch_issues
from tracker_magic.api.paging import Records, pages
from tracker_magic.api.resources import RESOURCES
from tracker_magic.api.sub import Part
from tracker_magic.errors import BadOption, Cancelled, Incomplete, NoAnswer, ServiceBroken, UnexpectedReply
from tracker_magic.frames import Schema, build_changelog, build_list, named_queues
from tracker_magic.query import is_keys
from tracker_magic.tracker.base import How
from tracker_magic.tracker.criteria import BUILT_IN, is_known
from tracker_magic.tracker.days import moment, shown_range
from tracker_magic.tracker.issues import Issues
from tracker_magic.tracker.missing import told_missing
from tracker_magic.tracker.order import by_key, places
from tracker_magic.tracker.question import Question, ask, key_list

Pairs = Iterable[tuple[str, dict[str, Any]]]

# What one row is, where the list's name is no plural.
_ROWS = {"changelog": "changes", "worklog": "work records", "checklists": "checklist items"}

# Records are cut by creation: work of a day may be written down this much later (DESIGN 2).
LATE = timedelta(days=31)


class Parts(Issues):
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
        **how: Unpack[How],
    ) -> pd.DataFrame:
        """The history of issues, one row for each change of a field; an entry without fields is one row.

        `fields` (field ids) and `types` (IssueWorkflow, …) keep only those changes. Columns: `key, id, at, by, by.id,
        type, field, from, to, from.key, to.key, added, removed, transport`.
        Source: `GET /v3/issues/{key}/changelog`.
        """
        call = self._begun(**how)
        wanted, wanted_types = self._changed_fields(call, _texts(fields)), _types(_texts(types))
        # One value travels; several are cut here, since only one of each is documented.
        params = {"field": _only(list(wanted)), "type": _only(wanted_types)}

        def build(pairs: Pairs) -> pd.DataFrame:
            kept = [(key, entry) for key, entry in pairs if not wanted_types or entry.get("type") in wanted_types]
            frame = build_changelog(kept, call.tz, schema=self._history_schema(call, kept))
            names = {*wanted, *wanted.values()}
            return frame[frame["field"].isin(names)].reset_index(drop=True) if names else frame

        return self._each(call, "changelog", source, build, params=params)

    def comments(self, source: Any, **how: Unpack[How]) -> pd.DataFrame:
        """The comments of issues, one row each. Source: `GET /v3/issues/{key}/comments`."""
        return self._listed("comments", source, self._begun(**how))

    def links(self, source: Any, **how: Unpack[How]) -> pd.DataFrame:
        """The links of issues to others, one row each; `relation` is read from the issue to `other`.

        Source: `GET /v3/issues/{key}/links`.
        """
        return self._listed("links", source, self._begun(**how))

    def attachments(self, source: Any, **how: Unpack[How]) -> pd.DataFrame:
        """The files of issues and of their comments, one row each; `download` takes a row.

        Source: `GET /v3/issues/{key}/attachments`.
        """
        return self._listed("attachments", source, self._begun(**how))

    def checklists(self, source: Any, **how: Unpack[How]) -> pd.DataFrame:
        """The lines of issues' checklists, one row each. Source: `GET /v3/issues/{key}/checklistItems`."""
        return self._listed("checklists", source, self._begun(**how))

    def transitions(self, source: Any, **how: Unpack[How]) -> pd.DataFrame:
        """Where issues may go from their status, one row for each way. Source: `GET /v3/issues/{key}/transitions`."""
        return self._listed("transitions", source, self._begun(**how))

    def worklog(
        self,
        source: Any = None,
        created_by: str | None = None,
        since: Any = None,
        until: Any = None,
        **how: Unpack[How],
    ) -> pd.DataFrame:
        """Work written down, one row for each record; `duration` in working hours.

        Of the issues in `source`, or of everybody (`created_by`: a login or uid). `since` and `until` are days worked
        (`start`), half-open, in `tz`. The service cuts by creation of the record, so records created from 31 days
        before `since` until now are read and cut here; `attrs["tracker"]` names both ranges.
        Source: `GET /v3/issues/{key}/worklog`, `POST /v3/worklog/_search`.
        """
        call = self._begun(**how)
        first, last = moment(since, call.tz), moment(until, call.tz)
        if source is None and created_by is None and first is None:
            raise BadOption(
                "everybody's work of all time is not asked for by accident",
                hint='Give a source, created_by="login", or since="2026-01-01".',
            )

        def build(pairs: Pairs) -> pd.DataFrame:
            return _worked(build_list("worklog", pairs, call.tz), first, last)

        created_from = first - LATE if first is not None else None
        ranges = {"started": shown_range(first, last), "created": shown_range(created_from, None)}
        if source is not None:
            uid = self._uid(call, created_by) if created_by else None
            return self._each(call, "worklog", source, lambda pairs: build(_by(pairs, uid)), facts={"ranges": ranges})
        records = self._everybodys_work(call, created_by, created_from)
        frame = build((_issue_key(record), record) for record in records)
        frame = by_key(frame)
        call.report(_ROWS["worklog"], len(frame), len(frame), finished=True)
        return self._record(frame, call, units={"duration": "h"}, ranges=ranges)

    def _everybodys_work(self, call: Call, created_by: str | None, created_from: pd.Timestamp | None) -> Records:
        body: dict[str, Any] = {}
        if created_by:
            body["createdBy"] = created_by
        if created_from is not None:
            body["createdAt"] = {"from": created_from.tz_convert("UTC").strftime("%Y-%m-%dT%H:%M:%S.000+0000")}
        records: Records = []
        for answer in pages(self._client, call, RESOURCES["all_worklog"], body=body):
            records += answer.data
            call.report(_ROWS["worklog"], len(records), None)
        return records

    def _uid(self, call: Call, person: str) -> str:
        """A person's uid, given by login or uid. Raises BadOption for somebody nobody knows."""
        logins = self._logins(call)
        found = next((uid for uid, login in logins.items() if person in {uid, login}), None)
        if found is None:
            near = get_close_matches(person, logins.values(), 1)
            raise BadOption(f"there is no user {person!r}", hint=f"Did you mean {near[0]}?" if near else "See users().")
        return found

    def _changed_fields(self, call: Call, names: list[str]) -> dict[str, str]:
        """Field ids of the history → names in frames. Raises BadOption for a field nobody knows."""
        if not names:
            return {}
        schema = BUILT_IN if is_known(names) else self._schema(call, self._queue_keys(call, named_queues(names)))
        schema.select(names)
        known = {field.name: field.key for field in schema.fields}
        return {known.get(name, name): name for name in names}

    def _history_schema(self, call: Call, pairs: Iterable[tuple[str, dict[str, Any]]]) -> Schema:
        """The local fields of the queues whose history holds some, so that they are named QUEUE.KEY."""
        if call.stop.is_set():
            return BUILT_IN  # what came before an interrupt is shown without asking for more
        queues = dict.fromkeys(
            key.rsplit("-", 1)[0]
            for key, entry in pairs
            for change in entry.get("fields") or ()
            if "--" in str((change.get("field") or {}).get("id"))
        )
        return Schema.from_records([], self._local(call, queues, optional=True))

    # From a source to one list for each issue.

    def _listed(self, name: str, source: Any, call: Call) -> pd.DataFrame:
        return self._each(call, name, source, lambda pairs: build_list(name, pairs, call.tz))

    def _each(
        self,
        call: Call,
        name: str,
        source: Any,
        build: Callable[[Pairs], pd.DataFrame],
        *,
        params: dict[str, Any] | None = None,
        facts: dict[str, Any] | None = None,
    ) -> pd.DataFrame:
        question = _question(source)
        keys = self._keys_of(call, question)
        parts: list[Part] = []
        try:
            parts.extend(fetch_each(self._client, call, name, keys, params=params))
        except KeyboardInterrupt:
            partial = build(_pairs(parts))
            raise Cancelled(f"stopped at {len(parts):,} of {len(keys):,} issues", partial=partial) from None
        except (NoAnswer, ServiceBroken, UnexpectedReply) as error:
            if not parts:
                raise
            raise Incomplete(
                f"{len(parts):,} of {len(keys):,} issues answered: {error.message}",
                hint=error.hint,
                partial=build(_pairs(parts)),
                fetched=len(parts),
                total=len(keys),
            ) from error
        missing = told_missing([part.asked for part in parts if part.records is None], len(keys))
        frame = build(_pairs(parts))
        call.report(_ROWS.get(name, name), len(frame), len(frame), finished=True)
        units = {"duration": "h"} if "duration" in frame.columns else {}
        return self._record(frame, call, query=str(question), missing=missing, units=units, **(facts or {}))

    def _keys_of(self, call: Call, question: Question) -> list[str]:
        """The keys that a source means; a query's are searched, in its own order or by queue and number."""
        if question.keys is not None:
            return list(question.keys)
        keys: list[str] = []
        criteria = Criteria(query=question.query)
        search = Search(self._client, call, criteria, {"fields": "id,key"})
        found = fetch_issues(search, lambda records: keys.extend(record["key"] for record in records))
        order = places(keys) if found.places is None else found.places
        return [keys[place] for place in order]


def _question(source: Any) -> Question:
    if isinstance(source, str) and source.strip().startswith("@"):
        raise BadOption(f"there is no local copy {source.strip()}", hint="Give keys, a query or a frame with `key`.")
    if isinstance(source, str) and not is_keys(source):
        return ask(source)
    return ask(keys=key_list(source))


def _pairs(parts: Iterable[Part]) -> Iterator[tuple[str, dict[str, Any]]]:
    return ((part.key, record) for part in parts for record in part.records or ())


def _by(pairs: Pairs, uid: str | None) -> Iterator[tuple[str, dict[str, Any]]]:
    for key, record in pairs:
        if uid is None or str((record.get("createdBy") or {}).get("id")) == uid:
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
