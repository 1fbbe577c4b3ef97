"""The dictionaries of an organisation: queues, fields, statuses, users, boards, sprints, projects and more."""

from typing import TYPE_CHECKING, Any, Unpack

from tracker_magic.api import Operation, Records
from tracker_magic.api.pagination import fetch_records
from tracker_magic.columns import ENTITY_FIELDS
from tracker_magic.errors import NotFound
from tracker_magic.frames import build_list, value_warning
from tracker_magic.query.parameters import Record, parameter_of
from tracker_magic.tracker.connection import Connection, Defaults, FetchOptions, is_queue_key
from tracker_magic.tracker.lookup import BOARD, QUEUE

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd


class DictionaryMethods:
    """Methods of `Tracker` for lists of the organisation, one row per item, with `id` always as text.

    Lists that rarely change are fetched once per Tracker and language; versions, columns, sprints, entities each time.
    """

    _connection: Connection
    _defaults: Defaults

    def queues(self, **options: Unpack[FetchOptions]) -> "pd.DataFrame":
        """Queues that this login may see. Source: `GET /v3/queues`."""
        return self._fetch(options, self._dictionary, "queues")

    def fields(self, queue: str | None = None, **options: Unpack[FetchOptions]) -> "pd.DataFrame":
        """Fields of issues: the organisation's, and with `queue` (key or name) that queue's local ones too.

        `query` is what to type in a query, and `query.other` what else a query accepts.
        Source: `GET /v3/fields`, `GET /v3/queues/{queue}/localFields`.
        """
        return self._fetch(options, self._fields, queue)

    def statuses(self, **options: Unpack[FetchOptions]) -> "pd.DataFrame":
        """Statuses with their `type` (new, inProgress, paused, done, cancelled). Source: `GET /v3/statuses`."""
        return self._fetch(options, self._dictionary, "statuses")

    def types(self, **options: Unpack[FetchOptions]) -> "pd.DataFrame":
        """Issue types. Source: `GET /v3/issuetypes`."""
        return self._fetch(options, self._dictionary, "types")

    def priorities(self, **options: Unpack[FetchOptions]) -> "pd.DataFrame":
        """Priorities. Source: `GET /v3/priorities`."""
        return self._fetch(options, self._dictionary, "priorities")

    def resolutions(self, **options: Unpack[FetchOptions]) -> "pd.DataFrame":
        """Resolutions. Source: `GET /v3/resolutions`."""
        return self._fetch(options, self._dictionary, "resolutions")

    def link_types(self, **options: Unpack[FetchOptions]) -> "pd.DataFrame":
        """Types of links, with their names as seen from either end. Source: `GET /v3/linktypes`."""
        return self._fetch(options, self._dictionary, "link_types")

    def users(self, **options: Unpack[FetchOptions]) -> "pd.DataFrame":
        """All users, even more than 10,000; `id` is the uid. Source: `GET /v3/users/_relative`."""
        return self._fetch(options, self._dictionary, "users")

    def groups(self, **options: Unpack[FetchOptions]) -> "pd.DataFrame":
        """Groups of users. Source: `GET /v3/groups`."""
        return self._fetch(options, self._dictionary, "groups")

    def boards(self, **options: Unpack[FetchOptions]) -> "pd.DataFrame":
        """Boards. Source: `GET /v3/boards/_paginate`."""
        return self._fetch(options, self._dictionary, "boards")

    def columns(self, board: str | int, **options: Unpack[FetchOptions]) -> "pd.DataFrame":
        """The columns of a board (id or name) with their statuses. Source: `GET /v3/boards/{id}/columns`."""
        return self._fetch(options, self._list_of_board, "columns", board)

    def sprints(self, board: str | int, **options: Unpack[FetchOptions]) -> "pd.DataFrame":
        """The sprints of a board (id or name). Source: `GET /v3/boards/{id}/sprints`."""
        return self._fetch(options, self._list_of_board, "sprints", board)

    def components(self, **options: Unpack[FetchOptions]) -> "pd.DataFrame":
        """Components of all queues. Source: `GET /v3/components`."""
        return self._fetch(options, self._dictionary, "components")

    def versions(self, queue: str, **options: Unpack[FetchOptions]) -> "pd.DataFrame":
        """The versions of a queue (key or name). Source: `GET /v3/queues/{queue}/versions`."""
        return self._fetch(options, self._versions, queue)

    def projects(self, **options: Unpack[FetchOptions]) -> "pd.DataFrame":
        """Projects with every documented field. Source: `POST /v3/entities/project/_search`."""
        return self._fetch(options, self._entities, "projects")

    def portfolios(self, **options: Unpack[FetchOptions]) -> "pd.DataFrame":
        """Portfolios with every documented field. Source: `POST /v3/entities/portfolio/_search`."""
        return self._fetch(options, self._entities, "portfolios")

    def goals(self, **options: Unpack[FetchOptions]) -> "pd.DataFrame":
        """Goals with every documented field. Source: `POST /v3/entities/goal/_search`."""
        return self._fetch(options, self._entities, "goals")

    def _fetch(self, options: FetchOptions, work: "Callable[..., pd.DataFrame]", *arguments: Any) -> "pd.DataFrame":
        operation = self._defaults.start(options)
        return operation.run(work, operation, *arguments)

    # What the worker of the operation does.

    def _dictionary(self, operation: Operation, name: str) -> "pd.DataFrame":
        self._connection.me(operation)
        return self._frame(operation, name, self._connection.dictionaries.get(operation, name), is_cached=True)

    def _fields(self, operation: Operation, queue: str | None) -> "pd.DataFrame":
        connection = self._connection
        connection.me(operation)
        records = list(connection.dictionaries.get(operation, "fields"))
        every = list(connection.dictionaries.in_every_language(operation, "fields"))
        if queue:
            key = queue if is_queue_key(queue) else connection.find(operation, QUEUE, queue).id
            records += connection.local_fields(operation, [key])[key]
            every += connection.dictionaries.in_every_language(operation, "local_fields", queue=key)
        names = {str(record.get("id")): record.get("name") for record in every}
        records = [{**record, **_query_columns(record, names.get(str(record.get("id"))))} for record in records]
        return self._frame(operation, "fields", records, is_cached=True)

    def _versions(self, operation: Operation, queue: str) -> "pd.DataFrame":
        self._connection.me(operation)
        return self._frame(operation, "versions", self._connection.versions(operation, queue))

    def _list_of_board(self, operation: Operation, name: str, board: str | int) -> "pd.DataFrame":
        self._connection.me(operation)
        connection, text = self._connection, str(board).strip()
        board_id = text if text.isdigit() else connection.find(operation, BOARD, text).id
        try:
            records = connection.dictionaries.refresh(operation, name, board=board_id)
        except NotFound as error:
            connection.find(operation, BOARD, text)  # an unknown id is an error with the nearest boards
            raise error from None
        return self._frame(operation, name, records)

    def _entities(self, operation: Operation, name: str) -> "pd.DataFrame":
        self._connection.me(operation)
        params = {"fields": ",".join(ENTITY_FIELDS)}
        records = fetch_records(self._connection.client, operation, name, params=params, body={})
        return self._frame(operation, name, records)

    def _frame(self, operation: Operation, name: str, records: Records, *, is_cached: bool = False) -> "pd.DataFrame":
        frame = build_list(name, records, operation.tz)
        operation.warn(value_warning(frame))
        if not is_cached:
            return self._connection.describe(frame, operation)
        fetched_at = self._connection.dictionaries.fetched_at(operation, name)
        return self._connection.describe(frame, operation, fetched_at=fetched_at.isoformat(timespec="seconds"))


def _query_columns(field: Record, names: Any) -> dict[str, Any]:
    """What to type in a query for a field, and what else a query accepts, given its `names` in every language."""
    own = parameter_of(field).text
    others = [text for text in parameter_of({**field, "name": names or field.get("name")}).texts if text != own]
    return {"query": own or None, "query.other": others or None}
