"""The commands about sessions: log in, who it is, change, log out, the demo."""

import os
from datetime import UTC, datetime

from tracker_magic.auth import Credentials, Login, LoginContext, Token, credentials_for, organisation
from tracker_magic.notebook import show
from tracker_magic.notebook.context import CommandContext, Result
from tracker_magic.notebook.login import LoginRequest, log_in
from tracker_magic.notebook.sessions import FIRST, demo_is_around, logged_out
from tracker_magic.secret import Secret
from tracker_magic.settings import Addresses


def login(asked: CommandContext) -> Result:
    """Log in, and say who that is; where a form is shown, it says so itself."""
    wanted = LoginRequest(
        name=asked.session or FIRST,
        lang=asked.lang,
        strategy=asked.option("strategy"),
        organisation=organisation(asked.option("org_id"), asked.option("cloud_org_id")),
        profile=asked.option("profile"),
        place=asked.option("save"),
    )
    return _standing(asked, wanted.name) if log_in(wanted, asked.sessions, asked.shell) else Result(None)


def me(asked: CommandContext) -> Result:
    """Who is logged in, and every open session: a frame."""
    asked.sessions.tracker(asked.session)
    return _standing(asked, asked.session)


def logout(asked: CommandContext) -> Result:
    """Forget a session, and end its token where that can be."""
    return Result(None, show.note(*logged_out(asked.sessions, asked.session, asked.lang).splitlines()))


def use(asked: CommandContext) -> Result:
    """Change the current session; without a name, list all."""
    if asked.session:
        asked.sessions.use(asked.session)
        return _standing(asked, asked.session)
    return Result(show.sessions(asked.sessions.session_statuses()))


def demo(asked: CommandContext) -> Result:
    """Join the demo that started this Jupyter, else start one in this kernel; log in."""
    if demo_is_around():
        found = credentials_for(LoginContext(os.environ), "env")
    else:
        running = asked.demo()
        found = Credentials(
            Login(Token(Secret(running.names["TRACKER_TOKEN"])), "demo"),
            organisation(running.names["TRACKER_ORG_ID"], None),
            Addresses(api=running.url, oauth=running.url, iam=running.url, metadata=running.url, web=running.url),
        )
    name = asked.option("session", FIRST)
    asked.sessions.open(name, found)
    return _standing(asked, name)


def _standing(asked: CommandContext, name: str | None) -> Result:
    session_statuses = asked.sessions.session_statuses(name)
    return Result(show.sessions(session_statuses), show.who(session_statuses, asked.lang, datetime.now(UTC)))
