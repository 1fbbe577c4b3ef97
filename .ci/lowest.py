"""Print a constraint `NAME==VERSION` for every lower bound of pyproject.toml: `python lowest.py PYPROJECT > FILE`."""

import re
import sys
import tomllib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

REQUIREMENT = re.compile(r"(?P<name>[\w.-]+)(?:\[[^]]*\])?\s*>=\s*(?P<version>[\w.]+)")


def lowest(project: dict[str, Any]) -> Iterator[str]:
    """The constraints of a project's dependencies and of all its extras."""
    extras = project["optional-dependencies"]
    for requirement in chain(project["dependencies"], *extras.values()):
        if match := REQUIREMENT.match(requirement):
            yield f"{match['name']}=={match['version']}"


if __name__ == "__main__":
    table = tomllib.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    sys.stdout.write("\n".join(sorted(set(lowest(table["project"])))) + "\n")
