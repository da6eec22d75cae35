"""Labelled requests and the skills they are for, read from a folder that is given; nothing of it is kept here.

In     a folder with `metatool/{tools,queries-dev}.json` and `catalog-406/{skills,catalog.full,tasks-dev}.json`
Out    Dataset: skills with bodies, requests with the ids that are right for them, requests that no skill fits
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import yaml

from skillstrata.records.skills import Frontmatter, Skill, SkillSource

_SOURCE = SkillSource("user", "set", "set")


@dataclass(frozen=True, slots=True)
class Request:
    """A request and the skills that are right for it; none where nothing fits."""

    text: str
    right: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Dataset:
    """Skills, their bodies by id, and requests; every second request is for tuning, the others are for reporting."""

    name: str
    skills: tuple[Skill, ...]
    bodies: dict[str, str]
    requests: tuple[Request, ...]
    unfit: tuple[str, ...]

    @property
    def tuning(self) -> tuple[Request, ...]:
        """Give the half that may be tuned on."""
        return self.requests[::2]

    @property
    def held_out(self) -> tuple[Request, ...]:
        """Give the half that is only measured."""
        return self.requests[1::2]


def skill_of(key: str, text: str, *, source: SkillSource = _SOURCE) -> tuple[Skill, str]:
    """Give a skill and its body; the id ends in the key."""
    _, _, rest = text.partition("---\n")
    head, _, body = rest.partition("\n---\n")
    try:
        said = yaml.safe_load(head)
    except yaml.YAMLError:
        # A description with an unquoted colon.
        said = dict(line.split(": ", 1) for line in head.splitlines() if ": " in line)
    front = Frontmatter(description=str(said.get("description", "")), when_to_use=str(said.get("when_to_use", "")))
    name = key.rpartition("/")[2]
    return Skill(key, name, source, f"{key}/SKILL.md", f"{hash(text)}", "", len(body), front), body


def metatool(folder: Path) -> Dataset:
    """Read 199 tools without bodies and 1,000 requests."""
    rows = json.loads((folder / "metatool/tools.json").read_text())
    made = [skill_of(row["name"], row["skill_md"]) for row in rows]
    asked = json.loads((folder / "metatool/queries-dev.json").read_text())
    requests = tuple(Request(row["query"], (row["tool"],)) for row in asked)
    return Dataset("metatool", tuple(s for s, _ in made), {s.id: body for s, body in made}, requests, ())


def catalog(folder: Path) -> Dataset:
    """Read 406 skills with bodies and 35 requests, ten of which no skill fits."""
    root = folder / "catalog-406"
    listed = {row["id"] for row in json.loads((root / "catalog.full.json").read_text())["entries"]}
    texts = json.loads((root / "skills.json").read_text())
    made = [skill_of(key, text) for key, text in texts.items() if key in listed]
    tasks = json.loads((root / "tasks-dev.json").read_text())
    requests = tuple(
        Request(task["prompt"], (task["gold"], *(task.get("acceptable") or ())))
        for task in tasks
        if task["gold"] != "NONE"
    )
    unfit = tuple(task["prompt"] for task in tasks if task["gold"] == "NONE")
    return Dataset("catalog-406", tuple(s for s, _ in made), {s.id: body for s, body in made}, requests, unfit)


def hits(rank: Callable[[str], list[str]], requests: tuple[Request, ...]) -> tuple[float, float, float]:
    """Give the shares of requests with a right skill among the first 1, 5 and 10."""
    places = [
        next((at for at, key in enumerate(rank(request.text)) if key in request.right), 10) for request in requests
    ]
    first, five, ten = (sum(place < most for place in places) / len(places) for most in (1, 5, 10))
    return first, five, ten
