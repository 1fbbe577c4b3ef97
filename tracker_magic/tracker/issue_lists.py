"""Lists of issues: changelog, comments, worklog, links, attachments, checklists, transitions."""

import re
from typing import Any, Final, Unpack

import pandas as pd

from tracker_magic.api import Operation
from tracker_magic.errors import BadOption
from tracker_magic.names import nearest
from tracker_magic.tracker.connection import Connection, Defaults, FetchOptions
from tracker_magic.tracker.issue_list_fetch import ChangelogFetch, IssueListFetch
from tracker_magic.tracker.query_advice import advice_on_query
from tracker_magic.tracker.selection import Names, read_moment, read_names, read_source
from tracker_magic.tracker.worklog_fetch import EverybodysWorklogFetch, WorkDays, WorklogFetch

# The documented ones; there are more.
# https://yandex.ru/support/tracker/en/api-ref/issues/get-changelog
ENTRY_TYPES: Final = (
    "IssueCreated",
    "IssueUpdated",
    "IssueWorkflow",
    "IssueMoved",
    "IssueCloned",
    "IssueCommentAdded",
    "IssueCommentUpdated",
    "IssueCommentRemoved",
    "IssueCommentReactionAdded",
    "IssueCommentReactionRemoved",
    "IssueWorklogAdded",
    "IssueWorklogUpdated",
    "IssueWorklogRemoved",
    "IssueVoteAdded",
    "IssueVoteRemoved",
    "IssueLinked",
    "IssueLinkChanged",
    "IssueUnlinked",
    "IssueAttachmentAdded",
    "IssueAttachmentRemoved",
    "RelatedIssueResolutionChanged",
)
_TYPE: Final = re.compile(r"(Issue|Related)[A-Z]\w+", re.ASCII)
# To a documented type: 0.66 would take IssueAttachmentUpdated for a misspelt IssueAttachmentAdded.
_SIMILAR, _MISSPELT = 0.66, 0.9


class IssueListMethods:
    """Methods of `Tracker` for lists of issues.

    `source` selects the issues: a string made only of keys, any other string as a query, a list, Series or Index of
    keys, or a frame with `key`. Rows are in the order of the issues (those of a query by queue and number, unless it
    sorts), then as the service returns them. Keys that do not exist are named by a MissingIssues warning and in
    `attrs["tracker"]["missing"]`; if none exists, NotFound is raised.
    """

    _connection: Connection
    _defaults: Defaults

    def changelog(
        self, source: Any, fields: Names = None, types: Names = None, **options: Unpack[FetchOptions]
    ) -> pd.DataFrame:
        """The history of issues, one row per changed field; an entry without changes is one row.

        A change of comments, reactions, links, attachments, worklog or relatedResolutions is a row as well, whose
        `field` is that name; its keys are ids of comments, files and work records, and keys of linked issues.
        `fields` (names of fields as for `issues`, or these names) and `types` (IssueWorkflow, …) select changes.
        Columns: `key, id, at, by, by.id, type, field, from, to, from.key, to.key, added, removed, transport`.
        Source: `GET /v3/issues/{key}/changelog`.
        """
        operation, selector = self._defaults.start(options), read_source(source)
        names, kinds = read_names(fields), _read_types(types)
        return self._run(operation, ChangelogFetch(self._connection, operation, selector, names, kinds))

    def comments(self, source: Any, **options: Unpack[FetchOptions]) -> pd.DataFrame:
        """The comments on issues, one row each. Source: `GET /v3/issues/{key}/comments`."""
        return self._list("comments", source, options)

    def links(self, source: Any, **options: Unpack[FetchOptions]) -> pd.DataFrame:
        """The links between issues, one row each; `relation` is that of the issue to `other`.

        Source: `GET /v3/issues/{key}/links`.
        """
        return self._list("links", source, options)

    def attachments(self, source: Any, **options: Unpack[FetchOptions]) -> pd.DataFrame:
        """The files of issues and of their comments, one row each; `download` takes a row.

        Source: `GET /v3/issues/{key}/attachments`.
        """
        return self._list("attachments", source, options)

    def checklists(self, source: Any, **options: Unpack[FetchOptions]) -> pd.DataFrame:
        """The items of issues' checklists, one row each. Source: `GET /v3/issues/{key}/checklistItems`."""
        return self._list("checklists", source, options)

    def transitions(self, source: Any, **options: Unpack[FetchOptions]) -> pd.DataFrame:
        """The status transitions that issues can make, one row each. Source: `GET /v3/issues/{key}/transitions`."""
        return self._list("transitions", source, options)

    def worklog(
        self,
        source: Any = None,
        created_by: str | None = None,
        since: Any = None,
        until: Any = None,
        **options: Unpack[FetchOptions],
    ) -> pd.DataFrame:
        """Recorded work, one row per record, with `duration` in working hours.

        Without `source`, records on all issues; `created_by` (a login, an id, a name or a word of it, or `me()`)
        selects a user. `since` (inclusive) and `until` (exclusive) limit the days of the work (`start`), in `tz`. The
        service selects by creation of the record, so records created from 31 days before `since` until now are read;
        `attrs["tracker"]` has both ranges, and the user's login (or id, if that was given) as `created_by`. Raises
        BadOption for days in the wrong order, and for a `created_by` that no user or several have.
        Source: `GET /v3/issues/{key}/worklog`, `POST /v3/worklog/_search`.
        """
        operation = self._defaults.start(options)
        days = WorkDays(read_moment(since, operation.tz), read_moment(until, operation.tz))
        if days.are_reversed:
            raise BadOption(f"since ({since}) must be before until ({until})")
        created_by = self._person(operation, created_by)
        if source is None and created_by is None and days.first is None:
            raise BadOption(
                "this would fetch everybody's work of all time",
                hint='Give a source, created_by="login", or since="2026-01-01".',
            )
        fetch = (
            EverybodysWorklogFetch(self._connection, operation, created_by, days)
            if source is None
            else WorklogFetch(self._connection, operation, read_source(source), created_by, days)
        )
        return self._run(operation, fetch)

    def _person(self, operation: Operation, created_by: str | None) -> str | None:
        """Return what names a user: the own login or id instead of `me()`."""
        if created_by is not None and not (isinstance(created_by, str) and created_by.strip()):
            raise BadOption(f"created_by must be one login, name or id, not {created_by!r}")
        if created_by != "me()":
            return created_by
        me = self._connection.me(operation)
        return me.login or me.id

    def _list(self, name: str, source: Any, options: FetchOptions) -> pd.DataFrame:
        operation = self._defaults.start(options)
        return self._run(operation, IssueListFetch(self._connection, operation, name, read_source(source)))

    def _run(self, operation: Operation, fetch: IssueListFetch | EverybodysWorklogFetch) -> pd.DataFrame:
        """Run a fetch; the error for a refused query says what may be wrong with it."""
        with advice_on_query(self._connection, operation):
            return operation.run(fetch.run, partial=fetch)


def _read_types(types: Names) -> list[str]:
    """The types of changelog entries, documented ones in any case. Raises BadOption for what is probably no type."""
    known = {name.casefold(): name for name in ENTRY_TYPES}
    names = [known.get(name.casefold(), name) for name in read_names(types, "entry types")]
    for name in names:
        _check_type(name)
    return names


def _check_type(name: str) -> None:
    """Raise BadOption for a misspelt documented type, and for what does not look like a type."""
    looks_right = _TYPE.fullmatch(name) is not None
    similar = " or ".join(nearest(name, ENTRY_TYPES, similarity=_MISSPELT if looks_right else _SIMILAR))
    if name not in ENTRY_TYPES and (similar or not looks_right):
        hint = f"Did you mean {similar}?" if similar else f"Types are {', '.join(ENTRY_TYPES)}."
        raise BadOption(f"{name!r} is not a type of changelog entries", hint=hint, reason="unknown_name")
