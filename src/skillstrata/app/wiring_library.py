"""The adapters of the living library: lifecycle, exchange, reviews. An App in, a port out.

Why    app.wiring stays within one file's size; like there, adapters are imported where they are first needed
"""

from skillstrata.app.wiring import App
from skillstrata.ports.artifact_files import ArtifactFiles
from skillstrata.ports.call_outputs import CallOutputs
from skillstrata.ports.draft_files import DraftFiles
from skillstrata.ports.learned_uses import LearnedUses
from skillstrata.ports.machine_stamp import MachineStamp
from skillstrata.ports.package_source import PackageSource
from skillstrata.ports.phrasing import Phrasing
from skillstrata.ports.process_lock import ProcessLock
from skillstrata.ports.quarantine import Quarantine
from skillstrata.ports.review_log import ReviewLog
from skillstrata.ports.signatures import Signatures
from skillstrata.ports.synced_folders import SyncedFolders
from skillstrata.ports.warm_start_store import WarmStartStore


def lifecycle(app: App) -> ArtifactFiles:
    """Give the folders of learned skills, commands and agents, with the journal of what is being changed in them."""
    from skillstrata.adapters.artifact_folders import ArtifactFolders

    return ArtifactFolders(app.data_dir / "lifecycle", now_s=app.clock.now_s)


def learned_uses(app: App) -> LearnedUses:
    """Give what is remembered of the use of learned artefacts."""
    from skillstrata.adapters.learned_use_file import LearnedUseFile

    return LearnedUseFile(app.data_dir / "lifecycle" / "used.json")


def warm_starts(app: App) -> WarmStartStore:
    """Give what agents are told at their start, and the record of it."""
    from skillstrata.adapters.warm_start_files import WarmStartFiles

    return WarmStartFiles(app.data_dir / "warm")


def machine_stamp(_app: App) -> MachineStamp:
    """Give the state of this machine, as far as programs depend on it."""
    from skillstrata.adapters.machine_stamp import ThisMachineStamp

    return ThisMachineStamp()


def drafts(app: App) -> DraftFiles:
    """Give the drafts that were learned and wait for a decision."""
    from skillstrata.adapters.draft_folder import DraftFolder

    return DraftFolder(app.data_dir / "learning")


def call_outputs(app: App) -> CallOutputs:
    """Give the folders of what calls make, where nobody names one."""
    from skillstrata.adapters.output_folders import OutputFolders

    return OutputFolders(app.data_dir / "outputs", app.clock.now_s)


def phrasing(app: App) -> Phrasing | None:
    """Give the model that describes drafts, None where templates do."""
    if app.settings.learning.phrasing == "offline":
        return None
    from skillstrata.adapters.model_phrasing import ModelPhrasing

    return ModelPhrasing(app.settings.judge_model, timeout_s=app.settings.judge_timeout_s)


def package_sources(app: App) -> PackageSource:
    """Give the reader of folders, archives and repositories of others."""
    from skillstrata.adapters.package_sources import PackageSources

    return PackageSources(app.clock.now_s)


def quarantine(app: App) -> Quarantine:
    """Give where skills of others lie until they are accepted."""
    from skillstrata.adapters.quarantine_folders import QuarantineFolders

    return QuarantineFolders(app.data_dir / "exchange")


def signatures(app: App) -> Signatures:
    """Give the keys, ours and those that are trusted."""
    from skillstrata.adapters.ed25519_signatures import Ed25519Signatures

    return Ed25519Signatures(app.data_dir / "keys")


def synced_folders(app: App) -> SyncedFolders:
    """Give the folders of skills that other programs read, and the journal of what was done in them."""
    from skillstrata.adapters.synced_skill_folders import SyncedSkillFolders

    return SyncedSkillFolders(app.data_dir / "exchange" / "synced")


def decided_packages(app: App) -> Quarantine:
    """Give where packages lie that somebody decided about, so that the answer can be taken back."""
    from skillstrata.adapters.quarantine_folders import QuarantineFolders

    return QuarantineFolders(app.data_dir / "exchange" / "decided")


def review_log(app: App) -> ReviewLog:
    """Give the answers of people about drafts and imports."""
    from skillstrata.adapters.review_file import ReviewFile

    return ReviewFile(app.data_dir / "review")


def review_lock(app: App) -> ProcessLock:
    """Give the lock of whoever answers what waits for a person."""
    from skillstrata.adapters.atomic_files import make_folder
    from skillstrata.adapters.file_lock import LockFile

    make_folder(app.data_dir)
    return LockFile(app.data_dir / "review.lock", wait_s=1.0)


def level_lock(app: App) -> ProcessLock:
    """Give the lock of whoever changes how far a tool is offered."""
    from skillstrata.adapters.atomic_files import make_folder
    from skillstrata.adapters.file_lock import LockFile

    make_folder(app.data_dir)
    return LockFile(app.data_dir / "levels.lock", wait_s=5.0)


def learning_lock(app: App) -> ProcessLock:
    """Give the lock of whoever changes which drafts there are."""
    from skillstrata.adapters.atomic_files import make_folder
    from skillstrata.adapters.file_lock import LockFile

    make_folder(app.data_dir)
    return LockFile(app.data_dir / "learning.lock", wait_s=30.0)


def exchange_lock(app: App) -> ProcessLock:
    """Give the lock of whoever takes skills in or syncs them out."""
    from skillstrata.adapters.atomic_files import make_folder
    from skillstrata.adapters.file_lock import LockFile

    make_folder(app.data_dir)
    return LockFile(app.data_dir / "exchange.lock", wait_s=10.0)


def staged_app(app: App) -> App:
    """Give an App whose library is a folder that nothing else reads: where a tool of others is proved."""
    from skillstrata.adapters.skill_folders import SkillFolders

    staged = App(app.settings)
    staged.library = SkillFolders(app.data_dir / "exchange" / "proving")
    return staged
