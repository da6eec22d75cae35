"""The main job on real input: four recorded sessions grow a library, and an agent calls what came of them.

In     demo/recording (the sessions), demo/unseen (documents no session saw)
Out    what each step really printed; a fresh folder with the data directory and the results, kept for a look
Never  goes on after a step that did not do what it shows; asks an index or a network for anything
"""

import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path

from mcp import Client, StdioServerParameters
from rich.text import Text

from demo.house_package import put_package
from demo.replay_recording import lay_out
from demo.screen import PROGRAM, STEP_LIMIT_S, Json, StepFailed, console, head_of, heading, run, say, shown, told

DEMO = Path(__file__).resolve().parent
PAGE = DEMO / "unseen" / "orchard.html"
LATE_PICTURES = DEMO / "unseen" / "beach.html"
QUERY = "convert an HTML page to Markdown"
TOOL = "html-to-markdown"


def main() -> int:
    """Run the steps; give the exit code."""
    started = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="skillstrata-demo-")).resolve()
    data_dir = folder / "data-dir"
    try:
        first_tool(folder, data_dir)
        second_branch(folder, data_dir)
        better_version(folder, data_dir)
        shelf(folder, data_dir)
        library(data_dir)
        asyncio.run(calls(data_dir, folder / "out"))
    except StepFailed as failure:
        console.print(Text(f"\nThe demo stopped: {failure}", style="bold red"))
        console.print(f"Everything it made is in {folder}")
        return 1
    console.print()
    say(f"Done in {time.monotonic() - started:.1f} s. Everything is kept in {folder}; to look around:", "bold green")
    say(f"  {PROGRAM} --data-dir {data_dir} status")
    return 0


def first_tool(folder: Path, data_dir: Path) -> None:
    """Steps 1 and 2: a session, and the tool that comes of it."""
    heading(1, "An agent worked, and the hook kept what it did")
    events = worked("html_to_markdown", folder, data_dir)
    say(f"{events} hook events, recorded from a real session, now wait in {data_dir / 'spool' / 'new'}", style="dim")
    heading(2, "The program it wrote is taken out, generalised and proved in a sandbox")
    distilled(data_dir, "new_tool")
    shown(data_dir, "show", TOOL)


def second_branch(folder: Path, data_dir: Path) -> None:
    """Step 3: the same job for another type of file."""
    heading(3, "Another session, a Word file: the same tool takes both")
    worked("docx_to_markdown", folder, data_dir)
    distilled(data_dir, "new_branch")


def better_version(folder: Path, data_dir: Path) -> None:
    """Step 4: a program that does more than the one that is there, and loses nothing."""
    heading(4, "A third session writes a better program for HTML pages")
    worked("html_with_pictures", folder, data_dir)
    distilled(data_dir, "iteration")


def shelf(folder: Path, data_dir: Path) -> None:
    """Step 5: a program waits for a distribution, and is freed."""
    heading(5, "A program that needs a package waits on the shelf, and is freed")
    worked("csv_with_package", folder, data_dir)
    shown(data_dir, "distill", "--once")
    waiting = [c for c in json.loads(run(data_dir, "shelved", "--json")) if c["reason"] == "dependency"]
    if len(waiting) != 1:
        raise StepFailed(f"one program was to wait for its dependency; there are {len(waiting)}")
    wheel = put_package(folder / "wheels")
    say(f"Now the package is to be had: UV_FIND_LINKS={wheel.parent} with {wheel.name}", style="dim")
    program, *words = waiting[0]["unshelve"].split()
    if program != "skillstrata" or words[0] != "unshelve":
        raise StepFailed(f"what frees it is no command of ours: {waiting[0]['unshelve']}")
    shown(data_dir, *words, UV_FIND_LINKS=str(wheel.parent))
    placed(data_dir, waiting[0]["id"], "new_tool")


def library(data_dir: Path) -> None:
    """Step 6: everything that is there now."""
    heading(6, "The library: two tools, one of them with two branches")
    shown(data_dir, "ls")
    shown(data_dir, "show", TOOL, leave_out="  ok ")


async def calls(data_dir: Path, out: Path) -> None:
    """Step 7: an MCP client finds the tool by what it is for and calls it on two pages."""
    heading(7, "Another agent finds it over MCP, for pages nobody has seen")
    server = StdioServerParameters(command=str(PROGRAM), args=["--data-dir", str(data_dir), "mcp"])
    async with Client(server, read_timeout_seconds=STEP_LIMIT_S) as client:
        found = await answered(client, "skills_search", {"query": QUERY})
        for hit in found["results"]:
            say(f"  {hit['name']}: {hit['purpose']}, score {hit['score']}")
        if TOOL not in [hit["name"] for hit in found["results"]]:
            raise StepFailed(f"{TOOL} was not found by {QUERY!r}")
        described = await answered(client, "skills_describe", {"name": TOOL})
        say(f"  {described['name']}{described['signature']}")
        say(f"  proof {json.dumps(described['proof'])}")
        head_of(await converted(client, PAGE, out / "whole", fallback_from=None))
        say("Now a page whose pictures have no `src`: they are loaded late. Version 2 asks for one, and fails.", "dim")
        head_of(await converted(client, LATE_PICTURES, out / "late", fallback_from=2))


async def converted(client: Client, page: Path, out: Path, *, fallback_from: int | None) -> Path:
    """Call the tool on a page; gives the path of the result."""
    called = {"name": TOOL, "arguments": {"input": str(page)}, "out_dir": str(out)}
    report = await answered(client, "skills_call", called)
    told_of_it = ("status", "branch", "version", "fallback_from", "fallback_why")
    say(f"  {json.dumps({name: report[name] for name in told_of_it})}")
    if report["status"] != "ok" or report["fallback_from"] != fallback_from:
        raise StepFailed(f"{page.name} was to be done, as a fallback of {fallback_from}: {report}")
    return Path(report["outputs"][0]["path"])


async def answered(client: Client, tool: str, arguments: Json) -> Json:
    """Call a tool of the server and give its structured result; an error ends the demo with the server's words."""
    say(f"  -> {tool} {json.dumps(arguments, ensure_ascii=False)}", style="bold")
    result = await client.call_tool(tool, arguments)
    if result.is_error or not isinstance(result.structured_content, dict):
        words = " ".join(getattr(block, "text", "") for block in result.content)
        raise StepFailed(f"{tool}: {words}")
    return result.structured_content


def worked(session: str, folder: Path, data_dir: Path) -> int:
    """Lay a recorded session out and tell what happened in it; gives the number of its events."""
    laid = lay_out(DEMO / "recording" / session, folder / session, data_dir / "spool" / "new")
    told(laid)
    return len(laid)


def distilled(data_dir: Path, placement: str) -> None:
    """Make of a session what there is to make, and show where it went and why."""
    before = {candidate["id"] for candidate in json.loads(run(data_dir, "candidates", "--json"))}
    shown(data_dir, "distill", "--once")
    after = json.loads(run(data_dir, "candidates", "--json"))
    new = [c["id"] for c in after if c["id"] not in before and c["state"] == "placed"]
    if len(new) != 1:
        raise StepFailed(f"one candidate was to be placed; there are {len(new)}")
    placed(data_dir, new[0], placement)


def placed(data_dir: Path, candidate_id: str, placement: str) -> None:
    """Show where a candidate went and why; it must be the placement that this step is about."""
    candidate = json.loads(run(data_dir, "explain", candidate_id, "--json"))["candidate"]
    if candidate["placement"] != placement:
        raise StepFailed(f"{candidate_id} was to end as {placement}, not {candidate['state']}: {candidate['detail']}")
    where, what = f"{candidate['tool']}/{candidate['branch']}", candidate["placement"].replace("_", " ")
    say(f"  {where} is {'an' if what[:1] == 'i' else 'a'} {what}: {candidate['detail']}")


if __name__ == "__main__":
    sys.exit(main())
