"""Writes the tables of .github/REFERENCE.md: `python tests/write_readme.py`; with `--check` it only prints a diff."""

import difflib
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tracker_magic.columns import FRAMES, Column  # noqa: E402 - this checkout's, whichever is installed
from tracker_magic.notebook.commands import BY_KEY, COMMANDS, EVERYWHERE, FETCHING, OPTIONS, QUERY, Command  # noqa: E402
from tracker_magic.notebook.flow_options import METRICS  # noqa: E402
from tracker_magic.notebook.help import GROUPS  # noqa: E402
from tracker_magic.settings import TrackerMagic  # noqa: E402

REFERENCE = ROOT / ".github" / "REFERENCE.md"
# Options that nearly every command has; the table of commands lists the others.
COMMON = {*EVERYWHERE, *FETCHING}


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A Markdown table."""
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def commands() -> str:
    """Every command, group by group, with its arguments and its own options."""
    tables = []
    for group, title in GROUPS.items():
        members = [command for command in COMMANDS.values() if command.group == group]
        rows = [(f"`{usage(command)}`", command.help, own_options(command)) for command in members]
        tables.append(f"**{title}**\n\n" + table(("line", "what it gives", "its options"), rows))
    return "\n\n".join(tables)


def usage(command: Command) -> str:
    """How a command is typed; two of them have no name in the line."""
    name = "" if command.name in {BY_KEY, QUERY} else command.name
    return " ".join(f"%tracker {name} {command.usage or (BY_KEY if not name else '')}".split())


def own_options(command: Command) -> str:
    """The options of a command, without those that nearly every command has."""
    return " ".join(f"`--{OPTIONS[key].name}`" for key in command.options if key not in COMMON)


def options() -> str:
    """Every option."""
    return table(("option", "what it does"), [(f"`{option.usage}`", option.help) for option in OPTIONS.values()])


def metrics() -> str:
    """Every metric of `flow`."""
    return table(("metric", "what it gives"), [(f"`{name}`", meaning) for name, meaning in METRICS.items()])


def settings() -> str:
    """Every setting with its default."""
    traits = TrackerMagic.class_own_traits(config=True)
    rows = [(f"`{name}`", f"`{trait.default()!r}`", trait.help) for name, trait in traits.items()]
    return table(("setting", "default", "what it is"), rows)


def columns() -> str:
    """Every frame with its columns; frames with the same columns share a table."""
    names_by_columns: dict[tuple[Column, ...], list[str]] = {}
    for name, frame_columns in FRAMES.items():
        names_by_columns.setdefault(frame_columns, []).append(name)
    tables = []
    for frame_columns, names in names_by_columns.items():
        rows = [(f"`{column.name}`", column.dtype, column.meaning) for column in frame_columns]
        title = f"<summary><b>{', '.join(names)}</b> ({len(frame_columns)} columns)</summary>"
        tables.append(f"<details>{title}\n\n{table(('column', 'dtype', 'meaning'), rows)}\n\n</details>")
    return "\n\n".join(tables)


def regenerate(text: str) -> str:
    """`text` with the sections between `<!-- NAME -->` and `<!-- /NAME -->` generated again."""
    for section in (commands, options, metrics, settings, columns):
        name, content = section.__name__, section()
        begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
        before, found_begin, rest = text.partition(begin)
        _, found_end, after = rest.partition(end)
        if not (found_begin and found_end):
            sys.exit(f"REFERENCE.md has no section {begin} … {end}")
        text = f"{before}{begin}\n\n{content}\n\n{end}{after}"
    return text


def main(arguments: list[str]) -> int:
    """Write the tables, or with `--check` print what differs; 0, or 1 for a difference."""
    before = REFERENCE.read_text(encoding="utf-8")
    after = regenerate(before)
    if arguments == ["--check"]:
        sys.stdout.writelines(
            line + "\n" for line in difflib.unified_diff(before.splitlines(), after.splitlines(), "is", "should be")
        )
        return int(before != after)
    REFERENCE.write_text(after, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
