"""The sessions the recordings show: what is asked, what the scripted model calls, what lies in the project.

In     scenes/<name>/: project/ as the agent finds it, and the programs the agent writes, as text
Out    SCENES, by name
Never  names a folder of this machine: `@PROJECT@` in a program stands for where the project lies
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.e2e.scripted_model import Call, Say

ROOT = Path(__file__).parents[1]
PROJECT = Path("/tmp/strata-demo/project")  # noqa: S108 - a neutral place that any machine may have and that recordings may name
_SCENES = Path(__file__).parent / "scenes"
_SHOWN = Path(__file__).parent / "recording"
# What `skillstrata init` installs: event -> matcher, "" for every tool.
_CAPTURED = {
    "SessionStart": "",
    "UserPromptSubmit": "",
    "PreToolUse": "Bash|PowerShell",
    "PostToolUse": "",
    "PostToolUseFailure": "",
    "SessionEnd": "",
}


@dataclass(frozen=True, slots=True)
class Scene:
    """One session to record: `events` are the hooks, with their matchers; `into` is where the recording lies.

    With `with_package` the package of house_package lies as a wheel in `../wheels`, seen from the project.
    """

    name: str
    prompt: str
    steps: Sequence[Sequence[Say | Call]]
    into: Path
    events: Mapping[str, str] = field(default_factory=lambda: _CAPTURED)
    with_package: bool = False

    @property
    def project(self) -> Path:
        """Give the project as the agent finds it."""
        return _SCENES / self.name / "project"


def _text(name: str, file: str, project: Path = PROJECT) -> str:
    return (_SCENES / name / file).read_text(encoding="utf-8").replace("@PROJECT@", str(project))


def _shell(command: str, description: str) -> list[Say | Call]:
    return [Call("Bash", {"command": command, "description": description})]


def _written(name: str, program: str) -> Call:
    return Call("Write", {"file_path": f"{PROJECT}/{program}", "content": _text(name, f"{program}.txt")})


def html_to_markdown(project: Path = PROJECT) -> Scene:
    """Write a converter, see it fail, mend it, run it: the session of the demo, in any project folder."""
    program = f"{project}/convert.py"
    return Scene(
        name="html_to_markdown",
        prompt="Convert docs/quarterly.html to Markdown, I will need this again",
        into=_SHOWN / "html_to_markdown",
        steps=[
            [
                Say("I will write a small converter with the standard library, so that it can be used again."),
                Call("Write", {"file_path": program, "content": _text("html_to_markdown", "convert.py.txt", project)}),
            ],
            _shell("python3 convert.py", "Convert the report"),
            [
                Say("The report has an anchor without a target. That is only a name for its place."),
                Call(
                    "Edit",
                    {
                        "file_path": program,
                        "old_string": _text("html_to_markdown", "edit_old.txt"),
                        "new_string": _text("html_to_markdown", "edit_new.txt"),
                    },
                ),
            ],
            _shell("python3 convert.py", "Convert the report again"),
            _shell("head -n 20 docs/quarterly.md", "Look at the result"),
            [Say("docs/quarterly.md is there, with the table and the lists. convert.py does it again when needed.")],
        ],
    )


def _docx_to_markdown() -> Scene:
    return Scene(
        name="docx_to_markdown",
        prompt="docs/minutes.docx has to go into the wiki, so I need it as Markdown",
        into=_SHOWN / "docx_to_markdown",
        steps=[
            _shell("unzip -l docs/minutes.docx | grep word/", "Look into the Word file"),
            [
                Say("A Word file is a zip of XML; the standard library reads both."),
                _written("docx_to_markdown", "convert.py"),
            ],
            _shell("python3 convert.py", "Convert the minutes"),
            _shell("head -n 14 docs/minutes.md", "Look at the result"),
            [Say("docs/minutes.md holds the minutes, with the table and both lists.")],
        ],
    )


def _html_with_pictures() -> Scene:
    return Scene(
        name="html_with_pictures",
        prompt="Make Markdown of docs/walks.html, and keep the pictures in it",
        into=_SHOWN / "html_with_pictures",
        steps=[
            _shell("grep -c '<img' docs/walks.html", "Count the pictures"),
            [
                Say("I will read the page into a tree, then pictures can stand wherever text can."),
                _written("html_with_pictures", "convert.py"),
            ],
            _shell("python3 convert.py", "Convert the guide"),
            _shell("grep -n '!\\[' docs/walks.md", "See that the pictures are there"),
            [Say("docs/walks.md is there, with all three pictures.")],
        ],
    )


def _csv_with_package() -> Scene:
    install = ".venv/bin/pip install -qq --no-index --find-links ../wheels harbour-office-rows"
    return Scene(
        name="csv_with_package",
        prompt="Give the web page data/berths.csv as JSON. The harbour office has a package that reads its lists",
        into=_SHOWN / "csv_with_package",
        with_package=True,
        steps=[
            [_written("csv_with_package", "berths.py")],
            _shell("python3 berths.py", "Write the JSON"),
            _shell(f"python3 -m venv .venv && {install}", "Install the office's package"),
            _shell(".venv/bin/python berths.py", "Write the JSON again"),
            [Say("data/berths.json holds the six berths.")],
        ],
    )


def _html_script() -> Scene:
    return Scene(
        name="html_script",
        prompt="I need the ferry notice as plain text, in build/notice.txt",
        into=ROOT / "tests" / "fixtures" / "recordings" / "html_script",
        events={**_CAPTURED, "PreToolUse": "", "Stop": ""},
        steps=[
            [Call("Read", {"file_path": f"{PROJECT}/docs/notice.html"})],
            [
                Call(
                    "Write",
                    {
                        "file_path": f"{PROJECT}/scripts/html_to_text.py",
                        "content": _text("html_script", "html_to_text.py.txt"),
                    },
                )
            ],
            _shell("mkdir -p build && python3 scripts/html_to_text.py docs/notice.html build/notice.txt", "Convert it"),
            [Say("build/notice.txt holds the notice.")],
        ],
    )


def _csv_heredoc() -> Scene:
    return Scene(
        name="csv_heredoc",
        prompt="Turn data/stock.csv into JSON for the shop page",
        into=ROOT / "tests" / "fixtures" / "recordings" / "csv_heredoc",
        steps=[
            _shell("ls data", "See what is there"),
            _shell(_text("csv_heredoc", "command.sh.txt").rstrip("\n"), "Convert the stock list"),
            [Say("data/stock.json holds the five rows.")],
        ],
    )


def _json_inline() -> Scene:
    return Scene(
        name="json_inline",
        prompt="Show me data/readings.json as lines I can read out",
        into=ROOT / "tests" / "fixtures" / "recordings" / "json_inline",
        steps=[
            _shell(_text("json_inline", "command.sh.txt").rstrip("\n"), "Print the readings"),
            [Say("Four days, from 1 to 4 February.")],
        ],
    )


def _json_computed() -> Scene:
    return Scene(
        name="json_computed",
        prompt="Show me the range of the tide for each day in data/readings.json",
        into=ROOT / "tests" / "fixtures" / "recordings" / "json_computed",
        steps=[
            _shell(_text("json_computed", "command.sh.txt").rstrip("\n"), "Print the ranges"),
            [Say("The largest range is 288 cm, on 2 February.")],
        ],
    )


SCENES = {
    scene.name: scene
    for scene in (
        html_to_markdown(),
        _docx_to_markdown(),
        _html_with_pictures(),
        _csv_with_package(),
        _html_script(),
        _csv_heredoc(),
        _json_inline(),
        _json_computed(),
    )
}
