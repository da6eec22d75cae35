"""Say what of a text would go before it is stored."""

from dataclasses import dataclass

from skillstrata.app.wiring import App
from skillstrata.ports.text_redactor import Redacted
from skillstrata.records.failures import FileUnreadable

MAX_BYTES = 512_000_000


@dataclass(frozen=True, slots=True)
class RedactionReport:
    """What redaction makes of one file; `path` is "-" for text that came in by hand."""

    path: str
    redacted: Redacted


def redact(app: App, *, path: str, data: bytes | None = None) -> RedactionReport:
    """Redact one text as an event's text would be; nothing is stored.

    Args:
        app: Its settings name the user's rules, and its data directory holds what is known of values.
        path: A file.
        data: The text itself, where it is not in a file.

    Raises:
        FileUnreadable: The file is missing, not a file, or too large.
        RuleInvalid: The user's rules cannot be used.
        ConfigUnreadable: The file of the user's rules cannot be read.
    """
    held = app.disk.read(path, max_bytes=MAX_BYTES) if data is None else data
    if len(held) > MAX_BYTES:
        raise FileUnreadable(f"{path} has more than {MAX_BYTES} bytes", hint="use a smaller file", reason="too_large")
    return RedactionReport(path, app.redactor.redact(held.decode("utf-8", "replace")))
