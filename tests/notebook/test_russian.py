"""The errors of a login in Russian."""

import ast
from datetime import UTC, datetime

import pytest

from tracker_magic.auth.oauth import _MEANINGS, told
from tracker_magic.auth.pasted import read_pasted_code, read_pasted_token
from tracker_magic.errors import BadOption
from tracker_magic.notebook.russian import SENTENCES, in_russian, said
from tracker_magic.notebook.texts import TEXTS, language, left, text


@pytest.mark.parametrize("word", _MEANINGS)
def test_each_word_of_oauth_is_said_in_russian(word):
    """What happened; the service's own words stay; in English nothing changes."""
    problem = told(word, "Own words")
    message, _ = said(problem, "ru")
    assert message.endswith(" (Own words)")
    assert message.removesuffix(" (Own words)") in SENTENCES.values()
    assert said(problem, "en") == (problem.message, problem.hint)


@pytest.mark.parametrize("pasted", ["", "two words"])
def test_what_was_pasted_wrongly_is_said_in_russian(pasted):
    """Message and cure."""
    for read in (lambda: read_pasted_code(pasted, "s"), lambda: read_pasted_token(pasted, datetime.now(UTC))):
        with pytest.raises(BadOption) as caught:
            read()
        assert set(said(caught.value, "ru")) <= set(SENTENCES.values())


def test_every_english_sentence_stands_in_the_code(package):
    """A sentence that changes takes its translation along."""
    sources = [path for path in package.rglob("*.py") if path.name != "russian.py"]
    nodes = (node for path in sources for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    texts = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    pasted = ("code", "token")  # those with the name of the thing in them are raised above
    known = [each for each in SENTENCES if not any(f" {thing} in what was" in each for thing in pasted)]
    known = [each for each in known if not each.startswith(("Copy the code from", "Copy the token", "this is no "))]
    assert [each for each in known if not any(each in said for said in texts)] == []


def test_what_nobody_has_translated_stays():
    """Better English than nothing."""
    assert in_russian("something else") == "something else"


def test_every_text_has_both_languages_and_the_same_places_to_fill():
    """No text is empty, and none lacks what it should name."""
    for key, (english, russian) in TEXTS.items():
        assert english, key
        assert russian, key
        assert {part for part in "{}" if part in english} == {part for part in "{}" if part in russian}, key


def test_the_language_is_chosen_or_the_locale_s():
    """The choice, else LC_ALL, LC_MESSAGES, LANG in their order, else English."""
    assert language("ru", {"LANG": "en_US"}) == "ru"
    assert language(None, {"LANG": "ru_RU.UTF-8"}) == "ru"
    assert language(None, {"LC_ALL": "C", "LANG": "ru_RU.UTF-8"}) == "en"
    assert language("en", {"LANG": "ru_RU.UTF-8"}) == language(None, {}) == "en"


def test_the_time_left_is_in_its_largest_unit():
    """Whole units, never below nothing."""
    assert [left(seconds, "en") for seconds in (-1, 59, 130, 7_300, 200_000)] == [
        "0 s", "59 s", "2 min", "2 h", "2 days",
    ]  # fmt: skip
    assert text("left.days", "ru", count=3) == "3 дн."
