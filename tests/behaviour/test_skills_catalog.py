"""`skills catalog` and `skills route`, as a user and as a program call them."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from skillstrata import SkillRuntime
from skillstrata.app.runtime_session import SkillQuery, open_skills
from skillstrata.app.settings import load_settings
from skillstrata.app.skill_listing import ListingQuestion, listing_of, relieved
from skillstrata.app.skill_routing import LogWish, followed, noted, told
from skillstrata.app.wiring import open_app
from skillstrata.records.catalogues import ListingMode
from skillstrata.records.routes import RouteOutcome
from skillstrata.surfaces.cli.main import main
from tests.routed_skills import BODIES, DESCRIPTIONS

Use = Callable[..., tuple[int, str, str]]


def _put(folder: Path, name: str, description: str, body: str = "") -> None:
    place = folder / name
    place.mkdir(parents=True, exist_ok=True)
    text = f"---\nname: {name}\ndescription: {json.dumps(description, ensure_ascii=False)}\n---\n\n{body}"
    (place / "SKILL.md").write_text(text, encoding="utf-8")


@pytest.fixture
def skills(tmp_path: Path) -> Path:
    """Write five skills into a folder."""
    folder = tmp_path / "skills"
    for name, description in DESCRIPTIONS.items():
        _put(folder, name, description, BODIES[name])
    return folder


@pytest.fixture
def use(tmp_path: Path, skills: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Use:
    """Run `skills VERB --source …` in a home of its own; gives the exit code, stdout and stderr."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SKILLSTRATA_DATA_DIR", str(tmp_path / "data"))

    def run(name: str, *words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main(("skills", name, *words, "--source", str(skills)))
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def test_the_listing_is_as_the_contract_says(use: Use) -> None:
    """Other programs read it."""
    code, said, _ = use("catalog", "--json")
    shown = json.loads(said)

    assert code == 0
    assert shown["budget"] | {"total": 15_000, "metadata": 6_000, "active": 4_500} == shown["budget"]
    assert shown["used_chars"] == len(shown["text"]) <= 6_000
    assert [entry["name"] for entry in shown["entries"]] == sorted(DESCRIPTIONS)
    assert {entry["mode"] for entry in shown["entries"]} == {"full"}
    assert {entry["lost"] for entry in shown["entries"]} == {0}


def test_a_small_budget_tells_who_lost_what(use: Use) -> None:
    """Hosts lose text without a word; here each loss has a line."""
    code, said, warned = use("catalog", "--budget", "700")

    assert code == 0
    assert len(said.rstrip("\n")) <= 280
    assert "of 280 chars used" in warned
    assert "characters lost" in warned


def test_a_listing_is_written_in_the_form_that_is_asked(use: Use) -> None:
    """XML for the hosts that want it."""
    assert use("catalog", "--form", "xml")[1].startswith("<available_skills>\n<skill><name>changelog</name>")
    assert use("catalog", "--form", "lines")[1].startswith("- changelog: Write release notes")


def test_settings_say_how_single_skills_are_listed(use: Use, tmp_path: Path) -> None:
    """In the file, by name; a word that is no mode is refused with the words that are."""
    config = tmp_path / "data" / "config.toml"
    config.parent.mkdir()
    config.write_text('[skills.listing]\nchangelog = "manual"\npdf-forms = "name-only"\n', encoding="utf-8")
    modes = {entry["name"]: entry["mode"] for entry in json.loads(use("catalog", "--json")[1])["entries"]}
    assert (modes["changelog"], modes["pdf-forms"], modes["fotos"]) == ("manual", "name-only", "full")

    config.write_text('[skills.listing]\nchangelog = "loud"\n', encoding="utf-8")
    code, _, refused = use("catalog")
    assert code == 2
    assert "name-only" in refused


def test_a_request_is_answered_as_the_contract_says(use: Use) -> None:
    """With the skill that its body alone would tell."""
    code, said, _ = use("route", "a release hangs in pending-upgrade, roll it back", "--json")
    shown = json.loads(said)

    assert code == 0
    assert shown["chosen"] == shown["candidates"][0]["name"] == "helm-release"
    assert shown["abstained"] is False
    assert 0 < shown["confidence"] <= 1


def test_a_request_that_nothing_fits_ends_with_nothing_found(use: Use) -> None:
    """A program can branch on the exit code; a person reads why."""
    code, said, _ = use("route", "why is the sky blue", "--json")
    assert (code, json.loads(said)["chosen"], json.loads(said)["abstained"]) == (3, None, True)
    assert "Nothing seems to fit." in use("route", "why is the sky blue")[2]


def test_each_line_of_a_batch_has_its_answer(use: Use, tmp_path: Path) -> None:
    """In order, a line each, whatever the requests hold."""
    batch = tmp_path / "requests.jsonl"
    asked = ["fill in a PDF form", "\0", '"unclosed: (', "my query is slow"]
    batch.write_text("".join(json.dumps({"query": one}) + "\n" for one in asked) + "\n", encoding="utf-8")
    code, said, _ = use("route", "--batch", str(batch))

    assert code == 0
    assert [json.loads(line)["chosen"] for line in said.splitlines()] == ["pdf-forms", None, None, "sql-tuning"]


@pytest.mark.parametrize("line", ["nonsense", '{"query": 3}', "[]", '{"query": "x", "right": 3}', "[" * 100_000])
def test_a_line_that_is_no_request_is_named_in_its_place(use: Use, tmp_path: Path, line: str) -> None:
    """Nothing is made up for it, and the lines after it have their answers; a trial counts nothing then."""
    batch, good = tmp_path / "requests.jsonl", '{"query": "fill in a PDF form"}'
    batch.write_text(f"{good}\n{line}\n{good}\n", encoding="utf-8")
    code, said, _ = use("route", "--batch", str(batch))
    rows = [json.loads(row) for row in said.splitlines()]

    assert code == 65
    assert [row.get("chosen") for row in rows] == ["pdf-forms", None, "pdf-forms"]
    assert "line 2" in rows[1]["error"]["message"]
    code, said, refused = use("route", "--batch", str(batch), "--trial", "pdf-forms", "--description", "x")
    assert (code, said) == (65, "")
    assert "line 2" in refused


def test_a_new_skill_that_would_take_requests_is_told_before_it_is_installed(use: Use, tmp_path: Path) -> None:
    """Twin: one for something else takes nothing."""
    _put(tmp_path / "thief", "helm-deployer", DESCRIPTIONS["helm-release"] + " Helm charts, Helm releases.")
    _put(tmp_path / "other", "knots", "Tie a bowline and other knots")

    (taken,) = json.loads(use("route", "--against", str(tmp_path / "thief"), "--json")[1])

    assert taken["qualified"].endswith("/helm-release")
    assert 0 < taken["stolen"] <= taken["tried"]
    assert json.loads(use("route", "--against", str(tmp_path / "other"), "--json")[1]) == []


def test_a_description_is_tried_on_labelled_requests(use: Use, tmp_path: Path) -> None:
    """Each request with both descriptions; the verdicts say what changed."""
    batch = tmp_path / "labelled.jsonl"
    rows = [{"query": f"knit a scarf number {n}", "right": ["changelog"]} for n in range(8)]
    rows.append({"query": "why is the sky blue", "right": []})
    batch.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    words = ("--batch", str(batch), "--trial", "changelog", "--json", "--description")

    better = json.loads(use("route", *words, "Knit scarves")[1])
    same = json.loads(use("route", *words, DESCRIPTIONS["changelog"])[1])

    assert (better["current"]["missed"], better["proposed"]["correct"], better["better"]) == (8, 8, "proposed")
    assert better["proposed"]["true_negative"] == 1
    assert (same["better"], same["chance"]) == (None, 1)
    assert use("route", "--trial", "changelog", "x")[0] == 2


def test_what_was_noted_is_reported(use: Use, skills: Path, tmp_path: Path) -> None:
    """Proposal, choice, outcome and the state of the budget; the text only without its secrets, and only if wished."""
    app = open_app(load_settings(data_dir=tmp_path / "data", config=None, environ={"HOME": str(tmp_path)}))
    session = open_skills(app, SkillQuery((skills,), usual=False))
    listing = listing_of(app, session, ListingQuestion(request="fill in a PDF form"))
    request = "fill in a PDF form with token ghp_" + "a1B2" * 9
    found = followed(session).route(request)
    kept = noted(app, request, found, LogWish("s1", keeps_text=True), listing)
    bare = noted(app, request, found, LogWish("s2"))
    told(app, kept.id, chosen=found.proposed, outcome=RouteOutcome.SUCCEEDED)

    assert "ghp_" not in kept.query
    assert "fill in a PDF form" in kept.query
    assert bare.query == ""
    assert bare.query_digest == kept.query_digest
    assert (kept.state.listed, kept.state.allowed, kept.state.used) == (5, 6_000, listing.used)
    code, said, _ = use("route", "--report", "--json")
    shown = json.loads(said)
    assert code == 0
    assert (shown["routes"], shown["told"], shown["agreed"]) == (2, 1, 1)
    assert found.proposed not in shown["unused"]
    assert len(shown["unused"]) == len(DESCRIPTIONS) - 1


def test_a_report_of_nothing_finds_nothing(use: Use) -> None:
    """Twin: an empty log is no fault."""
    assert use("route", "--report")[0] == 3


def test_used_skills_keep_their_text_where_the_context_runs_over(skills: Path, tmp_path: Path) -> None:
    """What the log says of use decides who is dropped."""
    app = open_app(load_settings(data_dir=tmp_path / "data", config=None, environ={"HOME": str(tmp_path)}))
    session = open_skills(app, SkillQuery((skills,), usual=False))
    record = noted(app, "x", followed(session).route("my query is slow"), LogWish("s1"))
    told(app, record.id, chosen=record.route.proposed)
    question = ListingQuestion(total=1_000)

    relief = relieved(app, session, 800, question)
    modes = {entry.name: entry.mode for entry in relief.catalogue.entries}

    assert relief.before > 0.95 >= relief.after
    assert modes["sql-tuning"] is not ListingMode.OMITTED
    assert ListingMode.OMITTED in modes.values()
    assert relieved(app, session, 0, question).steps == ()


def test_a_skill_with_paths_is_listed_for_a_file_that_matches(use: Use, skills: Path) -> None:
    """`--file` says what is worked on, from the folder that the user stands in."""
    (skills / "styles").mkdir()
    page = "---\nname: styles\ndescription: Keeps style sheets tidy.\npaths: ['*.css']\n---\nText.\n"
    (skills / "styles" / "SKILL.md").write_text(page, encoding="utf-8")
    _, without, report = use("catalog")
    _, other, _ = use("catalog", "--file", "a.py")
    _, with_it, _ = use("catalog", "--file", "a.py", "--file", "deep/b.css")

    assert "[styles]" not in without
    assert "styles: omitted" in report
    assert "*.css" in report
    assert "[styles]" not in other
    assert "[styles]" in with_it


def test_what_a_running_server_counted_is_in_the_diagnosis_and_in_prometheus(use: Use, tmp_path: Path) -> None:
    """Another process asks; before anything was counted there is nothing."""
    (tmp_path / "data").mkdir()
    _, before, _ = use("diagnose", "--prometheus")
    skills = tmp_path / "skills"
    runtime = SkillRuntime([skills], data_dir=tmp_path / "data")
    runtime.catalogue()
    runtime.route("fill in a form")
    runtime.call("pdf-forms")
    runtime.used("pdf-forms")
    runtime.refused("pdf-forms", "Bash", "ls")
    _, after, _ = use("diagnose", "--prometheus")
    _, shown, _ = use("diagnose", "--json")

    for name, value in (("tool_calls", 2), ("denial_rate", 0.5), ("active", 1), ("routing_accuracy", 1)):
        assert f"\nskillstrata_skills_{name} 0\n" in before
        assert f"\nskillstrata_skills_{name} {value}\n" in after
    assert json.loads(shown)["metrics"]["budget_use"] > 0
    assert "denial_rate" in [alert["metric"] for alert in json.loads(shown)["alerts"]]


def test_what_is_odd_about_a_skill_that_loads_is_told_with_its_place_and_kept(
    use: Use, skills: Path, tmp_path: Path
) -> None:
    """A warning that only `validate` gives is one that nobody sees; kept, it is there without another look."""
    (tmp_path / "data").mkdir()
    page = "---\nname: maps\ndescription: Draws maps.\ndisable-model-invocation: maybe\n---\nText.\n"
    (skills / "maps").mkdir()
    (skills / "maps" / "SKILL.md").write_text(page, encoding="utf-8")
    _, nothing, _ = use("diagnose", "--kept")
    _, _, told = use("diagnose")
    (skills / "maps" / "SKILL.md").unlink()
    _, kept, _ = use("diagnose", "--kept")
    _, as_json, _ = use("diagnose", "--kept", "--json")
    line = f"warning value_not_boolean: {skills}/maps/SKILL.md:4: disable-model-invocation is"

    assert nothing == ""
    assert line in told
    assert line in kept
    assert ("value_not_boolean", 4) in [(one["code"], one["line"]) for one in json.loads(as_json)]


def test_a_budget_in_tokens_says_which_numbers_are_tokens(use: Use) -> None:
    """`chars` are characters and `cost` is in the budget's unit, which a program must not have to guess."""
    _, said, _ = use("catalog", "--profile", "codex", "--json", "--skills-context-tokens", "100000")
    shown = json.loads(said)
    (entry,) = [one for one in shown["entries"] if one["name"] == "changelog"]

    assert shown["budget"]["unit"] == "tokens"
    assert 0 < entry["cost"] < entry["chars"]
