"""What the organisation is made of: queues, fields, statuses, people, boards, sprints, projects."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Unpack

from tracker_magic.api import Operation
from tracker_magic.api.pagination import Records, entity_pages
from tracker_magic.columns import ENTITY_FIELDS
from tracker_magic.errors import BadOption
from tracker_magic.frames import build_list
from tracker_magic.tracker.connection import Base, FetchOptions
from tracker_magic.tracker.sinks import Kept, stoppable

if TYPE_CHECKING:
    import pandas as pd


class Dictionaries(Base):
    """Lists of the organisation, one row each, an `id` always as text."""

    def queues(self, **how: Unpack[FetchOptions]) -> "pd.DataFrame":
        """Queues this login may see. Source: `GET /v3/queues`."""
        return self._dictionary("queues", **how)

    def fields(self, queue: str | None = None, **how: Unpack[FetchOptions]) -> "pd.DataFrame":
        """Fields of issues: the organisation's, and with `queue` that queue's local ones too.

        Source: `GET /v3/fields`, `GET /v3/queues/{queue}/localFields`.
        """

        def fetch(call: Operation) -> Records:
            records = list(self._kept_list(call, "fields"))
            return [*records, *self._local_fields(call, queue)] if queue else records

        return self._built("fields", fetch, how)

    def statuses(self, **how: Unpack[FetchOptions]) -> "pd.DataFrame":
        """Statuses with their `type` (new, inProgress, paused, done, cancelled). Source: `GET /v3/statuses`."""
        return self._dictionary("statuses", **how)

    def types(self, **how: Unpack[FetchOptions]) -> "pd.DataFrame":
        """Issue types. Source: `GET /v3/issuetypes`."""
        return self._dictionary("types", **how)

    def priorities(self, **how: Unpack[FetchOptions]) -> "pd.DataFrame":
        """Priorities. Source: `GET /v3/priorities`."""
        return self._dictionary("priorities", **how)

    def resolutions(self, **how: Unpack[FetchOptions]) -> "pd.DataFrame":
        """Resolutions. Source: `GET /v3/resolutions`."""
        return self._dictionary("resolutions", **how)

    def link_types(self, **how: Unpack[FetchOptions]) -> "pd.DataFrame":
        """Kinds of links, with their names seen from either end. Source: `GET /v3/linktypes`."""
        return self._dictionary("link_types", **how)

    def users(self, **how: Unpack[FetchOptions]) -> "pd.DataFrame":
        """Everybody, beyond 10,000 too; `id` is the uid. Source: `GET /v3/users/_relative`."""
        return self._dictionary("users", **how)

    def groups(self, **how: Unpack[FetchOptions]) -> "pd.DataFrame":
        """Groups of people. Source: `GET /v3/groups`."""
        return self._dictionary("groups", **how)

    def boards(self, **how: Unpack[FetchOptions]) -> "pd.DataFrame":
        """Boards. Source: `GET /v3/boards/_paginate`."""
        return self._dictionary("boards", **how)

    def columns(self, board: str | int, **how: Unpack[FetchOptions]) -> "pd.DataFrame":
        """The columns of a board (id or name) with their statuses. Source: `GET /v3/boards/{id}/columns`."""
        return self._of_board("columns", board, how)

    def sprints(self, board: str | int, **how: Unpack[FetchOptions]) -> "pd.DataFrame":
        """The sprints of a board (id or name). Source: `GET /v3/boards/{id}/sprints`."""
        return self._of_board("sprints", board, how)

    def components(self, **how: Unpack[FetchOptions]) -> "pd.DataFrame":
        """Components of all queues. Source: `GET /v3/components`."""
        return self._dictionary("components", **how)

    def versions(self, queue: str, **how: Unpack[FetchOptions]) -> "pd.DataFrame":
        """The versions of a queue. Source: `GET /v3/queues/{queue}/versions`."""
        return self._built("versions", lambda call: self._fetch_list(call, "versions", queue=queue), how)

    def projects(self, **how: Unpack[FetchOptions]) -> "pd.DataFrame":
        """Projects with every documented field. Source: `POST /v3/entities/project/_search`."""
        return self._built("projects", lambda call: self._entities(call, "project"), how)

    def portfolios(self, **how: Unpack[FetchOptions]) -> "pd.DataFrame":
        """Portfolios with every documented field. Source: `POST /v3/entities/portfolio/_search`."""
        return self._built("portfolios", lambda call: self._entities(call, "portfolio"), how)

    def goals(self, **how: Unpack[FetchOptions]) -> "pd.DataFrame":
        """Goals with every documented field. Source: `POST /v3/entities/goal/_search`."""
        return self._built("goals", lambda call: self._entities(call, "goal"), how)

    def _dictionary(self, name: str, **how: Unpack[FetchOptions]) -> "pd.DataFrame":
        return self._built(name, lambda call: self._fetch_list(call, name), how)

    def _of_board(self, name: str, board: str | int, how: FetchOptions) -> "pd.DataFrame":
        return self._built(name, lambda call: self._fetch_list(call, name, board=self._board(call, board)), how)

    def _built(self, name: str, fetch: Callable[[Operation], Records], how: FetchOptions) -> "pd.DataFrame":
        """The frame of what `fetch` gives. Raises Cancelled without rows: part of a list is of no use."""

        def build(_: Kept) -> "pd.DataFrame":
            call = self._begun(**how)
            return self._record(build_list(name, fetch(call), call.tz), call)

        return stoppable(build)

    def _entities(self, call: Operation, kind: str) -> Records:
        records: Records = []
        for page in entity_pages(self._client, call, kind, ",".join(ENTITY_FIELDS)):
            records += page
            call.report(f"{kind}s", len(records), None)
        return records

    def _board(self, call: Operation, board: str | int) -> str:
        """A board's id, given by id or by name. Raises BadOption for a name that none or several have."""
        text = str(board).strip()
        if text.isdigit():
            return text
        boards: list[dict[str, Any]] = self._fetch_list(call, "boards")
        found = [str(each["id"]) for each in boards if each.get("name") == text]
        if len(found) == 1:
            return found[0]
        said = f"{len(found)} boards are named {text!r}" if found else f"there is no board {text!r}"
        raise BadOption(said, hint=f"Ids: {', '.join(found)}" if found else "%tracker boards lists them.")
