"""Clients that call skills all the time while the files of those skills are edited in every way an editor does it.

In     a home, ways to connect, a number of edits
Out    Load: what was answered wrongly, how much was answered, what the clients heard
"""

import itertools
import re
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

import anyio
import anyio.to_thread
import mcp_types
from mcp.client.client import Client

from tests.skill_clients import Home, text_of
from tests.skill_sources import page

NAMES = ("a", "b", "c")
_LONG_S = 60.0
_BODY = re.compile(r"(\w) (\w+) x* end")
Connect = Callable[[], AbstractAsyncContextManager[Client]]


@dataclass
class Load:
    """What came of it."""

    answers: int = 0
    versions: set[str] = field(default_factory=set[str])
    wrong: list[str] = field(default_factory=list[str])
    missing: int = 0
    all_here: anyio.Event = field(default_factory=anyio.Event)


def lay_out(home: Home) -> None:
    """Write the first version of every skill."""
    for name in NAMES:
        home.put(name, _version(name, "first", 0))


async def under_load(home: Home, connects: list[Connect], edits: int) -> Load:
    """Edit while every client calls; then wait until each one sees the last version."""
    # A version that nobody saw yet cannot go on while its file is rewritten: all are there before the first edit.
    load, over = Load(missing=len(connects)), anyio.Event()
    async with anyio.create_task_group() as tasks:
        for number, connect in enumerate(connects):
            tasks.start_soon(_work, load, over, connect, number)
        await load.all_here.wait()
        for number in range(edits):
            await anyio.to_thread.run_sync(_edit, home, NAMES[number % 3], number)
        for name in NAMES:
            await anyio.to_thread.run_sync(home.put, name, _version(name, "last", 1))
        over.set()
    return load


async def _work(load: Load, over: anyio.Event, connect: Connect, number: int) -> None:
    async with connect() as client:
        await client.list_tools()
        load.missing -= 1
        if not load.missing:
            load.all_here.set()
        for turn in itertools.count(number):
            if over.is_set():
                break
            await _once(load, client, NAMES[turn % 3])
            if turn % 5 == 0:
                await client.list_tools(cache_mode="bypass")
            await anyio.sleep(0.002)
        with anyio.fail_after(_LONG_S):
            for name in NAMES:
                while await _once(load, client, name) != "last":
                    await anyio.sleep(0.05)
                    await client.list_tools(cache_mode="bypass")


async def _once(load: Load, client: Client, name: str) -> str:
    load.answers += 1
    result: mcp_types.CallToolResult = await client.call_tool("Skill", {"skill": name})
    hit = _BODY.search(text_of(result))
    if result.is_error or hit is None or hit[1] != name:
        load.wrong.append(text_of(result)[:200])
        return ""
    load.versions.add(hit[2])
    return hit[2]


def _version(name: str, version: str, size: int) -> str:
    return page(f"Does {name}.", body=f"{name} {version} {'x' * size} end\n")


def _edit(home: Home, name: str, number: int) -> None:
    """Write a version at once, after emptying, by rename, or with the folder gone for a moment."""
    file, text = home.skills / name / "SKILL.md", _version(name, str(number), (number % 7) * 500)
    if number % 10 == 3:
        file.write_text("", encoding="utf-8")
        file.write_text(text, encoding="utf-8")
    elif number % 10 in {5, 8}:
        new = file.with_name("SKILL.md.new")
        new.write_text(text, encoding="utf-8")
        new.rename(file)
    elif number % 10 == 7:
        file.rename(file.with_name("SKILL.md.old"))
        file.write_text(text, encoding="utf-8")
    else:
        file.write_text(text, encoding="utf-8")
