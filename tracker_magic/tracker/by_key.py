"""Issues by key: searched in a few queries, and those a search does not give asked one by one."""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote

from tracker_magic.api import Client, Collected, Criteria, Operation, Search, fetch_alone
from tracker_magic.api.crew import map_in_order
from tracker_magic.api.pagination import Records
from tracker_magic.errors import (
    BadQuery,
    Forbidden,
    Incomplete,
    NotFound,
    TrackerError,
    UnexpectedReply,
    WrongOrganisation,
)
from tracker_magic.tracker.criteria import BUILT_IN, KEYS_A_QUERY, to_criteria
from tracker_magic.tracker.selection import Question

_ATTEMPTS: Final = 3  # to order issues of which some have moved meanwhile


class Keyed:
    """The issues of `question.keys` (the first `limit`): `fetch` them, then `places` says in which order to stand."""

    def __init__(
        self, client: Client, call: Operation, question: Question, params: dict[str, str | None], limit: int | None
    ) -> None:
        # With an order the limit is cut from the ordered rows, else from the keys as given.
        self.keys: Sequence[str] = (question.keys or ())[: None if question.order else limit]
        self.missing: list[str] = []
        self.left: list[str] = list(self.keys)  # whose issue did not come, as far as known
        self._client = client
        self._call = call
        self._question = Question(keys=tuple(self.keys), order=question.order)
        self._params = params
        self._asked = {key: place for place, key in enumerate(self.keys)}
        self._places: dict[str, int] = {}  # issue id → where it stands, in the order of arrival

    @property
    def found(self) -> int:
        """How many issues came."""
        return len(self._places)

    def count(self) -> int:
        """How many issues the keys mean: `_count` where it knows them all, else as many as `fetch` finds."""
        searches = [Search(self._client, self._call, each) for each in to_criteria(self._question, BUILT_IN, "UTC")]
        if sum(map_in_order(_count, searches, self._call)) == len(self.keys):
            return len(self.keys)
        self.fetch(lambda _: None)
        return self.found

    def fetch(self, add: Callable[[Records], None]) -> None:
        """Pass every issue that exists to `add`, once each; note the keys that do not."""
        given: list[str] = []
        for records in by_search(self._client, self._call, self._question, self._params):
            self._take(records, [str(record.get("key")) for record in records], add)
            given += [str(record.get("key")) for record in records]
            known = set(given)
            self.left = [key for key in self.left if key not in known]
            self._call.report("issues", self.found, len(self.keys))
        moved = self._one_by_one(add)
        if self._question.order and moved:
            self._order([*given, *moved])

    def places(self) -> list[int]:
        """Positions of the rows as they came, in the order that was asked for."""
        asked = list(self._places.values())
        return sorted(range(len(asked)), key=asked.__getitem__)

    def _one_by_one(self, add: Callable[[Records], None]) -> list[str]:
        """Ask for what no search gave; the present keys of those that are found."""
        found = []
        for record in map_in_order(self._one, list(self.left), self._call):
            key = self.left.pop(0)
            if record is None:
                self.missing.append(key)
            else:
                self._take([record], [key], add)
                found.append(str(record.get("key")))
            self._call.report("issues", self.found, len(self.keys))
        return found

    def _order(self, present: Sequence[str]) -> None:
        """Ask once more how the issues stand, now that all have their present key; again where one moves meanwhile."""
        for _ in range(_ATTEMPTS):
            question = Question(keys=tuple(dict.fromkeys(present)), order=self._question.order)
            answers = by_search(self._client, self._call, question, {"fields": "id,key"})
            keys = {str(each["id"]): str(each.get("key")) for records in answers for each in records}
            lost = [name for name in self._places if name not in keys]
            if not lost:
                places = {name: place for place, name in enumerate(keys)}
                self._places = {name: places[name] for name in self._places}
                return
            if not keys:
                break
            again = map_in_order(self._one, lost, self._call)
            present = [*keys.values(), *(str(each.get("key")) for each in again if each)]
        said = "the service does not give all of these issues in an order"
        raise UnexpectedReply(said, hint="Leave the order out, and sort the frame: df.sort_values(…).")

    def _one(self, key: str) -> dict[str, Any] | None:
        """An issue by its key; an old key redirects to the present one."""
        path = f"issues/{quote(key, safe='')}"
        try:
            data = self._client.ask(self._call, "GET", path, params=self._params, check=_check_issue).data
        except (NotFound, Forbidden) as error:
            if isinstance(error, WrongOrganisation):
                raise
            return None
        return dict(data)

    def _take(self, records: Records, keys: Sequence[str], add: Callable[[Records], None]) -> None:
        fresh = []
        for record, key in zip(records, keys, strict=True):
            if str(record["id"]) not in self._places:
                # The order that was asked for is that of a search.
                place = self.found if self._question.order else self._asked.get(key, len(self._asked))
                self._places[str(record["id"])] = place
                fresh.append(record)
        add(fresh)


def _count(search: Search) -> int:
    try:
        return search.count()
    except BadQuery:  # a service may refuse a key that it does not know
        return 0


def _check_issue(data: Any) -> None:
    if not isinstance(data, dict) or not all(isinstance(data.get(name), str) for name in ("id", "key")):
        raise UnexpectedReply("an issue came in a form that is not known", hint="Try again.")


def by_search(
    client: Client,
    call: Operation,
    question: Question,
    params: Mapping[str, Any],
    lost: tuple[type[TrackerError], ...] = (BadQuery, Incomplete),
) -> Iterator[Records]:
    """What searches for the question's keys give, 500 keys each, side by side, in order; nothing of other keys.

    Former keys are not among it, nor what a search that ends with an error of `lost` did not give: who asks goes on
    one by one.
    """
    keys = question.keys or ()
    chunks = [keys[start : start + KEYS_A_QUERY] for start in range(0, len(keys), KEYS_A_QUERY)]

    def search(chunk: tuple[Criteria, Sequence[str]]) -> Records:
        criteria, asked = chunk
        rows = Collected()
        # A service may refuse a query that names a key it does not know. An error that is taken here stops no other
        # search, as one that leaves the crew does.
        with contextlib.suppress(*lost):
            fetch_alone(Search(client, call, criteria, dict(params)), rows.found, len(asked))
        names = set(asked)
        return [record for record in rows.records if str(record.get("key")) in names]

    return map_in_order(search, zip(to_criteria(question, BUILT_IN, "UTC"), chunks, strict=True), call)
