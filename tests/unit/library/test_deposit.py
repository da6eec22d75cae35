"""A rendered tool is a valid Agent Skill that tells its whole truth and nothing of the user's."""

import hashlib
import json
import re
import shlex
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from skillstrata.library import render_tool
from skillstrata.library.skill_page import description
from skillstrata.records.drafts import InputSpec, OutputSpec, Word
from skillstrata.records.tools import Branch, Tool
from tests.fakes.sample_tools import FIXTURE, MAIN, a_draft, a_proof, a_tool, a_version, rendered

SIX = {"name", "description", "license", "compatibility", "metadata", "allowed-tools"}


def _page(tool: Tool) -> str:
    return next(f.data for f in rendered(tool) if f.path == "SKILL.md").decode()


def _with_version(**changes: object) -> Tool:
    version = replace(a_version(), **changes)  # type: ignore[arg-type]
    return replace(a_tool(), branches=(Branch("html", 1, (version,)),))


def _frontmatter(page: str) -> dict[str, str]:
    head = page.split("---\n")[1]
    return {key: value for key, value in re.findall(r"^([\w-]+): ?(.*)$", head, re.M)}


def test_the_folder_has_everything_that_belongs_to_a_tool() -> None:
    """Without this program somebody can still read, run and check it."""
    assert [f.path for f in rendered(a_tool())] == [
        "SKILL.md",
        "branches/html/v1/original.py",
        "branches/html/v1/main.py",
        "branches/html/v1/requirements.lock",
        "branches/html/v1/proof.json",
        "fixtures/fresh-1.html",
        "manifest.json",
    ]


def test_the_frontmatter_is_that_of_the_open_format() -> None:
    """Strict readers refuse any other key, a long description, and angle brackets."""
    page = _page(a_tool())
    found = _frontmatter(page)
    said = json.loads(found["description"])

    assert page.startswith("---\n")
    assert page.count("---\n") == 2
    assert set(found) <= SIX
    assert json.loads(found["name"]) == "html-to-markdown"
    assert 0 < len(said) <= 1024
    assert not set("<>") & set(said)
    assert "Use when" in said


def test_the_page_shows_how_to_call_it_with_and_without_the_program() -> None:
    """The words are those the proof used, in their order."""
    page = _page(a_tool())

    assert "skillstrata run html-to-markdown --set input=FILE --out DIR" in page
    assert "skills_call" in page
    assert "uv run branches/html/v1/main.py INPUT '--strict mode' OUTPUT\n" in page


def test_a_tool_that_is_piped_to_is_shown_so() -> None:
    """Its plain command differs, its call does not."""
    page = _page(
        _with_version(words=(Word(text="-x"),), stdin_param="input", output=OutputSpec("output", "text", "text/plain"))
    )

    assert "uv run branches/html/v1/main.py -x < INPUT > OUTPUT\n" in page


def test_the_proof_is_summed_up_by_kind_of_run_and_kept_whole() -> None:
    """What did not hold is shown beside what did."""
    files = {f.path: f.data for f in rendered(a_tool())}
    page = files["SKILL.md"].decode()

    assert "| original | 1 of 1 |" in page
    assert "| unseen | 2 of 2 |" in page
    assert "| empty | 0 of 1 |" in page
    assert [run["ok"] for run in json.loads(files["branches/html/v1/proof.json"])["runs"]] == [True, True, True, False]


def test_programs_and_fixtures_keep_their_bytes() -> None:
    """Digests, proofs and approvals are of these bytes; the original may hold anything Python can."""
    draft = replace(a_draft(), original="x = '\udcff'\r\n")
    fixtures = (("fresh-1.html", FIXTURE),)
    files = {f.path: f.data for f in render_tool(a_tool(), draft=draft, proof=a_proof(), fixtures=fixtures)}

    assert files["branches/html/v1/main.py"] == MAIN.encode()
    assert files["branches/html/v1/original.py"] == b"x = '\xed\xb3\xbf'\r\n"
    assert files["fixtures/fresh-1.html"] == FIXTURE


def test_the_manifest_names_the_programs_with_their_digests() -> None:
    """So that a changed program is noticed before it runs."""
    manifest = json.loads(next(f.data for f in rendered(a_tool()) if f.path == "manifest.json"))
    version = manifest["branches"][0]["versions"][0]

    assert manifest["format"] == 2
    assert version["files"]["main.py"] == hashlib.sha256(MAIN.encode()).hexdigest()
    assert "main" not in version


def test_the_same_tool_is_rendered_to_the_same_bytes() -> None:
    """A deposit that is made again must be seen to be the same."""
    assert rendered(a_tool()) == rendered(a_tool())


@pytest.mark.parametrize("name", ["SECRET.customer list", "x.SECRET!", "x." + "s" * 40])
def test_the_name_the_users_file_had_is_not_in_the_page(name: str) -> None:
    """Only an ending that is certainly one is shown."""
    page = _page(_with_version(inputs=(InputSpec("input", "text/html", name),)))

    assert "SECRET" not in page
    assert "s" * 40 not in page


def test_the_description_names_the_ending_a_user_would_look_for() -> None:
    """Agents choose a skill by it."""
    assert ".html file (text/html)" in description(a_tool())


def test_a_draft_that_no_version_came_from_is_refused() -> None:
    """A proof beside another program would be a lie."""
    with pytest.raises(StopIteration):
        render_tool(a_tool(), draft=replace(a_draft(), candidate_id="other"), proof=a_proof(), fixtures=())


def test_the_plain_command_runs_the_program(tmp_path: Path) -> None:
    """The page promises that the folder works without us."""
    for file in rendered(a_tool()):
        path = tmp_path / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.data)
    (tmp_path / "INPUT").write_text("grau", encoding="utf-8")
    command = next(line for line in _page(a_tool()).splitlines() if line.startswith("uv run "))
    done = subprocess.run([sys.executable, *shlex.split(command)[2:]], cwd=tmp_path, check=False, timeout=30)

    assert done.returncode == 0
    assert (tmp_path / "OUTPUT").read_text(encoding="utf-8") == "GRAU"
