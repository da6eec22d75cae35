"""Files with any name, from this program's own server to this program: both sides write addresses in one way."""

import os
import shlex
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import anyio
import pytest
from mcp.client.client import Client

from skillstrata.adapters.mcp_skill_servers import McpSkillServers
from skillstrata.app.runtime_session import SkillQuery, open_skills
from skillstrata.app.skill_calls import read_resource
from skillstrata.records.remote_skills import RemoteApproval, RemoteFile
from skillstrata.runtime.parsing import parse_skill
from skillstrata.runtime.remote_skills import approval_digest, remote_skills
from tests.fakes.memory_remote_skills import MemoryRemoteSkills
from tests.skill_clients import Home, ask
from tests.skill_sources import page

NAMES = ("100%25.md", "my notes.md", "refs/é #1.md", "refs/plain.md")
LONG_S = 60.0


@pytest.fixture
def offering(tmp_path: Path) -> Home:
    """A home whose skill has files of every name."""
    made = Home(tmp_path / "offering")
    folder = made.put("tides").parent
    for name in NAMES:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(f"text of {name}", encoding="utf-8")
    return made


def test_files_of_any_name_come_from_our_server_to_our_client(offering: Home, tmp_path: Path) -> None:
    """One name with a space, and the whole skill was refused by the other half of this program."""
    home = Home(tmp_path / "reading")
    home.skills.mkdir(parents=True)
    words = (sys.executable, "-m", "skillstrata", "--data-dir", str(offering.root / "data"), "mcp")
    command = shlex.join(
        (
            "env",
            f"HOME={offering.root}",
            f"CLAUDE_PROJECT_DIR={offering.root}",
            f"PATH={os.defpath}",
            "SKILLSTRATA_DAEMON=0",
            *words,
        )
    )
    app, servers = home.app(), McpSkillServers((("docs", command),), wait_s=LONG_S)
    try:
        session = open_skills(app, SkillQuery(project=home.root), stays=True, remote=servers)
        assert "remote_refused" not in {odd.code for odd in session.registry.diagnostics}
        for entry in servers.skills():
            app.skill_host.approvals().allow(RemoteApproval(entry.server, entry.uri, approval_digest(entry)))
        session.look()

        for name in NAMES:
            assert read_resource(app, session, "docs:tides", name) == f"text of {name}".encode()
    finally:
        servers.close()


def test_addresses_of_our_server_are_written_out_and_read_back(offering: Home) -> None:
    """A space is no part of an address."""

    async def work() -> None:
        async with Client(offering.server()) as client:
            listed = await ask(client, "skills/list", {})
            (entry,) = [one for one in cast("list[dict[str, Any]]", listed["skills"]) if "/tides/" in one["uri"]]
            uris = [one["uri"] for one in entry["resources"]]
            folder = entry["uri"].removesuffix("/SKILL.md")
            assert f"{folder}/my%20notes.md" in uris
            assert f"{folder}/100%2525.md" in uris
            for uri in uris:
                assert (await client.read_resource(uri)).contents
            rows = await ask(client, "resources/directory/read", {"uri": folder})
            assert "my notes.md" in [row["name"] for row in cast("list[dict[str, str]]", rows["resources"])]

    anyio.run(work)


def test_two_addresses_of_one_file_are_refused_and_why_an_address_is_none_is_told() -> None:
    """Twin: each alone is fine. What has a space was said to lie outside of its folder."""
    made = MemoryRemoteSkills()
    entry = made.offer("a", page("Does a.", name="a"), name="a", description="Does a.")
    ok = "sha256:" + "0" * 64
    one, same = RemoteFile("skill://team/a/x.md", ok, 1), RemoteFile("skill://team/a/%78.md", ok, 1)
    entry = made.replace(entry, files=(*entry.files, same))
    assert len(remote_skills(made.skills(), made, parse_skill).skills) == 1

    entry = made.replace(entry, files=(*entry.files, one))
    assert "names a file twice" in remote_skills(made.skills(), made, parse_skill).diagnostics[0].message
    made.replace(entry, files=(entry.files[0], replace(one, uri="skill://team/a/my notes.md")))
    assert "%20" in remote_skills(made.skills(), made, parse_skill).diagnostics[0].message


def test_a_damaged_file_of_approvals_is_told_beside_the_skills_that_it_approved(tmp_path: Path) -> None:
    """They were unavailable, and nothing said why. Twin: without the file there is nothing to tell."""
    home, made = Home(tmp_path), MemoryRemoteSkills()
    made.offer("a", page("Does a.", name="a"), name="a", description="Does a.")
    session = open_skills(home.app(), SkillQuery(project=tmp_path), remote=made)
    assert "approvals_unreadable" not in {odd.code for odd in session.registry.diagnostics}
    (tmp_path / "data").mkdir(exist_ok=True)
    (tmp_path / "data" / "skill-approvals.json").write_bytes(b"{")
    session.look()

    assert "approvals_unreadable" in {odd.code for odd in session.registry.diagnostics}
