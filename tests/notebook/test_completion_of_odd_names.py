"""Names of the service that would be read as something else than a name, once completion has inserted them."""

import pandas as pd
import pytest

from tracker_magic.notebook.completion import Names, complete


def at(cell, names):
    """What is replaced and what by, if Tab is pressed at the `|`."""
    found = complete(cell.replace("|", "", 1), cell.index("|"), names)
    return found and (found.fragment, [text for text, _ in found.items])


STRANGE = {
    "line feed": "red\n!touch x #",
    "carriage return": "red\r!touch x #",
    "line separators": "red\u2028\u2029\x85x",
    "control character": "red\x1b[31m",
    "tab": "red\tx",
    "direction": "red\u202e\u061cx",
    "half a surrogate pair": "red\ud800",
    "variable": "red{{password}}",
}


def strange_names(text):
    """An organisation that calls everything `text`."""
    item = {"id": text, "key": text, "name": text, "display": text, "login": text, "queue": {"key": text}}
    field = {**item, "id": "colour", "name": "Colour", "schema": {"type": "string"}}
    lists = ("queues", "statuses", "users", "components", "versions", "sprints", "boards", "local_fields")
    records = {name: [item] for name in lists} | {
        "fields": [item, {**field, "optionsProvider": {"values": [text]}}],
    }
    frame = pd.DataFrame({"key": ["DEV-1"], "tags": [[text]]})
    frame.attrs["tracker"] = {"query": "Queue: DEV"}
    return Names(records=records, variables={"df": frame})


@pytest.mark.parametrize("text", STRANGE.values(), ids=STRANGE)
@pytest.mark.parametrize(
    "cell",
    [
        "%tracker |",
        '%tracker "|',
        "%tracker Tags: |",
        '%tracker Tags: "|',
        "%tracker Colour: r|",
        "%tracker Queue: |",
        "%tracker Status: |",
        "%tracker Assignee: |",
        "%tracker Component: |",
        "%tracker Sort By: |",
        "%tracker fields |",
        "%tracker versions r|",
        "%tracker sprints |",
        "%tracker worklog --created-by |",
        "%tracker changelog --field |",
        "%tracker --columns |",
        "%%tracker\nTags: |",
    ],
)
def test_a_name_that_would_be_read_as_something_else_is_not_offered(cell, text):
    """What a completion inserts is a name: no further line of Python, no variable, nothing that shows otherwise."""
    found = at(cell, strange_names(text))
    assert found is not None
    assert not [each for each in found[1] if "red" in each]


def test_a_name_with_options_in_it_is_not_inserted_as_options():
    """A queue or a board that is called like an option is quoted; a login or a key of a field is no such text."""
    names = strange_names("red --file x")
    for cell in ("%tracker versions r|", "%tracker sprints r|", "%tracker Queue: r|", "%tracker Tags: r|"):
        assert at(cell, names) == ("r", ['"red --file x"'])
    for cell in ("%tracker worklog --created-by r|", "%tracker --columns r|"):
        assert "red --file x" not in at(cell, names)[1]
