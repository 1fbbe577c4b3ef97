"""Issues that cannot have any comments, so that nobody needs to ask for them."""

from typing import Any, Final

from tracker_magic.api import Client, Operation
from tracker_magic.errors import Incomplete, NoAnswer, Refused, UnexpectedReply
from tracker_magic.tracker.by_key import by_search
from tracker_magic.tracker.selection import Question

FEW: Final = 4  # so few keys are asked for their comments at once, without a search before
_NUMBERS: Final = ("commentWithoutExternalMessageCount", "commentWithExternalMessageCount")
_LAST: Final = "lastCommentUpdatedAt"
_LOST: Final = (Refused, NoAnswer, UnexpectedReply, Incomplete)  # what may end a search; who has comments is asked then
COUNTERS: Final = ",".join(("id", "key", *_NUMBERS, _LAST))


def has_no_comments(record: dict[str, Any]) -> bool:
    """Whether both of an issue's counters are there and zero, and no comment ever changed; else it may have some."""
    counts = [record.get(name) for name in _NUMBERS]
    return record.get(_LAST) is None and all(type(count) is int and count == 0 for count in counts)


def without_comments(client: Client, call: Operation, question: Question) -> set[str]:
    """Those of the question's keys that surely have no comments.

    Keys that a search does not give, and those of one that fails, are not among them.
    """
    answers = by_search(client, call, question, {"fields": COUNTERS}, _LOST)
    return {str(record.get("key")) for records in answers for record in records if has_no_comments(record)}
