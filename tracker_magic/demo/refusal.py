"""An answer that says no, raised anywhere below a handler; the server turns it into the service's error body."""

from collections.abc import Mapping, Sequence


class ApiError(Exception):
    """A status with the service's messages; `fields` are messages by field id."""

    def __init__(self, status: int, *messages: str, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(status, *messages)
        self.status = status
        self.messages: Sequence[str] = messages
        self.fields = dict(fields or {})

    def body(self) -> dict[str, object]:
        """The service's envelope: `errors`, `errorMessages`, `statusCode`."""
        return {"errors": self.fields, "errorMessages": list(self.messages), "statusCode": self.status}
