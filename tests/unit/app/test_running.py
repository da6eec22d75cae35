"""A version that fails, or cannot be asked or run here, makes room for the next, and the report tells the truth."""

import hashlib
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from skillstrata.app.call_arguments import ArgumentsInvalid
from skillstrata.app.json_views import call_json, tool_view_json
from skillstrata.app.reports import CallReport, CallRequest
from skillstrata.app.settings import load_settings
from skillstrata.app.use_cases.running import run
from skillstrata.app.use_cases.verifying import verify
from skillstrata.app.use_cases.viewing import show
from skillstrata.app.wiring import App, open_app
from skillstrata.library.manifest import manifest_bytes
from skillstrata.records.contracts import Contract, Param
from skillstrata.records.drafts import InputSpec, OptionSpec, Word
from skillstrata.records.failures import EnvironmentNeedsNetwork, EnvironmentUnbuildable
from skillstrata.records.tools import Branch, Fixture, SkillFile, Tool, Version
from tests.fakes.sample_tools import FIXTURE, a_contract, a_tool, a_version, an_entry

pytestmark = pytest.mark.sandbox

COPIES, FAILS = 'cat "$1" > "$2"\n', "echo cannot read it >&2; exit 3\n"
TEXTUAL = 'grep -q ok "$1" && cat "$1" > "$2"\n'
WORDS = (Word(param="input"), Word(param="output"))
WIDTH = OptionSpec("width", "integer", "80")
NOT_HERE = "nosuchdist-xyz==1.0 --hash=sha256:" + "0" * 64 + "\n"
PAGE = b"<!DOCTYPE html><html><body><h1>Quay</h1><p>ok</p></body></html>"
PICTURE = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\0" * 40


def _version(number: int, body: str, *, options: tuple[OptionSpec, ...] = (), lock: str = "") -> Version:
    return replace(
        a_version(),
        number=number,
        path=f"branches/html/v{number}",
        main=body,
        words=(*WORDS, *(Word(param=option.name) for option in options)),
        lock=lock,
        requirements=("nosuchdist-xyz",) if lock else (),
        language="python" if lock else "shell",
        candidate_id=f"c{number}",
        options=options,
    )


def _deposited(
    app: App, *versions: Version, active: int = 0, proved: bool = True, contract: Contract | None = None
) -> Tool:
    contract = contract or a_contract()
    inputs = tuple(param for param in contract.inputs if param.name != "width")
    contract = replace(contract, inputs=(*inputs, Param("width", "integer", required=False)))
    branch = Branch("html", active or versions[-1].number, versions)
    tool = replace(a_tool(contract=contract), branches=(branch,))
    files = [SkillFile("SKILL.md", b"# Page\n"), SkillFile("manifest.json", manifest_bytes(tool))]
    files.append(SkillFile("fixtures/fresh-1.html", FIXTURE))
    for one in versions:
        main = "main.sh" if one.language == "shell" else "main.py"
        files += [SkillFile(f"{one.path}/{main}", one.main.encode())]
        files += [SkillFile(f"{one.path}/requirements.lock", one.lock.encode())]
        files += [SkillFile(f"{one.path}/proof.json", b"{}")] if proved else []
    app.library.deposit(tool.name, tuple(files), an_entry())
    return tool


@pytest.fixture
def app(tmp_path: Path) -> App:
    """Give an App without network, and without a library."""
    environ = {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    return open_app(load_settings(data_dir=tmp_path / "data", config=None, environ=environ))


@pytest.fixture
def call(app: App, tmp_path: Path) -> Callable[..., CallReport]:
    """Give a way to call the tool on a file."""

    def called(data: bytes = PAGE, *, force: bool = False, name: str = "x.html", **options: str) -> CallReport:
        (tmp_path / name).write_bytes(data)
        shutil.rmtree(tmp_path / "out", ignore_errors=True)
        arguments = (("input", str(tmp_path / name)), *options.items())
        return run(app, CallRequest("html-to-markdown", arguments, str(tmp_path / "out"), force=force))

    return called


def test_a_fallback_without_the_option_is_left_out_of_that_call(app: App, call: Callable[..., CallReport]) -> None:
    """What the user reads is what went wrong, not what the fallback cannot; without the option it does the job."""
    _deposited(app, _version(1, COPIES), _version(2, FAILS, options=(WIDTH,)))
    asked = call(width="40")

    assert asked.error is not None
    assert (asked.error.code, asked.version, asked.fallback_from) == ("call.program_failed", 2, None)
    assert "cannot read it" in asked.error.message
    assert [(m.version, m.failure, m.rescued_by) for m in app.catalog.misses("html-to-markdown")] == [
        (2, "call.program_failed", 0)
    ]
    assert app.catalog.quality("html-to-markdown").runs == 1
    plain = call()
    assert (plain.ok, plain.version, plain.fallback_from) == (True, 1, 2)


def test_a_limit_that_the_caller_lowered_is_not_held_against_the_tool(app: App, tmp_path: Path) -> None:
    """A step with too short a time says nothing about the program; the contract's own limit is the twin."""
    tool = _deposited(app, _version(1, 'sleep 20\ncat "$1" > "$2"\n'))
    (tmp_path / "x.html").write_bytes(PAGE)
    request = CallRequest(tool.name, (("input", str(tmp_path / "x.html")),), str(tmp_path / "out"), surface="mcp")
    lowered = run(app, replace(request, limits=(("wall_s", 1),)))

    assert lowered.error is not None
    assert lowered.error.code == "call.limit"
    assert (app.catalog.usages(tool.name), app.catalog.misses(tool.name)) == ((), ())

    app.library.remove(tool.name)
    contract = replace(tool.contract, limits=replace(tool.contract.limits, wall_s=1.0))
    _deposited(app, tool.branches[0].versions[0], contract=contract)
    own = run(app, request)

    assert own.error is not None
    assert [use.failure for use in app.catalog.usages(tool.name)] == ["call.limit"]
    assert [miss.failure for miss in app.catalog.misses(tool.name)] == ["call.limit"]


def test_an_option_that_the_active_version_has_not_is_refused(app: App, call: Callable[..., CallReport]) -> None:
    """Also where a fallback has it: the contract is the active version's, and nothing runs."""
    _deposited(app, _version(1, COPIES, options=(WIDTH,)), _version(2, COPIES))
    with pytest.raises(ArgumentsInvalid):
        call(width="40")

    assert app.catalog.quality("html-to-markdown").runs == 0
    assert call().ok


def test_what_the_active_version_needs_and_cannot_be_had_does_not_block_its_fallback(
    app: App, call: Callable[..., CallReport]
) -> None:
    """A machine without network has a tool that works; how often this happens changes nothing."""
    _deposited(app, _version(1, COPIES), _version(2, "print()\n", lock=NOT_HERE))
    for number in range(1, 6):
        report = call()
        misses = app.catalog.misses("html-to-markdown")
        assert (report.ok, report.version, report.fallback_from) == (True, 1, 2)
        assert report.fallback_why in (EnvironmentNeedsNetwork.code, EnvironmentUnbuildable.code)
        assert [(m.version, m.failure, m.rescued_by) for m in misses] == [(2, report.fallback_why, 1)] * number


def test_where_no_version_can_be_had_the_call_says_what_is_missing(app: App, call: Callable[..., CallReport]) -> None:
    """Nothing ran, and nothing is counted; where the fallback ran and failed, that is what is told."""
    _deposited(app, _version(1, "print()\n", lock=NOT_HERE))
    with pytest.raises((EnvironmentNeedsNetwork, EnvironmentUnbuildable)):
        call()
    assert app.catalog.quality("html-to-markdown").runs == 0
    app.library.remove("html-to-markdown")
    _deposited(app, _version(1, FAILS), _version(2, "print()\n", lock=NOT_HERE))
    report = call()

    assert report.error is not None
    assert (report.error.code, report.version) == ("call.program_failed", 1)


def test_a_version_passed_over_that_is_all_there_is_tells_its_own_failure(
    app: App, call: Callable[..., CallReport]
) -> None:
    """After three rescued failures the fallback goes first; where both fail, the active version's words count."""
    _deposited(app, _version(1, TEXTUAL), _version(2, FAILS))
    why = [call().fallback_why for _ in range(4)]
    assert why == ["call.program_failed"] * 3 + ["it failed on such inputs before"]
    report = call(PAGE.replace(b"ok", b"--"))

    assert report.error is not None
    assert (report.version, "cannot read it" in report.error.message) == (2, True)


def test_what_somebody_insisted_on_says_nothing_about_a_version(app: App, call: Callable[..., CallReport]) -> None:
    """A picture forced into a tool for pages must not put its active version behind; a page that fails does count."""
    _deposited(app, _version(1, COPIES), _version(2, TEXTUAL))
    for _ in range(4):
        assert call(PICTURE, force=True, name="x.png").version == 1
    assert app.catalog.misses("html-to-markdown") == ()
    assert (call().version, call().fallback_from) == (2, None)

    call(PAGE.replace(b"ok", b"--"))
    assert [m.version for m in app.catalog.misses("html-to-markdown")] == [2]


@pytest.mark.parametrize("proved", [True, False])
def test_a_tool_without_its_proof_is_run_and_says_so(
    app: App, call: Callable[..., CallReport], *, proved: bool
) -> None:
    """Somebody may have made it by hand; that is no reason to refuse, and one to know."""
    _deposited(app, _version(1, COPIES), proved=proved)
    report, view = call(), show(app, "html-to-markdown")

    assert report.ok
    assert (report.note == "", view.unproved) == ((True, ()) if proved else (False, ("branches/html/v1",)))
    assert (call_json(report)["note"] is None) is proved
    assert tool_view_json(view)["unproved"] == list(view.unproved)


def test_two_files_of_one_name_that_is_a_parameters_are_both_given(app: App, tmp_path: Path) -> None:
    """The folder of the second one must not be the first one's name."""
    inputs = (InputSpec("left", "text/plain", "x"), InputSpec("right", "text/plain", "x"))
    words = (Word(param="left"), Word(param="right"), Word(param="output"))
    version = replace(_version(1, 'cat "$1" "$2" > "$3"\n'), inputs=inputs, words=words)
    contract = a_contract("text/plain")
    params = (Param("left", "file", ("text/plain",)), Param("right", "file", ("text/plain",)))
    tool = replace(a_tool(contract=replace(contract, inputs=params)), branches=(Branch("html", 1, (version,)),))
    files = {"SKILL.md": b"#\n", "manifest.json": manifest_bytes(tool), "fixtures/fresh-1.html": FIXTURE}
    files |= {f"{version.path}/main.sh": version.main.encode(), f"{version.path}/requirements.lock": b""}
    app.library.deposit(tool.name, tuple(SkillFile(k, v) for k, v in files.items()), an_entry())
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "right").write_text(f"some words of {folder}\n")
    arguments = (("left", str(tmp_path / "a/right")), ("right", str(tmp_path / "b/right")))
    report = run(app, CallRequest(tool.name, arguments, str(tmp_path / "out")))

    assert report.ok, report.error
    assert Path(report.outputs[0].path).read_text() == "some words of a\nsome words of b\n"


@pytest.mark.parametrize("swapped", [True, False])
def test_a_fixture_that_became_a_link_is_not_read(app: App, tmp_path: Path, *, swapped: bool) -> None:
    """Between the reading of the manifest and that of the fixture somebody may change it; it then counts as missing."""
    made = hashlib.sha256(FIXTURE).hexdigest()
    version = replace(_version(1, COPIES), fixtures=(Fixture("fresh-1.html", "text/html", made, made),))
    _deposited(app, version)
    tool, folder = app.library.tool("html-to-markdown"), Path(app.library.folder("html-to-markdown"))
    if swapped:
        fixture = folder / "fixtures/fresh-1.html"
        fixture.symlink_to(fixture.rename(tmp_path / "elsewhere.html"))
    app.library.tool = lambda _name: tool  # type: ignore[method-assign]
    app.library.folder = lambda _name: str(folder)  # type: ignore[method-assign]
    report = verify(app, "html-to-markdown")

    assert report.ok is not swapped
    assert any("missing or was changed" in run.detail for run in report.runs) is swapped
