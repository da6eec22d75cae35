"""Write a skill of the library as a folder that others can use and check; keys to sign it with."""

from pathlib import Path

from skillstrata.app.skill_packing import packed, tool_named
from skillstrata.app.wiring import App
from skillstrata.app.wiring_library import signatures
from skillstrata.library.packages import digest_of, package_manifest, tool_version
from skillstrata.ports.skill_resources import CopiedFile
from skillstrata.records.exchanges import PACKAGE_FILE, SIGNATURE_FILE, Exported, SigningKey
from skillstrata.records.tools import SkillFile


def export(app: App, name: str, *, to: Path, sign: bool, force: bool) -> Exported:
    """Write `to`/NAME.

    Args:
        app: The App.
        name: Of a tool, or of an instruction skill of the library.
        to: The folder that gets it; it is made if need be.
        sign: Put our signature beside the manifest.
        force: Replace an earlier export.

    Raises:
        ToolUnknown: No skill has this name.
        ExportRefused: It holds a secret, or a program names a path of this machine.
        KeyUnusable: It should be signed, and there is no key.
        OutputExists: Something is there already.
        StoreFull: It cannot be written.
    """
    tool = tool_named(app, name)
    files, left_out = packed(app, name)
    called = tool.name if tool is not None else name
    version, kind = (tool_version(tool), "tool") if tool is not None else (digest_of(files)[7:19], "instructions")
    manifest = package_manifest(called, version, kind, files)
    whole = (*files, SkillFile(PACKAGE_FILE, manifest))
    owner = ""
    if sign:
        whole = (*whole, SkillFile(SIGNATURE_FILE, signatures(app).sign(manifest)))
        owner = next(key.key_id for key in signatures(app).keys() if key.is_own)
    folder = to.absolute() / called
    copies = tuple(CopiedFile(file.path, file.data, executable=file.data.startswith(b"#!")) for file in whole)
    app.skill_resources.write(str(folder), copies, replace=force)
    return Exported(called, str(folder), digest_of(files), len(whole), left_out, owner)


def keys(app: App) -> tuple[SigningKey, ...]:
    """Give our own key and those that are trusted; raises KeyUnusable."""
    return signatures(app).keys()


def make_key(app: App, owner: str) -> SigningKey:
    """Make our own key, or give the one that is there; raises KeyUnusable, StoreFull."""
    app.prepare()
    return signatures(app).make(owner)


def trust(app: App, public: str, owner: str) -> SigningKey:
    """Trust somebody's key; raises KeyUnusable, StoreFull."""
    app.prepare()
    return signatures(app).trust(public, owner)


def distrust(app: App, key_id: str) -> bool:
    """Trust a key no more; says whether it was trusted. Raises KeyUnusable, StoreFull."""
    return signatures(app).distrust(key_id)
