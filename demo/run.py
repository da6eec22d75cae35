"""The main job once, on real input: recorded work of an agent becomes a tool, and the tool is called on a new document.

In     demo/recording (a recorded session), demo/unseen (documents the session never saw)
Out    what each step really printed; a fresh folder with the data directory and the results, kept for a look
Never  shows anything the program did not print; goes on after a step that failed
"""

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mcp import Client, StdioServerParameters
from replay_recording import lay_out
from rich.console import Console
from rich.text import Text

DEMO = Path(__file__).resolve().parent
RECORDING = DEMO / "recording"
UNSEEN = DEMO / "unseen" / "orchard.html"
QUERY = "convert an HTML page to Markdown"
PROGRAM = Path(sys.executable).with_name("skillstrata")
STEP_LIMIT_S = 120
HEAD_LINES = 24
Json = dict[str, Any]

console = Console(highlight=False, soft_wrap=True)


class StepFailed(Exception):
    """A step of the demo did not do what it shows; the text says which and what came instead."""


def main() -> int:
    """Run the four steps; give the exit code."""
    started = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="skillstrata-demo-")).resolve()
    data_dir, project = folder / "data-dir", folder / "project"
    try:
        agent_worked(project, data_dir)
        distil(data_dir)
        tool = look_at_the_tool(data_dir)
        heading(4, "Another agent finds it over MCP, for a document nobody has seen")
        result = Path(asyncio.run(call_over_mcp(data_dir, tool, folder / "out")))
        head_of(result)
    except StepFailed as failure:
        console.print(Text(f"\nThe demo stopped: {failure}", style="bold red"))
        console.print(f"Everything it made is in {folder}")
        return 1
    console.print()
    say(f"Done in {time.monotonic() - started:.1f} s. The result: {result}", style="bold green")
    say(f"Everything else is kept in {folder}; to look around:")
    say(f"  {PROGRAM} --data-dir {data_dir} status")
    return 0


def agent_worked(project: Path, data_dir: Path) -> None:
    """Step 1: lay the recorded session out and tell what happened in it."""
    heading(1, "An agent worked, and the hook kept what it did")
    laid = lay_out(RECORDING, project, data_dir / "spool" / "new")
    for payload in laid:
        for line in told(json.loads(payload.read_bytes())):
            say(line)
    say(f"{len(laid)} hook events, recorded from a real session, now wait in {data_dir / 'spool' / 'new'}", style="dim")


def told(event: Json) -> Iterator[str]:
    """Tell one hook event in a line or two."""
    call = event.get("tool_input", {})
    match event["hook_event_name"], event.get("tool_name"):
        case "UserPromptSubmit", _:
            yield f'  user    "{event["prompt"]}"'
        case "PostToolUse", "Write":
            yield f"  Write   {Path(call['file_path']).name}, {call['content'].count(chr(10))} lines"
        case "PostToolUse", "Edit":
            yield f"  Edit    {Path(call['file_path']).name}"
            yield f"            - {call['old_string'].strip().splitlines()[0].strip()}"
            yield from (f"            + {line.strip()}" for line in call["new_string"].strip().splitlines()[:3])
        case "PostToolUse", "Bash":
            yield f"  Bash    $ {call['command']}"
            yield from (f"            {line}" for line in event["tool_response"]["stdout"].splitlines()[:3])
        case "PostToolUseFailure", "Bash":
            first, *_, last = event["error"].splitlines()
            yield f"  Bash    $ {call['command']}    failed"
            yield f"            {first.lower()}: {last}"
        case _:
            return


def distil(data_dir: Path) -> None:
    """Step 2: make a tool of what the agent wrote, with every proof it needs."""
    heading(2, "The program it wrote is taken out, generalised and proved in a sandbox")
    shown(data_dir, "distill", "--once")


def look_at_the_tool(data_dir: Path) -> Json:
    """Step 3: show the library, and give the one tool in it."""
    heading(3, "The library now holds a tool")
    shown(data_dir, "ls")
    tools = json.loads(run(data_dir, "ls", "--json"))
    if len(tools) != 1:
        raise StepFailed(f"step 3 wants exactly one tool in the library; there are {len(tools)}")
    shown(data_dir, "show", tools[0]["name"])
    return tools[0]


async def call_over_mcp(data_dir: Path, tool: Json, out_dir: Path) -> str:
    """Step 4: an MCP client finds the tool by what it is for and calls it; gives the path of the result."""
    server = StdioServerParameters(command=str(PROGRAM), args=["--data-dir", str(data_dir), "mcp"])
    async with Client(server, read_timeout_seconds=STEP_LIMIT_S) as client:
        found = await answered(client, "skills_search", {"query": QUERY})
        hits = [hit["name"] for hit in found["results"]]
        if tool["name"] not in hits:
            raise StepFailed(f"step 4 looked for {QUERY!r} and found {hits}, not {tool['name']!r}")
        for hit in found["results"]:
            say(f"  {hit['name']}: {hit['purpose']}, score {hit['score']}")
        described = await answered(client, "skills_describe", {"name": tool["name"]})
        say(f"  {described['name']}{described['signature']}")
        say(
            f"  proof {json.dumps(described['proof'])}, arguments {json.dumps(described['input_schema']['properties'])}"
        )
        document = next(param["name"] for param in tool["inputs"] if param["kind"] == "file")
        arguments = {"name": tool["name"], "arguments": {document: str(UNSEEN)}, "out_dir": str(out_dir)}
        report = await answered(client, "skills_call", arguments)
    return report["outputs"][0]["path"]


def head_of(result: Path) -> None:
    """Show how the result begins, and where it lies."""
    say(f"  the result, first {HEAD_LINES} lines of {result}:")
    console.print()
    for line in result.read_text(encoding="utf-8").splitlines()[:HEAD_LINES]:
        say(f"    {line}", style="cyan")


async def answered(client: Client, tool: str, arguments: Json) -> Json:
    """Call a tool of the server and give its structured result; an error ends the demo with the server's words."""
    say(f"  -> {tool} {json.dumps(arguments, ensure_ascii=False)}", style="bold")
    result = await client.call_tool(tool, arguments)
    if result.is_error or not isinstance(result.structured_content, dict):
        words = " ".join(getattr(block, "text", "") for block in result.content)
        raise StepFailed(f"step 4, {tool}: {words}")
    return result.structured_content


def shown(data_dir: Path, *words: str) -> None:
    """Run a command of the program and show its output as it came."""
    say(f"$ skillstrata {' '.join(words)}", style="bold")
    started = time.monotonic()
    console.print(Text(run(data_dir, *words).rstrip()))
    say(f"({time.monotonic() - started:.1f} s)", style="dim")


def run(data_dir: Path, *words: str) -> str:
    """Run a command of the program; give its stdout."""
    try:
        done = subprocess.run(
            [str(PROGRAM), "--data-dir", str(data_dir), *words],
            capture_output=True,
            text=True,
            check=False,
            timeout=STEP_LIMIT_S,
        )
    except (OSError, subprocess.TimeoutExpired) as failure:
        raise StepFailed(f"`skillstrata {' '.join(words)}`: {failure}") from failure
    if done.returncode != 0:
        said = done.stderr.strip() or done.stdout.strip()
        raise StepFailed(f"`skillstrata {' '.join(words)}` ended with {done.returncode}: {said}")
    return done.stdout


def heading(number: int, text: str) -> None:
    """Open a step."""
    console.print()
    console.rule(f"[bold]{number}/4  {text}", align="left")


def say(text: str, style: str = "") -> None:
    """Print one line, exactly."""
    console.print(Text(text, style=style))


if __name__ == "__main__":
    sys.exit(main())
