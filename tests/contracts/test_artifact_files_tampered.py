"""What every ArtifactFiles makes of manifests and tombstones that somebody changed."""

import hashlib
import json
from pathlib import Path

import pytest

from skillstrata.adapters.artifact_folders import ArtifactFolders
from skillstrata.ports.artifact_files import ArtifactFiles
from skillstrata.records.learned import ArtifactKind, PutAside
from skillstrata.records.learned_faults import TombstoneDamaged

TEXT = "---\nname: tides\norigin: skill-learning\n---\nold\n"


@pytest.fixture
def files(tmp_path: Path) -> ArtifactFiles:
    """Give the implementation."""
    return ArtifactFolders(tmp_path / "data", now_s=lambda: 1_700_000_000.0)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Give a folder with one learned skill."""
    page = tmp_path / "skills" / "tides" / "SKILL.md"
    page.parent.mkdir(parents=True)
    page.write_text(TEXT, encoding="utf-8")
    return tmp_path / "skills"


def _order(root: Path, *, is_deleted: bool) -> PutAside:
    digest = hashlib.sha256(TEXT.encode()).hexdigest()
    return PutAside(str(root / "tides/SKILL.md"), "tides", ArtifactKind.SKILL, digest, "why", is_deleted=is_deleted)


@pytest.mark.parametrize(
    "old_path", ["/etc/cron.d/SKILL.md", "../../x/SKILL.md", "/a/.ssh/SKILL.md", "SKILL.md", "/x/y"]
)
def test_a_manifest_cannot_choose_where_something_is_restored(files: ArtifactFiles, root: Path, old_path: str) -> None:
    """An archive may come with a repository of somebody else."""
    done = files.put_aside(_order(root, is_deleted=False))
    manifest = Path(done.manifest_path)
    manifest.write_text(json.dumps(json.loads(manifest.read_bytes()) | {"oldPath": old_path}), encoding="utf-8")

    assert all(Path(row.old_path).parent.parent == root for row in files.aside((str(root),)))


@pytest.mark.parametrize("path", ["../out", "/tmp/out", "to/out"])
def test_a_tombstone_cannot_write_outside_its_place(files: ArtifactFiles, root: Path, path: str) -> None:
    """Nor through a link that it makes itself."""
    (root / "tides" / "to").symlink_to(root.parent)
    tombstone = Path(files.put_aside(_order(root, is_deleted=True)).tombstone_path)
    read = json.loads(tombstone.read_bytes())
    read["files"].append({"path": path, "kind": "file", "mode": 0o644, "text": "evil", "base64": ""})
    tombstone.write_text(json.dumps(read), encoding="utf-8")
    with pytest.raises(TombstoneDamaged):
        files.restore(files.aside((str(root),))[0])

    assert not (root.parent / "out").exists()
    assert [p.name for p in root.iterdir()] == [".tombstones"]


@pytest.mark.parametrize(
    "files_in_it",
    [
        [],
        [{"path": "SKILL.md", "kind": "file", "mode": 0o644, "text": "x"}],
        [{"path": "", "kind": "folder", "mode": 0o755}, {"path": "a/b", "kind": "file", "mode": 0o644, "text": "x"}],
        [{"path": "", "kind": "folder", "mode": 0o755}, {"path": "", "kind": "folder", "mode": 0o755}],
        [{"path": "", "kind": "file", "mode": 0o644}, {"path": "SKILL.md", "kind": "file", "mode": 0o644, "text": "x"}],
        [{"path": "", "kind": "folder", "mode": 0o755}, {"path": "n" * 300, "kind": "file", "mode": 0o644}],
        [{"path": "", "kind": "folder", "mode": 0o755}, {"path": "l", "kind": "link", "mode": 0o777, "text": ""}],
    ],
)
def test_a_tombstone_whose_files_do_not_fit_together_is_told(
    files: ArtifactFiles, root: Path, files_in_it: list[dict[str, str | int]]
) -> None:
    """Whoever edited it reads what is wrong; nothing half brought back stays."""
    tombstone = Path(files.put_aside(_order(root, is_deleted=True)).tombstone_path)
    whole = tombstone.read_bytes()
    tombstone.write_text(json.dumps(json.loads(whole) | {"files": files_in_it}), encoding="utf-8")
    with pytest.raises(TombstoneDamaged):
        files.restore(files.aside((str(root),))[0])
    assert [p.name for p in root.iterdir()] == [".tombstones"]

    tombstone.write_bytes(whole)
    assert files.restore(files.aside((str(root),))[0])
