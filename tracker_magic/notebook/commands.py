"""The vocabulary of the magic as tables: commands, options, examples. The parser reads them, the help prints them."""

from dataclasses import dataclass
from itertools import takewhile
from typing import Final, Literal

from tracker_magic.auth import STRATEGIES
from tracker_magic.notebook.flow_options import FLOW_OPTIONS, REPORT_OPTIONS, SHARED
from tracker_magic.notebook.options import Option

Takes = Literal["nothing", "query", "issues", "keys", "name"]


@dataclass(frozen=True, slots=True)
class Command:
    """One command: its argument, its options, its help and examples.

    `takes` is the kind of argument: `query` is text of the query language; `issues` a query, keys or `$variable`;
    `keys` keys or `$variable`; `name` a name, which may contain blanks.
    """

    name: str
    group: str  # the heading in the help
    help: str
    takes: Takes = "nothing"
    usage: str = ""
    options: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    required: bool = False  # whether the argument must be given
    shows_progress: bool = False  # whether a progress line is drawn while it fetches
    takes_metric: bool = False  # whether a metric of flow comes before the argument

    @property
    def takes_issues(self) -> bool:
        """Whether its argument selects issues: a query, keys or `$variable`."""
        return self.takes in {"query", "issues", "keys"}

    @property
    def takes_address(self) -> bool:
        """Whether an address of the web interface may stand for its argument."""
        return self.takes_issues or (self.takes == "name" and self.group == "lists")


OPTIONS: Final = {
    option.key: option
    for option in (
        Option("output", "store the result in NAME and show nothing; also `NAME <<`", "text", "NAME", "o"),
        Option(
            "limit",
            'only the first N rows (default: all); in a query without "Sort By", the first as the service gives them',
            "count",
            "N",
            "n",
        ),
        Option(
            "columns",
            "only these fields, by key, displayed name or name in queries; `+field` adds one to the default fields; "
            "`all` is every field",
            "list",
            "A,B",
        ),
        Option("field", "only changes of these fields, named as for --columns", "list", "A,B"),
        Option(
            "expand",
            "also read attachments, comments, transitions",
            "list",
            "A,B",
            members=("attachments", "comments", "transitions"),
        ),
        Option("filter", "the issues that a saved filter finds", "text", "ID"),
        Option("tz", "time zone of the result, such as Europe/Moscow", "text", "ZONE"),
        Option("lang", "language of names and texts in the result", "text", "ru|en", choices=("ru", "en")),
        Option("session", "use the session NAME; with `login`, open it", "text", "NAME", "s"),
        Option(
            "dry-run", "show the final query and how many issues, requests and seconds it takes; fetch nothing", "flag"
        ),
        Option("file", "read the query from a file", "text", "PATH", "f"),
        Option("quiet", "do not show the result; also a `;` at the end", "flag", short="q"),
        Option("timeout", "time limit for the whole command", "seconds", "SECONDS"),
        Option("debug", "show every request and, after an error, the traceback (tokens are masked)", "flag"),
        Option(
            "created-by", "only records by this user: a login, an id, a name or a word of it, or me()", "text", "USER"
        ),
        Option("since", "only what was from this day on, such as 2026-03-01", "text", "DAY"),
        Option("until", "only what was before this day, such as 2026-04-01", "text", "DAY"),
        Option(
            "strategy",
            f"how to log in: {', '.join(STRATEGIES)}; no other strategy is tried",
            "text",
            "STRATEGY",
            choices=STRATEGIES,
        ),
        Option("profile", "a profile of `yc`; with `--strategy stored`, a saved login", "text", "NAME"),
        Option("save", "save the login for other kernels", "text", "file|keyring", choices=("file", "keyring")),
        Option("prompt", "ask questions in the cell instead of showing a form, where no form can be drawn", "flag"),
        Option(
            "revoke",
            "also revoke a token that was pasted or is in the environment; whatever else uses it must log in again",
            "flag",
        ),
        Option("org-id", "id of an organisation of Yandex 360 (digits)", "text", "ID"),
        Option("cloud-org-id", "id of an organisation of Yandex Cloud (bpf…)", "text", "ID"),
        Option("path", "the file to write (default: report.html)", "text", "FILE"),
        Option("help", "show the help about the command, and do nothing else", "flag", short="h"),
        *FLOW_OPTIONS,
    )
}
SHORTS: Final = {option.short: option for option in OPTIONS.values() if option.short}

EVERYWHERE: Final = ("output", "quiet", "session", "timeout", "debug", "help")
FETCHING: Final = ("tz", "lang", *EVERYWHERE)
SEARCHING: Final = ("limit", "columns", "expand", "filter", "dry_run", "file", *FETCHING)

_SHORTEST_WITH_TYPO: Final = 3  # any other word of two letters differs from a shorter name by little

# A line without a command is a query, or issues given by key or variable; an empty one shows the short help.
QUERY: Final = "query"
BY_KEY: Final = "KEY…"
NOTHING: Final = ""


def _of_issues(name: str, help_: str, *options: str, examples: tuple[str, ...]) -> Command:
    return Command(
        name,
        "issues",
        help_,
        "issues",
        "KEY… | QUERY | $VARIABLE",
        (*options, "dry_run", "file", *FETCHING),
        examples,
        required=True,
        shows_progress=True,
    )


def _list(name: str, help_: str) -> Command:
    return Command(name, "lists", help_, options=FETCHING, examples=(f"%tracker {name}",), shows_progress=True)


def _list_of(name: str, help_: str, argument: str, example: str) -> Command:
    return Command(
        name,
        "lists",
        help_,
        "name",
        argument,
        FETCHING,
        (f"%tracker {name} {example}",),
        required=True,
        shows_progress=True,
    )


COMMANDS: Final = {
    command.name: command
    for command in (
        Command(
            "login",
            "session",
            "log in, with a form if you can answer questions; NAME opens a session beside the others",
            "name",
            "[NAME]",
            ("strategy", "org_id", "cloud_org_id", "profile", "save", "prompt", "lang", *EVERYWHERE),
            ("%tracker login --strategy env", "%tracker login second --strategy env"),
        ),
        Command(
            "logout",
            "session",
            "close a session, delete its saved login, and revoke the token that it got",
            "name",
            "[NAME]",
            ("revoke", "lang", *EVERYWHERE),
            ("%tracker logout",),
        ),
        Command(
            "me",
            "session",
            "who is logged in, to which organisation, until when; all open sessions",
            options=("lang", *EVERYWHERE),
            examples=("%tracker me",),
        ),
        Command(
            "use",
            "session",
            "switch to another session; without a name, list all sessions",
            "name",
            "[NAME]",
            ("lang", *EVERYWHERE),
            ("%tracker use",),
        ),
        Command(
            QUERY,
            "issues",
            "issues that match a query; the word `query` is optional",
            "query",
            "QUERY",
            SEARCHING,
            (
                "%tracker Queue: DEV Status: open",
                '%tracker -n 5 --columns key,status Queue: DEV "Sort By": Updated DESC',
                "bugs = %tracker Queue: DEV Type: bug",
                "%tracker --dry-run Queue: DEV",
            ),
            required=True,
            shows_progress=True,
        ),
        Command(
            BY_KEY,
            "issues",
            "issues by key, or by the keys in a variable; a single one is shown as names beside values, with its text",
            "keys",
            options=("limit", "columns", "expand", "dry_run", *FETCHING),
            examples=("%tracker DEV-1 --columns +description", "%tracker DEV-1 DEV-2", "%tracker $bugs"),
            required=True,
            shows_progress=True,
        ),
        Command(
            "count",
            "issues",
            "how many issues a query gives, as an int",
            "issues",
            "KEY… | QUERY | $VARIABLE",
            ("filter", "dry_run", "file", "tz", *EVERYWHERE),
            ("%tracker count Queue: DEV",),
            required=True,
            shows_progress=True,
        ),
        _of_issues(
            "changelog",
            "history of changes, one row per changed field",
            "field",
            examples=(
                "%tracker changelog DEV-1",
                "%tracker changelog --field status Queue: DEV",
                "%tracker changelog --dry-run Queue: DEV",
            ),
        ),
        _of_issues("comments", "comments", examples=("%tracker comments DEV-1",)),
        Command(
            "worklog",
            "issues",
            "time worked, in hours: on these issues, or by everybody",
            "issues",
            "[KEY… | QUERY | $VARIABLE]",
            ("created_by", "since", "until", "dry_run", "file", *FETCHING),
            ("%tracker worklog DEV-1",),
            shows_progress=True,
        ),
        _of_issues("links", "links to other issues", examples=("%tracker links DEV-1",)),
        _of_issues("checklists", "checklist items", examples=("%tracker checklists DEV-1",)),
        _of_issues("attachments", "attached files", examples=("%tracker attachments DEV-1",)),
        _of_issues("transitions", "transitions that are possible now", examples=("%tracker transitions DEV-1",)),
        Command(
            "flow",
            "flow",
            "a metric of how work flows, with its definition",
            "issues",
            "METRIC [KEY… | QUERY | $VARIABLE]",
            (*(option.key for option in FLOW_OPTIONS), *SHARED, "dry_run", "file", *FETCHING),
            (
                "%tracker flow throughput --period month --plot Queue: DEV",
                "%tracker flow cycle_time --start inProgress $bugs",
                "%tracker flow wip_age Queue: DEV Resolution: empty()",
                "%tracker flow sprint_report --board 1",
                "%tracker flow time_in_status --dry-run Queue: DEV",
            ),
            shows_progress=True,
            takes_metric=True,
        ),
        Command(
            "report",
            "flow",
            "write a page about how a team's work flows, one HTML file to send: the main numbers compared with "
            "those of last Monday, ageing work, throughput, cycle times, cumulative flow, the last sprint, forecasts, "
            "data quality; TEAM is as for --team",
            "issues",
            "TEAM [FILE] | KEY… | QUERY | $VARIABLE",
            (*REPORT_OPTIONS, "path", "dry_run", "file", *FETCHING),
            ("%tracker report --board 1 --path team.html Queue: DEV", "%tracker report --dry-run Queue: DEV"),
            shows_progress=True,
        ),
        _list("queues", "queues"),
        Command(
            "fields",
            "lists",
            "fields of issues; with a queue, also its local fields",
            "name",
            "[QUEUE]",
            FETCHING,
            ("%tracker fields", "%tracker fields DEV"),
            shows_progress=True,
        ),
        _list("statuses", "statuses"),
        _list("types", "issue types"),
        _list("priorities", "priorities"),
        _list("resolutions", "resolutions"),
        _list("link_types", "types of links"),
        _list("users", "users"),
        _list("groups", "groups of users"),
        _list("boards", "boards"),
        _list_of("columns", "columns of a board, by its id or name", "BOARD", "1"),
        _list_of("sprints", "sprints of a board, by its id or name", "BOARD", "1"),
        _list("components", "components"),
        _list_of("versions", "versions of a queue", "QUEUE", "DEV"),
        _list("projects", "projects"),
        _list("portfolios", "portfolios"),
        _list("goals", "goals"),
        Command(
            "open",
            "help",
            "links that open issues in the browser",
            "keys",
            "KEY… | $VARIABLE",
            EVERYWHERE,
            ("%tracker open DEV-1",),
            required=True,
        ),
        Command(
            "doctor",
            "help",
            "check network, login, rights, clock and versions, and say what to do; shows no secret",
            options=EVERYWHERE,
            examples=("%tracker doctor",),
        ),
        Command(
            "config",
            "help",
            "the settings, their values and where these come from; with VALUE, set one in this kernel",
            "name",
            "[NAME [VALUE]]",
            EVERYWHERE,
            ("%tracker config", "%tracker config tz", "%tracker config tz Europe/Moscow"),
        ),
        Command("demo", "help", "log in to a demo Tracker that runs in this kernel", options=("lang", *EVERYWHERE)),
        Command(
            "help",
            "help",
            "this help; TOPIC is a command, an option, `query` (the query language), `keys` or `templates`",
            "name",
            "[TOPIC]",
            EVERYWHERE,
            ("%tracker help", "%tracker help query", "%tracker help --limit", "%tracker changelog?"),
        ),
    )
}


def command_named(word: str) -> Command | None:
    """Return the command called `word` (`-` and `_` are equivalent), or None; the form by key has no name."""
    return COMMANDS.get(word.replace("-", "_")) if word != BY_KEY else None


# Words that people try for a command with another name; for those without one, a query needs no command.
_OTHER_WORDS: Final = {
    **dict.fromkeys(("issues", "issue", "tasks", "tickets", "search", "find", "select", "show", "list", "get"), QUERY),
    **dict.fromkeys(("jql", "tql", "задачи", "задача", "тикеты", "найти", "найди", "показать", "покажи"), QUERY),
    **dict.fromkeys(("посчитать", "посчитай", "сколько"), "count"),
    **dict.fromkeys(("помощь", "справка"), "help"),
    **dict.fromkeys(("history", "changes", "log"), "changelog"),
    **dict.fromkeys(("signin", "auth", "connect"), "login"),
    "status": "statuses",
    "whoami": "me",
    "войти": "login",
    "выйти": "logout",
    "очереди": "queues",
    "статусы": "statuses",
    "поля": "fields",
}


def command_meant_by(word: str) -> Command | None:
    """Return the command that a word means, or probably means: another word for it, or its name with a letter wrong.

    QUERY stands for a query without a command.
    """
    word = word.lower().replace("-", "_")
    names = {name: name for name in COMMANDS if name != BY_KEY} | _OTHER_WORDS
    likely = [name for name in sorted(names, key=len, reverse=True) if _is_typo(word, name)]
    return COMMANDS[names[word]] if word in names else COMMANDS[names[likely[0]]] if likely else None


def _is_typo(word: str, name: str) -> bool:
    """Whether two words differ by one letter (one more, one less, another) or by two that are swapped."""
    if len(name) < _SHORTEST_WITH_TYPO:
        return False
    same = sum(1 for _ in takewhile(lambda letters: letters[0] == letters[1], zip(word, name, strict=False)))
    rest, rest_of_name = word[same:], name[same:]
    swapped = rest_of_name[1:2] + rest_of_name[:1] + rest_of_name[2:]
    return rest == swapped or rest_of_name[1:] in {rest, rest[1:]} or rest[1:] == rest_of_name


def option_named(word: str) -> Option | None:
    """Return the option with this long name (`-` and `_` are equivalent), or None."""
    return OPTIONS.get(word.replace("-", "_"))


def option_meant_by(word: str) -> Option | None:
    """Return the option with this long name, or with one that differs from it by a typo, or None."""
    word = word.replace("-", "_").lower()
    return OPTIONS.get(word) or next((option for key, option in OPTIONS.items() if _is_typo(word, key)), None)
