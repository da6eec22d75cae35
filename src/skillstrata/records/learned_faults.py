"""What can be wrong with a draft or with a change of a learned artefact; each refusal leaves everything as it was."""

from typing import ClassVar

from skillstrata.records.errors import Retry, StrataError


class DraftUnreadable(StrataError):
    """A draft's file that is missing, too large, or not of the form."""

    code: ClassVar[str] = "lifecycle.draft_unreadable"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 65


class DraftRefused(StrataError):
    """A draft whose name or text could do harm where an agent reads it."""

    code: ClassVar[str] = "lifecycle.draft_refused"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 65


class DraftOfOtherProject(StrataError):
    """A draft of one project that is to go into another one."""

    code: ClassVar[str] = "lifecycle.other_project"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 4


class ArtifactForeign(StrataError):
    """A change of something that is not marked as learned: the user's own."""

    code: ClassVar[str] = "lifecycle.not_ours"
    exit_code: ClassVar[int] = 4


class ArtifactChanged(StrataError):
    """A file that is no longer the one that was judged."""

    code: ClassVar[str] = "lifecycle.changed"
    retry: ClassVar[Retry] = Retry.SAME
    exit_code: ClassVar[int] = 75


class ArtifactUnknown(StrataError):
    """A name that nothing has, or nothing that was put aside."""

    code: ClassVar[str] = "lifecycle.unknown"
    exit_code: ClassVar[int] = 3


class ArtifactAmbiguous(StrataError):
    """A name that several artefacts have."""

    code: ClassVar[str] = "lifecycle.ambiguous"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 2


class ArtifactNameTaken(StrataError):
    """A place where something lies already."""

    code: ClassVar[str] = "lifecycle.name_taken"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 4


class ArtifactUnmovable(StrataError):
    """An artefact that cannot be put aside whole: reached by a link, or with devices, pipes or unreadable files."""

    code: ClassVar[str] = "lifecycle.unmovable"
    exit_code: ClassVar[int] = 4


class ArtifactTooLarge(StrataError):
    """An artefact with more in it than a tombstone keeps."""

    code: ClassVar[str] = "lifecycle.too_large"
    exit_code: ClassVar[int] = 4


class HardDeleteForbidden(StrataError):
    """A hard delete that nobody permitted."""

    code: ClassVar[str] = "lifecycle.delete_not_permitted"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 4


class TombstoneDamaged(StrataError):
    """A tombstone that does not give back what was deleted."""

    code: ClassVar[str] = "lifecycle.tombstone_damaged"
    exit_code: ClassVar[int] = 65


class ArtifactsBusy(StrataError):
    """Another process changes the same folder."""

    code: ClassVar[str] = "lifecycle.busy"
    retry: ClassVar[Retry] = Retry.SAME
    exit_code: ClassVar[int] = 75
