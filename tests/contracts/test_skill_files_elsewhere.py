"""Links that lead out of a source, names that two files would have, and changes that leave no trace in the size."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from skillstrata.adapters.skill_file_folders import SkillFileFolders
from skillstrata.app.runtime_session import RuntimeSession
from skillstrata.app.skill_calls import read_resource
from skillstrata.records.failures import FileUnreadable
from skillstrata.records.skills import SkillSource
from tests.skill_clients import Home
from tests.skill_sources import page, put, session, source


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project, with a private folder beside it."""
    put(tmp_path / "private", "secret", page("Private."))
    (tmp_path / "private" / "id_rsa").write_text("KEY", encoding="utf-8")
    (tmp_path / "project" / ".git").mkdir(parents=True)
    return tmp_path / "project"


def _told(place: SkillSource) -> tuple[list[str], list[str]]:
    stamps, odd = SkillFileFolders().stamps(place)
    return [stamp.slug for stamp in stamps], [one.code for one in odd]


def _command(project: Path) -> SkillSource:
    (project / "commands").mkdir()
    (project / "commands" / "notes.md").symlink_to(project.parent / "private" / "id_rsa")
    return source("command", "project:commands", project / "commands")


def _folder(project: Path) -> SkillSource:
    (project / "skills").mkdir()
    (project / "skills" / "secret").symlink_to(project.parent / "private" / "secret")
    return source("project", root=project / "skills")


def _file(project: Path) -> SkillSource:
    (project / "skills" / "secret").mkdir(parents=True)
    (project / "skills" / "secret" / "SKILL.md").symlink_to(project.parent / "private" / "secret" / "SKILL.md")
    return source("project", root=project / "skills")


def _root(project: Path) -> SkillSource:
    (project / "skills").symlink_to(project.parent / "private")
    return source("plugin", "plugin:p", project / "skills")


@pytest.mark.parametrize("made", [_command, _folder, _file, _root])
def test_links_lead_out_of_a_source_only_where_it_is_trusted(
    project: Path, made: Callable[[Path], SkillSource]
) -> None:
    """A repository that somebody cloned put `~/.ssh/id_rsa` before the model as a command."""
    place = made(project)
    slugs, codes = _told(place)
    assert len(slugs) == 1
    assert codes == []

    assert _told(replace(place, trusted=False, within=str(project))) == ([], ["link_outside"])


def test_links_within_a_project_lead_to_skills(project: Path) -> None:
    """The other side: a repository that keeps its skills at one place and links to them."""
    put(project / "pkg", "report")
    (project / "skills").mkdir()
    (project / "skills" / "report").symlink_to(project / "pkg" / "report")
    place = replace(source("project", root=project / "skills"), trusted=False, within=str(project))

    assert _told(place) == (["report"], [])


def _opened(project: Path) -> RuntimeSession:
    (project / ".claude" / "skills").mkdir(parents=True, exist_ok=True)
    return session(project.parent, project=project)


def test_the_commands_of_a_cloned_repository_show_no_file_of_the_machine(project: Path) -> None:
    """Through the whole runtime; an honest command beside it is there."""
    (project / ".claude" / "commands").mkdir(parents=True)
    (project / ".claude" / "commands" / "notes.md").symlink_to(project.parent / "private" / "id_rsa")
    (project / ".claude" / "commands" / "fix.md").write_text("Fix it.\n", encoding="utf-8")
    made = _opened(project)

    assert made.finder.get("notes") is None
    assert made.finder.find("fix").id == "project:commands/fix"
    assert "link_outside" in {odd.code for odd in made.registry.diagnostics}


def _look(made: RuntimeSession) -> None:
    """Look until nothing is left that changed a moment ago."""
    made.look()
    while made.scan.is_unsettled:
        made.look()


def test_a_link_that_is_turned_later_gives_no_file_of_another_folder(project: Path) -> None:
    """What was looked at is what may be read; the folder that was looked at still may."""
    app = Home(project.parent).app()
    put(project / "pkg", "tool")
    (project / "pkg" / "tool" / "id_rsa").write_text("harmless", encoding="utf-8")
    (project / ".claude" / "skills").mkdir(parents=True)
    link = project / ".claude" / "skills" / "tool"
    link.symlink_to(project / "pkg" / "tool")
    made = _opened(project)
    assert read_resource(app, made, "tool", "id_rsa") == b"harmless"

    link.unlink()
    link.symlink_to(project.parent / "private")
    with pytest.raises(FileUnreadable, match="another folder"):
        read_resource(app, made, "tool", "id_rsa")


def test_a_folder_that_is_another_one_now_is_read_after_the_next_look(project: Path) -> None:
    """A checkout replaces folders: the skill and its files are there again."""
    app = Home(project.parent).app()
    file = put(project / ".claude" / "skills", "tool")
    made = _opened(project)
    file.parent.rename(project / "old")
    put(project / ".claude" / "skills", "tool")
    (file.parent / "a.md").write_text("new", encoding="utf-8")
    _look(made)

    assert read_resource(app, made, "tool", "a.md") == b"new"


def test_an_edit_that_puts_size_and_time_back_is_seen(tmp_path: Path) -> None:
    """`cp -p` of a file of equal length, or somebody who hides what he did."""
    files, file = SkillFileFolders(), put(tmp_path, "a", page("One."))
    before = files.stamps(source(root=tmp_path))[0]
    times = file.stat()
    file.write_text(page("Two."), encoding="utf-8")
    os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    after = files.stamps(source(root=tmp_path))[0]

    assert (after[0].size, after[0].mtime_ns, after[0].inode) == (before[0].size, before[0].mtime_ns, before[0].inode)
    assert after != before
    assert files.stamps(source(root=tmp_path))[0][0] is after[0]


@pytest.mark.parametrize(("one", "other", "slug"), [("b.md", "b.MD", "b"), ("a/c.md", "a:c.md", "a:c")])
def test_of_two_files_of_one_name_the_second_has_a_number(tmp_path: Path, one: str, other: str, slug: str) -> None:
    """One of them was lost without a word."""
    for name in (one, other):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x", encoding="utf-8")
    slugs, codes = _told(source("command", root=tmp_path))

    assert (sorted(slugs), codes) == ([slug, f"{slug}#2"], ["duplicate_id"])


def test_a_page_that_becomes_a_folder_leaves_its_good_version_in_use(tmp_path: Path) -> None:
    """As every other fault of a file does; a folder that never was a page is no skill."""
    file = put(tmp_path / "skills", "a", page(body="good\n"))
    (tmp_path / "skills" / "never" / "SKILL.md").mkdir(parents=True)
    made = session(tmp_path, tmp_path / "skills", stays=True)
    file.unlink()
    file.mkdir()
    _look(made)
    assert b"good" in made.text(made.finder.find("a"))
    assert [one.skill_id for one in made.live.quarantined] == ["extra/a"]

    assert made.finder.get("never") is None


def test_what_is_gone_is_not_remembered(tmp_path: Path) -> None:
    """A server stays for months while folders come and go."""
    files = SkillFileFolders()
    put(tmp_path, "a")
    (first,) = files.stamps(source(root=tmp_path))[0]
    (tmp_path / "a").rename(tmp_path.parent / f"{tmp_path.name}-away")
    assert files.stamps(source(root=tmp_path))[0] == ()
    (tmp_path.parent / f"{tmp_path.name}-away").rename(tmp_path / "a")
    (again,) = files.stamps(source(root=tmp_path))[0]

    assert again == first
    assert again is not first


def test_links_of_a_project_lead_to_the_users_own_skills(project: Path) -> None:
    """He keeps them at one place and links to them from everywhere. Twin: what lies beside them is left out."""
    home = project.parent / "home"
    put(home / "shared", "report")
    (home / ".claude").mkdir()
    (home / ".claude" / "skills").symlink_to(home / "shared")
    (project / "skills").mkdir()
    (project / "skills" / "report").symlink_to(home / "shared" / "report")
    (project / "skills" / "secret").symlink_to(project.parent / "private" / "secret")
    place = replace(source("project", root=project / "skills"), trusted=False, within=str(project))
    stamps, odd = SkillFileFolders(home).stamps(place)

    assert [stamp.slug for stamp in stamps] == ["report"]
    assert odd[0].message.endswith("skills.trust_project allows it")
    assert SkillFileFolders().stamps(place)[0] == ()


def test_a_place_of_skills_that_is_the_whole_home_is_none_that_links_may_lead_to(project: Path) -> None:
    """Then a project could link to any of its files."""
    home = project.parent
    (home / ".claude").mkdir()
    (home / ".claude" / "skills").symlink_to(home)
    place = replace(_folder(project), trusted=False, within=str(project))

    assert SkillFileFolders(home).stamps(place)[0] == ()


@pytest.mark.parametrize(("trusted", "found"), [("yes", True), ("no", False)])
def test_links_of_a_plugin_that_is_named_lead_out_of_it_where_projects_are_trusted(
    project: Path, trusted: str, *, found: bool
) -> None:
    """Its author links to skills beside it; there was no way to allow that."""
    plugin = project / "plugin"
    (plugin / ".claude-plugin").mkdir(parents=True)
    (plugin / ".claude-plugin" / "plugin.json").write_text('{"name": "p"}', encoding="utf-8")
    (plugin / "skills").mkdir()
    (plugin / "skills" / "secret").symlink_to(project.parent / "private" / "secret")
    made = session(project.parent / "home", plugin, trust_project=trusted)

    assert (made.finder.get("p:secret") is not None) is found
