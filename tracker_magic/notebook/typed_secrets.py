"""Tokens on a line, which IPython's history and the notebook keep: refused before anything else is read."""

import re
from itertools import pairwise
from typing import Final

from tracker_magic.errors import BadOption, masked
from tracker_magic.notebook.addresses import is_address
from tracker_magic.notebook.quotes import without_quoted
from tracker_magic.printable import printable

SECRETS: Final = frozenset({"token", "iam_token", "oauth_token", "access_token", "password", "secret", "client_secret"})


def refuse_secrets(line: str) -> None:
    """Refuse a token before anything else, also as text to search for: it is in the history and in the notebook."""
    words = line.split()
    if "login" in words or line.lstrip().startswith("-"):
        for match in re.finditer(r"(?<!\S)--([A-Za-z][\w-]*)", without_quoted(line)):
            if match[1].replace("-", "_") in SECRETS:
                raise secret_on_line(f"--{match[1]} is not an option")
    for before, word in pairwise(["", *words]):
        is_value = is_address(word) and before.endswith(":")  # of a field: the address of a page
        if not is_value and masked(word) != printable(word):
            raise secret_on_line("this looks like a token")


def secret_on_line(problem: str) -> BadOption:
    """Return the error for what may be a secret, with what to do about it."""
    return BadOption(
        f"{problem}: a token does not belong on a line; this line is already in IPython's history and in the notebook",
        hint="Clear the cell, revoke the token if it was one, and run `%tracker login`, which asks for it without "
        "showing it (a second session: `%tracker login -s NAME`), or set TRACKER_TOKEN before Jupyter starts.",
    )
