"""`SkillRuntime`: the skill runtime for people who write their own agent.

    with SkillRuntime(["./skills"]) as runtime:
        system_prompt += runtime.catalogue().text
        answer = runtime.call("code-review", "src/app.py")

In     folders of skills, or the usual places; settings as the command line takes them
Out    the listing, proposals, texts, files, changes: records of `skillstrata.records`
Never  calls a model; runs what a skill asks for; gives a model what only people may call
Why    an agent needs a handful of calls, and not to know how they are put together
"""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from skillstrata.app.capability_reports import CallOutcome, CallWish
from skillstrata.app.runtime_session import SkillQuery
from skillstrata.app.settings import load_settings
from skillstrata.app.skill_contexts import AgentContext
from skillstrata.app.skill_listing import ListingQuestion
from skillstrata.app.use_cases.serving_skills import ServedSkills, SkillPolicy, SkillSearch
from skillstrata.app.use_cases.serving_tools import ServedTools
from skillstrata.app.wiring import open_app
from skillstrata.ports.elevation import Elevation, ElevationAudit
from skillstrata.records.activations import Activation, ActiveSkills
from skillstrata.records.capabilities import Blueprint, Capability
from skillstrata.records.catalogues import Catalogue, ListingForm, Relief
from skillstrata.records.composed_tools import CompileReport
from skillstrata.records.errors import Retry, StrataError
from skillstrata.records.json_values import JsonObject
from skillstrata.records.policies import Grant
from skillstrata.records.skill_changes import SkillChange
from skillstrata.records.skill_faults import ElevationRequest, FaultAnswer
from skillstrata.records.skill_metrics import Alert, Metric
from skillstrata.records.skills import Registry, Skill

PathLike = str | os.PathLike[str]


class ArgumentInvalid(StrataError):
    """An argument that is no text that could be written down."""

    code: ClassVar[str] = "api.argument_invalid"
    retry: ClassVar[Retry] = Retry.CHANGED
    exit_code: ClassVar[int] = 2


class SkillRuntime:
    """The skills of some folders, or of the usual places, kept up to date while it is open.

    One object serves one conversation: it holds on to the versions that `catalogue` listed last, and to the skills
    whose text is in the context. Its methods may be called from any thread.
    """

    def __init__(
        self,
        sources: Sequence[PathLike] | PathLike = (),
        *,
        project: PathLike | None = None,
        data_dir: PathLike | None = None,
        settings: Mapping[str, str] | None = None,
        policy: tuple[Elevation, ElevationAudit] | None = None,
        session: str = "",
    ) -> None:
        """Open nothing yet.

        Args:
            sources: Folders of skills, or one; none: every usual place.
            project: The folder that is worked in; the present one if not given.
            data_dir: Where the program keeps its data, as `--data-dir`.
            settings: Settings by their key, such as `{"skills.profile": "open"}`, as text.
            session: The conversation's own name: its lines of the routing log have it, and it keeps its descriptions
                on trial when it goes on later. Not given, one is made up.
            policy: Who may allow a skill more for a while, and where each answer is written down; not
                given: a person, by `skillstrata policy approve`, and the audit log.
        """
        flags = tuple((settings or {}).items())
        where = None if data_dir is None else Path(data_dir)
        app = open_app(load_settings(data_dir=where, config=None, environ=os.environ, flags=flags))
        folders = tuple(map(Path, [sources] if isinstance(sources, str | os.PathLike) else sources))
        query = SkillQuery(folders, not folders, None if project is None else Path(project))
        named = app.settings.skills.servers
        self._served = ServedSkills(
            app,
            query,
            remote=app.skill_host.servers(named, wait_s=20.0) if named else None,
            policy=None if policy is None else SkillPolicy(*policy),
        )
        self._context = AgentContext(self._served, session)
        where_worked = (query.project or Path.cwd()).absolute()
        self._tools = ServedTools(app, where_worked, session=lambda: self._served.session)
        self._project = str(where_worked)

    def __enter__(self) -> Self:
        """Keep the skills up to date from here on."""
        self._served.watch()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """End the watch."""
        self.close()

    def close(self) -> None:
        """End the watch, and servers whose tools were called."""
        self._served.close()
        self._tools.tools.close()

    def look(self) -> SkillChange:
        """Look at every source once more and give what changed; where it is watched too, that may be told already."""
        return self._served.look()

    @property
    def registry(self) -> Registry:
        """Give every skill in use, with conflicts, needs, and what is odd."""
        return self._served.session.registry

    @property
    def active(self) -> ActiveSkills:
        """Give the skills whose text is in the context, the one called last at the end."""
        return self._context.active

    def catalogue(
        self,
        *,
        request: str = "",
        total: int | None = None,
        form: ListingForm | None = None,
        touched: Sequence[PathLike] | PathLike = (),
    ) -> Catalogue:
        """Give the listing for the model, within the budget, and what each skill lost for it.

        Args:
            request: What the user asked; skills that fit it are shortened last.
            total: The whole budget, in place of the profile's.
            form: How the listing is written, in place of the profile's form.
            touched: Files that are worked on, or one, absolute or below the project: skills with `paths` are listed
                for those alone, from then on.
        """
        asked, files = _text(request, "request"), _paths(touched)
        return self._context.listing(ListingQuestion(total=total, form=form, request=asked, touched=files))

    def route(self, request: str, *, limit: int = 5) -> SkillSearch:
        """Propose skills for a request; the model chooses."""
        return self._context.search(_text(request, "request"), limit=limit)

    def call(self, name: str, args: str = "", *, by_model: bool = True) -> Activation:
        """Take a skill's text into the context; `text` of the answer goes to the model, `host` says what it asks for.

        Raises:
            StrataError: `runtime.skill_not_found`, `runtime.skill_unavailable`, `runtime.skill_not_for_model`,
                `disk.file_unreadable`.
        """
        return self._context.call(_text(name, "name"), _text(args, "args"), by_model=by_model)

    def read(self, name: str, path: str) -> bytes:
        """Give a file that comes with a skill.

        Raises:
            StrataError: `runtime.skill_not_found`, `runtime.resource_refused`, `disk.file_unreadable`.
        """
        return self._context.read(_text(name, "name"), _text(path, "path"))

    def unload(self, name: str) -> None:
        """Note that a skill's text is no longer in the context."""
        self._context.unload(_text(name, "name"))

    def compacted(self) -> ActiveSkills:
        """Give the texts that go into the context again after it was compacted."""
        return self._context.compacted()

    def relieve(self, used_elsewhere: int) -> Relief:
        """Give the listing beside so many characters of other text; over 95 % of the budget, a shorter one."""
        return self._context.relieve(used_elsewhere)

    def ended(self, name: str, *, ok: bool) -> SkillChange | None:
        """Note how work with a skill ended; a version that fails too often is taken back."""
        return self._context.ended(_text(name, "name"), ok=ok)

    def rollback(self, name: str) -> SkillChange:
        """Take a skill back to the version before.

        Raises:
            StrataError: `runtime.nothing_to_roll_back`, `runtime.rollbacks_spent`, `runtime.skill_not_found`.
        """
        return self._context.rollback(_text(name, "name"))

    def refused(self, name: str, tool: str, operation: str = "", *, seconds: float = 60.0) -> FaultAnswer:
        """Answer a tool that was refused to a skill: with a grant that ends, where the policy gives one.

        Name the operation as the tool would be given it: without one nothing is granted, since it could be forbidden.
        """
        skill = self._find(name)
        return self._context.refused(
            ElevationRequest(skill.id, _text(tool, "tool"), _text(operation, "operation"), seconds)
        )

    def holds(self, name: str, tool: str, operation: str) -> bool:
        """Say whether a skill has a grant for exactly this operation of a tool, which has not ended."""
        return self._served.session.matrix.holds(
            self._find(name).id, _text(tool, "tool"), _text(operation, "operation")
        )

    def used(self, name: str) -> None:
        """Note that a skill was given a tool, so that refusals become a share of all calls.

        Raises:
            StrataError: `runtime.skill_not_found`.
        """
        self._context.used(_text(name, "name"))

    def limit_hit(self, name: str) -> None:
        """Note that work with a skill ran into a limit of time, memory or disk.

        Raises:
            StrataError: `runtime.skill_not_found`.
        """
        self._context.limit_hit(_text(name, "name"))

    def measured(self) -> tuple[Metric, ...]:
        """Give every measurement with its threshold."""
        return self._served.session.measured()

    def alerts(self) -> tuple[Alert, ...]:
        """Give every threshold that is not kept, and every fault that a person must look at."""
        return self._served.session.alerts()

    def subscribe(self, tell: Callable[[SkillChange], None]) -> Callable[[], None]:
        """Tell every change from now on, from another thread; gives what ends that."""
        return self._served.subscribe(tell)

    def compile(self, *names: str) -> CompileReport:
        """Make tools of skills that declare one: of those that are named by id, name or path, or of all.

        Raises:
            StrataError: `runtime.skill_not_found`, `policy.invalid`, `store.full`.
        """
        return self._tools.compile(names)

    def tools(self) -> tuple[Capability, ...]:
        """Give every tool that can be called by name: native, distilled, composed, and those of MCP servers."""
        return self._tools.listed()

    def call_tool(self, name: str, arguments: JsonObject, *, allowed: Sequence[str] | None = None) -> CallOutcome:
        """Call a tool; where it needs leave, `approval` of the answer has the question.

        After `answer_question` the same call goes on: what is done is not done again. `allowed` names the tools, or
        patterns of them, that a sub-agent has: any other one is denied, as a step of a composed tool too.

        Raises:
            StrataError: `library.tool_unknown`.
        """
        blueprints = () if allowed is None else (Blueprint("api", tuple(allowed)),)
        return self._tools.call(CallWish(name, arguments, self._project, surface="api", blueprints=blueprints))

    def answer_question(self, approval_id: str, *, approved: bool, by: str) -> Grant:
        """Write down what a person said to a question; `by` names them in the audit log.

        Raises:
            StrataError: `policy.grant_unknown`, `policy.grant_not_pending`.
        """
        return self._tools.decide(approval_id, approved=approved, by=by)

    def _find(self, name: str) -> Skill:
        return self._context.find(_text(name, "name"))


def _paths(said: Sequence[PathLike] | PathLike) -> tuple[str, ...]:
    """Give the paths of files; one may stand for a list.

    Raises:
        ArgumentInvalid: One of them is no path.
    """
    found: list[str] = []
    for one in (said,) if isinstance(said, str | os.PathLike) else said:
        path = _text(os.fspath(one) if isinstance(one, os.PathLike) else one, "touched")
        if not path or "\0" in path:
            raise ArgumentInvalid(f"touched has {path!r}, which no file is called", hint="give paths of files")
        found.append(path)
    return tuple(found)


def _text(said: object, what: str) -> str:
    """Give a text as it is.

    Raises:
        ArgumentInvalid: It is no text, or holds half of a character.
    """
    if not isinstance(said, str):
        raise ArgumentInvalid(f"{what} is {type(said).__name__}, not text", hint="give a str")
    try:
        said.encode()
    except UnicodeEncodeError as error:
        raise ArgumentInvalid(
            f"{what} holds {said[error.start]!r} at {error.start}, half of a character",
            hint='write it with .encode("utf-8", "replace").decode()',
        ) from None
    return said
