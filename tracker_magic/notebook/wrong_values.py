"""Values that no field has: words for operators, functions and empty ones, brackets, a word processor's quotes.

In text fields they may be words to search for, so there they are no mistakes.
"""

import re
from typing import Final

from tracker_magic.columns import SYSTEM_FIELDS
from tracker_magic.names import folded
from tracker_magic.notebook.mistake import AS_TEXT, BEGINNING, NAME, QUEUE, Mistake, condition, field_name
from tracker_magic.query import FIELD_NAMES, OTHER_NAMES, QUERY_NAMES, quote

_TYPES: Final = {FIELD_NAMES[key]: each.name for key, each in SYSTEM_FIELDS.items() if key in FIELD_NAMES} | OTHER_NAMES
_TEXT: Final = frozenset({"string", "text", ""})  # "": a field of the organisation
_DAYS: Final = frozenset({"date", "datetime"})

_BEFORE: Final = rf"{NAME}\s*:\s*"
_NOT: Final = r"(?P<not>!\s*|(?:is\s+)?not\s+|(?:is\s+)?(?=\S))"
_END: Final = r"(?![\w(@.-])"
_DATE: Final = r"\d{4}-\d\d?-\d\d?"
_DASHES: Final = r"\-‐‑‒–—―−"
_RANGE: Final = rf"(?:to|until|till|and|по|[{_DASHES}]|…)"
_PAIRS: Final = (
    r"'(?P<straight>[^'\n]*)'|[“”„](?P<double>[^“”„\"\n]*)[“”]|[‘’](?P<single>[^‘’\n]*)[‘’]|«(?P<angle>[^«»\n]*)»"
)
_MARKS: Final = "«»„“”‚‘"  # not ’, an apostrophe
_UNPAIRED: Final = (
    rf"(?!«[^«»\n]*»|[“”„][^“”„\"\n]*[“”]|‘[^‘\n]*’|‚[^‘\n]*‘)[{_MARKS}]"
    rf"(?:(?P<begun>[^{_MARKS}\":,()\n]*?)[{_MARKS}]?(?=\s*(?:[),]|\Z|$|(?:and|or)\s|(?:\"[^\"\n]+\"|[\w.]+)\s*:))"
    rf"|(?P<word>[^{_MARKS}\s\":,()]*+))"
    rf"|(?P<ended>[^{_MARKS}\s\":,()!~#<>=][^{_MARKS}\":,()\n]*)[»“”„‚‘](?!\w)"
)
_OPERATORS: Final = {"since": ">=", "after": ">", "from": ">=", "before": "<", "until": "<", "till": "<", "on": ""}
_WORDS: Final = {
    "yesterday": "today() - 1d",
    "today": "today()",
    "tomorrow": "today() + 1d",
    "now": "now()",
    "вчера": "today() - 1d",
    "сегодня": "today()",
    "завтра": "today() + 1d",
    "сейчас": "now()",
}
_COMMA: Final = "`{typed}` stands between conditions; a blank, AND or OR joins them, and a comma only values"
_NO_VALUE: Final = "`{typed}` has a word for a missing value; in a query, that is empty() or notEmpty()"
_NO_MOMENT: Final = "`{typed}` is not a date; a query has dates such as 2026-01-31, functions such as today(), and `..`"


def _type(match: re.Match[str]) -> str:
    """Return the type of the field's values; empty if it is not known."""
    return _TYPES.get(QUERY_NAMES.get(folded(match["name"]), ""), "")


def _empty(match: re.Match[str]) -> str | None:
    if _type(match) in _TEXT or (match["person"] and _type(match) != "user"):
        return None
    return condition(match, "notEmpty()" if re.search("!|not", match["not"], re.IGNORECASE) else "empty()")


def _not_a_key(match: re.Match[str]) -> str | None:
    if field_name(match["name"]) != "Key":
        return None
    return f"Queue: {match['queue']}" if match["queue"] else "Key: "


def _me(match: re.Match[str]) -> str | None:
    return condition(match, f"{match['not'] or ''}me()") if _type(match) == "user" else None


def _without_wildcards(match: re.Match[str]) -> str | None:
    if _type(match) not in _TEXT:
        return None
    return condition(match, f"{match['sign']}{quote(match['value'].strip('*%'))}")


def _negated(match: re.Match[str]) -> str | None:
    if _type(match) in _TEXT:
        return None
    return condition(match, "!" if re.search(rf"!|<>|not|[{_DASHES}]", match["operator"], re.IGNORECASE) else "")


def _moment(match: re.Match[str]) -> str | None:
    """Return a condition on a moment; of a date, only if a word stands before it."""
    if _type(match) not in _DAYS or (match["date"] and not match["word"]):
        return None
    if match["first"]:
        return condition(match, f"{match['first']} .. {match['last']}")
    operator = _OPERATORS.get((match["word"] or "").lower(), match["sign"] or "")
    if match["number"]:
        return condition(match, f"{operator or '>'} today() - {match['number']}{match['unit'].lower()}")
    return condition(match, f"{operator} {match['date'] or _WORDS[match['day'].lower()]}".strip())


def _members(match: re.Match[str]) -> str | None:
    if _type(match) in _TEXT:
        return None
    members = [each.strip().strip("'\"‘’“”") for each in match["members"].split(",")]
    texts = [each if re.fullmatch(r"\w+(?:\(\))?", each) else quote(each) for each in members if each]
    return condition(match, ", ".join(f"!{each}" if match["not"] else each for each in texts))


def _quoted(match: re.Match[str]) -> str | None:
    """Return a value between the quotes of the query language; one word of a text needs none."""
    text = next(text for name in ("straight", "double", "single", "angle") if (text := match[name]) is not None)
    if not text or (_type(match) in _TEXT and " " not in text):
        return None
    return condition(match, f"{match['not'] or ''}{quote(text)}")


def _unpaired(match: re.Match[str]) -> str:
    """Return a value that has a word processor's quote at one end only between the quotes of the query language."""
    text = match["begun"] or match["word"] or match["ended"] or ""
    return condition(match, f"{match['not'] or ''}{quote(text.strip())}")


def _numbers(match: re.Match[str]) -> str | None:
    is_number = _type(match) in {"number", "integer", "float"}
    return condition(match, f"{match['least']} .. {match['most']}") if is_number else None


WRONG_VALUES: Final = (
    Mistake(
        _COMMA,
        rf",\s*(?:(?P<or>or)\s|and\s)?(?={BEGINNING})",
        lambda match: " OR " if match["or"] else " ",
    ),
    Mistake(
        _COMMA,
        rf",\s*(?:(?P<or>or)|and)\s+(?={NAME}\s)",
        lambda match: " OR " if match["or"] else " ",
        lacks_colon=True,
    ),
    Mistake(
        "`{typed}` ends with `;`; a blank stands between conditions",
        rf"(?P<before>[:,][\s!]*[^\s\":,();]++);(?={BEGINNING})",
        r"\g<before>",
    ),
    Mistake(
        "`{typed}` has another sign instead of a colon",
        rf"{NAME}\s*(?:[：﹕∶]|[=-]>\s|;\s)\s*(?=[\w\"])",
        lambda match: condition(match, ""),
    ),
    Mistake(
        _NO_VALUE,
        rf"{_BEFORE}{_NOT}(?:null|none|nil|nan|empty|no|пусто|нет|(?P<person>nobody|unassigned|никто))"
        rf"(?:\s+\(\))?{_END}",
        _empty,
    ),
    Mistake(
        "`{typed}` has an empty text, which would select everything; issues without a value have empty()",
        rf'{_BEFORE}!?\s*""(?!")',
        lambda match: condition(match, "notEmpty()" if "!" in match[0] else "empty()"),
    ),
    Mistake(
        "`{typed}` is not a key, as DEV-1 is",
        rf"{_BEFORE}(?:(?P<queue>{QUEUE})-?|\w+)(?![\w(.-])",
        _not_a_key,
    ),
    Mistake(
        "`{typed}` names nobody; the person who asks is me()",
        rf"{_BEFORE}(?P<not>!)?\s*(?:me\s+\(\)|@?(?:me|myself|я){_END}|currentUser(?:\(\))?{_END})",
        _me,
    ),
    Mistake(
        "`{typed}` is not a list; its members stand one after another, between commas",
        rf"{_BEFORE}(?P<not>!|not\s+)?\s*(?:in\s*)?(?:\[|\((?!\s*\w+\s*:)|\{{(?!\{{))"
        r"(?P<members>[^][(){}:,\n]*+,[^][(){}:\n]*+)[])}]",
        _members,
    ),
    Mistake(
        _NO_MOMENT,
        rf"{_BEFORE}(?:(?:between\s+|from\s+)?(?P<first>{_DATE})\s*{_RANGE}\s*(?P<last>{_DATE})"
        rf"|(?:(?P<word>{'|'.join(_OPERATORS)})\s+|(?P<sign>[<>]=?|!)\s*)?"
        rf"(?:(?P<date>{_DATE})|(?P<day>{'|'.join(_WORDS)}){_END}"
        rf"|(?P<since>last\s+|[{_DASHES}]\s*)?(?P<number>\d+)\s*(?P<unit>[dwhm])\w*(?(since)(?!\w)|\s+ago(?!\w))))",
        _moment,
    ),
    Mistake(
        "`{typed}` is not a range; in a query, that is `1 .. 3`",
        rf"{_BEFORE}(?:between\s+|from\s+)?(?P<least>\d+)\s*{_RANGE}\s*(?P<most>\d+)(?![\w.-])",
        _numbers,
    ),
    Mistake(
        "`{typed}` has other quotes than those of the query language, which are straight and double",
        rf"{_BEFORE}(?P<not>!)?\s*(?:{_PAIRS})(?!\w)",
        _quoted,
    ),
    Mistake(
        "`{typed}` has one quote of a word processor; those of the query language are straight, double and in pairs",
        rf"{_BEFORE}(?P<not>!)?\s*(?:{_UNPAIRED})",
        _unpaired,
    ),
    Mistake(
        "`{typed}` has an operator that queries do not know; `!` before the value means another one",
        rf"{_BEFORE}(?P<operator>(?:is\s+)?not(?:\s+in)?\s+|is\s+|!=|<>|==?(?!=)|[{_DASHES}](?=[^\W\d]))\s*"
        r"(?=[^\s:,()])(?![\w\"]*\s*:)",
        _negated,
    ),
)
# The query language has none, but a text may contain them: what to ask if nothing was found.
WILDCARDS: Final = Mistake(
    AS_TEXT,
    rf"{_BEFORE}(?P<sign>[!#]?)(?P<quote>\")?"
    r"(?P<value>[*%]++[^\s\":,()*%]++[*%]*+|[^\s\":,()*%]++\*++)(?(quote)\")(?!\S)",
    _without_wildcards,
)
