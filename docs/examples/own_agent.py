"""An agent of one's own that uses skills: in its own process with SkillRuntime, and through a server with `mcp`.

    python docs/examples/own_agent.py FOLDER_OF_SKILLS "what the user asks"

Where a model would choose, this program takes the best proposal; everything else is as in a real agent.
"""

import os
import sys
from pathlib import Path

import anyio
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters
from mcp_types import TextContent

from skillstrata import SkillRuntime
from skillstrata.records.catalogues import ListingForm


def with_the_runtime(folder: Path, asked: str) -> str:
    """Level one goes into the system prompt, level two into the conversation when a skill is called."""
    with SkillRuntime([folder]) as runtime:
        system_prompt = f"You may use these skills:\n{runtime.catalogue(request=asked, form=ListingForm.XML).text}"
        print(system_prompt)
        proposals = runtime.route(asked).found
        if not proposals:
            return "no skill fits"
        activation = runtime.call(proposals[0].skill.name, asked)
        # The host may fulfil what the skill asks for; nothing of it happens by itself.
        print(f"the skill asks for: {activation.host.allowed_tools or 'nothing'}")
        for path in activation.resources:
            print(f"{path}: {len(runtime.read(activation.name, path))} bytes")
        runtime.ended(activation.name, ok=True)
        return activation.text


async def through_a_server(home: Path, asked: str) -> str:
    """The same skills for a program in another process or language."""
    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "skillstrata", "--data-dir", str(home / "data"), "mcp"],
        env={**os.environ, "HOME": str(home), "SKILLSTRATA_DAEMON": "0"},
    )
    async with Client(server) as client:
        tools = {tool.name: tool.description or "" for tool in (await client.list_tools()).tools}
        print(tools["Skill"])
        found = await client.call_tool("skills_search", {"query": asked, "kind": "skill"})
        results = (found.structured_content or {}).get("results", [])
        if not results:
            return "no skill fits"
        called = await client.call_tool("Skill", {"skill": results[0]["name"], "args": asked})
        return "".join(block.text for block in called.content if isinstance(block, TextContent))


def main() -> None:
    """Ask both, and show that they say the same."""
    folder, asked = Path(sys.argv[1]).absolute(), sys.argv[2]
    mine = with_the_runtime(folder, asked)
    # A server looks in the usual places: here in a home that holds only these skills.
    served = anyio.run(through_a_server, folder.parent.parent, asked)
    print(mine)
    print("both the same:", mine == served)


if __name__ == "__main__":
    main()
