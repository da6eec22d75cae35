"""Write a skill of the library as a folder that others can use and check; keys to sign it with."""

from pathlib import Path

from skillstrata.app.skill_packing import packed, tool_named
from skillstrata.app.wiring import App
from skillstrata.app.wiring_library import exchange_lock, signatures
from skillstrata.library.packages import digest_of, package_manifest, read_manifest, tool_version
from skillstrata.ports.skill_resources import CopiedFile
from skillstrata.records.exchanges import PACKAGE_FILE, SIGNATURE_FILE, Exported, SigningKey
from skillstrata.records.failures import FileUnreadable, OutputExists
from skillstrata.records.tools import SkillFile
from skillstrata.runtime.publishing import MAX_BYTES, MAX_FILES

_MOVE = "name another folder, or move that one away"


def export(app: App, name: str, *, to: Path, sign: bool, force: bool) -> Exported:
    """Write `to`/NAME.

    Args:
        app: The App.
        name: Of a tool, or of an instruction skill of the library.
        to: The folder that gets it; it is made if need be.
        sign: Put our signature beside the manifest.
        force: Replace an earlier export that nobody changed since.

    Raises:
        ToolUnknown: No skill has this name.
        ExportRefused: It holds a secret, or a program names a path of this machine.
        KeyUnusable: It should be signed, and there is no key.
        OutputExists: Something is there already, or with `force` something else than an export.
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
    if force:
        _refuse_not_exported(app, folder)
    copies = tuple(CopiedFile(file.path, file.data, executable=file.data.startswith(b"#!")) for file in whole)
    app.skill_resources.write(str(folder), copies, replace=force)
    return Exported(called, str(folder), digest_of(files), len(whole), left_out, owner)


def _refuse_not_exported(app: App, folder: Path) -> None:
    """Refuse to replace a folder that is not, file for file, what an export wrote."""
    if not folder.is_dir():
        return
    try:
        listed = app.skill_resources.listing(str(folder), most=MAX_FILES + 2, whole=True)
        strange = next((entry.path for entry in listed if entry.kind != "file"), "")
        files = tuple(SkillFile(e.path, _bytes_of(app, folder, e.path)) for e in listed if e.kind == "file")
    except FileUnreadable as error:
        raise OutputExists(error.message, hint=_MOVE) from error
    manifest, odd = read_manifest(files)
    if manifest is None:
        raise OutputExists(f"{folder} is no earlier export: it has no {PACKAGE_FILE} that can be read", hint=_MOVE)
    if odd or strange or manifest.name != folder.name:
        what = strange or (odd[0].path if odd else PACKAGE_FILE)
        raise OutputExists(f"{folder} was changed since it was exported: {what}", hint=_MOVE)


def _bytes_of(app: App, folder: Path, path: str) -> bytes:
    return app.skill_resources.read(str(folder), path, max_bytes=MAX_BYTES)


def keys(app: App) -> tuple[SigningKey, ...]:
    """Give our own key and those that are trusted; raises KeyUnusable."""
    return signatures(app).keys()


def make_key(app: App, owner: str) -> SigningKey:
    """Make our own key, or give the one that is there; raises KeyUnusable, StoreFull, StoreLocked."""
    app.prepare()
    with exchange_lock(app).held():
        return signatures(app).make(owner)


def trust(app: App, public: str, owner: str) -> SigningKey:
    """Trust somebody's key; raises KeyUnusable, StoreFull, StoreLocked."""
    app.prepare()
    with exchange_lock(app).held():
        return signatures(app).trust(public, owner)


def distrust(app: App, key_id: str) -> bool:
    """Trust a key no more; says whether it was trusted. Raises KeyUnusable, StoreFull, StoreLocked."""
    with exchange_lock(app).held():
        return signatures(app).distrust(key_id)
