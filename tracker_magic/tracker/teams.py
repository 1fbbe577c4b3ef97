"""The definitions of a team: a policy of flow, from the pyproject.toml of the working folder."""

from tracker_magic.errors import BadOption
from tracker_magic.flow.policy import Policy, nearest
from tracker_magic.settings import PROJECT_FILE, full_path, read_teams


def team_policy(name: str) -> Policy:
    """The policy of `[tool.tracker_magic.teams.NAME]`. Raises BadOption for an unknown team or field."""
    path = full_path(PROJECT_FILE)
    teams = read_teams(path)
    if name not in teams:
        hint = nearest(name, teams) if teams else f"Write a table [tool.tracker_magic.teams.{name}] there."
        raise BadOption(f"there is no team {name!r} in {path}", hint=hint, reason="unknown_name")
    try:
        return Policy.from_table(teams[name])
    except BadOption as error:
        raise error.rephrased(f"team {name} in {path}: {error.message}") from None
    except TypeError as error:  # a number in place of a list, for example
        raise BadOption(f"team {name} in {path} has a value of a wrong type: {error}") from None
