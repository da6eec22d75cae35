"""What others hand over, and what lies in the way, costs nobody a file or a right."""

import json
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from skillstrata.adapters.ed25519_signatures import Ed25519Signatures
from skillstrata.adapters.quarantine_folders import QuarantineFolders
from skillstrata.app.settings import load_settings
from skillstrata.app.use_cases.exporting_skills import trust
from skillstrata.app.wiring import App
from skillstrata.surfaces.cli.main import main

SKILL = "---\nname: notes\ndescription: Keep notes.\nmetadata:\n  {}: {}\n---\n\nKeep them.\n"
PUBLISHED, PLAIN = SKILL.format("visibility", "published"), SKILL.format("by", "me")
needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not on this machine")


@dataclass(frozen=True)
class Done:
    """How one run of the program ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict:  # type: ignore[type-arg]
        return json.loads(self.out)


Use = Callable[..., Done]


@pytest.fixture
def use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Use:
    """Run the program in this process, in a home and a library of its own."""
    (tmp_path / "home").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SKILLSTRATA_DATA_DIR", str(tmp_path / "d"))

    def run(*words: str) -> Done:
        capsys.readouterr()
        code = main(words)
        captured = capsys.readouterr()
        return Done(code, captured.out, captured.err)

    return run


@pytest.fixture
def skills(tmp_path: Path) -> Path:
    """The skills of the library."""
    return tmp_path / "d" / "skills"


def a_skill(folder: Path, page: str = PLAIN, **files: str) -> Path:
    """Lay a skill down."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "SKILL.md").write_text(page, encoding="utf-8")
    for name, text in files.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("front", "code"),
    [
        ('"hooks": {"Stop": []}\n', "asks_for_rights"),
        ('"allowed-tools": Bash\n', "asks_for_rights"),
        ("metadata: {visibility: published}\n", "would_be_published"),
        ("metadata:\n  ? visibility\n  : published\n", "would_be_published"),
    ],
)
def test_what_a_page_asks_for_is_found_as_loaders_read_it(use: Use, tmp_path: Path, front: str, code: str) -> None:
    """Refused at a plain yes, accepted by who says so; and never published by its maker's word."""
    page = f"---\nname: notes\ndescription: Keep notes.\n{front}---\nKeep them.\n"
    source = a_skill(tmp_path / "notes", page)
    taken = use("import-skill", str(source), "--json").json["quarantined"][0]
    assert [f["code"] for f in taken["findings"]] == [code]
    assert "package_dangerous" in use("import-skill", "--accept", "notes").err
    assert use("import-skill", "--accept", "notes", "--despite-findings").code == 0
    assert use("sync").code == 3
    assert not (tmp_path / "home" / ".claude").exists()


def test_a_skill_that_its_user_published_is_synced(use: Use, skills: Path, tmp_path: Path) -> None:
    """The twin: accepted without the wish, then published by a person of this library."""
    assert use("import-skill", str(a_skill(tmp_path / "notes"))).code == 0
    assert use("import-skill", "--accept", "notes").code == 0
    (skills / "notes" / "SKILL.md").write_text(PUBLISHED, encoding="utf-8")
    assert use("sync", "--json").json["steps"][0]["what"] == "create"


def test_an_accepted_wish_does_not_hinder_taking_it_back(use: Use, skills: Path, tmp_path: Path) -> None:
    """What came in is a little other than what was handed over, and is known again all the same."""
    assert use("import-skill", str(a_skill(tmp_path / "notes", PUBLISHED))).code == 0
    assert use("import-skill", "--accept", "notes", "--despite-findings").code == 0
    assert 'visibility: "invokable"' in (skills / "notes" / "SKILL.md").read_text(encoding="utf-8")
    undone = use("review", "undo", "import:notes")
    assert undone.code == 0, undone.err
    assert not (skills / "notes").exists()


def test_an_export_replaces_an_export_and_nothing_else(use: Use, skills: Path, tmp_path: Path) -> None:
    """A skill of the user's own in its place, an edited export and one with a repository in it stay."""
    a_skill(skills / "notes")
    export = ("export", "notes", "--to", "mine", "--force")
    own = a_skill(tmp_path / "mine" / "notes", "mine", thoughts="mine")
    refused = use(*export)
    assert (refused.code, "is no earlier export" in refused.err) == (4, True)
    assert (own / "thoughts.txt").read_text(encoding="utf-8") == "mine"

    shutil.rmtree(own)
    assert use(*export).code == 0
    assert use(*export).code == 0
    for place in ("scripts/.git", "empty"):
        (own / place).mkdir(parents=True)
        assert "was changed since it was exported" in use(*export).err
        shutil.rmtree(own / place.split("/")[0])
    page = (own / "SKILL.md").read_bytes()
    (own / "SKILL.md").write_bytes(page + b"mine\n")
    assert use(*export).code == 4
    (own / "SKILL.md").write_bytes(page)
    assert use(*export).code == 0


def test_a_yes_to_what_was_accepted_before_does_not_pass_over_the_users_own(
    use: Use, skills: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Accepted, taken out, written anew by the user, imported again: refused, and it stays in quarantine.

    The twin is an acceptance that was killed at its last step: it is finished.
    """
    source = a_skill(tmp_path / "notes")
    with monkeypatch.context() as patch:
        patch.setattr(QuarantineFolders, "drop", lambda _self, _name: None)
        assert use("import-skill", str(source)).code == 0
        assert use("import-skill", "--accept", "notes").code == 0
    assert use("import-skill", "--list").code == 0
    assert use("import-skill", "--accept", "notes").code == 0
    assert use("import-skill", "--list").code == 3

    (skills / "notes" / "SKILL.md").write_text("my own", encoding="utf-8")
    assert use("import-skill", str(source)).code == 0
    assert "name_taken" in use("import-skill", "--accept", "notes").err
    assert use("import-skill", "--list").code == 0
    assert (skills / "notes" / "SKILL.md").read_text(encoding="utf-8") == "my own"


@needs_git
def test_an_exported_skill_can_be_the_root_of_a_repository_or_archive(use: Use, skills: Path, tmp_path: Path) -> None:
    """It is called what its manifest says, whatever the repository is called."""
    a_skill(skills / "notes")
    assert use("export", "notes", "--to", "out").code == 0
    folder = (tmp_path / "out" / "notes").rename(tmp_path / "out" / "some-repository")
    archive = shutil.make_archive(str(tmp_path / "version-2"), "zip", folder)
    who = ("-c", "user.email=dev@example.com", "-c", "user.name=dev")
    for words in (("init", "-q"), ("add", "-A"), (*who, "commit", "-q", "-m", "x")):
        subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True)
    for source in (f"file://{folder}", archive):
        taken = use("import-skill", source, "--json")
        assert [one["name"] for one in taken.json["quarantined"]] == ["notes"], taken.err
        assert use("import-skill", "--reject", "notes").code == 0


def test_of_two_skills_of_one_name_the_second_is_refused(use: Use, tmp_path: Path) -> None:
    """And said to be, so that nobody takes the one for the other."""
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as archive:
        for place in ("a/notes", "b/notes", "b/other"):
            archive.writestr(f"{place}/SKILL.md", PLAIN.replace("Keep them", place))
    taken = use("import-skill", str(tmp_path / "two.zip"), "--json").json
    assert [one["name"] for one in taken["quarantined"]] == ["notes", "other"]
    assert [(one["name"], one["findings"][0]["code"]) for one in taken["refused"]] == [("notes", "name_twice")]
    assert taken["quarantined"][0]["provenance"]["place"] == "a/notes"


def test_a_copy_that_the_user_made_of_a_synced_skill_stays(use: Use, skills: Path, tmp_path: Path) -> None:
    """Also when nothing is published any more; the synced one itself goes."""
    a_skill(skills / "notes", PUBLISHED)
    target = tmp_path / "t"
    assert use("sync", "--to", str(target)).code == 0
    shutil.copytree(target / "notes", target / "my-notes")
    a_skill(skills / "notes", PLAIN)
    steps = use("sync", "--to", str(target), "--json").json["steps"]
    assert [(step["name"], step["what"]) for step in steps] == [("notes", "remove")]
    assert [path.name for path in target.iterdir()] == ["my-notes"]


def test_a_name_that_begins_like_the_home_folder_is_left_whole(use: Use, skills: Path, tmp_path: Path) -> None:
    """A path ends where its name does; the home folder itself is written as `~` everywhere."""
    home = tmp_path / "home"
    a_skill(
        skills / "notes", f"{PLAIN}{home}work/x {home}.old /srv{home} | {home}/y `{home}`, {home}. file://{home}/z\n"
    )
    assert use("export", "notes", "--to", "out").code == 0
    page = (tmp_path / "out" / "notes" / "SKILL.md").read_text(encoding="utf-8")
    assert page.endswith(f"{home}work/x {home}.old /srv{home} | ~/y `~`, ~. file://~/z\n")


def test_a_secret_is_found_in_every_encoding_of_a_text(use: Use, skills: Path) -> None:
    """With a mark, without one; what is no text by its bytes and one by its name is refused. Plain text leaves."""
    folder = a_skill(skills / "notes")
    secret = 'AWS = "AKIAIOSFODNN7EXAMPLA"\n'
    for name in ("utf-8", "utf-16", "utf-32", "utf-16-le"):
        (folder / "more.txt").write_bytes(secret.encode(name))
        assert "export_refused" in use("export", "notes", "--to", "out", "--force").err, name
    (folder / "more.txt").write_bytes("naïve".encode("latin-1"))
    assert "no UTF-8 text" in use("export", "notes", "--to", "out", "--force").err
    for name in ("utf-8", "utf-16"):
        (folder / "more.txt").write_bytes("naïve".encode(name))
        assert use("export", "notes", "--to", "out", "--force").code == 0


def test_an_address_is_stored_and_shown_without_what_opens_it(use: Use, tmp_path: Path) -> None:
    """In a message as in the record."""
    refused = use("import-skill", f"file://user:p@ss:word@{tmp_path}/none?private_token=abc")
    assert refused.code == 69
    assert not any(secret in refused.err for secret in ("word@", "p@ss", "abc"))
    assert "git could not fetch it" in refused.err


def test_keys_that_are_trusted_at_once_are_all_trusted(use: Use, tmp_path: Path) -> None:
    """Each reads what there is, adds one and writes it; one at a time."""
    assert use("keys", "show").code == 3
    keys = [Ed25519Signatures(tmp_path / str(n)).make("x").public for n in range(8)]
    settings = load_settings(data_dir=tmp_path / "d", config=None, environ={"HOME": str(tmp_path / "home")})
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda key: trust(App(settings), key, "team"), keys))
    assert {row["public"] for row in json.loads(use("keys", "show", "--json").out)} == set(keys)


def test_what_a_killed_yes_left_is_gone_with_the_next(use: Use, skills: Path, tmp_path: Path) -> None:
    """Half a folder beside the skills; whole ones stay."""
    left = a_skill(skills / f".skillstrata-new-{'0' * 16}-other")
    a_skill(skills / "kept")
    assert use("import-skill", str(a_skill(tmp_path / "notes"))).code == 0
    assert left.exists()
    assert use("import-skill", "--accept", "notes").code == 0
    assert sorted(path.name for path in skills.iterdir()) == ["kept", "notes"]
