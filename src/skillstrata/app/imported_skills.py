"""What of a package of somebody else's comes into the library, and whether it is there already.

In     the App, packages as they were fetched or lie in quarantine
Out    names told apart, findings about the page, the files that the library gets
Never  lets a skill say by itself how far it is offered
"""

from dataclasses import replace

from skillstrata.app.skill_packing import instruction_folder
from skillstrata.app.wiring import App
from skillstrata.library.package_scan import PAGE, findings
from skillstrata.library.packages import read_manifest
from skillstrata.ports.package_source import Fetched
from skillstrata.records.exchange_faults import PackageDangerous
from skillstrata.records.exchanges import (
    PACKAGE_FILE,
    SIGNATURE_FILE,
    RawPackage,
    ScanFinding,
    SkillPackage,
    content_digest,
)
from skillstrata.records.failures import FileUnreadable
from skillstrata.records.tools import SkillFile
from skillstrata.runtime.foreign_pages import page_findings, without_wish

_OWN = frozenset({PACKAGE_FILE, SIGNATURE_FILE})
_MOST_FILES, _MOST_BYTES = 600, 20 * 1024 * 1024


def named_packages(fetched: Fetched) -> tuple[RawPackage, ...]:
    """Give the packages of a source; the root of an archive or repository has the name that its manifest says."""
    if fetched.provenance.kind == "folder":
        return fetched.packages
    return tuple(_named(raw) for raw in fetched.packages)


def twice(raw: RawPackage, names: set[str]) -> tuple[ScanFinding, ...]:
    """Say that a source has another skill of this name already."""
    said = f"the source has another skill of the name {raw.folder!r}; take one in by its own folder or archive"
    return (ScanFinding("name_twice", "refused", raw.place, said),) if raw.folder in names else ()


def all_findings(raw: RawPackage) -> tuple[ScanFinding, ...]:
    """Give what to know about a package, what its page asks for first."""
    page = next((file.data for file in raw.files if file.path == PAGE), b"")
    return (*page_findings(page), *findings(raw))


def library_files(name: str, files: tuple[SkillFile, ...]) -> tuple[SkillFile, ...]:
    """Give the files of an instruction skill as the library gets them: not published because its maker says so.

    Raises:
        PackageDangerous: Its page says so in a form that cannot be taken back.
    """
    kept: list[SkillFile] = []
    for file in files:
        if file.path in _OWN:
            continue
        data = without_wish(file.data) if file.path == PAGE else file.data
        if data is None:
            raise PackageDangerous(
                f"{name} says of itself how far it is offered, in a form that cannot be taken out",
                hint=f"take `visibility` out of its {PAGE}, and import it again",
            )
        kept.append(SkillFile(file.path, data))
    return tuple(kept)


def has_come_in(app: App, found: SkillPackage, files: tuple[SkillFile, ...]) -> bool:
    """Say whether the library has this very package, and not another thing of its name."""
    if found.name not in app.library.taken():
        return False
    if found.kind == "tool":
        return any(found.digest in entry.detail for entry in app.library.lineage(found.name) if entry.what == "import")
    folder = str(instruction_folder(app, found.name))
    try:
        listed = app.skill_resources.listing(folder, most=_MOST_FILES, whole=True)
        there = tuple(
            SkillFile(one.path, app.skill_resources.read(folder, one.path, max_bytes=_MOST_BYTES)) for one in listed
        )
    except FileUnreadable:
        return False
    return content_digest(there) == content_digest(library_files(found.name, files))


def _named(raw: RawPackage) -> RawPackage:
    manifest, _ = read_manifest(raw.files)
    return replace(raw, folder=manifest.name) if manifest is not None and not raw.place else raw
