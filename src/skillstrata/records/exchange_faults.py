"""What goes wrong when skills are given away or taken in."""

from typing import ClassVar

from skillstrata.records.errors import Retry, StrataError


class PackageRefused(StrataError):
    """A package that is not taken in at all: a way out of its folder, a link, over a cap, or no skill."""

    code: ClassVar[str] = "exchange.package_refused"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 65


class SourceUnreachable(StrataError):
    """A source that cannot be read: nothing there, git is missing or failed, or it took too long."""

    code: ClassVar[str] = "exchange.source_unreachable"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 69


class PackageUnknown(StrataError):
    """Nothing of this name lies in quarantine."""

    code: ClassVar[str] = "exchange.package_unknown"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 3


class PackageDangerous(StrataError):
    """A package with findings that ask for more than a plain yes, or with a signature that does not fit."""

    code: ClassVar[str] = "exchange.package_dangerous"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 4


class PackageUnproven(StrataError):
    """A tool from elsewhere whose proof does not hold here; it stays in quarantine."""

    code: ClassVar[str] = "exchange.package_unproven"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 4


class PackageNameTaken(StrataError):
    """A package whose name a tool or skill of the library has already."""

    code: ClassVar[str] = "exchange.name_taken"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 4


class ExportRefused(StrataError):
    """A skill that may not leave: it holds a secret, or a path of this machine within a program."""

    code: ClassVar[str] = "exchange.export_refused"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 4


class KeyUnusable(StrataError):
    """A key that is missing, is no Ed25519 key, or may be read by others."""

    code: ClassVar[str] = "exchange.key_unusable"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 65


class LockUnreadable(StrataError):
    """A lock file that is missing, damaged or of a later version."""

    code: ClassVar[str] = "exchange.lock_unreadable"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 65
