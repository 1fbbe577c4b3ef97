"""The command line: `python -m tracker_magic demo`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from tracker_magic.demo import start, without_extra
from tracker_magic.demo.launch.lab import open_lab
from tracker_magic.demo.launch.serve import serve
from tracker_magic.errors import TrackerError

_ABOUT = """\
A made-up Tracker on this machine: no account, no network. Without an option JupyterLab opens on the first notebook."""


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are one line."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and end with 2."""
        self.exit(2, f"{self.prog}: {message} (see --help)\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out a command line; gives the exit code (2: it cannot be carried out)."""
    asked = _parser().parse_args(arguments)
    try:
        return _demo(asked)
    except TrackerError as problem:
        sys.stderr.write(f"tracker_magic demo: {problem}\n")
        return 2
    except KeyboardInterrupt:
        return 130


def _demo(asked: argparse.Namespace) -> int:
    names = ("issues", "seed", "data", "latency_ms", "search_rps", "other_rps", "port")
    given = {name: getattr(asked, name) for name in names if getattr(asked, name) is not None}
    try:
        with start(**given) as demo:
            if asked.serve:
                return serve(demo, sys.stdout)
            if asked.run:
                # nbclient is an extra: this import has to wait until it is wanted.
                from tracker_magic.demo.launch.run import run_quickstart  # noqa: PLC0415

                return run_quickstart(demo, sys.stdout)
            return open_lab(demo, sys.stdout, browser=asked.browser)
    except ModuleNotFoundError as missing:
        raise without_extra(missing) from None


def _parser() -> argparse.ArgumentParser:
    parser = _Parser("tracker_magic", description="Yandex Tracker in a Jupyter notebook.", allow_abbrev=False)
    commands = parser.add_subparsers(title="commands", metavar="demo", required=True)
    demo = commands.add_parser("demo", help="a made-up Tracker to try it on", description=_ABOUT, allow_abbrev=False)
    how = demo.add_mutually_exclusive_group()
    how.add_argument("--run", action="store_true", help="execute the first notebook and print what it showed")
    how.add_argument("--serve", action="store_true", help="only serve: NAME=value lines, then READY")
    how.add_argument("--no-browser", dest="browser", action="store_false", help="print JupyterLab's address instead")
    _add_world(demo)
    return parser


def _add_world(demo: argparse.ArgumentParser) -> None:
    world = demo.add_mutually_exclusive_group()
    world.add_argument("--data", type=Path, metavar="FILE", help="serve this real history instead of a made-up world")
    world.add_argument("--issues", type=_whole(1), metavar="N", help="size of the made-up world (default: 600)")
    demo.add_argument("--seed", type=_whole(0), metavar="N", help="the same seed gives the same world (default: 1)")
    demo.add_argument("--port", type=_whole(0, 65_535), metavar="N", help="port to serve on (default: a free one)")
    demo.add_argument(
        "--latency", dest="latency_ms", type=_number, metavar="MS", help="milliseconds before each answer (default: 0)"
    )
    demo.add_argument("--search-rps", type=_rate, metavar="N", help="most searches in any second (default: no limit)")
    demo.add_argument("--other-rps", type=_rate, metavar="N", help="most other requests in any second")


def _whole(least: int, most: int | None = None) -> Any:
    """A reader of whole numbers in a range."""

    def read(text: str) -> int:
        if not text.isdecimal() or int(text) < least or (most is not None and int(text) > most):
            limits = f"from {least} to {most:,}" if most is not None else f"of at least {least}"
            raise argparse.ArgumentTypeError(f"{text!r} is no whole number {limits}")
        return int(text)

    return read


def _number(text: str) -> float:
    """A number of at least 0."""
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of at least 0")
    return value


def _rate(text: str) -> float:
    """A number above 0."""
    value = _number(text)
    if not value:
        raise argparse.ArgumentTypeError("no request at all would be answered")
    return value


if __name__ == "__main__":
    sys.exit(main())
