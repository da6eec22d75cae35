"""`skills validate`, `publish` and `load` as people and programs call them."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from skillstrata.app.runtime_session import SkillQuery, open_skills
from skillstrata.app.settings import load_settings
from skillstrata.app.skill_calls import SkillCall, SkillNotForModel, SkillUnavailable, call, read_resource
from skillstrata.app.wiring import App, open_app
from skillstrata.records.failures import FileUnreadable
from skillstrata.runtime.registry import SkillNotFound
from skillstrata.runtime.resource_paths import ResourceRefused
from skillstrata.surfaces.cli.main import main
from tests.skill_sources import page

GOOD = "---\nname: report\ndescription: Writes.\n---\n# Report\n\nFor $ARGUMENTS.\n"
LOOSE = "---\nname: Report\ndescription: Use when: due\nversion: 1.10\n---\nText\n"
BAD = "# No frontmatter\n"
Run = Callable[..., tuple[int, dict]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the program in a folder and home of its own; give its exit code and its JSON."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SKILLSTRATA_DATA_DIR", str(tmp_path / "data"))

    def called(*words: str) -> tuple[int, dict]:
        capsys.readouterr()
        code = main([*words, "--json"])
        return code, json.loads(capsys.readouterr().out)

    return called


def made(folder: Path, **skills: str) -> Path:
    """Make a folder of skills."""
    for name, text in skills.items():
        (folder / name).mkdir(parents=True)
        (folder / name / "SKILL.md").write_text(text, encoding="utf-8")
    return folder


def codes(row: dict) -> set[str]:
    """Give the codes of a row's diagnostics."""
    return {found["code"] for found in row["diagnostics"]}


def test_validate_judges_each_skill_alone(run: Run, tmp_path: Path) -> None:
    """One bad skill costs no other; programs read `ok` and the codes."""
    skills = made(tmp_path / "skills", report=GOOD, loose=LOOSE, bad=BAD)
    code, found = run("skills", "validate", str(skills))

    assert code == 65
    assert [(Path(row["path"]).parent.name, row["ok"]) for row in found["skills"]] == [
        ("bad", False),
        ("loose", True),
        ("report", True),
    ]
    assert codes(found["skills"][0]) == {"no_frontmatter"}
    assert {"yaml_repaired", "name_mismatch", "name_pattern"} <= codes(found["skills"][1])
    assert set(found["skills"][1]["diagnostics"][0]) >= {"code", "severity", "message", "line", "repaired"}


def test_strict_validation_refuses_what_the_reference_refuses(run: Run, tmp_path: Path) -> None:
    """Load level is for use, strict for publication: the same file, two verdicts."""
    skills = made(tmp_path / "skills", report=GOOD, loose=LOOSE)
    code, found = run("skills", "validate", str(skills), "--strict")

    assert code == 65
    assert [row["ok"] for row in found["skills"]] == [False, True]
    assert "strict_yaml" in codes(found["skills"][0])


@pytest.mark.parametrize(("name", "ok"), [("SKILL.md", True), ("skill.md", True), ("Skill.md", False)])
def test_strict_validation_minds_the_files_name(run: Run, tmp_path: Path, name: str, ok: bool) -> None:
    """The reference takes two forms of it; loading takes any."""
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / name).write_text(GOOD, encoding="utf-8")

    assert [row["ok"] for row in run("skills", "validate", str(tmp_path), "--strict")[1]["skills"]] == [ok]
    assert [row["ok"] for row in run("skills", "validate", str(tmp_path))[1]["skills"]] == [True]


def test_validate_ends_well_or_empty(run: Run, tmp_path: Path) -> None:
    """0 where all is good, 3 where there is nothing."""
    assert run("skills", "validate", str(made(tmp_path / "skills", report=GOOD)))[0] == 0
    (tmp_path / "empty").mkdir()
    assert run("skills", "validate", str(tmp_path / "empty")) == (3, {"skills": []})


def test_a_loop_of_links_costs_no_skill_beside_it(run: Run, tmp_path: Path) -> None:
    """Both verbs go on; validate names the links, and without them has nothing to say of links."""
    skills = made(tmp_path / "skills", report=GOOD)
    assert {odd for row in run("skills", "validate", str(skills))[1]["skills"] for odd in codes(row)} == set()
    (skills / "one").symlink_to("two")
    (skills / "two").symlink_to("one")
    (skills / "bad").mkdir()
    (skills / "bad" / "SKILL.md").symlink_to("SKILL.md")
    code, found = run("skills", "validate", str(skills))
    rows = {Path(row["path"]).relative_to(skills).as_posix(): (row["ok"], codes(row)) for row in found["skills"]}

    assert code == 65
    assert rows == {
        "report/SKILL.md": (True, set()),
        "bad/SKILL.md": (False, {"file_unreadable"}),
    }
    links = {Path(row["path"]).name: codes(row) for row in found["links"]}
    assert links == {"one": {"link_loop"}, "two": {"link_loop"}}
    code, report = run("skills", "publish", str(skills), "--to", str(tmp_path / "out"))
    assert [one["name"] for one in report["published"]] == ["report"]
    assert [Path(one["source"]).parent.name for one in report["refused"]] == ["bad"]


def test_publish_makes_a_strict_copy_and_leaves_the_source(run: Run, tmp_path: Path) -> None:
    """With the files that come along; the copy passes the strict rules that the source fails."""
    skills = made(tmp_path / "skills", loose=LOOSE)
    (skills / "loose" / "scripts").mkdir()
    (skills / "loose" / "scripts" / "run.sh").write_text("echo\n", encoding="utf-8")
    (skills / "loose" / "out").symlink_to("/etc/passwd")
    before = (skills / "loose" / "SKILL.md").read_bytes()
    code, found = run("skills", "publish", str(skills), "--to", str(tmp_path / "out"))

    assert (code, found["refused"]) == (0, [])
    assert (skills / "loose" / "SKILL.md").read_bytes() == before
    assert sorted(p.name for p in (tmp_path / "out" / "loose").iterdir()) == ["SKILL.md", "scripts"]
    assert "publish_left_out" in codes(found["published"][0])
    assert run("skills", "validate", str(tmp_path / "out"), "--strict")[0] == 0


def test_publish_replaces_nothing_unless_told(run: Run, tmp_path: Path) -> None:
    """And never the source itself."""
    skills = made(tmp_path / "skills", report=GOOD)
    words = ("skills", "publish", str(skills), "--to", str(tmp_path / "out"))

    assert run(*words)[0] == 0
    code, found = run(*words)
    assert (code, codes(found["refused"][0])) == (4, {"publish_taken"})
    assert run(*words, "--force")[0] == 0
    assert run("skills", "publish", str(skills), "--to", str(skills), "--force")[0] == 4
    assert (skills / "report" / "SKILL.md").read_text(encoding="utf-8") == GOOD


def test_force_keeps_a_skill_that_somebody_wrote(run: Run, tmp_path: Path) -> None:
    """It deleted a folder of work by hand, with its other files; an earlier copy is replaced."""
    skills, out = made(tmp_path / "skills", report=GOOD, other=GOOD), made(tmp_path / "out", report=GOOD)
    (out / "report" / "notes.md").write_text("by hand", encoding="utf-8")
    words = ("skills", "publish", str(skills), "--to", str(out), "--force")
    run(*words)
    code, found = run(*words)

    assert (code, [row["name"] for row in found["published"]]) == (4, ["other"])
    assert codes(found["refused"][0]) == {"publish_taken"}
    assert (out / "report" / "notes.md").read_text(encoding="utf-8") == "by hand"


def test_publish_refuses_what_cannot_be_and_copies_the_rest(run: Run, tmp_path: Path) -> None:
    """The reason is in the row of the refused one."""
    skills = made(tmp_path / "skills", report=GOOD, bad=BAD)
    code, found = run("skills", "publish", str(skills), "--to", str(tmp_path / "out"))

    assert code == 65
    assert [row["name"] for row in found["published"]] == ["report"]
    assert [codes(row) for row in found["refused"]] == [{"no_frontmatter"}]


def test_two_skills_of_one_name_are_not_written_over_each_other(run: Run, tmp_path: Path) -> None:
    """`--force` is for earlier copies."""
    made(tmp_path / "one", report=GOOD)
    made(tmp_path / "two", report=GOOD)
    words = (
        "skills",
        "publish",
        str(tmp_path / "one"),
        str(tmp_path / "two"),
        "--to",
        str(tmp_path / "out"),
        "--force",
    )
    code, found = run(*words)

    assert (code, len(found["published"]), len(found["refused"])) == (4, 1, 1)


def test_load_gives_the_body_with_its_arguments(run: Run, tmp_path: Path) -> None:
    """The object of the command contract."""
    skills = made(tmp_path / "skills", report=GOOD)
    (skills / "report" / "a.md").write_text("x", encoding="utf-8")
    code, found = run("skills", "load", "report", "Ann Bo", "--source", str(skills))

    assert code == 0
    assert (found["name"], found["body"], found["resources"]) == ("report", "# Report\n\nFor Ann Bo.", ["a.md"])
    assert {"model", "context", "allowed_tools", "hooks", "inline_shell"} <= set(found["host"])
    assert found["qualified"].endswith("/report")


def test_show_tells_everything_but_the_text(run: Run, tmp_path: Path) -> None:
    """Where it is from, whether it can be used, what it says of itself, its files; a bad file by its id."""
    text = page("Writes.", paths="src/*.{ts,tsx}", version="1.10", requires="{skills: [none-such]}", x_mine="{a: b}")
    skills = made(tmp_path / "skills", report=text, bad=BAD)
    (skills / "report" / "a.md").write_text("x", encoding="utf-8")
    code, found = run("skills", "show", "report", "--source", str(skills))

    assert code == 0
    assert (found["qualified"], found["state"], found["version"]) == ("extra/report", "unavailable", "1.10")
    assert (found["paths"], found["files"]) == (["src/*.{ts,tsx}"], ["a.md"])
    assert found["unknown"]["x-mine"] == {"a": "b"}
    assert [one["any_of"] for one in found["requirements"]] == [["none-such"]]
    assert "body" not in found
    bad = run("skills", "show", "extra/bad", "--source", str(skills))
    assert (bad[0], bad[1]["state"]) == (0, "failed")
    assert run("skills", "show", "no-such", "--source", str(skills))[0] == 3


def test_several_words_keep_their_bounds(run: Run, tmp_path: Path) -> None:
    """What a shell cut for us is one word for the skill."""
    skills = made(tmp_path / "skills", report="---\ndescription: x\n---\n<$0><$1>\n")

    assert run("skills", "load", "report", "Ann Bo", "Cy", "--source", str(skills))[1]["body"] == "<Ann Bo><Cy>"


def test_a_path_is_no_name(run: Run, tmp_path: Path) -> None:
    """Names lead through the registry: no way out of it by `..`."""
    skills = made(tmp_path / "skills", report=GOOD)

    assert run("skills", "load", "../skills/report", "--source", str(skills))[0] == 3
    assert run("skills", "load", "report", "--source", str(skills))[0] == 0


@pytest.fixture
def app(tmp_path: Path) -> App:
    """Open the product with nothing in it."""
    environ = {"HOME": str(tmp_path / "home")}
    return open_app(load_settings(data_dir=tmp_path / "data", config=None, environ=environ, flags=()))


def test_a_model_may_not_call_what_is_for_people(app: App, tmp_path: Path) -> None:
    """`disable-model-invocation`: a person may, a model that guesses the name may not."""
    made(tmp_path / "skills", deploy="---\ndescription: x\ndisable-model-invocation: yes\n---\nText\n")
    session = open_skills(app, SkillQuery((tmp_path / "skills",), usual=False))

    assert call(app, session, SkillCall("deploy"), project=tmp_path).activation.body == "Text"
    with pytest.raises(SkillNotForModel):
        call(app, session, SkillCall("deploy", by_model=True), project=tmp_path)


def test_a_skill_whose_need_is_missing_is_not_called(app: App, tmp_path: Path) -> None:
    """It is shown with its reason, and calling it gives the reason too."""
    made(tmp_path / "skills", a="---\ndescription: x\ndepends: missing-one\n---\nText\n", b=GOOD)
    session = open_skills(app, SkillQuery((tmp_path / "skills",), usual=False))

    with pytest.raises(SkillUnavailable, match="missing-one"):
        call(app, session, SkillCall("a"), project=tmp_path)
    assert call(app, session, SkillCall("b"), project=tmp_path).activation.name == "b"


def test_files_of_a_skill_are_read_by_paths_below_it(app: App, tmp_path: Path) -> None:
    """On demand, and nothing else: neither by `..` nor through a link."""
    skills = made(tmp_path / "skills", report=GOOD)
    (skills / "report" / "notes.md").write_text("notes", encoding="utf-8")
    (skills / "report" / "out.md").symlink_to("/etc/passwd")
    session = open_skills(app, SkillQuery((skills,), usual=False))

    assert read_resource(app, session, "report", "notes.md") == b"notes"
    assert read_resource(app, session, "report", "SKILL.md") == GOOD.encode()
    with pytest.raises(ResourceRefused):
        read_resource(app, session, "report", "../../x")
    with pytest.raises(FileUnreadable):
        read_resource(app, session, "report", "out.md")
    with pytest.raises(SkillNotFound):
        read_resource(app, session, "no-such", "notes.md")


@pytest.mark.parametrize("edit", ["text", "added", "changed", "gone"])
def test_force_keeps_a_copy_that_somebody_changed(run: Run, tmp_path: Path, edit: str) -> None:
    """It deleted hand edits and added files of an earlier copy; twin: one that is as it was made is replaced."""
    skills = made(tmp_path / "skills", report=GOOD)
    (skills / "report" / "a.md").write_text("a", encoding="utf-8")
    words = ("skills", "publish", str(skills), "--to", str(tmp_path / "out"), "--force")
    assert run(*words)[0] == 0
    assert run(*words)[0] == 0
    copy = tmp_path / "out" / "report"
    if edit == "gone":
        (copy / "a.md").unlink()
    else:
        name = {"text": "SKILL.md", "added": "notes.md", "changed": "a.md"}[edit]
        with (copy / name).open("a", encoding="utf-8") as file:
            file.write("by hand\n")
    before = {file.name: file.read_bytes() for file in copy.iterdir()}
    code, found = run(*words)

    assert (code, found["published"]) == (4, [])
    assert "changed by hand" in found["refused"][0]["diagnostics"][-1]["message"]
    assert {file.name: file.read_bytes() for file in copy.iterdir()} == before


def test_a_file_that_failed_is_shown_by_its_name(run: Run, tmp_path: Path) -> None:
    """`skills list` names it so; it was not found. A good skill of the name goes before it."""
    skills = made(tmp_path / "skills", bomb=BAD, report=GOOD)
    code, found = run("skills", "show", "bomb", "--source", str(skills))

    assert (code, found["state"]) == (0, "failed")
    assert found["path"].endswith("bomb/SKILL.md")
    assert codes(found) == {"no_frontmatter"}
    assert run("skills", "show", "report", "--source", str(skills))[1]["state"] != "failed"
