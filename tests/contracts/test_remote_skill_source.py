"""What every RemoteSkillSource promises."""

import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from skillstrata.adapters.mcp_skill_servers import McpSkillServers
from skillstrata.ports.remote_skill_source import RemoteSkillSource
from skillstrata.records.failures import FileUnreadable
from tests.fakes.memory_remote_skills import MemoryRemoteSkills

SERVER = Path(__file__).parents[1] / "skill_server.py"
PAGE = "skill://team/tides/SKILL.md"


@pytest.fixture(params=["memory", "mcp"])
def servers(request: pytest.FixtureRequest) -> Iterator[RemoteSkillSource]:
    """One server with one skill, and beside it one that cannot be started."""
    if request.param == "memory":
        made: RemoteSkillSource = _in_memory()
    else:
        command = shlex.join((sys.executable, str(SERVER), "honest"))
        made = McpSkillServers((("docs", command), ("gone", "no-such-program")), wait_s=60.0)
    yield made
    made.close()


def _in_memory() -> MemoryRemoteSkills:
    made = MemoryRemoteSkills()
    made.offer("tides", "Look at the moon.", server="docs")
    return made


def test_entries_have_the_label_that_the_host_gave(servers: RemoteSkillSource) -> None:
    """What a server calls itself means nothing."""
    assert [one.server for one in servers.skills()] == ["docs"]


def test_what_an_address_holds_is_given_and_what_is_not_there_is_an_error(servers: RemoteSkillSource) -> None:
    """Never an empty text for a file that is not there."""
    servers.skills()
    assert b"Look at the moon." in servers.read("docs", PAGE, max_bytes=1000)
    with pytest.raises(FileUnreadable):
        servers.read("docs", "skill://team/b/SKILL.md", max_bytes=1000)


def test_the_stamp_changes_with_what_is_offered(servers: RemoteSkillSource) -> None:
    """Whoever looks again only then misses nothing."""
    found, stamp = servers.skills(), servers.stamp()
    assert (servers.skills(), servers.stamp()) == (found, stamp)
    if isinstance(servers, MemoryRemoteSkills):
        servers.offer("more", "text")
        assert servers.stamp() != stamp


def test_after_the_end_the_next_question_begins_anew(servers: RemoteSkillSource) -> None:
    """A server that is used again by a later client."""
    before = servers.skills()
    servers.close()

    assert servers.skills() == before
