"""What a call for issues requests, and which columns it builds from that."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tracker_magic.api import Criteria, Operation
from tracker_magic.frames import ColumnSelection, Schema, queues_of_fields
from tracker_magic.tracker.connection import Connection
from tracker_magic.tracker.selection import (
    BUILT_IN,
    SHOWN_KEYS,
    IssueSelector,
    are_built_in,
    to_criteria,
    with_query_order,
)


@dataclass(frozen=True, slots=True)
class RequestedColumns:
    """What to fetch of each issue, and of how many issues."""

    fields: Sequence[str]
    expand: tuple[str, ...]
    limit: int | None

    @property
    def are_all(self) -> bool:
        """Whether every field of the schema is requested."""
        return [each.casefold() for each in self.fields] == ["all"]

    @property
    def are_default(self) -> bool:
        """Whether they are the default columns, perhaps with other built-in ones."""
        return are_built_in(self.fields) and (not self.fields or self.fields[0].startswith("+"))

    @property
    def expand_param(self) -> str | None:
        """The parameter `expand` of a search."""
        return ",".join(self.expand) or None


@dataclass(frozen=True, slots=True)
class IssuePlan:
    """What to request, which columns to build from it, and which of them were requested by name."""

    selector: IssueSelector
    schema: Schema
    selection: ColumnSelection
    columns: RequestedColumns
    tz: str
    requested: list[str] | None

    @property
    def params(self) -> dict[str, str | None]:
        """The parameters of a search, which request only the needed fields; `id` identifies records."""
        fields = self.selection.api_fields
        return {
            "fields": ",".join(dict.fromkeys(("id", "key", *fields))) if fields is not None else None,
            "expand": self.columns.expand_param,
        }

    @property
    def criteria(self) -> Criteria:
        """The criteria, if there is only one search."""
        return to_criteria(self.selector, self.schema, self.tz)[0]

    @property
    def query(self) -> str:
        """The query as sent to the service, or a text that stands for the selector."""
        return (self.criteria.query if self.selector.keys is None else None) or str(self.selector)

    @property
    def has_whole_query(self) -> bool:
        """Whether `query` selects the same issues: it is no filter, and names every key."""
        return self.selector.filter is None and len(self.selector.keys or ()) <= SHOWN_KEYS


def make_plan(
    connection: Connection, operation: Operation, selector: IssueSelector, columns: RequestedColumns
) -> IssuePlan:
    """Plan the columns; the schema is requested only if the built-in table is not enough."""
    names, are_keys = list(columns.fields), selector.keys is not None
    queues = connection.queue_keys(operation, [*selector.queues, *queues_of_fields(names)])
    schema = _schema_for(connection, operation, selector, columns, queues)
    selection = schema.select("all" if columns.are_all else names or None, queues)
    if columns.expand:
        _, *added = schema.select(columns.expand).columns
        selection = replace(selection, columns=(*selection.columns, *added))
    if are_keys and selector.order:
        selector = with_query_order(selector, schema)
    requested = ["all"] if columns.are_all else _names_of_columns(schema, names)
    return IssuePlan(selector, schema, selection, columns, operation.tz, requested)


def _schema_for(
    connection: Connection,
    operation: Operation,
    selector: IssueSelector,
    columns: RequestedColumns,
    queues: Sequence[str],
) -> Schema:
    """The built-in fields, with those of the queues for the default columns, or all if others are named."""
    names, optional = columns.fields, selector.keys is not None
    if columns.are_all or not are_built_in(names) or selector.needs_schema:
        plain = () if columns.are_all else (name.removeprefix("+") for name in names)
        return connection.schema(operation, queues, [*plain, *selector.fields], optional=optional)
    if names and not names[0].startswith("+"):
        return BUILT_IN
    return Schema.from_records([], connection.local_fields(operation, queues, optional=optional))


def _names_of_columns(schema: Schema, fields: Sequence[str]) -> list[str] | None:
    """The column of each field, without the companions that come with it; None for no fields."""
    columns = [schema.select([field.removeprefix("+")]).columns[:2] for field in fields]  # `key` comes first
    return [each[-1].name for each in columns] or None
