"""Issues by key: searched in a few queries, and those a search does not give asked one by one."""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any
from urllib.parse import quote

from tracker_magic.api import Call, Client, Criteria, Search, fetch_alone
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
        if sum(side_by_side(_count, searches, self._call)) == len(self.keys):
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
        for record in side_by_side(self._one, list(self.left), self._call):
            key = self.left.pop(0)
            if record is None:
                self.missing.append(key)
            else:
                self._take([record], [key], add)
                found.append(str(record.get("key")))
            self._call.report("issues", self.found, len(self.keys))
        return found

    def _order(self, present: Sequence[str]) -> None:
        """Ask once more how the issues stand, now that all have their present key."""
        question = Question(keys=tuple(dict.fromkeys(present)), order=self._question.order)
        answers = by_search(self._client, self._call, question, {"fields": "id,key"})
        places = {str(record["id"]): place for place, record in enumerate(each for some in answers for each in some)}
        if not self._places.keys() <= places.keys():
            said = "the service does not give all of these issues in an order"
            raise UnexpectedReply(said, hint="Leave the order out, and sort the frame: df.sort_values(…).")
        self._places = {name: places[name] for name in self._places}

    def _one(self, key: str) -> dict[str, Any] | None:
        """An issue by its key; an old key redirects to the present one."""
        path = f"issues/{quote(key, safe='')}"
        try:
            data = self._client.ask(self._call, "GET", path, params=self._params, check=_check_issue).data
        except (NotFound, Forbidden) as error:
            if isinstance(error, Forbidden) and error.about_organisation:
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
    if not isinstance(data, dict) or "id" not in data:
        raise UnexpectedReply("an issue came in a form that is not known", hint="Try again.")


def by_search(client: Client, call: Call, question: Question, params: Mapping[str, Any]) -> Iterator[Records]:
    """What searches for the question's keys give, 500 keys each, side by side, in order.

    Former keys are not among it, nor what a search that breaks off did not give: who asks goes on one by one.
    """
    starts = range(0, len(question.keys or ()), KEYS_A_QUERY)
    sizes = [min(KEYS_A_QUERY, len(question.keys or ()) - start) for start in starts]

    def search(chunk: tuple[Criteria, int]) -> Records:
        criteria, size = chunk
        records: Records = []
        # A service may refuse a query that names a key it does not know.
        with contextlib.suppress(BadQuery, Incomplete):
            found = fetch_alone(
                Search(client, call, criteria, dict(params)),
                lambda page: records.extend(chain.from_iterable(page)),
                size,
            )
            return records if found.places is None else [records[place] for place in found.places]
        return records

    return side_by_side(search, zip(to_criteria(question, BUILT_IN, "UTC"), sizes, strict=True), call)
