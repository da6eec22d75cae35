"""Lifting: the only bytes that change are those that stand for the user's files and folders."""

import ast
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.distill.generalise import generalise
from skillstrata.distill.lifted_text import LIFTINGS
from skillstrata.distill.lifting_parts import Prologue
from skillstrata.distill.script_text import Edit, insert_prologue, pep723_header, rewrite
from skillstrata.records.candidates import State
from skillstrata.records.drafts import Draft, Observation, ObservedFile, Word
from skillstrata.records.events import Outcome
from skillstrata.records.executions import BodyKind, Execution, Module
from skillstrata.records.sandbox_runs import Provenance, Touched

PROJECT = "/home/ann/work"
PAGE = ObservedFile(f"{PROJECT}/docs/page.html", b"<h1>Title</h1><p>text</p>")
NOTE = ObservedFile(f"{PROJECT}/docs/page.md", b"# Title\n\ntext\n")


def an_execution(body: str, *, argv: tuple[str, ...] = (), stdin_path: str = "", stdout_path: str = "") -> Execution:
    """Make a recorded run of a body."""
    return Execution(
        id="x1",
        agent="claude-code",
        session="s",
        tool_use_id="t",
        at_s=1.0,
        language="python",
        body_kind=BodyKind.SCRIPT,
        body=body,
        argv=argv,
        cwd=PROJECT,
        outcome=Outcome.OK,
        event_ids=("e",),
        script_path=f"{PROJECT}/convert.py",
        stdin_path=stdin_path,
        stdout_path=stdout_path,
    )


def observed(
    reads: tuple[ObservedFile, ...] = (PAGE,), writes: tuple[ObservedFile, ...] = (NOTE,), stdout: bytes = b""
) -> Observation:
    """Make what a run was seen to do."""
    return Observation(succeeded=True, reads=reads, writes=writes, stdout=stdout, exit_code=0)


def a_draft(body: str, **call: object) -> Draft:
    """Generalise a body that must be liftable."""
    execution = an_execution(body, **call)  # pyright: ignore[reportArgumentType]
    draft, verdict = generalise(execution, observed(), ())
    assert verdict is None
    assert draft is not None
    ast.parse(draft.main)
    return draft


def test_absolute_literals_of_input_and_output_become_arguments() -> None:
    """Distillation: 37 % of real programs hold an absolute path; they must go, the rest of the text must stay."""
    body = f'# keeps its scars\ntext = open("{PAGE.path}").read()\nopen("{NOTE.path}", "w").write(text)  # out\n'
    draft = a_draft(body)

    assert [w.param for w in draft.words] == ["input", "output"]
    assert "text = open(_strata_input).read()" in draft.main
    assert 'open(_strata_output, "w").write(text)  # out' in draft.main
    assert "# keeps its scars" in draft.main
    assert PROJECT not in draft.main


def test_an_output_derived_from_the_input_keeps_deriving() -> None:
    """Issue: only the input is lifted where the program computes the output's name from it."""
    draft = a_draft(f'from pathlib import Path\nsrc = Path("{PAGE.path}")\nsrc.with_suffix(".md").write_text("x")\n')

    assert [w.param for w in draft.words] == ["input"]
    assert draft.output.naming == "derived"
    assert 'src.with_suffix(".md")' in draft.main


def test_arguments_of_the_recorded_call_become_parameters_and_the_body_stays() -> None:
    """A program that reads argv needs no change; its other arguments stay as they were."""
    body = "import sys\nsrc, dst = sys.argv[2:4]\nopen(dst, 'w').write(open(src).read())\n"
    draft = a_draft(body, argv=("--plain", "docs/page.html", NOTE.path))

    assert [w.param or w.text for w in draft.words] == ["--plain", "input", "output"]
    assert draft.main.endswith(body)


def test_relative_and_joined_spellings_stand_for_the_same_file() -> None:
    """A path in several spellings is one parameter."""
    body = (
        f'import os\nBASE = "{PROJECT}"\nsrc = os.path.join(BASE, "docs", "page.html")\n'
        f'open("docs/page.md", "w").write(open(src).read())\n'
    )
    draft = a_draft(body)

    assert {w.param for w in draft.words} == {"input", "output"}
    assert PROJECT not in draft.main


def test_paths_left_in_comments_and_messages_lose_the_users_folder() -> None:
    """Style of trust: home paths are personal data, wherever in the text they stand."""
    body = (
        f'"""Convert {PAGE.path}."""\n# see {PROJECT}/docs\ntext = open("{PAGE.path}").read()\n'
        f'open("{NOTE.path}", "w").write(text)\nprint("wrote {NOTE.path} from {PROJECT}/docs/")\n'
    )
    draft = a_draft(body)

    assert PROJECT not in draft.main
    assert draft.main.index("Convert page.html") < draft.main.index("import sys as _strata_sys")


def test_a_redirect_makes_the_output_text() -> None:
    """`program > page.md`: the shell made the file, the program printed."""
    body = f'print(open("{PAGE.path}").read())\n'
    execution = an_execution(body, stdout_path=NOTE.path)
    draft, _ = generalise(execution, observed(writes=(), stdout=b"# Title\n"), ())

    assert draft is not None
    assert (draft.output.kind, draft.output.suffix) == ("text", ".md")


def test_a_piped_input_stays_piped() -> None:
    """`cat page.html | python3 convert.py` keeps reading standard input."""
    body = f'import sys\nopen("{NOTE.path}", "w").write(sys.stdin.read())\n'
    draft = a_draft(body, stdin_path=PAGE.path)

    assert draft.stdin_param == "input"
    assert [w.param for w in draft.words] == ["output"]


def test_a_program_that_opens_nothing_is_rejected_and_its_honest_twin_is_drafted() -> None:
    """A typed-in answer is not a tool."""
    body = f'src = "{PAGE.path}"\nopen("{NOTE.path}", "w").write("# Title")\n'
    draft, verdict = generalise(an_execution(body), observed(reads=()), ())

    assert draft is None
    assert verdict is not None
    assert (verdict.state, verdict.reason) == (State.REJECTED, "input_ignored")
    a_draft(body.replace('"# Title"', "open(src).read()"))


def test_a_computed_input_path_is_shelved() -> None:
    """What cannot be lifted is set aside, not guessed."""
    body = f'open("{NOTE.path}", "w").write(open("".join(["docs/", "pa", "ge.html"])).read())\n'
    _, verdict = generalise(an_execution(body), observed(), ())

    assert verdict is not None
    assert (verdict.state, verdict.reason) == (State.SHELVED, "unliftable")


def test_two_inputs_are_two_parameters_in_the_order_they_are_opened() -> None:
    """Roles are never swapped: each literal stands for its own file, whatever the files are called."""
    style = ObservedFile(f"{PROJECT}/docs/style.json", b"{}")
    body = f'style = open("docs/style.json").read()\ntext = open("{PAGE.path}").read()\nprint(style, text)\n'
    order = Provenance((Touched("read", style.path), Touched("read", PAGE.path)), ("strace",))
    seen = replace(observed(reads=(PAGE, style), writes=(), stdout=b"x"), provenance=order)
    draft, _ = generalise(an_execution(body), seen, ())

    assert draft is not None
    assert [(spec.name, spec.media_type) for spec in draft.inputs] == [
        ("input_1", "application/json"),
        ("input_2", "text/html"),
    ]
    assert "style = open(_strata_input_1)" in draft.main
    assert "text = open(_strata_input_2)" in draft.main


def test_more_inputs_than_a_call_can_name_are_shelved() -> None:
    """Twin of two inputs: what is not supported says so."""
    many = tuple(ObservedFile(f"{PROJECT}/{n}.csv", b"a\n1\n") for n in range(5))
    _, verdict = generalise(an_execution("x = 1\n"), observed(reads=many), ())

    assert verdict is not None
    assert verdict.reason == "unsupported"


def test_several_outputs_in_a_folder_are_one_folder() -> None:
    """A program that writes files into a folder gives that folder, under the name the caller asks for."""
    made = tuple(ObservedFile(f"{PROJECT}/parts/{n}.csv", b"a\n1\n") for n in "xy")
    body = (
        f'rows = open("{PAGE.path}").read()\n'
        'open("parts/x.csv", "w").write(rows)\nopen("parts" + "/" + "y.csv", "w").write(rows)\n'
    )
    draft, verdict = generalise(an_execution(body), observed(writes=made), ())

    assert verdict is None
    assert draft is not None
    assert (draft.output.kind, draft.output.naming, draft.output.suffix) == ("dir", "parameter", ".csv")
    assert "(_strata_output + '/x.csv')" in draft.main
    assert "parts" not in draft.main


def test_a_value_that_is_visibly_a_knob_becomes_an_option_of_its_kind() -> None:
    """A width is the user's to choose; a number without such a name is the program's business."""
    body = f'import textwrap\nprint(textwrap.fill(open("{PAGE.path}").read(), width=40, max_lines=7))\n'
    draft, _ = generalise(an_execution(body), observed(writes=(), stdout=b"x"), ())
    kept, _ = generalise(an_execution(body), observed(writes=(), stdout=b"x"), (), without=frozenset({"width"}))

    assert draft is not None
    assert [(o.name, o.kind, o.default) for o in draft.options] == [("width", "integer", "40")]
    assert "width=_strata_width, max_lines=7" in draft.main
    assert "_strata_width = int(_strata_width)" in draft.main
    assert kept is not None
    assert kept.options == ()
    assert "width=40" in kept.main


def test_an_option_among_the_words_of_the_call_keeps_its_flag() -> None:
    """The program parses its own arguments: only the value changes."""
    body = f'import sys\nprint(open("{PAGE.path}").read(), sys.argv)\n'
    call = an_execution(body, argv=("--indent=4", "--title", "Report"))
    draft, _ = generalise(call, observed(writes=(), stdout=b"x"), ())

    assert draft is not None
    assert draft.words[1:] == (Word("--indent=", "indent"), Word("--title"), Word("Report"))


def test_a_module_of_the_session_is_bundled_without_the_users_paths() -> None:
    """A program that imports its own helper is whole only with it."""
    body = f'import rows\nprint(rows.read("{PAGE.path}"))\n'
    module = Module(f"{PROJECT}/rows.py", f"# from {PROJECT}/rows.py\ndef read(p):\n    return open(p).read()\n")
    execution = replace(an_execution(body), modules=(module,))
    draft, _ = generalise(execution, observed(writes=(), stdout=b"x"), ())

    assert draft is not None
    assert [file.path for file in draft.bundled] == ["rows.py"]
    assert PROJECT not in draft.bundled[0].text
    assert "_strata_sys.path.insert(0," in draft.main


@pytest.mark.parametrize(
    ("body", "kind", "words", "lifted"),
    [
        (
            "pandoc docs/page.html -t gfm -o docs/page.md\n",
            "file",
            2,
            'pandoc "$_strata_input" -t gfm -o "$_strata_output"',
        ),
        ("pandoc --output=docs/page.md 'docs/page.html'\n", "file", 2, '--output="$_strata_output" "$_strata_input"'),
        ("grep -c h1 < docs/page.html > docs/page.md\n", "file", 2, '< "$_strata_input" > "$_strata_output"'),
        ('IN=docs/page.html\nsort "$IN" | uniq\n', "text", 1, 'IN="$_strata_input"'),
    ],
)
def test_words_of_a_pipeline_become_quoted_parameters(body: str, kind: str, words: int, lifted: str) -> None:
    """Quoting must be right whatever the user's file is called."""
    execution = replace(an_execution(body), language="shell", body_kind=BodyKind.PIPELINE, script_path="")
    writes = (NOTE,) if kind == "file" else ()
    draft, verdict = generalise(execution, observed(writes=writes, stdout=b"x"), ())

    assert verdict is None
    assert draft is not None
    assert lifted in draft.main
    assert len(draft.words) == words
    assert draft.main.startswith("set -eu -o pipefail\n_strata_input=${1}\n")


def test_a_pipeline_whose_last_step_stops_early_does_not_fail_by_it() -> None:
    """`| head` ends its feeder with a signal, which under pipefail would count as a fault."""
    execution = replace(an_execution("sort docs/page.html | head -5\n"), language="shell", body_kind=BodyKind.PIPELINE)
    draft, _ = generalise(execution, observed(writes=(), stdout=b"x"), ())

    assert draft is not None
    assert draft.main.startswith("set -eu\n")


def test_constants_of_a_node_program_become_arguments() -> None:
    """Joined, templated and named constants all stand for the file they name."""
    body = (
        "#!/usr/bin/env node\n'use strict';\n"
        "const fs = require('fs'); const path = require('path');\n"
        "const dir = 'docs'; // keeps its scars\n"
        "const html = fs.readFileSync(path.join(dir, 'page.html'), 'utf8');\n"
        "fs.writeFileSync(`${dir}/page.md`, html);\n"
    )
    draft, verdict = generalise(replace(an_execution(body), language="node"), observed(), ())

    assert verdict is None
    assert draft is not None
    assert "// keeps its scars" in draft.main
    assert "fs.writeFileSync(_strata_output, html)" in draft.main
    assert "_strata_input" in draft.main
    assert draft.main.index("'use strict'") < draft.main.index("process.argv.splice(2, 2)")


def test_an_inline_node_program_counts_its_arguments_from_one_earlier() -> None:
    """`node -e` has no file before its arguments."""
    body = "const fs = require('fs'); console.log(fs.readFileSync('docs/page.html', 'utf8'), process.argv[1]);"
    execution = replace(an_execution(body, argv=("x",)), language="node", body_kind=BodyKind.INLINE, script_path="")
    draft, _ = generalise(execution, observed(writes=(), stdout=b"x"), ())

    assert draft is not None
    assert "process.argv.splice(1, 1);" in draft.main


def test_a_node_module_is_said_to_be_one() -> None:
    """`import` statements need a module; the body's file name does not say so."""
    body = "import fs from 'node:fs';\nconsole.log(fs.readFileSync('docs/page.html', 'utf8'));\n"
    draft, _ = generalise(replace(an_execution(body), language="node"), observed(writes=(), stdout=b"x"), ())

    assert draft is not None
    assert [file.path for file in draft.bundled] == ["package.json"]


@given(st.text(max_size=300))
def test_lifting_reads_any_text(text: str) -> None:
    """Bodies are untrusted: no text may end the pass."""
    for lifting in LIFTINGS.values():
        size = len(text.encode("utf-8", "replace"))
        assert all(0 <= fold.start <= fold.end <= size for fold in lifting.folds(text))
        lifting.texts(text)
        lifting.render(text, Prologue(()))


def test_the_prologue_comes_after_docstring_and_future_imports() -> None:
    """A docstring or future import after another statement would change the program."""
    source = '#!/usr/bin/env python3\n"""Doc."""\nfrom __future__ import annotations\n\nx: Y = 1\n'
    text = insert_prologue(source, "import sys\n")

    assert text.index("annotations") < text.index("import sys") < text.index("x: Y")
    ast.parse(text)


def test_a_pep_723_block_is_replaced_not_doubled() -> None:
    """PEP 723 allows one script block."""
    once = pep723_header("#!/usr/bin/env python3\nx = 1\n", ("pandas",))
    twice = pep723_header(once, ("numpy",))

    assert twice.count("# /// script") == 1
    assert '"numpy"' in twice
    assert twice.startswith("#!/usr/bin/env python3\n")


@given(st.text(max_size=40), st.text(max_size=10), st.data())
def test_rewriting_touches_no_byte_outside_the_edit(source: str, new: str, data: st.DataObject) -> None:
    """Bodies keep their bytes: offsets are UTF-8 bytes, not characters."""
    raw = source.encode("utf-8", "surrogatepass")
    cuts = [len(source[:i].encode("utf-8", "surrogatepass")) for i in range(len(source) + 1)]
    start = data.draw(st.sampled_from(cuts))
    end = data.draw(st.sampled_from([c for c in cuts if c >= start]))
    new = new.encode("utf-8", "replace").decode()

    changed = rewrite(source, (Edit(start, end, new),)).encode("utf-8", "surrogatepass")

    assert changed == raw[:start] + new.encode() + raw[end:]


def test_a_run_that_gives_nothing_is_noise_and_one_that_gives_an_empty_file_is_rejected() -> None:
    """Reading without giving is an inspection; an empty result is a false success."""
    body = f'text = open("{PAGE.path}").read()\n'
    _, silent = generalise(an_execution(body), observed(writes=()), ())
    _, empty = generalise(an_execution(body), observed(writes=(ObservedFile(NOTE.path, b"\n"),)), ())

    assert silent is not None
    assert empty is not None
    assert (silent.state, silent.reason) == (State.NOISE, "no_output")
    assert (empty.state, empty.reason) == (State.REJECTED, "no_output")
