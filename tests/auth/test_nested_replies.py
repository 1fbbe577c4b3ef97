"""Login services whose JSON is nested as deeply as a decoder reads it: an error of ours, or what there is beside it."""

import pytest

from tracker_magic.auth import Token
from tracker_magic.auth.oauth import App, Device, Pkce
from tracker_magic.auth.services import Services
from tracker_magic.errors import LoginRefused, UnexpectedReply
from tracker_magic.secret import Secret
from tracker_magic.settings import Addresses

TOKEN, IAM = b'"access_token":"y0_%b"' % (b"z" * 58), b'"iamToken":"t1.%b.z"' % (b"z" * 58)
CODE = b'"device_code":"aaaaaaaaaaaaaaaa","user_code":"A","verification_url":"https://a.b"'
APP, DEVICE = App("a" * 32, Secret("b" * 32)), Device("d" * 32, "test")


@pytest.mark.parametrize("depth", [300, 990, 1020, 5000])
@pytest.mark.parametrize("status", [200, 400])
def test_nested_members_are_no_values(machine, depth, status):
    """A nested error is an unknown one, a nested type of token an unknown type, a nested time no time."""
    deep = b"[" * depth + b"]" * depth
    services = Services(Addresses(**dict.fromkeys(("api", "oauth", "iam", "metadata", "web"), machine.demo.url)))

    def answered(members, call):
        machine.add_fault("refuse", path="/", status=status, body=b"{%b}" % members.replace(b"DEEP", deep))
        try:
            return call()
        except (LoginRefused, UnexpectedReply):
            return None

    def exchange():
        return services.exchange_code(APP, DEVICE, Pkce.new(), Secret("code"))

    is_read = status == 200 and depth < 1024
    assert answered(TOKEN + b',"error":DEEP', exchange) is None
    assert answered(TOKEN + b',"token_type":DEEP', exchange) is None
    assert isinstance(answered(TOKEN + b',"expires_in":DEEP', exchange), Token) == is_read
    iam = answered(IAM + b',"message":DEEP,"expiresAt":DEEP', lambda: services.exchange_oauth_token(Secret("x")))
    assert isinstance(iam, Token) == is_read
    code = answered(CODE + b',"interval":DEEP,"expires_in":DEEP', lambda: services.request_device_code(APP, DEVICE))
    assert (code is not None) == is_read
