"""The command line: `python -m tracker_magic demo`, `doctor` and `--version`."""

import argparse
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import NoReturn

from tracker_magic.demo import missing_extra, start
from tracker_magic.demo.launch.lab import open_lab
from tracker_magic.demo.launch.run import run_quickstart
from tracker_magic.demo.launch.serve import serve
from tracker_magic.errors import TrackerError

_DESCRIPTION = """\
A made-up Tracker on this machine: no account, no network. Without an option, JupyterLab opens the first notebook."""
_DOCTOR = "check network, login, rights, clock and versions; exits with 1 if a check failed"


class _Parser(argparse.ArgumentParser):
    """A parser that reports errors in one line."""

    def error(self, message: str) -> NoReturn:
        """Print the error and exit with 2."""
        self.exit(2, f"{self.prog}: {message} (see --help)\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line; returns the exit code: 2 for a mistake in it, 130 for Ctrl-C."""
    options = _parser().parse_args(arguments)
    try:
        return _run_doctor() if options.command == "doctor" else _run_demo(options)
    except TrackerError as error:
        sys.stderr.write(f"tracker_magic {options.command}: {error}\n")
        return 2
    except KeyboardInterrupt:
        return 130


def _run_demo(options: argparse.Namespace) -> int:
    names = ("issues", "seed", "data", "latency_ms", "search_rps", "other_rps", "port")
    arguments = {name: getattr(options, name) for name in names if getattr(options, name) is not None}
    try:
        with start(**arguments) as demo:
            if options.serve:
                return serve(demo, sys.stdout)
            if options.run:
                return run_quickstart(demo, sys.stdout)
            return open_lab(demo, sys.stdout, browser=options.browser)
    except ModuleNotFoundError as error:
        raise missing_extra(error) from None


def _run_doctor() -> int:
    """Print what a script that calls `connect()` has to work with."""
    from tracker_magic.tracker import connect, doctor  # noqa: PLC0415 - the demo needs neither pandas nor requests

    try:
        with connect() as tracker:
            findings = doctor.examine(tracker.connection)
    except TrackerError as problem:
        findings = doctor.examine(None, problem)
    sys.stdout.write(doctor.as_text(doctor.findings_frame(findings)) + "\n")
    return int(any(finding.result == "failed" for finding in findings))


def _parser() -> argparse.ArgumentParser:
    parser = _Parser("tracker_magic", description="Yandex Tracker in a Jupyter notebook.", allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"tracker_magic {version('tracker_magic')}")
    commands = parser.add_subparsers(title="commands", metavar="{demo,doctor}", dest="command", required=True)
    commands.add_parser("doctor", help=_DOCTOR, description=_DOCTOR, allow_abbrev=False)
    demo = commands.add_parser(
        "demo", help="a made-up Tracker to try it on", description=_DESCRIPTION, allow_abbrev=False
    )
    mode = demo.add_mutually_exclusive_group()
    mode.add_argument("--run", action="store_true", help="execute the first notebook and print its output")
    mode.add_argument("--serve", action="store_true", help="only serve: NAME=value lines, then READY")
    mode.add_argument("--no-browser", dest="browser", action="store_false", help="print JupyterLab's address instead")
    _add_options(demo)
    return parser


def _add_options(demo: argparse.ArgumentParser) -> None:
    world = demo.add_mutually_exclusive_group()
    world.add_argument("--data", type=Path, metavar="FILE", help="serve this real history instead of a made-up world")
    world.add_argument("--issues", type=_integer(1), metavar="N", help="size of the made-up world (default: 600)")
    demo.add_argument("--seed", type=_integer(0), metavar="N", help="the same seed gives the same world (default: 1)")
    demo.add_argument("--port", type=_integer(0, 65_535), metavar="N", help="port to serve on (default: a free one)")
    demo.add_argument(
        "--latency",
        dest="latency_ms",
        type=_number,
        metavar="MS",
        help="milliseconds before each response (default: 0)",
    )
    demo.add_argument("--search-rps", type=_rate, metavar="N", help="limit of searches per second (default: none)")
    demo.add_argument("--other-rps", type=_rate, metavar="N", help="limit of other requests per second (default: none)")


def _integer(minimum: int, maximum: int | None = None) -> Callable[[str], int]:
    """An argparse type for whole numbers in a range."""

    def parse(text: str) -> int:
        if not text.isdecimal() or int(text) < minimum or (maximum is not None and int(text) > maximum):
            limits = f"from {minimum} to {maximum:,}" if maximum is not None else f"of at least {minimum}"
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number {limits}")
        return int(text)

    return parse


def _number(text: str) -> float:
    """A number of at least 0."""
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of at least 0")
    return value


def _rate(text: str) -> float:
    """A number above 0."""
    value = _number(text)
    if not value:
        raise argparse.ArgumentTypeError("no request would be answered")
    return value


if __name__ == "__main__":
    sys.exit(main())
