"""A tool of the library with all that belongs to it, for tests that need one."""

import hashlib

from skillstrata.library import render_tool
from skillstrata.records.contracts import Contract, Param, Signature, ToolOutput
from skillstrata.records.drafts import Draft, InputSpec, OutputSpec, Word
from skillstrata.records.proofs import Measure, OracleResult, Proof, ReplayRun
from skillstrata.records.sandbox_runs import Lock
from skillstrata.records.tools import Branch, Fixture, LineageEntry, SkillFile, Tool, Version

MAIN = (
    '# /// script\n# requires-python = ">=3.11"\n# dependencies = []\n# ///\n'
    "import sys\nfrom pathlib import Path\n"
    "Path(sys.argv[-1]).write_text(Path(sys.argv[1]).read_text().upper())\n"
)
FIXTURE = b"<h1>Grau & Blau</h1>"
INPUT = InputSpec("input", "text/html", "page.html")
OUTPUT = OutputSpec("output", "file", "text/markdown", "parameter", ".md")
WORDS = (Word(param="input"), Word(text="--strict mode"), Word(param="output"))


def a_contract(given: str = "text/html", made: str = "text/markdown", *, verb: str = "convert") -> Contract:
    """Give a contract of one file in and one file out."""
    words = (given.rpartition("/")[2].upper(), made.rpartition("/")[2].upper())
    return Contract(
        purpose=f"{verb.capitalize()} {words[0]} to {words[1]}",
        verb=verb,
        inputs=(
            Param("input", "file", (given,), description=f"The {words[0]} file to {verb}."),
            Param("output", "string", required=False, description="Name of the file to make."),
        ),
        outputs=(ToolOutput("output", "file", (made,)),),
    )


def a_version() -> Version:
    """Give version 1 of branch html."""
    digest = hashlib.sha256(FIXTURE).hexdigest()
    return Version(
        number=1,
        path="branches/html/v1",
        main=MAIN,
        lock="beautifulsoup4==4.12.3 --hash=sha256:00\n",
        words=WORDS,
        inputs=(INPUT,),
        output=OUTPUT,
        requirements=("beautifulsoup4",),
        body_digest="b" * 64,
        candidate_id="c1",
        signature=Signature((("a", "b"),), "5" * 64),
        fixtures=(Fixture("fresh-1.html", "text/html", digest, "f" * 64),),
    )


def a_tool(name: str = "html-to-markdown", contract: Contract | None = None) -> Tool:
    """Give a tool with one branch and one version."""
    return Tool(
        name=name,
        kind="distilled",
        contract=contract or a_contract(),
        branches=(Branch("html", 1, (a_version(),)),),
        created_at_s=12.5,
        created_because="a script passed 9 of 9 replays",
    )


def a_draft() -> Draft:
    """Give the draft that version 1 came from."""
    return Draft(
        candidate_id="c1",
        language="python",
        original="print('ü')\n",
        main=MAIN,
        words=WORDS,
        inputs=(INPUT,),
        output=OUTPUT,
        lock=Lock("beautifulsoup4==4.12.3 --hash=sha256:00\n", ("beautifulsoup4",)),
    )


def a_proof() -> Proof:
    """Give a proof with a run of each kind."""
    said = OracleResult("document/1", ok=True, measures=(Measure("recall", 0.99, ">= 0.9", ok=True),))
    runs = (
        ReplayRun("original", True, "a" * 64, "b" * 64, 0, 12.5, oracle=said),
        ReplayRun("unseen", True, "c" * 64, "d" * 64, 0, 12.5),
        ReplayRun("unseen", True, "e" * 64, "f" * 64, 0, 12.5),
        ReplayRun("empty", False, "0" * 64, "", 1, 12.5, "exit 1", gate=False),
    )
    return Proof(True, "", "", runs, "document/1")


def an_entry() -> LineageEntry:
    """Give the first line of the tool's lineage."""
    return LineageEntry(12.5, "new_tool", "html", 1, "c1", "claude-code", "s1", "no tool has this contract")


def rendered(tool: Tool) -> tuple[SkillFile, ...]:
    """Give the tool's files as the library stage renders them."""
    return render_tool(tool, draft=a_draft(), proof=a_proof(), fixtures=(("fresh-1.html", FIXTURE),))
