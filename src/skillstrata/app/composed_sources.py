"""Which skills declare a tool: those of the runtime's registry, and files that somebody named.

In     a session of the skill runtime; paths; what was compiled before
Out    ComposedSource: file and sidecar as text
Never  takes a skill that a server offers: it asks for nothing; takes a skill that another one of its name hides
"""

from collections.abc import Iterator
from pathlib import Path

from skillstrata.app.runtime_session import RuntimeSession
from skillstrata.app.wiring import App
from skillstrata.records.composed_tools import ComposedLibrary, ComposedSource
from skillstrata.records.failures import FileUnreadable
from skillstrata.runtime.skill_bytes import MAX_SKILL_BYTES

KEY = "tool_schema"
SIDECAR = "tool_schema.yaml"
_MARK = b"tool_schema"


def sources_of(app: App, session: RuntimeSession) -> tuple[ComposedSource, ...]:
    """Give every skill in use that declares a tool, and every broken file that seems to; sorted by path."""
    found = {one.path: one for one in (*_used(app, session), *_broken(app, session))}
    return tuple(found[path] for path in sorted(found))


def _used(app: App, session: RuntimeSession) -> Iterator[ComposedSource]:
    means = {skill_id for _, skill_id in session.registry.names}
    for skill in session.registry.skills:
        if skill.id not in means or skill.source.kind == "mcp":
            continue
        sidecar = _sidecar(app, skill.path)
        if sidecar or any(key == KEY for key, _ in skill.frontmatter.unknown):
            try:
                text = session.text(skill).decode("utf-8", "replace")
            except FileUnreadable:
                # It changed since it was looked at: the next look has it.
                continue
            yield ComposedSource(skill.id, skill.path, text, sidecar)


def _broken(app: App, session: RuntimeSession) -> Iterator[ComposedSource]:
    """Give files that no skill came of, so that whoever declares a tool is told why there is none."""
    for found in session.scan.files:
        if found.skill is None and not found.unsettled and found.source.kind != "mcp":
            try:
                data = app.skill_host.files.read(found.stamp.path, max_bytes=MAX_SKILL_BYTES)
            except FileUnreadable:
                continue
            if _MARK in data:
                text = data.decode("utf-8", "replace")
                yield ComposedSource(found.skill_id, found.stamp.path, text, _sidecar(app, found.stamp.path))


def sources_at(
    app: App, paths: tuple[Path, ...], known: tuple[ComposedSource, ...], before: ComposedLibrary
) -> tuple[ComposedSource, ...]:
    """Give the skills at and below paths that somebody named.

    Args:
        app: The App.
        paths: Skill files, skill folders, or folders that hold some.
        known: What the registry has: a skill that is there keeps its id.
        before: What was compiled before; a file keeps the id it had.

    Raises:
        FileUnreadable: A file cannot be read.
    """
    ids = {one.path: one.skill for one in (*before.failed, *known)} | {t.source: t.skill for t in before.tools}
    ids |= {one.path: one.skill for one in known}
    pages = dict.fromkeys(page for path in paths for page in app.skill_resources.pages(str(path.absolute())))
    found: list[ComposedSource] = []
    for page in pages:
        text = app.disk.read(page, max_bytes=MAX_SKILL_BYTES).decode("utf-8", "replace")
        sidecar = _sidecar(app, page)
        if sidecar or KEY in text:
            found.append(ComposedSource(ids.get(page, f"path/{Path(page).parent.name}"), page, text, sidecar))
    return tuple(found)


def named_before(app: App, before: ComposedLibrary, session: RuntimeSession) -> tuple[Path, ...]:
    """Give files that were compiled because somebody named them: they are there, and no source of skills has them."""
    held = {found.stamp.path for found in session.scan.files}
    paths = dict.fromkeys((*(tool.source for tool in before.tools), *(one.path for one in before.failed)))
    return tuple(Path(path) for path in paths if path not in held and app.disk.exists(path))


def _sidecar(app: App, page: str) -> str:
    place = str(Path(page).with_name(SIDECAR))
    if not app.disk.exists(place):
        return ""
    try:
        return app.disk.read(place, max_bytes=MAX_SKILL_BYTES).decode("utf-8", "replace")
    except FileUnreadable as error:
        # Not to be taken for "there is none": that would bring another tool than its author wrote.
        return f"unreadable: {error.message}\n"
