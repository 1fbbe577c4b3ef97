"""The columns of frames as the reference documents them; the package's own tables are not used."""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import pandas as pd

REFERENCE = Path(__file__).parents[3] / ".github" / "REFERENCE.md"
TABLE = re.compile(r"<summary><b>(\w+)</b>.*?</details>", re.DOTALL)
ROW = re.compile(r"^\| `([^`]+)` \| ([^|(]+?)(?: \([^|]*)? \|", re.MULTILINE)


@cache
def documented_columns(name: str) -> dict[str, str]:
    """The dtypes of a frame by column, in order."""
    tables = {match[1]: match[0] for match in TABLE.finditer(REFERENCE.read_text(encoding="utf-8"))}
    return {column: dtype.replace("TZ", "UTC") for column, dtype in ROW.findall(tables[name])}


def wrong_columns(frame: pd.DataFrame, name: str, fields: Sequence[str] | None = None) -> Iterator[str]:
    """Columns and dtypes that are not as documented; after the documented ones, local fields may follow."""
    expected = documented_columns(name)
    if fields is not None:
        wanted = ("key", *fields)
        companions = {field: [each for each in expected if each.startswith(f"{field}.")] for field in wanted}
        expected = {each: expected[each] for field in wanted for each in (field, *companions[field])}
    found = {column: _dtype(str(dtype)) for column, dtype in frame.dtypes.items()}
    documented, others = list(found.items())[: len(expected)], list(found)[len(expected) :]
    if documented != list(expected.items()):
        yield f"columns {sorted(set(documented) ^ set(expected.items()))} are not as documented"
    if unknown := [each for each in others if fields or not re.fullmatch(r"[A-Z]+\.\w+(\.\w+)?", each)]:
        yield f"columns {unknown} are not documented"


def _dtype(name: str) -> str:
    """The name of a dtype as pandas 3 prints it."""
    return "str" if name == "string" else name
