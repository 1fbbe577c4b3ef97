"""Who asks: tokens, the organisation, where they come from, and the headers they become."""

from tracker_magic.auth.credentials import Credentials, Organisation, organisation
from tracker_magic.auth.environment import from_environment
from tracker_magic.auth.header import Signature

__all__ = ["Credentials", "Organisation", "Signature", "from_environment", "organisation"]
