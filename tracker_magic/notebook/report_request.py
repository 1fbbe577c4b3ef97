"""What `%tracker report` was asked for: `TEAM [FILE]`, or issues and options."""

import re
from collections.abc import Mapping
from typing import Any, Final

from tracker_magic.errors import BadOption
from tracker_magic.notebook.flow_options import REPORT_OPTIONS
from tracker_magic.notebook.readings import is_query

# A query of one word, a search for text, is no team's work.
_TEAM: Final = re.compile(r"(?P<team>[\w.-]+)(?:\s+(?P<path>\S+\.html?))?", re.IGNORECASE)


def report_request(
    issues: str | list[str] | None, typed: str, given: Mapping[str, Any]
) -> tuple[str | list[str] | None, dict[str, Any]]:
    """Return the source and the options of a report. Raises BadOption for a team or a file that is given twice."""
    options = {key: given[key] for key in (*REPORT_OPTIONS, "path") if key in given}
    match = _TEAM.fullmatch(typed) if is_query(issues) and not given.get("file") else None
    if match is None:
        return issues, options
    named = {key: value for key, value in match.groupdict().items() if value}
    if twice := named.keys() & options.keys():
        key = min(twice)
        raise BadOption(f"there are two values of --{key}: {named[key]} and {options[key]}", hint="Give one of them.")
    return None, options | named
