"""The words of the magic as tables: commands, options, examples. The grammar reads them, the help prints them."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["flag", "text", "list", "count", "seconds"]
Takes = Literal["nothing", "query", "issues", "keys", "name", "names"]


@dataclass(frozen=True, slots=True)
class Option:
    """One option; `-` and `_` are alike in its name, and nothing abbreviates it."""

    name: str
    help: str
    kind: Kind = "text"
    metavar: str = ""
    short: str = ""
    choices: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Its name as Python spells it."""
        return self.name.replace("-", "_")

    @property
    def usage(self) -> str:
        """How it is typed, for the help."""
        names = f"-{self.short}, --{self.name}" if self.short else f"--{self.name}"
        return f"{names} {self.metavar}".strip()


@dataclass(frozen=True, slots=True)
class Command:
    """One command: what stands after it, which options it knows, what the help says and shows.

    `takes`: `query` is text of the query language; `issues` a query, keys or `$variable`; `keys` keys or `$variable`;
    `name` one name that may hold blanks; `names` words.
    """

    name: str
    group: str
    help: str
    takes: Takes = "nothing"
    usage: str = ""
    options: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    required: bool = False  # whether what it takes must be there


# Spelled out, since importing `auth` for them would make loading the extension slow; a test holds them together.
STRATEGIES: Final = (
    "env", "stored", "device", "code", "token", "iam", "yc", "service-account", "metadata", "exchange"
)  # fmt: skip

OPTIONS: Final = {
    option.key: option
    for option in (
        Option("output", "put the result into NAME and show nothing; also `NAME <<`", "text", "NAME", "o"),
        Option("limit", "the first N rows (default: all)", "count", "N", "n"),
        Option("columns", "only these fields; `+field` adds to the default ones; `all` is every field", "list", "A,B"),
        Option("field", "only changes of these fields", "list", "A,B"),
        Option("expand", "also read attachments, comments, transitions", "list", "A,B"),
        Option("filter", "the issues of a saved filter", "text", "ID"),
        Option("tz", "time zone of the result, such as Europe/Moscow", "text", "ZONE"),
        Option("lang", "language of display texts", "text", "ru|en", choices=("ru", "en")),
        Option("session", "use (or, with login, open) the session NAME", "text", "NAME", "s"),
        Option("dry-run", "show the final query, matches, requests and seconds; fetch nothing", "flag"),
        Option("file", "read the query from a file", "text", "PATH", "f"),
        Option("quiet", "show no result; also a closing `;`", "flag", short="q"),
        Option("timeout", "seconds that the whole command may take", "seconds", "SECONDS"),
        Option("debug", "show the traceback of an error, and every request (tokens masked)", "flag"),
        Option("created-by", "only records of this login", "text", "LOGIN"),
        Option("since", "first day worked, such as 2026-03-01", "text", "DAY"),
        Option("until", "the day after the last day worked", "text", "DAY"),
        Option("strategy", "how to log in, and no other way", "text", "|".join(STRATEGIES), choices=STRATEGIES),
        Option("profile", "a profile of `yc`, or with `--strategy stored` a stored one", "text", "NAME"),
        Option("save", "keep the login for other kernels", "text", "file|keyring", choices=("file", "keyring")),
        Option("org-id", "organisation of Yandex 360 (digits)", "text", "ID"),
        Option("cloud-org-id", "organisation of Yandex Cloud (bpf…)", "text", "ID"),
    )
}
SHORTS: Final = {option.short: option for option in OPTIONS.values() if option.short}

EVERYWHERE: Final = ("output", "quiet", "session", "timeout", "debug")
FETCHING: Final = ("tz", "lang", *EVERYWHERE)
SEARCHING: Final = ("limit", "columns", "expand", "filter", "dry_run", "file", *FETCHING)

# What a line without a command is: a query, or issues named by key or variable.
QUERY: Final = "query"
BY_KEY: Final = "KEY…"
NOTHING: Final = ""


def _of_issues(name: str, told: str, *more: str, examples: tuple[str, ...]) -> Command:
    return Command(
        name, "issues", told, "issues", "KEY… | QUERY | $VARIABLE", (*more, "file", *FETCHING), examples, required=True
    )


def _list(name: str, told: str) -> Command:
    return Command(name, "lists", told, options=FETCHING, examples=(f"%tracker {name}",))


COMMANDS: Final = {
    command.name: command
    for command in (
        Command(
            "login",
            "session",
            "log in, with a form where somebody can answer; a NAME makes it one session of several",
            "name",
            "[NAME]",
            ("strategy", "org_id", "cloud_org_id", "profile", "save", "lang", *EVERYWHERE),
            ("%tracker login --strategy env", "%tracker login second --strategy env"),
        ),
        Command(
            "logout",
            "session",
            "forget a session, also where it is saved, and revoke its token where the service can",
            "name",
            "[NAME]",
            ("lang", *EVERYWHERE),
            ("%tracker logout",),
        ),
        Command(
            "me",
            "session",
            "who is logged in, where, until when; every open session",
            options=("lang", *EVERYWHERE),
            examples=("%tracker me",),
        ),
        Command(
            "use",
            "session",
            "make another session the current one; without a name, list them",
            "name",
            "[NAME]",
            ("lang", *EVERYWHERE),
            ("%tracker use",),
        ),
        Command(
            QUERY,
            "issues",
            "issues of a query; the word may be left out",
            "query",
            "QUERY",
            SEARCHING,
            (
                "%tracker Queue: DEV Status: open",
                '%tracker -n 5 --columns key,summary,status Queue: DEV "Sort By": Updated DESC',
                "bugs = %tracker Queue: DEV Type: bug",
                "%tracker --dry-run Queue: DEV",
            ),
            required=True,
        ),
        Command(
            BY_KEY,
            "issues",
            "issues by key, or of the keys in a variable; a single one is shown turned",
            "keys",
            options=("limit", "columns", "expand", "dry_run", *FETCHING),
            examples=("%tracker DEV-1", "%tracker DEV-1 DEV-2 --columns key,summary", "%tracker $bugs"),
            required=True,
        ),
        Command(
            "count",
            "issues",
            "how many issues a query gives, as an int",
            "query",
            "QUERY",
            ("filter", "dry_run", "file", "tz", *EVERYWHERE),
            ("%tracker count Queue: DEV",),
            required=True,
        ),
        _of_issues(
            "changelog",
            "every change, one row per changed field",
            "field",
            examples=("%tracker changelog DEV-1", "%tracker changelog --field status Queue: DEV"),
        ),
        _of_issues("comments", "comments", examples=("%tracker comments DEV-1",)),
        Command(
            "worklog",
            "issues",
            "time worked, in hours: of these issues, or of everybody",
            "issues",
            "[KEY… | QUERY | $VARIABLE]",
            ("created_by", "since", "until", "file", *FETCHING),
            ("%tracker worklog DEV-1",),
        ),
        _of_issues("links", "links to other issues", examples=("%tracker links DEV-1",)),
        _of_issues("checklists", "checklist items", examples=("%tracker checklists DEV-1",)),
        _of_issues("attachments", "attached files", examples=("%tracker attachments DEV-1",)),
        _of_issues("transitions", "what may be done next", examples=("%tracker transitions DEV-1",)),
        _list("queues", "queues"),
        Command(
            "fields",
            "lists",
            "fields that can be asked for; with a queue, also its own",
            "names",
            "[QUEUE]",
            FETCHING,
            ("%tracker fields", "%tracker fields DEV"),
        ),
        _list("statuses", "statuses"),
        _list("types", "issue types"),
        _list("priorities", "priorities"),
        _list("resolutions", "resolutions"),
        _list("link_types", "kinds of links"),
        _list("users", "people"),
        _list("groups", "groups of people"),
        _list("boards", "boards"),
        Command(
            "columns",
            "lists",
            "columns of a board, by its id or name",
            "name",
            "BOARD",
            FETCHING,
            ("%tracker columns 1",),
            required=True,
        ),
        Command(
            "sprints",
            "lists",
            "sprints of a board, by its id or name",
            "name",
            "BOARD",
            FETCHING,
            ("%tracker sprints 1",),
            required=True,
        ),
        _list("components", "components"),
        Command(
            "versions",
            "lists",
            "versions of a queue",
            "names",
            "QUEUE",
            FETCHING,
            ("%tracker versions DEV",),
            required=True,
        ),
        _list("projects", "projects"),
        _list("portfolios", "portfolios"),
        _list("goals", "goals"),
        Command(
            "open",
            "help",
            "links that open issues in a browser",
            "keys",
            "KEY… | $VARIABLE",
            EVERYWHERE,
            ("%tracker open DEV-1",),
            required=True,
        ),
        Command("demo", "help", "log in to a made-up Tracker in this kernel", options=("lang", *EVERYWHERE)),
        Command(
            "help",
            "help",
            "this; with a command, an option or `templates`, about it",
            "names",
            "[TOPIC]",
            EVERYWHERE,
            ("%tracker help", "%tracker help changelog", "%tracker changelog?"),
        ),
    )
}


def command_named(word: str) -> Command | None:
    """The command that `word` names (`-` and `_` alike), or None; the unnamed form by key is not typed."""
    return COMMANDS.get(word.replace("-", "_")) if word != BY_KEY else None


def option_named(word: str) -> Option | None:
    """The option with this long name (`-` and `_` alike), or None."""
    return OPTIONS.get(word.replace("-", "_"))


def nearest(word: str, names: Iterable[str]) -> str | None:
    """The name most like `word`, if any is like it at all."""
    return next(iter(difflib.get_close_matches(word, list(names), 1)), None)
