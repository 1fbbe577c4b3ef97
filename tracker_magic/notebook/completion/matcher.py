"""The seam to IPython's completer: what the shell and the sessions know, as names; completions, as IPython has them."""

import os
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

from IPython.core.completer import CompletionContext, SimpleCompletion, SimpleMatcherResult
from IPython.core.interactiveshell import InteractiveShell

from tracker_magic.notebook.completion.candidates import MOST
from tracker_magic.notebook.completion.line import complete
from tracker_magic.notebook.completion.names import LISTS, Names

if TYPE_CHECKING:
    from tracker_magic.notebook.sessions import Sessions


class _Nothing(Sequence[SimpleCompletion]):
    """No completions, and none of other matchers: IPython suppresses those only if the length is above 0."""

    def __len__(self) -> int:
        return 1

    def __iter__(self) -> Iterator[SimpleCompletion]:
        return iter(())

    def __getitem__(self, index: Any) -> Any:
        raise IndexError(index)


def match(context: CompletionContext, shell: InteractiveShell, sessions: "Sessions | None") -> SimpleMatcherResult:
    """Complete the magic at the cursor, without Python's completions; elsewhere add nothing to them."""
    lines = context.full_text.split("\n")[: context.cursor_line]
    cursor = sum(len(line) + 1 for line in lines) + context.cursor_position
    completions = complete(context.full_text, cursor, _names(shell, sessions))
    if completions is None:
        return SimpleMatcherResult(completions=[])
    items = [SimpleCompletion(text, type=kind) for text, kind in completions.items]
    return SimpleMatcherResult(
        completions=items or _Nothing(), matched_fragment=completions.fragment, suppress=True, ordered=True
    )


def _names(shell: InteractiveShell, sessions: "Sessions | None") -> Names:
    trackers = dict(sessions) if sessions is not None else {}
    current = trackers.get(sessions.current or "") if sessions is not None else None
    known = current.connection.dictionaries.known if current is not None else None
    hidden = shell.user_ns_hidden
    return Names(
        records={name: known(name) for name in LISTS} if known else {},
        variables={
            name: value for name, value in shell.user_ns.items() if not name.startswith("_") and name not in hidden
        },
        sessions=tuple(trackers),
        zones=_zones(),
        files=_files(),
    )


def _files() -> list[str]:
    try:
        with os.scandir() as entries:
            return sorted(f"{each.name}/" if each.is_dir() else each.name for each in islice(entries, MOST))
    except OSError:
        return []


@cache
def _zones() -> tuple[str, ...]:
    return tuple(sorted(available_timezones()))
