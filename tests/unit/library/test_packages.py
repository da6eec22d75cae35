"""Digests, manifests and markers: what is equal to what was written, and what is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.library.packages import (
    digest_of,
    marked,
    marker_of,
    package_manifest,
    read_manifest,
    tool_digest,
    tool_version,
)
from skillstrata.records.exchanges import PACKAGE_FILE, SIGNATURE_FILE
from skillstrata.records.tools import SkillFile
from tests.fakes.sample_tools import a_tool

PAGE = b'---\nname: "a"\nmetadata:\n  "k": "v"\n---\n\nBody\nmetadata:\n'
FILES = (SkillFile("SKILL.md", PAGE), SkillFile("x/y.txt", b"1"))


def test_a_package_reads_back_as_what_it_says() -> None:
    """Its own two files are no part of the digest: they are made from it."""
    manifest = package_manifest("a", "1", "instructions", FILES)
    whole = (*FILES, SkillFile(PACKAGE_FILE, manifest), SkillFile(SIGNATURE_FILE, b"s"))
    read, odd = read_manifest(whole)

    assert read is not None
    assert (read.name, read.version, read.kind, odd) == ("a", "1", "instructions", ())
    assert digest_of(whole) == digest_of(FILES) == digest_of(tuple(reversed(FILES)))
    assert read_manifest(FILES) == (None, ())


@pytest.mark.parametrize(
    "files",
    [
        (FILES[0], SkillFile("x/y.txt", b"2")),
        (FILES[0],),
        (*FILES, SkillFile("more", b"")),
        (FILES[0], SkillFile("x/z.txt", b"1")),
    ],
    ids=["changed", "missing", "added", "renamed"],
)
def test_files_that_are_not_those_of_the_manifest_are_named(files: tuple[SkillFile, ...]) -> None:
    """A package that was changed on the way."""
    manifest = SkillFile(PACKAGE_FILE, package_manifest("a", "1", "instructions", FILES))
    _, odd = read_manifest((*files, manifest))

    assert {(f.level, f.code) for f in odd} == {("refused", "digest_mismatch")}
    assert digest_of(files) != digest_of(FILES)


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[]", b'{"format": 2, "name": "a", "version": "1", "kind": "t", "files": {}}']
)
def test_a_manifest_of_another_form_is_refused(data: bytes) -> None:
    """Nothing is guessed about it."""
    manifest, odd = read_manifest((SkillFile(PACKAGE_FILE, data),))

    assert (manifest, [f.level for f in odd]) == (None, ["refused"])


def test_a_marked_skill_is_known_as_ours_until_one_byte_changes() -> None:
    """An edit is the user's, and stays."""
    ours = marked(FILES, "notes")
    assert marker_of(ours, "notes") == (digest_of(FILES), True)
    assert marker_of(FILES, "notes") == ("", False)
    edited = (SkillFile("SKILL.md", ours[0].data + b"mine\n"), ours[1])
    assert marker_of(edited, "notes") == (digest_of(FILES), False)
    assert marker_of((*ours, SkillFile("mine.txt", b"")), "notes") == (digest_of(FILES), False)


@pytest.mark.parametrize("name", ["notes", "My Notes", 'a"b\n', "ノート", "---"])
def test_a_copy_in_another_folder_is_not_ours(name: str) -> None:
    """Who copies a skill to change it has made a skill of their own; a name of any form is told from others."""
    ours = marked(FILES, name)
    assert marker_of(ours, name) == (digest_of(FILES), True)
    assert marker_of(ours, f"my-{name}") == ("", False)


def test_a_marker_in_the_text_below_is_none() -> None:
    """A page that speaks about the marker is not ours."""
    marker = f'  "skillstrata-synced": "sha256:{"0" * 64} a"\n'
    page = b"---\nname: a\n---\n" + marker.encode()

    assert marker_of((SkillFile("SKILL.md", page),), "a") == ("", False)


@given(st.binary(max_size=300))
def test_no_page_of_any_form_is_taken_for_ours(page: bytes) -> None:
    """Only what we wrote may be replaced."""
    assert not marker_of((SkillFile("SKILL.md", page),), "a")[1]


def test_the_digest_of_a_tool_is_that_of_what_it_runs() -> None:
    """A page that is written anew is no other tool; a program that is, is."""
    tool = a_tool()
    version = tool.branches[0].current

    assert tool_version(tool) == "html:1"
    assert tool_digest(tool) == tool_digest(a_tool(name="other-name"))
    assert version.main
