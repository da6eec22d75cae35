"""Choose what an agent is told at its start: the tools and skills that fit its project, in a few lines.

In     tools with their quality, skills by name and description; what is known of the project's sessions and files
Out    WarmStart: the text, and of each line why it is there
Never  repeats a word of a prompt or a document; names a tool that may not be called; passes the length it is given;
       calls a skill verified, which nobody verified
Why    a library that is not mentioned is not used, and one that is mentioned at length costs every session
"""

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace

from skillstrata.library.search import ToolSearch
from skillstrata.library.search_terms import media_word, words_of
from skillstrata.library.told_text import SEE, arguments, cost_of, is_plain_name, said
from skillstrata.records.contracts import Contract
from skillstrata.records.exchanges import Offered, SessionTrace, WarmStart
from skillstrata.records.qualities import Visibility, visibility_of
from skillstrata.records.tools import Branch, Quality, Tool

_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_MOST_NAME = 64
_MOST_PURPOSE = 110
_MOST_LINES = 12
# A tool that the project used is worth more than one that its files fit, and that more than a guess from prompts.
_USED, _FROM_HERE, _FILES, _INTENT, _REUSED = 4.0, 3.0, 2.0, 2.0, 0.5
_MOST_PROMPTS = 40
_BETWEEN = 2.0
HEAD = (
    "SkillStrata has verified tools that fit this project. Use one instead of writing such a program again: "
    "MCP tool skills_call, or `skillstrata run NAME --set input=FILE --out DIR`."
)
GENERAL_HEAD = (
    "SkillStrata has verified tools. Before you write a program that converts, extracts or tallies files, look "
    "with the MCP tool skills_search. The most used ones (call by MCP tool skills_call, or `skillstrata run NAME`):"
)
SKILLS_HEAD = "Skills of this library that fit (instructions that nobody verified; their own words follow):"


@dataclass(frozen=True, slots=True)
class SkillLine:
    """An instruction skill of the library: its name, and what it says of itself."""

    name: str
    description: str


@dataclass(frozen=True, slots=True)
class Work:
    """What is known of a project: its sessions, the endings of its files, the tools that came from its sessions."""

    sessions: tuple[SessionTrace, ...]
    endings: tuple[str, ...]
    made_here: frozenset[str] = frozenset()


class WarmStarts:
    """Makes the texts of one library; build a new one when the library changes."""

    def __init__(
        self, tools: tuple[Tool, ...], qualities: Mapping[str, Quality], skills: tuple[SkillLine, ...], max_chars: int
    ) -> None:
        """Index what may be named; their order does not matter."""
        self._tools = {tool.name: tool for tool in tools if _is_called(tool)}
        self._qualities = qualities
        self._skills = [skill for skill in sorted(skills, key=lambda s: s.name) if _is_name(skill.name)]
        self._search = ToolSearch(tuple(self._tools.values()))
        self._types = {name: _types_of(tool) for name, tool in self._tools.items()}
        self._max_chars = max_chars

    def of(self, project: str, work: Work) -> WarmStart:
        """Say what fits a project; no text where nothing does."""
        scores, why = self._scored(work)
        tools = [self._offered(name, scores[name], tuple(why[name])) for name in scores]
        return self._written(project, HEAD, _best(tools), tuple(_best(self._fitting_skills(work))))

    def general(self) -> WarmStart:
        """Say what is most used, for a project that nothing is known of; no text where nothing was ever used."""
        used = {name: quality for name, quality in self._qualities.items() if quality.successes and name in self._tools}
        offered = [self._offered(name, float(q.successes), (f"called {q.runs} times",)) for name, q in used.items()]
        return self._written("", GENERAL_HEAD, _best(offered), ())

    def _scored(self, work: Work) -> tuple[dict[str, float], dict[str, list[str]]]:
        scores: defaultdict[str, float] = defaultdict(float)
        why: dict[str, list[str]] = {}

        def count(name: str, worth: float, reason: str) -> None:
            if name in self._tools:
                scores[name] += worth
                why.setdefault(name, []).append(reason)

        called = Counter(name for trace in work.sessions for name in trace.tools)
        for name, times in sorted(called.items()):
            count(name, _USED + min(times, 10) / 10, f"called in {times} sessions of this project")
        for name in sorted(work.made_here):
            count(name, _FROM_HERE, "made from work in this project")
        for name, ending, worth in self._for_files(work):
            count(name, _FILES * worth, f"the project has .{ending} files")
        for name, fit in self._for_prompts(work).items():
            count(name, _INTENT * fit, "earlier prompts asked for such a thing")
        for name in tuple(scores):
            quality = self._qualities.get(name, Quality())
            if quality.runs:
                count(name, _REUSED * quality.score, f"{quality.successes} of {quality.runs} calls succeeded")
        return {name: round(score, 3) for name, score in scores.items()}, why

    def _for_files(self, work: Work) -> list[tuple[str, str, float]]:
        """Give (tool, ending, worth) for tools that take a type that the project has; frequent types are worth more."""
        endings = tuple(dict.fromkeys((*(e for t in work.sessions for e in t.endings), *work.endings)))
        found: dict[str, tuple[str, str, float]] = {}
        for place, ending in enumerate(endings[:20]):
            word = (words_of(ending) or [""])[0]
            for name, types in self._types.items():
                if word in types and name not in found:
                    found[name] = (name, ending, 1.0 - place / 40)
        return list(found.values())

    def _for_prompts(self, work: Work) -> dict[str, float]:
        found: dict[str, float] = {}
        asked = Counter(term for trace in work.sessions for term in trace.terms if len(term.split()) >= _BETWEEN)
        for query, _ in asked.most_common(_MOST_PROMPTS):
            for tool, score in self._search.search(query, limit=3):
                found[tool.name] = max(found.get(tool.name, 0.0), score)
        return found

    def _fitting_skills(self, work: Work) -> list[Offered]:
        """Give the skills that name a type of the project's files, or what its prompts asked for."""
        named = (ending for trace in work.sessions for ending in trace.endings)
        endings = {word for ending in (*named, *work.endings) for word in words_of(ending)}
        asked = {word for trace in work.sessions for term in trace.terms for word in words_of(term)}
        found: list[Offered] = []
        for skill in self._skills:
            words = set(words_of(f"{skill.name} {skill.description}"))
            by_file, by_prompt = sorted(words & endings), sorted(words & asked)
            if not by_file and len(by_prompt) < _BETWEEN:
                continue
            reasons = [f"it is about .{word} files, which the project has" for word in by_file[:1]]
            reasons += ["earlier prompts asked for such a thing"] if len(by_prompt) >= _BETWEEN else []
            score = _FILES * bool(by_file) + _INTENT * min(len(by_prompt), 4) / 4
            found.append(Offered(skill.name, "skill", _skill_line(skill), round(score, 3), tuple(reasons)))
        return found

    def _offered(self, name: str, score: float, reasons: tuple[str, ...]) -> Offered:
        return Offered(name, "tool", _tool_line(self._tools[name]), score, reasons)

    def _written(self, project: str, head: str, tools: list[Offered], skills: tuple[Offered, ...]) -> WarmStart:
        heads, lines = {"tool": head, "skill": SKILLS_HEAD}, dict[str, list[str]]()
        kept, left_out, room = list[Offered](), 0, self._max_chars + 1
        for offered in sorted((*tools, *skills), key=lambda o: (-o.score, o.name)):
            new = (offered.line,) if offered.kind in lines else (heads[offered.kind], offered.line)
            needed = sum(cost_of(line) + 1 for line in new)
            if len(kept) < _MOST_LINES and needed <= room:
                room -= needed
                lines.setdefault(offered.kind, []).extend(new)
                kept.append(offered)
            else:
                left_out += 1
        if not kept:
            return WarmStart(project, "")
        text = "\n".join(line for kind in heads for line in lines.get(kind, ()))
        return WarmStart(
            project=project,
            text=text,
            tools=tuple(o for o in kept if o.kind == "tool"),
            skills=tuple(o for o in kept if o.kind == "skill"),
            left_out=left_out,
            key=hashlib.sha256(text.encode()).hexdigest()[:16],
        )


def without(tool: Tool, broken: frozenset[str]) -> Tool | None:
    """Give a tool as it is without the branches that are broken here; None where none is left."""
    if not any(branch.name in broken for branch in tool.branches):
        return tool
    left = tuple(branch for branch in tool.branches if branch.name not in broken)
    return replace(tool, branches=left, contract=_promised(tool.contract, left)) if left else None


def _promised(contract: Contract, left: tuple[Branch, ...]) -> Contract:
    """Give what some branches of a tool promise: what they take, and of one alone all that it says of itself."""
    if len(left) == 1 and left[0].contract is not None:
        return left[0].contract
    given = {media_type for branch in left for media_type in branch.current.given}
    inputs = (replace(p, media_types=tuple(m for m in p.media_types if m in given)) for p in contract.inputs)
    return replace(contract, inputs=tuple(inputs))


def _best(offered: list[Offered]) -> list[Offered]:
    return sorted(offered, key=lambda o: (-o.score, o.name))


def _is_called(tool: Tool) -> bool:
    return visibility_of(tool.visibility) >= Visibility.INVOKABLE and _is_name(tool.name)


def _is_name(name: str) -> bool:
    return len(name) <= _MOST_NAME and _NAME.fullmatch(name) is not None and is_plain_name(name)


def _types_of(tool: Tool) -> frozenset[str]:
    media = {media_word(media_type) for param in tool.contract.inputs for media_type in param.media_types}
    names = [spec.example_name for b in tool.branches for v in b.versions for spec in v.inputs]
    endings = {word for name in names if "." in name for word in words_of(name.rpartition(".")[2])}
    return frozenset(media | endings) - {""}


def _tool_line(tool: Tool) -> str:
    takes = arguments(tuple(param.name for param in tool.contract.inputs if param.required), 40)
    if takes is None:
        return f"- {tool.name}: {SEE}"
    return f"- {tool.name}({takes}): {said(tool.contract.purpose, _MOST_PURPOSE)}"


def _skill_line(skill: SkillLine) -> str:
    return f"- skill {skill.name}: {said(skill.description, _MOST_PURPOSE)}"
