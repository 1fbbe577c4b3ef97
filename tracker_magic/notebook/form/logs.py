"""Other libraries' log messages about an open form: at DEBUG they would hold what is typed into its fields."""

import logging
from collections.abc import Iterable
from typing import Any, Final

from IPython.core.getipython import get_ipython

_COMM_LOGGER: Final = "Comm"  # of the library comm, which passes on the messages of widgets


class FieldFilter(logging.Filter):
    """Drops log records that hold a message of one of these fields, from the kernel's logger and that of comms."""

    def __init__(self, fields: Iterable[Any]) -> None:
        super().__init__()
        self._comm_ids = [field.model_id for field in fields]
        self._loggers = _message_loggers()

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record may be logged."""
        content = f"{record.msg} {record.args}"
        return not any(comm_id in content for comm_id in self._comm_ids)

    def install(self) -> None:
        """Begin to drop records."""
        for logger in self._loggers:
            logger.addFilter(self)

    def remove(self) -> None:
        """Drop nothing more."""
        for logger in self._loggers:
            logger.removeFilter(self)


def _message_loggers() -> list[logging.Logger]:
    """The loggers that get whole messages at DEBUG."""
    kernel_log = getattr(getattr(get_ipython(), "kernel", None), "log", None)
    kernel_log = getattr(kernel_log, "logger", kernel_log)  # of a LoggerAdapter
    loggers = [logging.getLogger(_COMM_LOGGER)]
    return [*loggers, kernel_log] if isinstance(kernel_log, logging.Logger) else loggers
