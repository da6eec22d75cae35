"""Paths that programs put together or look for: each is lifted where it stands, and nothing else is."""

from skillstrata.distill.generalise import generalise
from skillstrata.records.candidates import State
from skillstrata.records.drafts import Draft, Observation, ObservedFile
from skillstrata.records.events import Outcome
from skillstrata.records.executions import BodyKind, Execution

FOLDER = "/home/ann/work"
PAGE = ObservedFile(f"{FOLDER}/docs/page.html", b"<p>text</p>")
NOTE = ObservedFile(f"{FOLDER}/docs/page.md", b"text\n")
PARTS = tuple(ObservedFile(f"{FOLDER}/parts/p{n}.md", b"text\n") for n in (1, 2))


def lifted(body: str, *, language: str = "python", writes: tuple[ObservedFile, ...] = (NOTE,)) -> Draft:
    """Generalise a body that reads the page."""
    run = Execution("x1", "claude-code", "s", "t", 1.0, language, BodyKind.SCRIPT, body, (), FOLDER, Outcome.OK, ("e",))
    draft, verdict = generalise(run, Observation(succeeded=True, reads=(PAGE,), writes=writes), ())
    assert verdict is None
    assert draft is not None
    assert FOLDER not in draft.main
    return draft


def test_a_pattern_with_one_match_stands_for_it() -> None:
    """`glob` is how agents find files: the name is quoted as a pattern, since it may hold stars itself."""
    draft = lifted(
        f'import glob\nfor p in glob.glob("{FOLDER}/docs/*.html"):\n'
        '    open(p[:-5] + ".md", "w").write(open(p).read())\n'
    )

    assert "glob.glob(_strata_glob.escape(_strata_relpath(_strata_input)))" in draft.main
    assert (draft.output.naming, [w.param for w in draft.words]) == ("derived", ["input"])


def test_a_pattern_below_a_path_is_relative() -> None:
    """`Path.glob` takes no absolute pattern; the folder becomes the one a program runs in."""
    draft = lifted(
        'from pathlib import Path\nfor p in Path("docs").glob("*.html"):\n    p.with_suffix(".md").write_text("x")\n'
    )

    assert 'Path(".").glob(_strata_glob.escape(_strata_relpath(_strata_input)))' in draft.main


def test_a_pattern_with_several_matches_stands_for_none() -> None:
    """Twin: whichever it meant, it did not mean one."""
    other = ObservedFile(f"{FOLDER}/docs/other.html", b"<p>other</p>")
    run = Execution(
        "x1", "claude-code", "s", "t", 1.0, "python", BodyKind.SCRIPT,
        'import glob\nopen("out.md", "w").write("".join(open(p).read() for p in glob.glob("docs/*.html")))\n',
        (), FOLDER, Outcome.OK, ("e",),
    )  # fmt: skip
    made = ObservedFile(f"{FOLDER}/out.md", b"text\n")
    _, verdict = generalise(run, Observation(succeeded=True, reads=(PAGE, other), writes=(made,)), ())

    assert verdict is not None
    assert (verdict.state, verdict.reason) == (State.SHELVED, "unliftable")


def test_a_folder_that_is_listed_becomes_the_one_it_runs_in() -> None:
    """There the input lies, and alone."""
    draft = lifted(
        f'import os\nD = "{FOLDER}/docs"\nfor n in os.listdir(D):\n    if n.endswith(".html"):\n'
        '        open(D + "/" + n[:-5] + ".md", "w").write(open(os.path.join(D, n)).read())\n'
    )

    assert 'D = "."' in draft.main
    assert 'open("./" + n[:-5]' in draft.main
    assert draft.words == ()


def test_parts_of_a_path_are_lifted_together() -> None:
    """`DIR + "/page.html"` with the name alone exchanged would look below the folder."""
    for spelled in ('D + "/page.html"', 'f"{D}/page.html"', 'os.path.join(D, "page.html")'):
        draft = lifted(f'import os\nD = "{FOLDER}/docs"\nopen(D + "/page.md", "w").write(open({spelled}).read())\n')

        assert "open(_strata_input).read()" in draft.main
        assert 'open(_strata_output, "w")' in draft.main


def test_a_computed_name_begins_with_the_output_folder() -> None:
    """Numbers in names are the program's business; the folder is the caller's."""
    body = f'for n in (1, 2):\n    open(f"{FOLDER}/parts/p{{n}}.md", "w").write(open("docs/page.html").read())\n'
    draft = lifted(body, writes=PARTS)

    assert 'open(f"{_strata_output}/p{n}.md", "w")' in draft.main
    assert (draft.output.kind, draft.output.naming) == ("dir", "parameter")


def test_templates_and_joins_of_node_are_lifted_like_them() -> None:
    """`path.join` keeps no absolute path in its middle."""
    body = (
        f"const fs = require('fs'), path = require('path');\nconst d = '{FOLDER}';\n"
        "const text = fs.readFileSync(path.join(d, 'docs/page.html'), 'utf8');\n"
        f"for (const n of [1, 2]) fs.writeFileSync(`{FOLDER}/parts/p${{n}}.md`, text);\n"
    )
    draft = lifted(body, language="node", writes=PARTS)

    assert "fs.readFileSync(_strata_input, 'utf8')" in draft.main
    assert "`${_strata_output}/p${n}.md`" in draft.main
