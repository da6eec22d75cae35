"""Sessions in which a user says the same rule again and again, and what is learned from them.

root = tmp_path; app = made_app(root); teach(app, root / "shop", "quokka")
"""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from skillstrata.app.settings import load_settings
from skillstrata.app.use_cases.importing_skills import take_in
from skillstrata.app.use_cases.learning import draft
from skillstrata.app.use_cases.reviewing import pending
from skillstrata.app.wiring import App, open_app
from skillstrata.app.wiring_library import drafts
from tests.sessions import Session

Use = Callable[..., tuple[int, str, str]]
"""How the program is run in this process: its code, stdout and stderr."""

SAYINGS = (
    "Always add a {word} test for every new route.",
    "please always add a {word} test for every new route",
    "from now on always add a {word} test for every new route!",
    "always add a {word} test for every new route",
)
NEVER = (
    "Never commit {word} files to the release branch.",
    "never commit {word} files to the release branch!",
    "and never commit {word} files to the release branch",
    "please never commit {word} files to the release branch",
)
SKILL = "---\nname: {name}\ndescription: Tidy HTML pages.\n---\n\nTidy them.{more}\n"


def made_app(root: Path) -> App:
    """Give an App on a data directory and a home of its own."""
    (root / "home").mkdir(parents=True, exist_ok=True)
    return open_app(load_settings(data_dir=root / "data", config=None, environ={"HOME": str(root / "home")}))


def session_name(number: int, word: str = "x") -> str:
    """Name a session."""
    return f"{number:08d}-0000-4000-8000-{sum(map(ord, word)):012d}"


def teach(
    app: App, project: Path, word: str, sessions: range = range(4), says: tuple[str, ...] = SAYINGS
) -> tuple[str, ...]:
    """Let a user say a rule in these sessions, and learn; gives the drafts' ids in the queue."""
    for number in sessions:
        said = Session(project, app.data_dir / "spool", session=session_name(number, word))
        said.prompt(f"fix the totals of {number}")
        said.prompt(says[number % len(says)].format(word=word))
    return tuple(f"draft:{row.found.key}" for row in draft(app).rows)


def package(root: Path, name: str, more: str = "") -> Path:
    """Write an instruction skill as somebody hands it over."""
    folder = root / "shared" / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "SKILL.md").write_text(SKILL.format(name=name, more=more), encoding="utf-8")
    return folder


PAGE = "---\nname: {name}\ndescription: {line}\norigin: skill-learning\nconfidence: {sure}\n---\n\n- {line}{more}\n"
LINE = "Always add a quokka test for every new route."
NAME = "always-add-quokka-test-for-every-new-route"


@dataclass(frozen=True)
class Case:
    """A learned draft and an imported skill that wait."""

    app: App
    root: Path
    draft: str

    @property
    def skills(self) -> Path:
        """Give the skills of the draft's project."""
        return self.root / "shop" / ".claude" / "skills"

    def pages(self) -> list[Path]:
        """Give what is in use in the project."""
        return sorted(self.skills.glob("[!.]*/SKILL.md"))

    def ids(self) -> list[str]:
        """Name what waits."""
        return [row.item.id for row in pending(self.app)]

    def be_surer(self) -> None:
        """Make the draft sure enough to replace."""
        path = Path(drafts(self.app).kept()[0].path)
        path.write_text(json.dumps({**json.loads(path.read_bytes()), "confidence": 0.95}), encoding="utf-8")

    def page(self, sure: float, more: str = "") -> Path:
        """Write a learned skill that says something like the draft."""
        path = self.skills / "routes" / "SKILL.md"
        path.parent.mkdir(parents=True)
        path.write_text(PAGE.format(name=NAME, line=LINE, sure=sure, more=more), encoding="utf-8")
        return path


def whole_queue(root: Path) -> str:
    """Learn a draft below a root; gives its id."""
    (id_,) = teach(made_app(root), root / "shop", "quokka")
    shutil.copytree(root / "data", root / "whole")
    return id_


def fresh_queue(root: Path, id_: str) -> Case:
    """Give the root as it was after that, at the same paths, with one imported skill that waits."""
    for name in ("data", "shop", "shared"):
        shutil.rmtree(root / name, ignore_errors=True)
    shutil.copytree(root / "whole", root / "data")
    (root / "shop").mkdir()
    app = made_app(root)
    take_in(app, str(package(root, "tidy-pages")))
    return Case(app, root, id_)
