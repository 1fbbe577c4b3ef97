"""Programs that others wrote for the service take the embedded Tracker for the real one."""

import sys
from importlib import metadata

import pytest

from tests.clients.clients import CLIENTS, Client, run_client


@pytest.mark.parametrize("other_forms", [False, True], ids=["usual", "other"])
@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.distribution)
def test_a_client_works(client: Client, other_forms: bool):  # noqa: FBT001
    """Every call of an installed client works, in either way of what nobody knows about the service."""
    if not list(metadata.distributions(name=client.distribution)):
        pytest.skip(f"{client.distribution} is not installed; python -m tests.clients installs and runs it")
    outcomes = run_client(client, sys.executable, other_forms=other_forms)
    assert {outcome.call: outcome.error for outcome in outcomes if outcome.error} == {}
    assert outcomes
