"""Generates summaries, descriptions and comments from the vocabulary; hardly two are alike."""

from random import Random

from tracker_magic.demo.world.sampling import chance, pick
from tracker_magic.demo.world.schema import CUSTOMERS
from tracker_magic.demo.world.vocabulary import EN, RU

# Parts of a summary by issue type: keys of the vocabulary and punctuation.
_TEMPLATES = {
    "bug": ("place", ": ", "symptom", " ", "condition"),
    "incident": ("service", ": ", "trouble", " ", "when"),
    "serviceRequest": ("request", " ", "for", " (", "service", ")"),
    "change": ("do", " ", "what", " ", "where"),
    "layout": ("artifact", " ", "screen", ": ", "aspect"),
    "research": ("artifact", " ", "screen", ": ", "aspect"),
}
_DEFAULT_TEMPLATE = ("do", " ", "what", " ", "where")
_ENGLISH_SHARE = 0.3
_ADDITION_SHARE = 0.25  # summaries with a reason, comments with a second remark
_MAX_SUMMARY_DRAWS = 4


class TextGenerator:
    """Generates the texts of one world; no summary comes twice. `names` are first names that texts mention."""

    def __init__(self, rng: Random, names: list[str], versions: list[str]) -> None:
        self.rng, self.names, self.versions = rng, names, versions
        self.used_summaries: set[str] = set()

    def summary(self, issue_type: str) -> str:
        """Return a summary that no other issue has."""
        for _ in range(_MAX_SUMMARY_DRAWS):
            text = self._draw_summary(issue_type)
            if text not in self.used_summaries:
                break
        else:
            text = self._make_unique(text)
        self.used_summaries.add(text)
        return text

    def _draw_summary(self, issue_type: str) -> str:
        phrases, template = self._draw_language(), _TEMPLATES.get(issue_type, _DEFAULT_TEMPLATE)
        text = "".join(pick(self.rng, phrases[part]) if part in phrases else part for part in template)
        if issue_type not in _TEMPLATES and chance(self.rng, _ADDITION_SHARE):
            text += ", " + pick(self.rng, phrases["why"])
        return text[0].upper() + text[1:]

    def _make_unique(self, text: str) -> str:
        for customer in CUSTOMERS:
            if f"{text} — {customer}" not in self.used_summaries:
                return f"{text} — {customer}"
        number = 2
        while f"{text} ({number})" in self.used_summaries:
            number += 1
        return f"{text} ({number})"

    def description(self) -> str:
        """Return one to three remarks, each in its own paragraph."""
        facts = self._draw_language()["fact"]
        return "\n\n".join(self._fill(pick(self.rng, facts)) for _ in range(1 + int(self.rng.random() * 3)))

    def comment(self) -> str:
        """Return the text of a comment."""
        phrases = self._draw_language()
        text = self._fill(pick(self.rng, phrases["comment"]))
        return f"{text} {self._fill(pick(self.rng, phrases['fact']))}" if chance(self.rng, _ADDITION_SHARE) else text

    def _draw_language(self) -> dict[str, tuple[str, ...]]:
        return EN if chance(self.rng, _ENGLISH_SHARE) else RU

    def _fill(self, text: str) -> str:
        if "{" not in text:
            return text
        return text.format(
            n=2 + int(self.rng.random() * 40),
            version=pick(self.rng, self.versions),
            name=pick(self.rng, self.names),
            customer=pick(self.rng, CUSTOMERS),
        )
