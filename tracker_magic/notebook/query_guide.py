"""The help about the query language, with the names of the tracker that is logged in to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tracker_magic.api import Operation
from tracker_magic.errors import TrackerError
from tracker_magic.layout import table, wrapped
from tracker_magic.notebook.completion.names import Names, known_fields
from tracker_magic.query import name_text
from tracker_magic.query.parameters import texts_of
from tracker_magic.tracker import Tracker

LISTS: Final = ("queues", "fields", "statuses", "types", "priorities", "resolutions")
_LIMIT_S: Final = 5.0
_MOST: Final = 15  # names of a list that are shown
_GENERAL: Final = Names(
    {
        "queues": [{"key": "DEV"}],
        "statuses": [{"name": "Open"}, {"name": "In progress"}, {"name": "Closed"}],
        "types": [{"name": "bug"}],
        "priorities": [{"name": "critical"}],
        "local_fields": [{"queue": {"key": "DEV"}, "key": "riskScore"}],
    }
)


@dataclass(frozen=True, slots=True)
class GuideNames:
    """The names that the help uses, and where they come from, in words."""

    names: Names
    origin: str


@dataclass(frozen=True, slots=True)
class _NameList:
    """The names of one kind, and the command that lists them; without one, all are shown here."""

    title: str
    texts: Sequence[str]
    command: str = ""


def guide_names(tracker: Tracker | None) -> GuideNames:
    """Return the names of a tracker in its language; those that were not fetched yet are requested.

    Without a Tracker, or if the service does not answer, the names are general ones.
    """
    if tracker is None:
        return GuideNames(_GENERAL, "After a login, this help names your own queues, statuses and fields.")
    dictionaries, operation = tracker.connection.dictionaries, Operation(_LIMIT_S, lang=tracker.lang)
    try:
        records = {name: operation.run(dictionaries.get, operation, name) for name in LISTS}
    except TrackerError as error:
        return GuideNames(_GENERAL, f"The names of your tracker could not be read: {error.message}.")
    records["local_fields"] = dictionaries.known("local_fields")
    cost = f"read with {operation.requests} requests" if operation.requests else "which were known already"
    return GuideNames(Names(records), f"The names of your tracker, {cost}:")


def guide(own: GuideNames) -> str:
    """Return the whole help."""
    parts = [
        wrapped(
            "A query is a list of conditions, PARAMETER: VALUE. All of them must be true. It is sent to the service as "
            "you type it. Text without a parameter is searched for in the issues."
        ),
        *(table(title, rows, 34) for title, rows in sections(own.names).items() if rows),
        wrapped(
            "In a notebook, {{name}} inserts the value of a variable (%tracker help templates), and %tracker count "
            "QUERY says how many issues there are. Tab completes parameters, values and functions."
        ),
        own.origin,
        *_lists(own.names),
        wrapped("The full description: https://yandex.ru/support/tracker/ru/user/query-filter"),
    ]
    return "\n\n".join(parts)


def sections(names: Names) -> Mapping[str, Sequence[tuple[str, str]]]:
    """Return the examples: for each heading, queries and what they mean."""
    queue = _first(names, "queues")
    status, other, *_ = [*_texts(names, "statuses"), "Open", "Closed"]
    kind, priority = _first(names, "types"), _first(names, "priorities")
    local = [f"{each.query}: notEmpty()" for each in known_fields(names) if each.queue][:1]
    return {
        "Conditions": [
            (f"Queue: {queue}", "the issues of a queue"),
            (f"Queue: {queue} Status: {status}", "both conditions are true; AND may stand between them"),
            (f"Status: {status} OR Type: {kind}", "one of them is true"),
            (f"Queue: {queue} (Type: {kind} OR Priority: {priority})", "brackets"),
        ],
        "Values": [
            (f"Status: {status}, {other}", "any of these; quote a name of several words"),
            (f"Status: !{status}", "not this"),
            ("Resolution: empty()", "not set"),
            ("Epic: notEmpty()", "set"),
            ("Summary: report", "has this word"),
            ('Summary: #"weekly report"', "is exactly this text"),
        ],
        "People": [
            ("Assignee: me()", 'you; somebody else: "First Last" or login@'),
            ("Author: !me()", "not you"),
        ],
        "Days, times and numbers": [
            ("Created: >= 2026-03-01", "since this day; also > < <="),
            ("Created: 2026-03-01 .. 2026-03-31", "from the first to the last of these days"),
            ("Updated: > now() - 12h", "in the last twelve hours"),
            ('Deadline: < today() + "1w 2d"', "also week(), month(), quarter(), year()"),
            ('"Story Points": > 3', "numbers are compared in the same way"),
        ],
        "Changes": [
            (f"Status: changed(to: {other})", "had this change at any time"),
            (f"Status: changed(from: {status} to: {other} date: > today() - 1w)", "in the last week"),
        ],
        "Fields of one queue": [*((each, f"a local field; %tracker fields {queue} lists them") for each in local)],
        "Order, at the end of the query": [
            (f'Queue: {queue} "Sort By": Updated DESC', "the latest change first"),
            (f'Queue: {queue} "Sort By": Priority DESC, Created ASC', "by several fields"),
        ],
    }


def _lists(names: Names) -> list[str]:
    """Return the names that may stand before and after the colon."""
    parameters = dict.fromkeys(each.query for each in known_fields(names) if each.query and not each.queue)
    lists = [_NameList("Parameters", list(map(name_text, parameters)))]
    lists += [_NameList(name.capitalize(), _texts(names, name), name) for name in LISTS if name != "fields"]
    return [wrapped(f"{each.title}: {_joined(each)}", 2) for each in lists if each.texts]


def _joined(names: _NameList) -> str:
    shown = names.texts[:_MOST] if names.command else names.texts
    more = len(names.texts) - len(shown)
    return ", ".join(shown) + (f" and {more} more (%tracker {names.command})" if more else "")


def _first(names: Names, name: str) -> str:
    return next(iter([*_texts(names, name), *_texts(_GENERAL, name)]))


def _texts(names: Names, name: str) -> list[str]:
    """Return how a query names the members of a list: queues by key, others as people see them."""
    named_by = "key" if name == "queues" else "name"
    values = (text for record in names.records.get(name, ()) for text in texts_of(record.get(named_by))[:1])
    return [name_text(value) for value in dict.fromkeys(values) if value]
