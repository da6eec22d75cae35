"""Errors that more than one part raises or catches; an error of one part alone stands beside that part."""

from typing import ClassVar

from skillstrata.records.errors import Retry, StrataError


class RecordUnreadable(StrataError):
    """An agent record that does not parse or lacks what every record has."""

    code: ClassVar[str] = "capture.record_unreadable"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 65


class BlobUnknown(StrataError):
    """A digest that nobody stored here."""

    code: ClassVar[str] = "store.blob_unknown"
    exit_code: ClassVar[int] = 65


class BlobDamaged(StrataError):
    """Stored bytes that no longer have their digest."""

    code: ClassVar[str] = "store.blob_damaged"
    exit_code: ClassVar[int] = 70


class CatalogBusy(StrataError):
    """Another process holds the catalog for longer than we wait."""

    code: ClassVar[str] = "store.catalog_busy"
    retry: ClassVar[Retry] = Retry.SAME
    exit_code: ClassVar[int] = 75


class StoreFull(StrataError):
    """The disk is full or read-only; what was there is unharmed."""

    code: ClassVar[str] = "store.cannot_write"
    retry: ClassVar[Retry] = Retry.SAME
    exit_code: ClassVar[int] = 75


class StoreNewer(StrataError):
    """The data directory was written by a newer version of the program."""

    code: ClassVar[str] = "store.newer_version"
    exit_code: ClassVar[int] = 65


class StoreLocked(StrataError):
    """Another distiller works on this data directory."""

    code: ClassVar[str] = "store.locked"
    retry: ClassVar[Retry] = Retry.SAME
    exit_code: ClassVar[int] = 75


class CandidateUnknown(StrataError):
    """No candidate has this id."""

    code: ClassVar[str] = "catalog.candidate_unknown"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 3


class SessionUnknown(StrataError):
    """No session of this name is stored."""

    code: ClassVar[str] = "catalog.session_unknown"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 3


class ToolUnknown(StrataError):
    """No tool has this name."""

    code: ClassVar[str] = "library.tool_unknown"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 3


class ToolDamaged(ToolUnknown):
    """A tool's folder is there and cannot be read as what was deposited; it is not called."""

    code: ClassVar[str] = "library.tool_damaged"
    exit_code: ClassVar[int] = 65


class FileUnreadable(StrataError):
    """A file that cannot be read as input: missing, not regular, too large, or not permitted.

    `reason` is the word of FileSnapshot: missing, too_large, not_a_file or unreadable.
    """

    code: ClassVar[str] = "disk.file_unreadable"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 65

    def __init__(self, message: str, *, hint: str = "", reason: str = "unreadable") -> None:
        """Keep the word for programs beside the sentence for people."""
        super().__init__(message, hint=hint)
        self.reason = reason


class OutputExists(StrataError):
    """An output would overwrite a file."""

    code: ClassVar[str] = "disk.output_exists"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 4


class OutDirNotFolder(StrataError):
    """Outputs cannot go where they were wanted: a file lies at that path or above it."""

    code: ClassVar[str] = "disk.out_dir_not_a_folder"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 65


class SandboxUnavailable(StrataError):
    """No sandbox here, or it could not start: nothing is run."""

    code: ClassVar[str] = "sandbox.unavailable"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 69


class RuntimeMissing(StrataError):
    """An interpreter that a program needs and this machine does not have."""

    code: ClassVar[str] = "runtimes.missing"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 69


class EnvironmentNeedsNetwork(StrataError):
    """Distributions that are not in the local cache, and nobody allowed fetching them."""

    code: ClassVar[str] = "environments.needs_network"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 69


class EnvironmentUnbuildable(StrataError):
    """Requirements that cannot be locked or installed."""

    code: ClassVar[str] = "environments.unbuildable"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 69


class ConfigUnreadable(StrataError):
    """A configuration file, ours or an agent's, that does not parse; it is left untouched."""

    code: ClassVar[str] = "config.unreadable"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 65


class DaemonRunning(StrataError):
    """The background process of this data directory runs already."""

    code: ClassVar[str] = "daemon.running"
    retry: ClassVar[Retry] = Retry.SAME
    exit_code: ClassVar[int] = 75


class DaemonStuck(StrataError):
    """The background process was asked to end and did not, or did not start."""

    code: ClassVar[str] = "daemon.stuck"
    retry: ClassVar[Retry] = Retry.SAME
    exit_code: ClassVar[int] = 75


class JudgeUnavailable(StrataError):
    """A model that was asked about two purposes and gave no usable answer; the fixed rules decide alone.

    `input_tokens` and `output_tokens` are what the attempt cost, where that is known.
    """

    code: ClassVar[str] = "judge.unavailable"
    retry: ClassVar[Retry] = Retry.SAME
    exit_code: ClassVar[int] = 69

    def __init__(self, message: str, *, hint: str = "", input_tokens: int = 0, output_tokens: int = 0) -> None:
        """Keep what was spent beside the reason."""
        super().__init__(message, hint=hint)
        self.input_tokens = input_tokens
        self.output_tokens = output_tokens


class RunUnknown(StrataError):
    """No run of a composed tool has this id."""

    code: ClassVar[str] = "compose.run_unknown"
    exit_code: ClassVar[int] = 3


class RunHeld(StrataError):
    """Another process is at work on this run."""

    code: ClassVar[str] = "compose.run_held"
    retry: ClassVar[Retry] = Retry.SAME
    exit_code: ClassVar[int] = 75


class RunDamaged(StrataError):
    """The record of a run holds a line that is not one of ours; going on with it could repeat what it did."""

    code: ClassVar[str] = "compose.run_damaged"
    exit_code: ClassVar[int] = 65


class RunRefused(StrataError):
    """A run that may not go on: it has ended, or what it was planned with is not as it was."""

    code: ClassVar[str] = "compose.run_refused"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 4


class GrantUnknown(StrataError):
    """No consent was asked for under this id."""

    code: ClassVar[str] = "policy.grant_unknown"
    exit_code: ClassVar[int] = 3


class GrantNotPending(StrataError):
    """This question has been answered already, or its time is over."""

    code: ClassVar[str] = "policy.grant_not_pending"
    exit_code: ClassVar[int] = 4


class PolicyInvalid(StrataError):
    """A policy file that cannot be read or understood; nothing is allowed until it is mended."""

    code: ClassVar[str] = "policy.invalid"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 65
