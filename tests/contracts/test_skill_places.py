"""What every SkillPlaces promises, and where each kind of skill lies."""

import json
from pathlib import Path

import pytest

from skillstrata.adapters.skill_source_places import SkillSourcePlaces
from skillstrata.ports.skill_host import PlaceQuestion
from skillstrata.records.loader_settings import ScanPlace
from skillstrata.records.skills import SkillSource
from tests.skill_sources import put


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home folder with a repository in it."""
    (tmp_path / "repo" / ".git").mkdir(parents=True)
    (tmp_path / "repo" / "apps" / "web").mkdir(parents=True)
    return tmp_path


def _places(home: Path, project: str = "repo/apps/web", **asked: object) -> SkillSourcePlaces:
    question = PlaceQuestion(home / project, **asked)  # pyright: ignore[reportArgumentType]
    return SkillSourcePlaces(question, home, home / "library", managed=home / "managed")


def _by_label(places: SkillSourcePlaces) -> dict[str, SkillSource]:
    return {one.label: one for one in places.sources()[0]}


def _write(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), encoding="utf-8")


def test_every_usual_place_is_named_whether_it_is_there_or_not(home: Path) -> None:
    """It may come later; no label and no root twice."""
    sources, odd = _places(home).sources()
    roots = {Path(one.root).relative_to(home).as_posix(): one.kind for one in sources if one.kind != "builtin"}

    assert odd == ()
    assert roots == {
        "managed": "managed",
        ".claude/skills": "user",
        ".agents/skills": "user",
        "repo/apps/web/.claude/skills": "project",
        "repo/apps/web/.agents/skills": "project",
        "repo/apps/.claude/skills": "project",
        "repo/apps/.agents/skills": "project",
        "repo/.claude/skills": "project",
        "repo/.agents/skills": "project",
        ".claude/commands": "command",
        ".claude/agents": "agents",
        "repo/apps/web/.claude/commands": "command",
        "repo/apps/web/.claude/agents": "agents",
        "library": "library",
    }
    assert len({one.label for one in sources}) == len({one.root for one in sources}) == len(sources)


def test_the_nearest_folder_of_a_project_goes_first(home: Path) -> None:
    """And nothing above the repository's root is the project's."""
    ranks = [one.priority for one in _places(home).sources()[0] if one.kind == "project"]

    assert ranks == sorted(ranks, reverse=True)


def test_outside_of_a_repository_only_the_folder_itself_is_looked_at(tmp_path: Path) -> None:
    """What lies above belongs to somebody else."""
    (tmp_path / "a" / "b").mkdir(parents=True)
    places = SkillSourcePlaces(PlaceQuestion(tmp_path / "a" / "b"), tmp_path / "home", tmp_path / "library")

    assert {Path(one.root).parent.parent for one in places.sources()[0] if one.kind == "project"} == {
        tmp_path / "a" / "b"
    }


def test_a_projects_skills_are_trusted_only_where_somebody_said_so(home: Path) -> None:
    """They come with whatever was cloned."""
    plain, trusting = _by_label(_places(home)), _by_label(_places(home, trust_project=True))

    assert (plain["user"].trusted, plain["project"].trusted, trusting["project"].trusted) == (True, False, True)


def test_nested_folders_are_found_below_the_project_and_named_by_their_path(home: Path) -> None:
    """Not below node_modules, not in hidden folders, and not the project's own again."""
    for place in ("packages/api", "node_modules/x", ".cache/y", ""):
        put(home / "repo" / place / ".claude" / "skills", "deploy")
    nested = _places(home, "repo").nested()

    assert [(one.prefix, one.kind) for one in nested] == [("packages/api", "nested")]


def test_named_folders_are_all_there_is_without_the_usual_ones(home: Path) -> None:
    """`--source`; a project's folder is understood too."""
    put(home / "pack", "x")
    put(home / "repo" / ".claude" / "skills", "y")
    sources, _ = _places(home, extra=(home / "pack", home / "repo"), usual=False).sources()

    assert [(one.label, one.kind) for one in sources] == [
        ("extra", "extra"),
        ("extra:2", "extra"),
        ("extra:2:.claude/skills", "extra"),
    ]


def test_installed_plugins_have_their_name_before_their_skills(home: Path) -> None:
    """As Claude Code keeps them: where they are installed, unless they are switched off."""
    cache = home / ".claude" / "plugins" / "cache" / "shop"
    for name in ("pack", "off", "listed"):
        put(cache / name / "1.0", "unused")
        put(cache / name / "1.0" / "skills", "x")
        (cache / name / "1.0" / "commands").mkdir()
    _write(
        cache / "pack" / "1.0" / ".claude-plugin" / "plugin.json", {"name": "pack", "skills": ["./more", "../../out"]}
    )
    installed = {f"{n}@shop": [{"installPath": str(cache / n / "1.0")}] for n in ("pack", "off", "listed")}
    installed["gone@shop"] = [{"installPath": str(cache / "gone")}]
    _write(home / ".claude" / "plugins" / "installed_plugins.json", {"version": 2, "plugins": installed})
    _write(home / ".claude" / "settings.json", {"enabledPlugins": {"off@shop": False, "pack@shop": True}})
    shelf = {"plugins": [{"name": "listed", "skills": ["./skills/x"]}]}
    _write(home / ".claude" / "plugins" / "marketplaces" / "shop" / ".claude-plugin" / "marketplace.json", shelf)
    sources, odd = _places(home).sources()
    plugins = {one.label: Path(one.root).relative_to(cache).as_posix() for one in sources if one.prefix}

    assert plugins == {
        "plugin:pack": "pack/1.0/skills",
        "plugin:pack:more": "pack/1.0/more",
        "plugin:pack:commands": "pack/1.0/commands",
        "plugin:listed": "listed/1.0/skills/x",
        "plugin:listed:commands": "listed/1.0/commands",
    }
    assert {one.prefix for one in sources if one.prefix} == {"pack", "listed"}
    assert [each.code for each in odd] == ["plugin_missing"]


def test_a_named_folder_that_is_a_plugin_or_a_shelf_of_them_is_taken_as_such(home: Path) -> None:
    """`plugin:skill` names, without an installation."""
    put(home / "one" / "skills", "x")
    _write(home / "one" / ".claude-plugin" / "plugin.json", {"name": "one"})
    put(home / "shelf" / "two" / "skills", "x")
    entries = [{"name": "two", "source": "./two"}, {"name": "bad", "source": "../one"}, {"source": 3}]
    _write(home / "shelf" / ".claude-plugin" / "marketplace.json", {"plugins": entries})
    sources, _ = _places(home, extra=(home / "one", home / "shelf"), usual=False).sources()

    assert [(one.label, one.prefix, one.kind) for one in sources] == [
        ("plugin:one", "one", "plugin"),
        ("plugin:two", "two", "plugin"),
    ]


def test_the_places_of_a_loaders_configuration_stand_for_the_usual_ones(home: Path) -> None:
    """The seed's own three, with their priorities and the plugin's name before its skills."""
    put(home / "repo" / "plugins" / "claude-skills" / "skills", "nestjs-expert")
    patterns = (
        ScanPlace("~/.claude/skills", 100),
        ScanPlace("./.claude/skills", 80),
        ScanPlace("plugins/*/skills", 60, recursive=True),
    )
    found = [
        (one.kind, one.label, Path(one.root).relative_to(home).as_posix(), one.priority, one.prefix)
        for one in _places(home, "repo", patterns=patterns).sources()[0]
        if one.kind in {"user", "project", "plugin"}
    ]

    assert found == [
        ("user", "user", ".claude/skills", 100, ""),
        ("project", "project", "repo/.claude/skills", 80, ""),
        ("plugin", "plugin:claude-skills", "repo/plugins/claude-skills/skills", 60, "claude-skills"),
    ]


def test_two_plugins_of_one_name_are_both_there(home: Path) -> None:
    """The second one was lost without a word; of one folder that is named twice there is one."""
    for folder in ("one", "other"):
        _write(home / folder / ".claude-plugin" / "plugin.json", {"name": "p"})
        put(home / folder / "skills", folder)
    sources, odd = _places(home, extra=(home / "one", home / "other", home / "one"), usual=False).sources()

    assert [(one.label, Path(one.root).parent.name) for one in sources] == [
        ("plugin:p", "one"),
        ("plugin:p#2", "other"),
    ]
    assert [one.code for one in odd] == ["duplicate_id"]


def test_two_nested_folders_of_one_name_are_both_there(home: Path) -> None:
    """`web:agents/.claude/skills` and `web/.agents/skills` would be called the same."""
    put(home / "repo" / "web:agents" / ".claude" / "skills", "aa")
    put(home / "repo" / "web" / ".agents" / "skills", "bb")
    places = _places(home, "repo")

    assert sorted(one.label for one in places.nested()) == ["nested:web:agents", "nested:web:agents#2"]
    assert [one.code for one in places.sources()[1]] == ["duplicate_id"]


def test_a_plugin_reaches_nothing_outside_of_it(home: Path) -> None:
    """By `..`, or by a link as a shelf's plugin; a folder of its own may be named."""
    put(home / "private", "secret")
    _write(home / "private" / ".claude-plugin" / "plugin.json", {"name": "stolen"})
    shelf = home / "shelf"
    _write(
        shelf / ".claude-plugin" / "marketplace.json",
        {
            "plugins": [
                {"name": "out", "source": "./out"},
                {"name": "in", "source": "./in", "skills": ["./more", "../../private"]},
            ]
        },
    )
    (shelf / "out").symlink_to(home / "private")
    put(shelf / "in" / "more", "good")
    sources, _ = _places(home, extra=(shelf,), usual=False).sources()

    assert [(one.label, one.root, one.within) for one in sources] == [
        ("plugin:in", str(shelf / "in" / "more"), str(shelf)),
    ]


def test_a_place_that_is_to_be_looked_through_has_the_folders_of_skills_below_it(home: Path) -> None:
    """However deep; what lies within a skill is its own. Twin: without `recursive` there is the place alone."""
    for place in ("plugins/web/skills/css", "plugins/web/skills/more/deep/grid", "plugins/web/skills/css/parts/inner"):
        put(home / "repo" / Path(place).parent, Path(place).name)
    found = []
    for recursive in (True, False):
        places = _places(home, "repo", patterns=(ScanPlace("plugins/*/skills", 60, recursive=recursive),))
        roots = [one for one in (*places.sources()[0], *places.nested()) if one.kind == "plugin"]
        found.append({one.label: (Path(one.root).relative_to(home).as_posix(), one.prefix) for one in roots})

    assert found == [
        {
            "plugin:web": ("repo/plugins/web/skills", "web"),
            "plugin:web:more/deep": ("repo/plugins/web/skills/more/deep", "web"),
        },
        {"plugin:web": ("repo/plugins/web/skills", "web")},
    ]
