"""Issues by key: searched in a few queries, and those a search does not give asked one by one."""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from tracker_magic.api import Call, Client, Criteria, Search, fetch_issues
from tracker_magic.api.crew import side_by_side
from tracker_magic.api.paging import Records
from tracker_magic.errors import BadQuery, Forbidden, Incomplete, NotFound, UnexpectedReply
from tracker_magic.tracker.criteria import BUILT_IN, KEYS_A_QUERY, to_criteria
from tracker_magic.tracker.question import Question


class Keyed:
    """The issues of `question.keys` (the first `limit`): `fetch` them, then `places` says in which order to stand."""

    def __init__(
        self, client: Client, call: Call, question: Question, params: dict[str, str | None], limit: int | None
    ) -> None:
        # With an order the limit is cut from the ordered rows, else from the keys as given.
        self.keys: Sequence[str] = (question.keys or ())[: None if question.order else limit]
        self.missing: list[str] = []
        self._client = client
        self._call = call
        self._question = Question(keys=tuple(self.keys), order=question.order)
        self._params = params
        self._asked = {key: place for place, key in enumerate(self.keys)}
        self._places: dict[str, int] = {}  # issue id → where it was asked for, in the order of arrival

    def fetch(self, add: Callable[[Records], None]) -> None:
        """Pass every issue that exists to `add`, once each; note the keys that do not."""
        given: set[str] = set()
        for records in by_search(self._client, self._call, self._question, self._params):
            self._take(records, [str(record.get("key")) for record in records], add)
            given.update(str(record.get("key")) for record in records)
        rest = [key for key in self.keys if key not in given]
        for key, record in zip(rest, side_by_side(self._one, rest, self._call), strict=True):
            if record is None:
                self.missing.append(key)
            else:
                self._take([record], [key], add)
            self._call.report("issues", len(self._places), len(self.keys))

    def places(self) -> list[int]:
        """Positions of the rows as they came, in the order that was asked for."""
        if self._question.order:
            return list(range(len(self._places)))
        asked = list(self._places.values())
        return sorted(range(len(asked)), key=asked.__getitem__)

    def _one(self, key: str) -> dict[str, Any] | None:
        """An issue by its key; an old key redirects to the present one."""
        try:
            record = self._client.get(self._call, f"issues/{quote(key, safe='')}", self._params).data
        except (NotFound, Forbidden):
            return None
        if not isinstance(record, dict) or "id" not in record:
            raise UnexpectedReply(f"issue {key} came in a form that is not known")
        return record

    def _take(self, records: Records, keys: Sequence[str], add: Callable[[Records], None]) -> None:
        fresh = []
        for record, key in zip(records, keys, strict=True):
            if str(record["id"]) not in self._places:
                self._places[str(record["id"])] = self._asked.get(key, len(self._asked))
                fresh.append(record)
        add(fresh)


def by_search(client: Client, call: Call, question: Question, params: Mapping[str, Any]) -> Iterator[Records]:
    """What searches for the question's keys give, 500 keys each, side by side, in order.

    Former keys are not among it, nor what a search that breaks off did not give: who asks goes on one by one.
    """
    starts = range(0, len(question.keys or ()), KEYS_A_QUERY)
    sizes = [min(KEYS_A_QUERY, len(question.keys or ()) - start) for start in starts]

    def search(chunk: tuple[Criteria, int]) -> Records:
        criteria, size = chunk
        records: Records = []

        def restart() -> Callable[[Records], None]:
            records.clear()
            return records.extend

        # A service may refuse a query that names a key it does not know.
        with contextlib.suppress(BadQuery, Incomplete):
            fetch_issues(Search(client, call, criteria, dict(params)), restart, size)
        return records

    return side_by_side(search, zip(to_criteria(question, BUILT_IN, "UTC"), sizes, strict=True), call)
