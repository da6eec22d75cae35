"""Skills that come in and go out, as the fault tests see them; one name each, the last number stands for all."""

from pathlib import Path

from skillstrata.adapters.folder_swap import NEW, OLD
from skillstrata.adapters.quarantine_folders import QuarantineFolders
from skillstrata.adapters.synced_skill_folders import SyncedSkillFolders
from skillstrata.ports.synced_folders import SyncChange
from skillstrata.records.exchange_faults import PackageUnknown
from skillstrata.records.exchanges import Provenance, SignatureCheck, SkillPackage, content_digest
from skillstrata.records.tools import SkillFile
from tests.faults.stores import Torn

_NAME = "a-skill"


def _files(n: int) -> tuple[SkillFile, ...]:
    """Give the files of number n: every one of them says it."""
    return tuple(SkillFile(path, f"{n}\n".encode() * 200) for path in ("SKILL.md", "deep/run.sh", "x.txt"))


def _number(files: tuple[SkillFile, ...]) -> int:
    n = int(files[0].data.split(b"\n", maxsplit=1)[0])
    if sorted(files, key=lambda f: f.path) != sorted(_files(n), key=lambda f: f.path):
        raise Torn(f"files of more than one number, or not all of {n}")
    return n


def _refuse_rests(root: Path) -> None:
    left = [*root.rglob(f"{NEW}*"), *root.rglob(f"{OLD}*")]
    if left:
        raise Torn(str(left))


class Quarantined:
    """The quarantine: each number the same package with other files."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._store = QuarantineFolders(root / "exchange")

    def put(self, n: int) -> None:
        files = _files(n)
        digest, from_where = content_digest(files), Provenance("folder", "/x", 1.0)
        package = SkillPackage(
            name=_NAME,
            version=str(n),
            kind="instructions",
            digest=digest,
            files=len(files),
            bytes=1,
            provenance=from_where,
            signature=SignatureCheck("none"),
            content=digest,
        )
        self._store.put(package, files)

    def held(self) -> frozenset[int]:
        if not (self._root / "exchange" / "quarantine" / _NAME).exists():
            return frozenset()
        try:
            files, package = self._store.files(_NAME), self._store.package(_NAME)
        except PackageUnknown as error:
            raise Torn(str(error)) from error
        n = _number(files)
        if package.version != str(n):
            raise Torn(f"the record of {package.version} beside the files of {n}")
        return frozenset(range(n + 1))

    def sweep(self) -> None:
        self.put(max(self.held(), default=0))
        _refuse_rests(self._root)


class Synced:
    """A synced folder beside a skill of the user's own: each number the same skill with other files."""

    def __init__(self, root: Path) -> None:
        self._root, self._target = root, root / "skills"
        (self._target / "own").mkdir(parents=True, exist_ok=True)
        self._store = SyncedSkillFolders(root / "journal")

    def _there(self) -> tuple[SkillFile, ...]:
        found = self._store.present(str(self._target), frozenset({_NAME}))
        return next((one.files for one in found if one.name == _NAME), ())

    def put(self, n: int) -> None:
        steps, _ = self._store.apply((SyncChange(str(self._target), _NAME, _files(n), self._there()),), 1.0)
        if [step.what for step in steps] == ["leave"]:
            raise Torn(steps[0].why)

    def held(self) -> frozenset[int]:
        if not (self._target / "own").is_dir():
            raise Torn("the user's own skill is gone")
        if not (self._target / _NAME).exists():
            return frozenset()
        return frozenset(range(_number(self._there()) + 1))

    def sweep(self) -> None:
        self.put(max(self.held(), default=0))
        _refuse_rests(self._target)
        before = self._there()
        self._store.undo()
        self._store.apply((SyncChange(str(self._target), _NAME, before, self._there()),), 1.0)
