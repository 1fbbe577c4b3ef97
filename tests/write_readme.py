"""Writes the generated tables of README.md: `python tests/write_readme.py`; with `--check` only says what differs."""

import difflib
import re
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tracker_magic.columns import FRAMES, Column  # noqa: E402 - the checkout's own, whatever is installed
from tracker_magic.notebook.commands import BY_KEY, COMMANDS, EVERYWHERE, FETCHING, OPTIONS, QUERY, Command  # noqa: E402
from tracker_magic.notebook.help import GROUPS  # noqa: E402

README = ROOT / "README.md"
# Options that (nearly) every command knows; the table of commands names the others.
COMMON = {*EVERYWHERE, *FETCHING}


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A table as Markdown wants it."""
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def commands() -> str:
    """Every command, group by group, with what it takes and its own options."""
    parts = []
    for group, title in GROUPS.items():
        members = [each for each in COMMANDS.values() if each.group == group]
        rows = [(f"`{typed(each)}`", each.help, own_options(each)) for each in members]
        parts.append(f"**{title}**\n\n" + table(("line", "what it gives", "its options"), rows))
    return "\n\n".join(parts)


def typed(command: Command) -> str:
    """How a command is typed; two of them have no word of their own."""
    word = "" if command.name in {BY_KEY, QUERY} else command.name
    return " ".join(f"%tracker {word} {command.usage or (BY_KEY if not word else '')}".split())


def own_options(command: Command) -> str:
    """The options that not every command knows."""
    return " ".join(f"`--{OPTIONS[key].name}`" for key in command.options if key not in COMMON)


def options() -> str:
    """Every option."""
    return table(("option", "what it does"), [(f"`{each.usage}`", each.help) for each in OPTIONS.values()])


def columns() -> str:
    """Every frame with its columns; frames with the same columns once."""
    alike: dict[tuple[Column, ...], list[str]] = {}
    for name, fixed in FRAMES.items():
        alike.setdefault(fixed, []).append(name)
    parts = []
    for fixed, names in alike.items():
        rows = [(f"`{column.name}`", column.dtype, column.meaning) for column in fixed]
        title = f"<summary><b>{', '.join(names)}</b> ({len(fixed)} columns)</summary>"
        parts.append(f"<details>{title}\n\n{table(('column', 'dtype', 'meaning'), rows)}\n\n</details>")
    return "\n\n".join(parts)


def written(text: str) -> str:
    """`text` with the parts between `<!-- NAME -->` and `<!-- /NAME -->` generated anew."""
    for part in (commands, options, columns):
        begin, end = f"<!-- {part.__name__} -->", f"<!-- /{part.__name__} -->"
        pattern = re.compile(f"{begin}.*?{end}", re.DOTALL)
        made = f"{begin}\n\n{part()}\n\n{end}"
        text, found = pattern.subn(lambda _, made=made: made, text)
        if found != 1:
            sys.exit(f"README.md needs one {begin} … {end}")
    return text


def main(arguments: list[str]) -> int:
    """Write the tables, or with `--check` tell what differs; gives 0 if nothing did."""
    before = README.read_text(encoding="utf-8")
    after = written(before)
    if arguments == ["--check"]:
        sys.stdout.writelines(
            line + "\n" for line in difflib.unified_diff(before.splitlines(), after.splitlines(), "is", "should be")
        )
        return int(before != after)
    README.write_text(after, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
