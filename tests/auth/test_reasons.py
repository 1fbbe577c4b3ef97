"""The stable reasons of the errors that a person can meet in a login."""

import ast


def test_every_error_of_auth_has_a_reason(package):
    """The login form translates by `reason`: every error that auth constructs carries one, or an OAuth error code."""
    names = {"BadOption", "LoginError", "LoginExpired", "LoginRefused", "NotLoggedIn", "ServiceBroken", "SettingsError",
             "UnexpectedReply"}  # fmt: skip
    missing, count = [], 0
    for path in sorted((package / "auth").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
                count += 1
                if "reason" not in {keyword.arg for keyword in node.keywords}:
                    missing.append(f"{path.name}:{node.lineno}")
    assert missing == []
    assert count > 30
