"""Text that was probably not meant as text: options and comments in a query, SQL, a forgotten colon, a wrong command.

`correct` finds mistakes that are certain, before anything is sent; `guess` says what a query that found nothing may
have meant. Both look at nothing but the text. Nothing between quotes is a mistake.
"""

import re
from dataclasses import dataclass, replace
from typing import Final

from tracker_magic.names import folded
from tracker_magic.notebook.commands import (
    COMMANDS,
    OPTIONS,
    QUERY,
    SHORTS,
    Command,
    command_meant_by,
    option_meant_by,
)
from tracker_magic.notebook.mistake import (
    AS_TEXT,
    BEGINNING,
    FORGOTTEN_COLON,
    KEY,
    NAME,
    NO_COLON,
    PLAIN,
    QUEUE,
    QUOTED,
    VALUE,
    GivenOption,
    Mistake,
    condition,
    corrected,
    field_name,
    on_one_line,
)
from tracker_magic.notebook.wrong_values import WRONG_VALUES
from tracker_magic.query import QUERY_NAMES, has_condition, is_keys, keys_in, quote

_TERM: Final = r"[\w.]+(?:\s+(?:asc|desc))?"
_FUNCTION: Final = r"(?:me|empty|notEmpty|now|today|week|month|quarter|year|unresolved)\("
_ME: Final = r"currentUser\(\)"
_OPERAND: Final = r'(?:"[^"]*"|\{\{[^{}]+\}\}|[^\s",]++)'  # a member of an option's value
_LATE: Final = "`{typed}` comes after the query began; it belongs before the query, in a cell on the first line"
_SQL: Final = "`{typed}` is not in the query language"


@dataclass(frozen=True, slots=True)
class Correction:
    """What a text was probably meant to be, and the problem that shows it."""

    problem: str
    query: str
    options: tuple[GivenOption, ...] = ()  # to be typed before the query; `output` is the destination
    command: str = ""  # that belongs before it, if a wrong word stood there


def correct(text: str, *, is_cell: bool = False, has_command: bool = False) -> Correction | None:
    """Return the correction of a query with a mistake, or None."""
    problems: list[str] = []
    options: list[GivenOption] = []
    command, typed = "", text
    for mistake in (*(_IN_CELL if is_cell else _ON_LINE), *_CERTAIN):
        text, found = corrected(text, mistake)
        problems += [mistake.problem_with(each) for each, _ in found]
        options += [option for _, option in found if option is not None]
    if not has_command and (meant := _before_query(text)):
        command, text = meant
        problems.append(AS_TEXT.format(typed=typed.split()[0]))
    return Correction(problems[0], on_one_line(text), tuple(options), command) if problems else None


def correct_comment(text: str) -> Correction | None:
    """Return the correction of a line with a comment at its end, or None."""
    query, found = corrected(text, _COMMENT)
    return Correction(_COMMENT.problem_with(found[0][0]), on_one_line(query)) if found else None


def guess(query: str, *, found_nothing: bool, has_command: bool = False) -> str | None:
    """Return what a query that searched for text may have meant; if it found something, only what is likely."""
    if found_nothing and not has_command and (line := _command_line(query)):
        return line
    for mistake in _UNCERTAIN if found_nothing else _LIKELY:
        better, found = corrected(query, mistake)
        if found:
            for wrong_value in WRONG_VALUES:
                better, _ = corrected(better, wrong_value)
            return on_one_line(better)
    return None


def upper_case_keys(words: str) -> str | None:
    """Return keys that were not typed in upper case as they are written, or None."""
    keys = words.upper()
    return keys if words.isascii() and is_keys(keys) and not is_keys(words) else None


def _comparison(match: re.Match[str]) -> str:
    operator = match["operator"].lower()
    value = "me()" if match["me"] else quote(match["text"].strip("%")) if match["text"] is not None else ""
    if operator.startswith(("!", "not", "<>")):
        return condition(match, f"!{value}")
    return condition(match, f"{operator} {value}" if operator[0] in "<>" else value)


def _members(match: re.Match[str]) -> str:
    text = re.sub(_ME, "me()", match["members"], flags=re.IGNORECASE).replace("'", '"')
    members = [each.strip() for each in text.split(",")]
    return condition(match, ", ".join(f"!{each}" if match["not"] else each for each in members))


def _selected(match: re.Match[str]) -> str:
    """Return the conditions after WHERE, with those of a queue in FROM."""
    where = (match["where"] or "").strip()
    if not match["queue"]:
        return f"{where} "
    return f"Queue: {match['queue']} " + (f"({where}) " if re.search(r"\bor\b", where, re.IGNORECASE) else f"{where} ")


def _queue_or_key(match: re.Match[str]) -> str | None:
    field = "Key" if is_keys(match["value"]) else "Queue"
    return condition(match, match["value"]) if field_name(match["name"]) == field else None


def _sort(match: re.Match[str]) -> str:
    terms = [term.split() for term in match["terms"].split(",")]
    sorting = ", ".join(" ".join([field_name(name), *map(str.upper, direction)]) for name, *direction in terms)
    return f' "Sort By": {sorting} '


def _option(match: re.Match[str]) -> GivenOption | None:
    """Return an option and its value; None if it is no option."""
    option = option_meant_by(match["long"]) if match["long"] else SHORTS.get(match["short"])
    value = match["value"] or ""
    if option is None or (option.kind == "flag") != (not value):
        return None
    return None if option.kind == "count" and not re.fullmatch(r"[0-9_]+|\$\w+|\{\{.+", value) else (option, value)


def _limit(match: re.Match[str]) -> GivenOption:
    return OPTIONS["limit"], next(filter(None, match.groups()))


def _first_rows(match: re.Match[str]) -> GivenOption:
    return OPTIONS["limit"], match["count"] or "5"  # as head() of pandas


def _destination(match: re.Match[str]) -> GivenOption | None:
    """Return the variable before issues; of an equals sign without one, nothing is left."""
    rest = match.string[match.end() :]
    if not is_keys(rest) and not _ISSUES.match(rest):
        return None
    variable = match["variable"] or ""
    return OPTIONS["output"], "" if variable.lower() in {"query", "q", "keys"} else variable


def _only_keys(match: re.Match[str]) -> str | None:
    return None if is_keys(match[0]) or has_condition(match[0]) else ", ".join(keys_in(match[0]))


def _queues(match: re.Match[str]) -> str | None:
    queues = ", ".join(re.findall(QUEUE, re.sub(r"\b(?:AND|OR)\b", "", match["values"])))
    return condition(match, queues) if field_name(match["name"]) == "Queue" else None


def _one_value(match: re.Match[str]) -> str | None:
    """Return several words as one value, if none is the name of a field."""
    is_value = not any(folded(word) in QUERY_NAMES for word in match["value"].split())
    return f': "{match["value"]}"' if is_value else None


def _key(match: re.Match[str]) -> str:
    return str(match["key"] or match["same"])


def _without_quotes(match: re.Match[str]) -> str | None:
    quoted = re.findall(QUOTED, match["whole"]) or [match["whole"]]
    text = " ".join(each[1:-1] for each in quoted).replace('\\"', '"')
    return text if has_condition(text) or is_keys(text) else None


def _before_query(text: str) -> tuple[str, str] | None:
    """Return the command that the first word must have meant, and what follows it: keys, a variable or a query."""
    match = _FIRST_WORD.match(text)
    if match is None or (match["colon"] and folded(match["word"]) in QUERY_NAMES):
        return None
    command = command_meant_by(match["word"])
    rest = text[match.end() :]
    if command is None or not command.takes_issues:
        return None
    return (command.name, rest) if is_keys(rest) or _ISSUES.match(rest) else None


def _command_line(text: str) -> str | None:
    """Return the command with a name, key or queue that two words may have meant, or the command that one word may."""
    first, _, second = text.partition(" ")
    if is_keys(first) and second in COMMANDS and COMMANDS[second].takes in {"issues", "keys"}:
        return f"{second} {first}"
    match = _TWO_WORDS.fullmatch(text)
    command = command_meant_by(match["word"]) if match else None
    return _with_name(command, match["name"] or "") if match and command else None


def _with_name(command: Command, name: str) -> str | None:
    """Return the command with a name, or with a queue's key as a query; None if it takes something else."""
    if command.takes in {"query", "issues"}:
        return f"{command.name} Queue: {name}".removeprefix(f"{QUERY} ") if re.fullmatch(QUEUE, name) else None
    return f"{command.name} {name}".strip() if command.takes == "name" or not name else None


_TWO_WORDS: Final = re.compile(r"(?P<word>[^\W\d_][\w-]*)(?:\s+(?P<name>[^\s:]+))?")
_FIRST_WORD: Final = re.compile(r"(?P<word>[^\W\d_](?:[^\W\d]|-)*)(?P<colon>\s*:)?\s+")
_ISSUES: Final = re.compile(rf"{BEGINNING}|\s*\$[^\W\d]\w*\s*\Z|\s*https?://", re.IGNORECASE)

_COMMENT: Final = Mistake(
    "everything after the query is part of it, also `{typed}`; put a comment on a line of its own",
    r"(?<!\S)(?:#|//|--)\s+\w[^\n]*",
)
_COMMENT_LINE: Final = Mistake(
    "`{typed}` is part of the query; a comment is a line that begins with `# `",
    r"^[ \t]*(?:#(?=\w)|//|--(?=\s)|/\*)[^\n]*\n?",
)
_IN_CELL: Final = (_COMMENT_LINE,)
_ON_LINE: Final = (_COMMENT, Mistake(AS_TEXT, r"\A(?-i:[A-Z]{2,})\Z", r"Queue: \g<0>"))
_CERTAIN: Final = (
    *WRONG_VALUES,
    Mistake(
        AS_TEXT,
        r"\|\s*head\b\s*(?:-n\s*|-|\()?(?P<count>\d++)?\s*\)?\s*\Z",
        option=_first_rows,
        beside_condition=True,
    ),
    Mistake(
        _LATE,
        rf"(?<!\S)(?:--(?P<long>[a-z][\w-]*+)|-(?P<short>[a-z]))(?:\s*+=\s*+|\s++)"
        rf"(?P<value>{_OPERAND}(?:\s*+,\s*+{_OPERAND})*+)(?!\S)",
        option=_option,
    ),
    Mistake(_LATE, r"(?<!\S)(?:--(?P<long>[a-z][\w-]*+)|-(?P<short>[a-z]))(?P<value>\d+)?(?!\S)", option=_option),
    Mistake(
        "`{typed}` would be searched for as text; an option begins with `-` or `--`",
        rf"(?<!\S)[‐‑‒–—―−]{{1,2}}(?:(?P<long>[a-z][\w-]++)|(?P<short>[a-z]))"
        rf"(?:(?:\s*+=\s*+|\s++)(?P<value>{_OPERAND})(?!\S))?",
        option=_option,
    ),
    Mistake(AS_TEXT, r"\A-(\d+)(?!\S)\s*", option=_limit),
    Mistake(AS_TEXT, r"\A%{1,2}tracker\s+"),
    Mistake(
        _SQL,
        rf"\Aselect\s++(?:[\w.*,]++\s++)*?from\s++(?:(?:issues?|tracker)\b|(?P<queue>{QUEUE}(?!\S)))"
        r"(?:\s++where\b(?P<where>[\s\S]*?(?=(?:order|sort)\s+by\b|limit\b|\Z)))?\s*",
        _selected,
    ),
    Mistake(
        NO_COLON,  # what JQL calls a project is a queue
        rf"(?<![\w.\"])project\s*(?P<not>!)?==?\s*(?P<mark>['\"])?(?P<queue>{QUEUE})(?(mark)(?P=mark))(?![\w.-])",
        lambda match: f"Queue: {match['not'] or ''}{match['queue']}",
        lacks_colon=True,
    ),
    Mistake(
        NO_COLON,
        rf"{NAME}\s*(?P<operator>!=|<>|!~|==?|~|>=|<=|>|<|\b(?:not\s+)?like\b)\s*(?:'(?P<text>[^']*)'|(?P<me>{_ME}))?",
        _comparison,
        lacks_colon=True,
    ),
    Mistake(
        NO_COLON,
        rf"{NAME}\s+(?P<not>not\s+)?in\s*\((?P<members>(?:[^()]|\(\))*+)\)",
        _members,
        lacks_colon=True,
    ),
    Mistake(
        NO_COLON,
        rf"{NAME}\s+is\s+(?P<not>not\s+)?(?:empty|null|none)(?=\s*(?:\Z|\)|(?:and|or|order|limit)\b))",
        lambda match: condition(match, "notEmpty()" if match["not"] else "empty()"),
        lacks_colon=True,
    ),
    Mistake(NO_COLON, rf"{NAME}\s+(?={_FUNCTION})", lambda match: condition(match, ""), lacks_colon=True),
    Mistake(
        NO_COLON,
        rf"(?:\A|(?<=and )|(?<=or )){NAME}\s+(?P<value>{KEY}|{QUEUE})(?=[\s,]|\Z)",
        _queue_or_key,
        lacks_colon=True,
    ),
    Mistake(
        "`{typed}` has a word of text; `!` before the value means another one",
        rf"(?<![\w\"])(?:not|не)\s+{NAME}\s*:\s*",
        lambda match: condition(match, "!"),
    ),
    Mistake(
        "`{typed}` has a word of text; `!` before a value means another one, and nothing negates brackets",
        rf"(?<![\w\"])(?:not|не)\s*\(\s*{NAME}\s*:\s*(?:(?P<only>{QUOTED}|\w+\(\)|{PLAIN})\s*\)|[^()]*\)?)",
        lambda match: condition(match, f"!{match['only']}") if match["only"] else f"({field_name(match['name'])}:)",
    ),
    Mistake(_SQL, rf"\Awhere\s+(?={BEGINNING})"),
    Mistake(
        AS_TEXT,
        rf"(?<!\S)(?:order|sort)\s+by\s*:?\s*(?P<terms>{_TERM}(?:\s*,\s*{_TERM})*)\s*(?:\Z|,?\s*(?=limit\b))",
        _sort,
        beside_condition=True,
    ),
    Mistake(
        AS_TEXT,
        r"(?<!\S)limit\s*+[=:]?\s*+(\d++)\s*\Z|\A(?:limit|top|first|n)\s*+=?\s*+(\d++)\s+",
        option=_limit,
        beside_condition=True,
    ),
    Mistake(
        AS_TEXT,
        r"(?<!\S)(?P<long>columns|limit)=(?P<value>\S+)",
        option=_option,
        beside_condition=True,
    ),
    Mistake(
        f"{AS_TEXT}; conditions are joined by AND, OR",
        rf"(?<!\S)(?:&&?|[+/и]|(?P<or>\|\|?|или))(?=\s+{BEGINNING})",
        lambda match: "OR" if match["or"] else "AND",
        beside_condition=True,
    ),
    Mistake(
        AS_TEXT,
        r"\A(?P<variable>\$?[^\W\d]\w*|\{\{[^{}]+\}\})?\s*(?:<<+|<-|:?=)\s*(?=\S)",
        option=_destination,
    ),
    Mistake(
        "`{typed}` is not a list of keys: blanks or commas separate keys",
        rf"\A(?:[\[({{]\W*|['‘“«])?{KEY}[^\w.:-][\s\S]*?\b{KEY}[\s\S]*",
        _only_keys,
    ),
)
_LIKELY: Final = (
    Mistake(
        AS_TEXT,
        rf"(?P<value>{VALUE})(?P<others>(?:\s+(?:or|\|\|?)\s+(?:{QUOTED}|{PLAIN})(?!\s*:))+)",
        lambda match: match["value"] + re.sub(r"\s+(?:or|\|\|?)\s+", ", ", match["others"], flags=re.IGNORECASE),
    ),
    *(replace(mistake, beside_condition=True) for mistake in (FORGOTTEN_COLON, _COMMENT)),
)
_UNCERTAIN: Final = (
    Mistake(
        AS_TEXT,
        rf"{NAME}\s*:\s*(?P<values>{QUEUE}(?:(?:\s*[|/+;&]\s*|\s+(?:(?:and|or|и|или)\s+)?)(?!or\b|and\b){QUEUE}(?![\w:.-]))+)",
        _queues,
    ),
    Mistake(AS_TEXT, rf"\A(?P<whole>(?:{QUOTED}[\s,]*+)++|'[^']*')\Z", _without_quotes),
    Mistake(AS_TEXT, r"\A(?P<queue>(?-i:[A-Z]++))[\s‐‑–—−_-]*+(?P<number>\d++)\Z", r"\g<queue>-\g<number>"),
    Mistake(AS_TEXT, rf'\A[^\w".]*(?P<key>{KEY})[^\w"]+\Z|\A[^\w".]+(?P<same>{KEY})[^\w"]*\Z', _key),
    Mistake(AS_TEXT, rf"\A(?:(?:of|for|in|from)\s+)?(?P<queue>{QUEUE})(?=\Z|\s+{BEGINNING})", r"Queue: \g<queue>"),
    Mistake(AS_TEXT, rf"\A(?:of|for|in|from)\s+(?P<key>{KEY})\Z", r"\g<key>"),
    Mistake(
        AS_TEXT,
        r"\A[a-z]\w*-\d+(?:[\s,]+[a-z]\w*-\d+)*\Z",
        lambda match: match[0].upper() if match[0].isascii() else None,
    ),
    Mistake(AS_TEXT, rf"\A(?P<key>{KEY})\s[\s\S]*", lambda match: None if has_condition(match[0]) else match["key"]),
    FORGOTTEN_COLON,
    *_LIKELY,
    Mistake(
        AS_TEXT,
        rf"(?<!queue)(?<!key):\s*(?P<value>{PLAIN}(?:[ ]+{PLAIN})+)(?=\s|\Z)(?!\s*:)",
        _one_value,
    ),
)
