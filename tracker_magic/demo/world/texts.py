"""Summaries, descriptions and comments, put together from the vocabulary so that hardly two are alike."""

from random import Random
from typing import TypeVar

from tracker_magic.demo.world.schema import CUSTOMERS
from tracker_magic.demo.world.vocabulary import EN, RU

T = TypeVar("T")

_FORMS = {
    "bug": ("place", ": ", "symptom", " ", "condition"),
    "incident": ("service", ": ", "trouble", " ", "when"),
    "serviceRequest": ("request", " ", "for", " (", "service", ")"),
    "change": ("do", " ", "what", " ", "where"),
    "layout": ("artifact", " ", "screen", ": ", "aspect"),
    "research": ("artifact", " ", "screen", ": ", "aspect"),
}
_TASK = ("do", " ", "what", " ", "where")
_ENGLISH = 0.3  # share of texts in English
_WITH_REASON = 0.25


def pick(rng: Random, choices: tuple[T, ...] | list[T]) -> T:
    """One of them; quicker than `rng.choice`, which matters for a hundred thousand issues."""
    return choices[int(rng.random() * len(choices))]


def chance(rng: Random, share: float) -> bool:
    """True in this share (0 to 1) of cases."""
    return rng.random() < share


class Writer:
    """Writes for one world; remembers its summaries, so that none comes twice. `names` are people's first names."""

    def __init__(self, rng: Random, names: list[str], versions: list[str]) -> None:
        self.rng, self.names, self.versions = rng, names, versions
        self.written: set[str] = set()

    def summary(self, kind: str) -> str:
        """A title for an issue of this type, unlike any before."""
        for _ in range(4):
            text = self._title(kind)
            if text not in self.written:
                break
        else:
            text = self._told_apart(text)
        self.written.add(text)
        return text

    def _title(self, kind: str) -> str:
        words = self._language()
        text = "".join(pick(self.rng, words[part]) if part in words else part for part in _FORMS.get(kind, _TASK))
        if kind not in _FORMS and self.rng.random() < _WITH_REASON:
            text += ", " + pick(self.rng, words["why"])
        return text[0].upper() + text[1:]

    def _told_apart(self, text: str) -> str:
        for customer in CUSTOMERS:
            if f"{text} — {customer}" not in self.written:
                return f"{text} — {customer}"
        number = 2
        while f"{text} ({number})" in self.written:
            number += 1
        return f"{text} ({number})"

    def description(self) -> str:
        """One to three remarks, each in a paragraph of its own."""
        facts = self._language()["fact"]
        return "\n\n".join(self._filled(pick(self.rng, facts)) for _ in range(1 + int(self.rng.random() * 3)))

    def comment(self) -> str:
        """What somebody says about an issue."""
        words = self._language()
        text = self._filled(pick(self.rng, words["comment"]))
        return f"{text} {self._filled(pick(self.rng, words['fact']))}" if self.rng.random() < _WITH_REASON else text

    def _language(self) -> dict[str, tuple[str, ...]]:
        return EN if self.rng.random() < _ENGLISH else RU

    def _filled(self, text: str) -> str:
        if "{" not in text:
            return text
        return text.format(
            n=2 + int(self.rng.random() * 40),
            version=pick(self.rng, self.versions),
            name=pick(self.rng, self.names),
            customer=pick(self.rng, CUSTOMERS),
        )
