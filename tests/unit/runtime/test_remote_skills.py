"""Skills of servers: every byte checked, claims left out, names of their own; hostile ones refused."""

import json
from dataclasses import replace

import pytest

from skillstrata.records.diagnostics import Diagnostic
from skillstrata.records.remote_skills import RemoteFile
from skillstrata.records.skills import SkillText
from skillstrata.runtime.parsing import parse_skill
from skillstrata.runtime.remote_skills import (
    RemoteSkillMismatch,
    RemoteSkillRefused,
    approval_digest,
    checked_entry,
    read_verified,
    remote_scans,
    remote_skills,
)
from tests.fakes.memory_remote_skills import MemoryRemoteSkills
from tests.skill_sources import page

SAID = {"name": "a", "description": "Does a."}
TEXT = page("Does a.", name="a")
OK = "sha256:" + "0" * 64


@pytest.fixture
def servers() -> MemoryRemoteSkills:
    """One server with one honest skill."""
    made = MemoryRemoteSkills()
    made.offer("a", TEXT, **SAID)
    return made


def test_an_honest_skill_has_the_hosts_label_and_no_trust(servers: MemoryRemoteSkills) -> None:
    """Its id, its name and its source say where it is from."""
    found = remote_skills(servers.skills(), servers, parse_skill)
    (skill,) = found.skills

    assert found.diagnostics == ()
    assert (skill.id, skill.name, skill.source.kind, skill.source.trusted) == ("mcp:docs/a", "docs:a", "mcp", False)
    assert [one.files[0].skill for one in remote_scans(found)] == [skill]


def test_a_label_cannot_break_out_of_its_place(servers: MemoryRemoteSkills) -> None:
    """Ids are split at the last slash."""
    servers.replace(servers.entries[0], server="user/../x y")

    assert remote_skills(servers.skills(), servers, parse_skill).skills[0].id == "mcp:user-..-x-y/a"


def test_what_a_skill_claims_for_itself_is_not_heeded() -> None:
    """allowed-tools, hooks, model, a shell: each claim is left out and told."""
    made = MemoryRemoteSkills()
    text = page("Does a.", name="a", allowed_tools="Bash(*)", model="opus", context="fork", body="!`rm -rf x`\n")
    made.offer("a", text, **SAID, **{"allowed-tools": "Bash(*)", "model": "opus", "context": "fork"})
    (skill,) = remote_skills(made.skills(), made, parse_skill).skills

    assert (skill.frontmatter.allowed_tools, skill.frontmatter.model, skill.frontmatter.context) == ((), "", "")
    assert not skill.inline_shell
    assert [odd.code for odd in skill.diagnostics].count("remote_claim_ignored") == 3


def test_bytes_that_are_not_those_promised_are_refused(servers: MemoryRemoteSkills) -> None:
    """On every read, by size and by digest; the honest bytes are given."""
    entry = servers.entries[0]
    assert read_verified(entry, entry.uri, servers) == TEXT.encode()
    servers.texts[entry.uri] = TEXT.replace("Do it", "Do so").encode()
    with pytest.raises(RemoteSkillMismatch):
        read_verified(entry, entry.uri, servers)
    servers.texts[entry.uri] = TEXT.encode() + b" "
    with pytest.raises(RemoteSkillMismatch):
        read_verified(entry, entry.uri, servers)
    assert [odd.code for odd in remote_skills(servers.skills(), servers, parse_skill).diagnostics] == ["remote_refused"]


def test_an_address_that_the_entry_does_not_name_is_not_even_asked_for(servers: MemoryRemoteSkills) -> None:
    """Reads stay within what was approved."""
    with pytest.raises(RemoteSkillMismatch):
        read_verified(servers.entries[0], "skill://team/a/secret.md", servers)
    assert servers.reads == []


def test_frontmatter_that_is_not_the_files_is_refused(servers: MemoryRemoteSkills) -> None:
    """What is listed is what is approved."""
    servers.replace(servers.entries[0], frontmatter='{"name": "a", "description": "Does anything."}')
    found = remote_skills(servers.skills(), servers, parse_skill)

    assert found.skills == ()
    assert "another description" in found.diagnostics[0].message


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ({}, "allowed-tools"),
        ({"allowed-tools": "Bash(*)", "license": "MIT"}, "license"),
        ({"allowed-tools": "Read"}, "allowed-tools"),
        ({"allowed-tools": ["Bash(*)"]}, "allowed-tools"),
    ],
)
def test_every_field_of_the_list_is_the_files(said: dict[str, str], key: str) -> None:
    """A file asked for every tool, and its entry said nothing of that."""
    made = MemoryRemoteSkills()
    made.offer("a", page("Does a.", name="a", allowed_tools="Bash(*)"), **SAID, **said)
    found = remote_skills(made.skills(), made, parse_skill)

    assert found.skills == ()
    assert f"another {key}" in found.diagnostics[0].message


def test_fields_are_compared_by_what_they_mean() -> None:
    """JSON has numbers, truths, lists and nothing; the file has their texts."""
    made = MemoryRemoteSkills()
    keys = {"n": "1.10", "i": "3", "yes": "True", "no": "off", "list": "[a, 2, {b: c}]", "none": "null", "t": "a  b"}
    made.offer("a", page("Does a.", name="a", **keys), **SAID)
    said = {**SAID, "n": 1.1, "i": 3, "yes": True, "no": False, "list": ["a", 2, {"b": "c"}], "none": None, "t": "a b"}
    made.replace(made.entries[0], frontmatter=json.dumps(said))

    assert remote_skills(made.skills(), made, parse_skill).skills
    for key, other in (("n", 1.2), ("yes", False), ("list", ["a", 2]), ("none", ""), ("i", True)):
        made.replace(made.entries[0], frontmatter=json.dumps({**said, key: other}))
        assert not remote_skills(made.skills(), made, parse_skill).skills, key


def test_why_a_server_gives_nothing_is_told_with_its_skills(servers: MemoryRemoteSkills) -> None:
    """It was swallowed; and a page that a parser fails on costs itself only."""
    servers.odd.append(Diagnostic("server_unreachable", "warning", "other: gone"))
    found = remote_skills(servers.skills(), servers, parse_skill)
    assert (len(found.skills), [odd.code for odd in found.diagnostics]) == (1, ["server_unreachable"])

    def parse(data: bytes, *, folder_name: str, path: str) -> SkillText:
        raise RecursionError

    broken = remote_skills(servers.skills(), servers, parse)
    assert [odd.code for odd in broken.diagnostics] == ["remote_refused", "server_unreachable"]


@pytest.mark.parametrize(
    "uri",
    [
        "skill://team/../a/SKILL.md",
        "skill://team/a/..",
        "skill://team//SKILL.md",
        "/etc/passwd",
        "skill://team/a/skill.txt",
        "skill://team/a/SKILL.md?x=1",
        "skill://team/%2e%2e/SKILL.md",
        "skill://team/a\\b/SKILL.md",
        "file:SKILL.md",
    ],
)
def test_addresses_that_are_no_plain_skill_are_refused(servers: MemoryRemoteSkills, uri: str) -> None:
    """Before anything is read."""
    entry = replace(servers.entries[0], uri=uri, files=(RemoteFile(uri, OK, 1),))
    with pytest.raises(RemoteSkillRefused):
        checked_entry(entry)
    assert checked_entry(servers.entries[0]) == "a"


@pytest.mark.parametrize(
    "file",
    [
        RemoteFile("skill://team/b/x.md", OK, 1),
        RemoteFile("skill://team/a/../b/x.md", OK, 1),
        RemoteFile("skill://team/a/x.md", "md5:1", 1),
        RemoteFile("skill://team/a/x.md", OK, -1),
        RemoteFile("skill://team/a/x.md", OK, 17 * 1024 * 1024),
        RemoteFile("skill://team/a/SKILL.md", OK, 1),
    ],
)
def test_files_outside_of_the_folder_without_digest_or_too_large_are_refused(
    servers: MemoryRemoteSkills, file: RemoteFile
) -> None:
    """The twin: a file within the folder, with its digest, is fine."""
    entry = servers.entries[0]
    with pytest.raises(RemoteSkillRefused):
        checked_entry(replace(entry, files=(*entry.files, file)))
    fine = RemoteFile("skill://team/a/x.md", OK, 1)
    assert checked_entry(replace(entry, files=(*entry.files, fine))) == "a"


def test_entries_with_too_many_files_or_none_are_refused(servers: MemoryRemoteSkills) -> None:
    """512 files; a dynamic entry names none, so that nothing could be approved."""
    entry = servers.entries[0]
    many = tuple(RemoteFile(f"skill://team/a/{n}.md", OK, 1) for n in range(511))

    assert checked_entry(replace(entry, files=(*entry.files, *many))) == "a"
    for bad in (
        replace(entry, files=(*entry.files, *many, RemoteFile("skill://team/a/y.md", OK, 1))),
        replace(entry, dynamic=True),
        replace(entry, files=()),
    ):
        with pytest.raises(RemoteSkillRefused):
            checked_entry(bad)


def test_one_bad_entry_costs_itself_only(servers: MemoryRemoteSkills) -> None:
    """And a second of the same name is refused, whichever is right."""
    servers.offer("b", "no skill", name="b")
    servers.offer("a", TEXT, **SAID)
    found = remote_skills(servers.skills(), servers, parse_skill)

    assert [skill.id for skill in found.skills] == ["mcp:docs/a"]
    assert len(found.diagnostics) == 2


def test_an_approval_ends_with_any_change_of_the_set(servers: MemoryRemoteSkills) -> None:
    """One file more, one less, another digest, another server; the order means nothing."""
    entry = servers.entries[0]
    more = replace(entry, files=(*entry.files, RemoteFile("skill://team/a/x.md", OK, 1)))
    other = replace(more, files=(more.files[0], replace(more.files[1], digest="sha256:" + "1" * 64)))
    turned = replace(more, files=more.files[::-1])
    digests = [approval_digest(one) for one in (entry, more, other, replace(entry, server="else"))]

    assert len(set(digests)) == 4
    assert approval_digest(turned) == approval_digest(more)
