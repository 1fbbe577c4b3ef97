"""Searches texts: for words in any form, by a simple stem, and for exact phrases with gaps."""

import re
from collections.abc import Callable
from functools import lru_cache

_WORD = re.compile(r"\w+")
_MIN_STEM = 3
_ENGLISH = "ing ings ed es s er ers ly"
_RUSSIAN = (
    "иями иях ием иям ии ия ию ами ями ого его ому ему ыми ими ых их ую юю ая яя ое ее ые ие ый ий ой ей ом ем "
    "ам ям ах ях ов ев а я о е у ю ы и ь й ть ться ет ут ют ит ат ят ешь ишь ла ло ли л ал ала али ил ила или"
)
_ENDINGS = sorted([*_ENGLISH.split(" "), *_RUSSIAN.split(" ")], key=len, reverse=True)

TextTest = Callable[[str], bool]


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """Return a word in lower case without its longest common ending; the stem keeps at least three letters."""
    word = word.casefold().replace("ё", "е")
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _MIN_STEM:
            return word[: -len(ending)]
    return word


def contains_words(phrase: str) -> TextTest:
    """Test whether a text contains all words of the phrase, in any form; a phrase without words is a fragment."""
    stems = [stem(word) for word in _WORD.findall(phrase)]
    if not stems:
        fragment = phrase.casefold()
        return lambda text: fragment in text.casefold()

    # A word begins with its stem: only words with such a beginning need to be stemmed.
    patterns = [(each, re.compile(rf"(?<!\w){re.escape(each)}\w*")) for each in stems]

    def test(text: str) -> bool:
        normalized = text.casefold().replace("ё", "е")
        return all(_contains(normalized, each, pattern) for each, pattern in patterns)

    return test


def _contains(text: str, wanted: str, pattern: re.Pattern[str]) -> bool:
    return wanted in text and any(stem(word[0]) == wanted for word in pattern.finditer(text))


def matches_phrase(phrase: str) -> TextTest:
    """Test whether a whole text is the phrase, ignoring case; `||` in the phrase matches any text."""
    parts = [re.escape(part.strip().casefold()) for part in phrase.split("||")]
    pattern = re.compile(".*".join(parts), re.DOTALL)
    return lambda text: pattern.fullmatch(text.strip().casefold()) is not None
