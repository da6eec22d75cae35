"""What every source of packages promises: the bytes that lie there, bounded, and nothing is run."""

import gzip
import io
import os
import shutil
import stat
import struct
import subprocess
import tarfile
import tempfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skillstrata.adapters.git_fetching import shown_url
from skillstrata.adapters.package_sources import PackageSources
from skillstrata.adapters.scratch_folders import scratch_folder
from skillstrata.ports.package_source import PackageSource
from skillstrata.records.exchange_faults import PackageRefused, SourceUnreachable

PAGE = b"---\nname: a-skill\ndescription: Does a thing.\n---\n"
FILES = {"SKILL.md": PAGE, "run.sh": b"#!/bin/sh\necho\n", "deep/er/x.bin": bytes(range(256))}
needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not on this machine")


@pytest.fixture(params=[PackageSources], ids=["sources"])
def source(request: pytest.FixtureRequest) -> PackageSource:
    """Each implementation in turn."""
    return request.param(lambda: 7.0)


def a_folder(root: Path, name: str = "a-skill") -> Path:
    """Lay a skill down."""
    for path, data in FILES.items():
        (root / name / path).parent.mkdir(parents=True, exist_ok=True)
        (root / name / path).write_bytes(data)
    return root / name


def a_zip(path: Path, *entries: tuple[str | zipfile.ZipInfo, bytes]) -> Path:
    """Write an archive with these entries, whatever they are."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return path


def a_tar(path: Path, *entries: tuple[tarfile.TarInfo | str, bytes]) -> Path:
    """The same as .tar.gz."""
    with tarfile.open(path, "w:gz") as archive:
        for one, data in entries:
            entry = tarfile.TarInfo(one) if isinstance(one, str) else one
            if entry.isreg():
                entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return path


def a_repository(root: Path) -> Path:
    """Make a repository with one commit of a skill."""
    a_folder(root / "work")
    git(root / "work", "init", "-q", ".")
    commit(root / "work")
    return root / "work"


def git(folder: Path, *words: str) -> str:
    """Run git as its owner does, without anybody's settings."""
    environ = {"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"}
    who = ("-c", "user.email=dev@example.com", "-c", "user.name=dev", "-c", "protocol.file.allow=always")
    done = subprocess.run(["git", *who, *words], cwd=folder, env=environ, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def commit(folder: Path) -> None:
    """Take everything in."""
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "skills")


def told(source: PackageSource, place: str) -> list[tuple[str, dict[str, bytes]]]:
    """Give each package's name and files."""
    return [(one.folder, {file.path: file.data for file in one.files}) for one in source.fetch(place).packages]


@pytest.mark.parametrize("form", ["folder", "zip", "tar.gz", "tgz", pytest.param("git", marks=needs_git)])
def test_every_form_gives_the_bytes_that_lie_there(source: PackageSource, tmp_path: Path, form: str) -> None:
    """With where they came from; of a repository the commit as well."""
    entries = [(f"a-skill/{path}", data) for path, data in FILES.items()]
    match form:
        case "folder":
            place = str(a_folder(tmp_path))
        case "zip":
            place = str(a_zip(tmp_path / "p.zip", *entries))
        case "git":
            place = f"file://{a_repository(tmp_path)}"
        case _:
            place = str(a_tar(tmp_path / f"p.{form}", *((f"./{path}", data) for path, data in entries)))

    assert told(source, place) == [("a-skill", FILES)]
    found = source.fetch(place).provenance
    assert (found.kind, found.source, found.at_s) == (form if form in {"folder", "git"} else "archive", place, 7.0)
    assert len(found.revision) == (40 if form == "git" else 0)


def test_several_skills_are_told_apart_and_what_is_in_none_is_left(source: PackageSource, tmp_path: Path) -> None:
    """A SKILL.md within a skill is a file of it."""
    a_folder(tmp_path / "many", "one")
    inner = a_folder(tmp_path / "many", "two") / "examples"
    a_folder(inner, "inner")
    (tmp_path / "many" / "README.md").write_bytes(b"x")
    entries = [(str(p.relative_to(tmp_path)), p.read_bytes()) for p in (tmp_path / "many").rglob("*") if p.is_file()]
    archive = a_zip(tmp_path / "p.zip", *entries)

    assert [name for name, _ in told(source, str(tmp_path / "many"))] == ["one", "two"]
    assert told(source, str(archive)) == told(source, str(tmp_path / "many"))


def test_a_skill_at_the_root_of_an_archive_is_named_after_it(source: PackageSource, tmp_path: Path) -> None:
    """As `zip -r ../a-skill.zip .` makes it."""
    archive = a_zip(tmp_path / "a-skill.zip", *FILES.items())

    assert told(source, str(archive)) == [("a-skill", FILES)]


EVIL_NAMES = ["../evil", "a-skill/../../evil", "/tmp/evil", "a-skill\\..\\..\\evil", "C:/evil", "a-skill//evil"]


@pytest.mark.parametrize("name", EVIL_NAMES)
@pytest.mark.parametrize("form", ["zip", "tar.gz"])
def test_a_path_out_of_the_archive_refuses_it(source: PackageSource, tmp_path: Path, form: str, name: str) -> None:
    """Whole, and nothing of it is on the disk; the same archive without that entry is read."""
    write = a_zip if form == "zip" else a_tar
    evil = write(tmp_path / f"evil.{form}", ("a-skill/SKILL.md", PAGE), (name, b"x"))
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(PackageRefused):
        source.fetch(str(evil))
    assert sorted(tmp_path.rglob("*")) == before
    assert not [place for place in (tmp_path.parent, Path("/tmp")) if (place / "evil").exists()]

    assert told(source, str(write(tmp_path / f"good.{form}", ("a-skill/SKILL.md", PAGE), ("a-skill/x", b"x"))))


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE])
def test_a_tar_with_a_link_or_device_is_refused(source: PackageSource, tmp_path: Path, kind: bytes) -> None:
    """Wherever the link leads."""
    entry = tarfile.TarInfo("a-skill/x")
    entry.type, entry.linkname = kind, "SKILL.md"
    with pytest.raises(PackageRefused):
        source.fetch(str(a_tar(tmp_path / "p.tar.gz", ("a-skill/SKILL.md", PAGE), (entry, b""))))


def test_a_zip_with_a_link_is_refused(source: PackageSource, tmp_path: Path) -> None:
    """Its kind is in the outer attributes; a plain file with the same name is read."""
    link, plain = zipfile.ZipInfo("a-skill/x"), zipfile.ZipInfo("a-skill/x")
    link.external_attr, plain.external_attr = (stat.S_IFLNK | 0o777) << 16, (stat.S_IFREG | 0o644) << 16
    with pytest.raises(PackageRefused):
        source.fetch(str(a_zip(tmp_path / "p.zip", ("a-skill/SKILL.md", PAGE), (link, b"/etc/passwd"))))

    assert told(source, str(a_zip(tmp_path / "q.zip", ("a-skill/SKILL.md", PAGE), (plain, b"x"))))


def test_two_files_of_one_place_are_refused(source: PackageSource, tmp_path: Path) -> None:
    """The second would be the one that is used."""
    with pytest.raises(PackageRefused), pytest.warns(UserWarning, match="Duplicate"):
        source.fetch(str(a_zip(tmp_path / "p.zip", ("a-skill/SKILL.md", PAGE), ("a-skill/SKILL.md", b"other"))))


@pytest.mark.parametrize("form", ["zip", "tar.gz"])
def test_a_bomb_is_read_no_further_than_the_cap(source: PackageSource, tmp_path: Path, form: str) -> None:
    """Forty megabytes of zeros in forty kilobytes; what it says of its size is not asked."""
    write = a_zip if form == "zip" else a_tar
    bomb = write(tmp_path / f"p.{form}", ("a-skill/SKILL.md", PAGE), ("a-skill/x", bytes(40_000_000)))
    assert bomb.stat().st_size < 100_000
    with pytest.raises(PackageRefused):
        source.fetch(str(bomb))


def test_a_bomb_in_a_header_of_a_tar_is_one_too(source: PackageSource, tmp_path: Path) -> None:
    """A long name is read into memory whole by who is not careful."""
    entry = tarfile.TarInfo("x")
    entry.type, entry.size = tarfile.GNUTYPE_LONGNAME, 60_000_000
    with gzip.open(tmp_path / "p.tar.gz", "wb") as packed:
        packed.write(entry.tobuf() + bytes(60_000_000))
    with pytest.raises(PackageRefused):
        source.fetch(str(tmp_path / "p.tar.gz"))


def test_a_zip_that_lies_about_its_size_is_refused(source: PackageSource, tmp_path: Path) -> None:
    """The sizes in its list are changed by hand."""
    path = a_zip(tmp_path / "p.zip", ("a-skill/SKILL.md", PAGE), ("a-skill/x", bytes(20_000_000)))
    data = bytearray(path.read_bytes())
    at = data.rindex(b"PK\x01\x02")
    struct.pack_into("<I", data, at + 24, 10)
    path.write_bytes(data)
    with pytest.raises(PackageRefused):
        source.fetch(str(path))


def test_many_files_are_refused(source: PackageSource, tmp_path: Path) -> None:
    """Before all of them are read."""
    with pytest.raises(PackageRefused):
        source.fetch(str(a_zip(tmp_path / "p.zip", *((f"a-skill/{n}", b"") for n in range(4_100)))))


@pytest.mark.parametrize("target", ["SKILL.md", "/etc/passwd", "missing"])
def test_a_folder_with_a_link_is_refused(source: PackageSource, tmp_path: Path, target: str) -> None:
    """What it leads to today is not what it leads to tomorrow."""
    folder = a_folder(tmp_path)
    assert told(source, str(folder))
    (folder / "link").symlink_to(target)
    with pytest.raises(PackageRefused):
        source.fetch(str(folder))


@pytest.mark.parametrize("place", ["nothing", "plain.txt", "empty"])
def test_what_holds_no_skill_is_an_error_with_a_next_step(source: PackageSource, tmp_path: Path, place: str) -> None:
    """Nothing there, another file, a folder without one."""
    (tmp_path / "plain.txt").touch()
    (tmp_path / "empty").mkdir()
    with pytest.raises((SourceUnreachable, PackageRefused)) as refused:
        source.fetch(str(tmp_path / place))
    assert refused.value.hint


@settings(max_examples=60)
@given(data=st.binary(max_size=300), cut=st.integers(0, 500), form=st.sampled_from(["zip", "tar.gz"]))
def test_an_archive_of_any_bytes_is_read_or_refused(
    data: bytes, cut: int, form: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Cut off, spoilt or no archive at all: one kind of answer."""
    path = tmp_path_factory.mktemp("a") / f"p.{form}"
    (a_zip if form == "zip" else a_tar)(path, ("a-skill/SKILL.md", PAGE))
    whole = path.read_bytes()
    path.write_bytes(whole[:cut] + data + whole[cut + len(data) :])
    try:
        found = PackageSources(lambda: 0.0).fetch(str(path)).packages
    except PackageRefused:
        return
    assert found


@needs_git
def test_nothing_of_a_repository_is_run(source: PackageSource, tmp_path: Path) -> None:
    """Neither a hook of a template or the user's settings, nor a filter that attributes name, nor a submodule's."""
    work, mark = a_repository(tmp_path), tmp_path / "ran"
    other = tmp_path / "other"
    a_folder(other)
    git(other, "init", "-q", ".")
    commit(other)
    git(work, "submodule", "add", "-q", f"file://{other}", "a-skill/sub")
    (work / "a-skill" / ".gitattributes").write_text("*.sh filter=evil\n* filter=lfs\n", encoding="utf-8")
    commit(work)
    home = tmp_path / "home"
    (home / "templates" / "hooks").mkdir(parents=True)
    hook = home / "templates" / "hooks" / "post-checkout"
    hook.write_text(f"#!/bin/sh\ntouch {mark}\n", encoding="utf-8")
    hook.chmod(0o755)
    (home / ".gitconfig").write_text(
        f"[init]\n templateDir = {home}/templates\n[core]\n hooksPath = {home}/templates/hooks\n"
        f'[filter "evil"]\n smudge = touch {mark}\n[filter "lfs"]\n smudge = touch {mark}\n required = true\n',
        encoding="utf-8",
    )
    environ = {"PATH": os.environ["PATH"], "HOME": str(home), "GIT_CONFIG_NOSYSTEM": "1"}
    # The twin: with these settings a plain clone does run them.
    subprocess.run(
        ["git", "clone", "-q", str(work), str(tmp_path / "plain")], env=environ, check=True, capture_output=True
    )
    assert mark.exists()
    mark.unlink()

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(home))
        patch.setenv("GIT_TEMPLATE_DIR", str(home / "templates"))
        ((_, files),) = told(source, f"file://{work}")
    assert not mark.exists()
    assert files["run.sh"] == FILES["run.sh"]
    assert not [path for path in files if path.startswith("sub/")]


@needs_git
def test_a_link_in_a_repository_refuses_its_skill(source: PackageSource, tmp_path: Path) -> None:
    """Git would write it as a file with the path in it."""
    work = a_repository(tmp_path)
    (work / "link-elsewhere").symlink_to("/etc/passwd")
    commit(work)
    assert told(source, f"file://{work}")
    (work / "a-skill" / "link").symlink_to("/etc/passwd")
    commit(work)
    with pytest.raises(PackageRefused):
        source.fetch(f"file://{work}")


@pytest.mark.parametrize(
    "url",
    ["ext::sh -c touch% /tmp/x", "http://example.com/x", "git://example.com/x", "file://-x", "ftp://x/y", "https://"],
)
def test_a_url_of_another_kind_is_not_given_to_git(source: PackageSource, url: str) -> None:
    """`ext::` is a command, and unencrypted ways can be changed on the way."""
    with pytest.raises(SourceUnreachable):
        source.fetch(url)


@needs_git
def test_a_repository_that_is_not_there_is_an_error_and_a_password_is_not_repeated(
    source: PackageSource, tmp_path: Path
) -> None:
    """What is stored of an address is without it; the clone is gone either way."""
    with pytest.raises(SourceUnreachable) as refused:
        source.fetch(f"file://{tmp_path}/nothing")
    assert refused.value.hint


@needs_git
def test_a_repository_is_read_within_bounds_and_as_it_was_committed(source: PackageSource, tmp_path: Path) -> None:
    """Small to fetch and large to unpack; attributes that change what is written change nothing here."""
    work = a_repository(tmp_path)
    (work / "a-skill" / "id.txt").write_bytes(b"$Id$\nline\n")
    (work / ".gitattributes").write_text("*.txt ident eol=crlf text\n", encoding="utf-8")
    (work / "elsewhere.bin").write_bytes(bytes(20_000_000))
    commit(work)
    ((_, files),) = told(source, f"file://{work}")
    assert files["id.txt"] == b"$Id$\nline\n"

    (work / "a-skill" / "zeros.bin").write_bytes(bytes(20_000_000))
    commit(work)
    with pytest.raises(PackageRefused):
        source.fetch(f"file://{work}")


@needs_git
def test_a_tree_that_unfolds_to_millions_of_entries_is_refused(source: PackageSource, tmp_path: Path) -> None:
    """Ten folders that each name the next ten times: one file a hundred million times."""
    work = a_repository(tmp_path)
    inner = git(work, "rev-parse", "HEAD:a-skill")
    for _ in range(8):
        lines = "".join(f"040000 tree {inner}\td{n}\n" for n in range(10))
        made = subprocess.run(["git", "mktree"], cwd=work, input=lines, capture_output=True, text=True, check=True)
        inner = made.stdout.strip()
    git(work, "update-ref", "HEAD", git(work, "commit-tree", inner, "-m", "deep"))
    with pytest.raises(PackageRefused):
        source.fetch(f"file://{work}")


@needs_git
@pytest.mark.parametrize("ending", ["", ".git", "/"])
def test_a_skill_at_the_root_of_a_repository_is_named_after_its_address(
    source: PackageSource, tmp_path: Path, ending: str
) -> None:
    """As archives are."""
    work = a_folder(tmp_path, "my-skill")
    git(work, "init", "-q", ".")
    commit(work)
    place = work.rename(tmp_path / "my-skill.git") if ending == ".git" else work
    assert told(source, f"file://{place}{'/' if ending == '/' else ''}") == [("my-skill", FILES)]


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://user:p@ss:word@host/x.git", "https://host/x.git"),
        ("https://user:p/a@ss@host/x.git", "https://host/x.git"),
        ("https://host:8443/x?private_token=abc#d", "https://host:8443/x"),
        ("https://host/@scope/x", "https://host/@scope/x"),
        ("git@host:x/y.git", "git@host:x/y.git"),
        ("file:///srv/x", "file:///srv/x"),
    ],
)
def test_an_address_is_shown_without_what_opens_it(source: PackageSource, url: str, shown: str) -> None:
    """Neither a password of any form nor a token behind a question mark; the rest stays."""
    assert shown_url(url) == shown
    with pytest.raises(SourceUnreachable) as refused:
        source.fetch(url.replace("https://", "http://"))
    assert not any(secret in refused.value.message for secret in ("word@", "ss@", "abc"))


@needs_git
def test_what_a_killed_fetch_left_is_gone_after_the_next_and_a_living_one_keeps_its_own(
    source: PackageSource, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lock tells them apart, not an age."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    left = tmp_path / "tmp" / "skillstrata-git-left"
    left.mkdir(parents=True)
    with scratch_folder() as living:
        assert told(source, f"file://{a_repository(tmp_path)}")
        assert list((tmp_path / "tmp").iterdir()) == [living]
    assert list((tmp_path / "tmp").iterdir()) == []
