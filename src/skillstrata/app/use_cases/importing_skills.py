"""Take in skills of others: looked through, into quarantine, and from there into the library by a person's word.

    source -> bounds -> scan -> quarantine -> --accept -> (a tool: proved again, here) -> library

In     the App, what a person names
Out    what lies in quarantine and what was found; what came into the library
Never  loads, runs or lists a package before it was accepted; takes a name from what is there
"""

from dataclasses import dataclass, replace

from skillstrata.app.imported_skills import all_findings, has_come_in, library_files, named_packages, twice
from skillstrata.app.review_packages import PackageAnswer, end_left
from skillstrata.app.use_cases.verifying import verify
from skillstrata.app.warm_preparing import prepare_after_pass
from skillstrata.app.wiring import App
from skillstrata.app.wiring_library import exchange_lock, package_sources, quarantine, signatures, staged_app
from skillstrata.library.manifest import manifest_bytes
from skillstrata.library.package_scan import refusals
from skillstrata.library.packages import digest_of, read_manifest
from skillstrata.ports.package_source import Fetched
from skillstrata.records.errors import StrataError
from skillstrata.records.exchange_faults import (
    PackageDangerous,
    PackageNameTaken,
    PackageRefused,
    PackageUnknown,
    PackageUnproven,
)
from skillstrata.records.exchanges import (
    PACKAGE_FILE,
    SIGNATURE_FILE,
    RawPackage,
    ScanFinding,
    SkillPackage,
    content_digest,
)
from skillstrata.records.qualities import Visibility
from skillstrata.records.reviews import Answer
from skillstrata.records.tools import LineageEntry, SkillFile, Tool

_OWN = frozenset({PACKAGE_FILE, SIGNATURE_FILE})
_MANIFEST = "manifest.json"
_NAMED = 3


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What was laid into quarantine, and what was not and why."""

    quarantined: tuple[SkillPackage, ...]
    refused: tuple[tuple[str, tuple[ScanFinding, ...]], ...]


def take_in(app: App, source: str, *, only: str = "") -> ImportReport:
    """Read a source and lay its skills into quarantine; one that is refused costs no other.

    Args:
        app: The App.
        source: A folder, a .zip or .tar.gz, or a git URL (https, ssh, file).
        only: The one skill to take of several.

    Raises:
        PackageRefused: The source as a whole is refused, or nothing in it may be taken.
        SourceUnreachable: It cannot be read.
        PackageUnknown: It has no skill of the name `only`.
        StoreFull: Quarantine cannot be written.
    """
    app.prepare()
    fetched = package_sources(app).fetch(source)
    packages = named_packages(fetched)
    wanted = [package for package in packages if only in {"", package.folder}]
    if not wanted:
        names = ", ".join(package.folder for package in packages)
        raise PackageUnknown(f"{fetched.provenance.source} has no skill {only!r}", hint=f"it has: {names}")
    done: list[SkillPackage] = []
    refused: list[tuple[str, tuple[ScanFinding, ...]]] = []
    with exchange_lock(app).held():
        for whole in wanted:
            raw, hidden = _without_hidden(whole)
            found = _judged(raw) or twice(raw, {one.name for one in done})
            if found:
                refused.append((raw.folder, found))
                continue
            package = _described(app, raw, fetched)
            package = replace(package, findings=(*package.findings, *hidden))
            end_left(app, package.name, is_replaced=True)
            quarantine(app).put(package, raw.files)
            done.append(package)
    if refused and not done:
        name, found = refused[0]
        why = "; ".join(f"{one.path}: {one.message}" if one.path else one.message for one in found[:3])
        raise PackageRefused(f"{name} is not taken in: {why}", hint="ask its maker for a plain folder of one skill")
    return ImportReport(tuple(done), tuple(refused))


def held(app: App) -> tuple[SkillPackage, ...]:
    """Give what lies in quarantine."""
    return quarantine(app).held()


def package(app: App, name: str) -> tuple[SkillPackage, tuple[SkillFile, ...]]:
    """Give one package of the quarantine with its files; raises PackageUnknown."""
    return quarantine(app).package(name), quarantine(app).files(name)


def reject(app: App, name: str, *, content: str | None = None) -> SkillPackage:
    """Remove a package from quarantine; `review undo` brings it back.

    Args:
        app: The App.
        name: Of the package.
        content: The digest of what was answered about; None: of whatever lies there.

    Raises:
        PackageUnknown: Nothing of this name lies in quarantine, or another package.
        StoreFull: It cannot be removed.
    """
    with exchange_lock(app).held():
        end_left(app, name)
        found = quarantine(app).package(name)
        _refuse_other(found, content)
        answer = PackageAnswer(app, found, Answer.REJECT)
        answer.begin()
        quarantine(app).drop(name)
        answer.finish()
    return found


def accept(app: App, name: str, *, despite_findings: bool = False, content: str | None = None) -> SkillPackage:
    """Bring a package into the library; a tool is proved again first.

    Args:
        app: The App.
        name: Of the package.
        despite_findings: Also where something dangerous was found, or the signature does not fit.
        content: The digest of what was answered about; None: of whatever lies there.

    Raises:
        PackageUnknown: Nothing of this name lies in quarantine, or another package.
        PackageDangerous: It has such findings, and nothing was said about them.
        PackageNameTaken: The library has something of this name.
        PackageUnproven: Its proof does not hold here.
        SandboxUnavailable: Its proof cannot be tried here.
        StoreFull: The library cannot be written.
    """
    app.prepare()
    with exchange_lock(app).held():
        end_left(app, name)
        store = quarantine(app)
        found, files = store.package(name), store.files(name)
        _refuse_other(found, content)
        # Keys may have come and gone since it was taken in.
        found = replace(found, signature=signatures(app).check(*_signed(files)))
        if found.has_danger and not despite_findings:
            raise PackageDangerous(_dangers(found), hint=f"`skillstrata import-skill --show {name}`, then decide")
        answer = PackageAnswer(app, found, Answer.ACCEPT)
        if _finishes(app, found, files):
            store.drop(name)
            answer.finish()
            return found
        _refuse_taken(app, name)
        kept = tuple(file for file in files if file.path not in _OWN)
        tool = None
        if found.kind == "tool":
            _refuse_granted(app, name)
            tool = _proved(app, found, kept)
        answer.begin(files)
        try:
            _brought_in(app, found, kept, tool)
        except StrataError:
            answer.give_up()
            raise
        store.drop(name)
        answer.finish()
    prepare_after_pass(app, ())
    return found


def _refuse_other(found: SkillPackage, content: str | None) -> None:
    if content is not None and (not content or found.content != content):
        raise PackageUnknown(
            f"the package {found.name!r} in quarantine is not the one that was answered about",
            hint=f"look at it with `skillstrata import-skill --show {found.name}`, then answer anew",
        )


def _brought_in(app: App, found: SkillPackage, files: tuple[SkillFile, ...], tool: Tool | None) -> None:
    quarantine(app).note_accepted(found)
    if tool is not None:
        app.library.deposit(found.name, _no_further(tool, files), *_lineage(app, tool, found))
    else:
        quarantine(app).write_skill(str(app.data_dir / "skills" / found.name), library_files(found.name, files))


def _without_hidden(raw: RawPackage) -> tuple[RawPackage, tuple[ScanFinding, ...]]:
    """Leave out what repositories have beside a skill (.gitignore, .github): programs obey it, no skill needs it."""
    hidden = {
        file.path
        for file in raw.files
        if any(part.startswith(".") and part not in {".", ".."} for part in file.path.split("/"))
    }
    notes = [ScanFinding("left_out", "note", path, "a hidden file is not taken in") for path in sorted(hidden)[:20]]
    return replace(raw, files=tuple(file for file in raw.files if file.path not in hidden)), tuple(notes)


def _judged(raw: RawPackage) -> tuple[ScanFinding, ...]:
    """Give what keeps a package out."""
    manifest, odd = read_manifest(raw.files)
    found = (*refusals(raw), *odd)
    if manifest is not None and manifest.name != raw.folder:
        found = (*found, ScanFinding("name", "refused", PACKAGE_FILE, f"it is of a skill {manifest.name!r}"))
    return found


def _described(app: App, raw: RawPackage, fetched: Fetched) -> SkillPackage:
    manifest, _ = read_manifest(raw.files)
    digest = digest_of(raw.files)
    return SkillPackage(
        name=raw.folder,
        version=manifest.version if manifest is not None else digest[7:19],
        kind="tool" if any(file.path == _MANIFEST for file in raw.files) else "instructions",
        digest=digest,
        files=len(raw.files),
        bytes=sum(len(file.data) for file in raw.files),
        provenance=replace(fetched.provenance, place=raw.place),
        signature=signatures(app).check(*_signed(raw.files)),
        findings=all_findings(raw),
        content=content_digest(raw.files),
    )


def _signed(files: tuple[SkillFile, ...]) -> tuple[bytes, bytes | None]:
    by_path = {file.path: file.data for file in files}
    return by_path.get(PACKAGE_FILE, b""), by_path.get(SIGNATURE_FILE)


def _dangers(found: SkillPackage) -> str:
    told = [f"{f.path}:{f.line} {f.code} ({f.message})" for f in found.findings if f.level == "danger"]
    told += ["its signature does not fit"] if found.signature.state == "bad" else []
    more = f", and {len(told) - _NAMED} more" if len(told) > _NAMED else ""
    return f"{found.name} has what needs a closer look: {'; '.join(told[:_NAMED])}{more}"


def _finishes(app: App, found: SkillPackage, files: tuple[SkillFile, ...]) -> bool:
    """Say whether an earlier acceptance of this very package was killed at its last step."""
    noted = any((one.name, one.content) == (found.name, found.content) for one in quarantine(app).accepted())
    return noted and has_come_in(app, found, files)


def _refuse_taken(app: App, name: str) -> None:
    if name in app.library.taken() or any(name in tool.aliases for tool in app.library.tools()):
        raise PackageNameTaken(
            f"the library has something of the name {name!r}",
            hint=f"`skillstrata show {name}` tells what; take it out first, or rename the package's folder",
        )


def _refuse_granted(app: App, name: str) -> None:
    if any(tool == name for tool, _ in app.settings.network):
        raise PackageDangerous(
            f"the setting network lets a tool of the name {name!r} reach the network",
            hint="take that line out of the settings before a tool of somebody else gets the name",
        )


def _proved(app: App, found: SkillPackage, files: tuple[SkillFile, ...]) -> Tool:
    """Try the package's own proof in the sandbox, in a library of its own that nothing else reads."""
    staged = staged_app(app)
    staged.library.remove(found.name)
    try:
        staged.library.deposit(found.name, files)
        tools, damaged = staged.library.contents()
        if damaged:
            raise PackageUnproven(f"{found.name} is no tool that can be read: {damaged[0][1]}", hint=_again(found.name))
        tool = next(tool for tool in tools if tool.name == found.name)
        for alias in tool.aliases:
            _refuse_taken(app, alias)
        _refuse_unproved_versions(staged, tool)
        report = verify(staged, found.name, all_versions=True)
    finally:
        staged.library.remove(found.name)
    failed = [run for run in report.runs if not run.ok]
    if failed:
        raise PackageUnproven(
            f"{found.name}: {len(failed)} of {len(report.runs)} runs do not give what its proof says: "
            f"{failed[0].relation}: {failed[0].detail}",
            hint=_again(found.name),
        )
    return tool


def _refuse_unproved_versions(staged: App, tool: Tool) -> None:
    for version in (version for branch in tool.branches for version in branch.versions):
        if not version.fixtures or staged.library.proof(tool.name, version.path) is None:
            raise PackageUnproven(
                f"{tool.name}: {version.path} comes without fixtures or without a proof", hint=_again(tool.name)
            )


def _no_further(tool: Tool, files: tuple[SkillFile, ...]) -> tuple[SkillFile, ...]:
    """Offer a tool no further than to be called when it is looked for, however far its maker did."""
    manifest = SkillFile(_MANIFEST, manifest_bytes(replace(tool, visibility=Visibility.INVOKABLE.word)))
    return (*(file for file in files if file.path != _MANIFEST), manifest)


def _again(name: str) -> str:
    return f"it stays in quarantine; `skillstrata import-skill --reject {name}` removes it"


def _lineage(app: App, tool: Tool, found: SkillPackage) -> tuple[LineageEntry, ...]:
    signed = f", signed by {found.signature.owner}" if found.signature.state == "trusted" else ""
    said = f"imported from {found.provenance.source} ({found.digest}{signed})"
    now_s = app.clock.now_s()
    return tuple(
        LineageEntry(now_s, "import", branch.name, version.number, detail=said)
        for branch in tool.branches
        for version in branch.versions
    )
