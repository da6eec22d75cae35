"""Which expressions of a program are constant paths, where do they stand, and what are they for?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.distill.constant_paths import FoldedPath, fold_paths


def _found(source: str) -> dict[str, FoldedPath]:
    raw = source.encode()
    return {raw[f.start : f.end].decode(): f for f in fold_paths(source)}


@pytest.mark.parametrize(
    ("source", "text", "value", "is_path"),
    [
        ("open('/d/in.html')", "'/d/in.html'", "/d/in.html", False),
        ("open('/d/' 'in.html')", "'/d/' 'in.html'", "/d/in.html", False),
        ("open('/d/' + 'in.html')", "'/d/' + 'in.html'", "/d/in.html", False),
        ("open(r'C:\\d\\in.html')", "r'C:\\d\\in.html'", "C:\\d\\in.html", False),
        ("B = '/d'\nopen(f'{B}/in_{2024}.html')", "f'{B}/in_{2024}.html'", "/d/in_2024.html", False),
        ("import os\nB = '/d'\nopen(os.path.join(B, 'in.html'))", "os.path.join(B, 'in.html')", "/d/in.html", False),
        ("import os.path as o\nopen(o.join('/d', 'a.md'))", "o.join('/d', 'a.md')", "/d/a.md", False),
        ("from pathlib import Path\nx = Path('/d') / 'a.md'", "Path('/d') / 'a.md'", "/d/a.md", True),
        ("import pathlib\nx = pathlib.Path('/d', 'a.md')", "pathlib.Path('/d', 'a.md')", "/d/a.md", True),
        (
            "from pathlib import Path\nx = str(Path('/d/a.md').resolve())",
            "str(Path('/d/a.md').resolve())",
            "/d/a.md",
            False,
        ),
        ("import os\nx = os.path.expanduser('~/a.md')", "os.path.expanduser('~/a.md')", "~/a.md", False),
        ("def f():\n    b = '/d/'\n    return open(b + 'a.md')", "b + 'a.md'", "/d/a.md", False),
        ("# ünï\nx = 'é'; open('/ü/a.md')", "'/ü/a.md'", "/ü/a.md", False),
        ("x = 1\r\nopen('/d/a.md')\r\n", "'/d/a.md'", "/d/a.md", False),
    ],
)
def test_a_constant_path_is_folded_at_its_exact_bytes(source: str, text: str, value: str, is_path: bool) -> None:
    """Measured on real sessions: paths are mapped back to literals in all these forms, edited by byte offset."""
    found = _found(source)[text]

    assert (found.value, found.is_path) == (value, is_path)


@pytest.mark.parametrize(
    "source",
    [
        "open(name)",
        "B = 'a'\nB = 'b'\nx = B + '/in'",
        "for B in 'ab':\n    x = B + '/in'",
        "def f(b):\n    return b + '/in'",
        "x = f'{y!r}/in.html'",
        "print('hello world')",
        "x = 'https://a.example/in.html'",
        "x = '''a/b\nc'''",
        "'''a docstring of in/out.md'''",
        "x = 'a' / 'b'",
    ],
)
def test_what_is_not_one_constant_path_is_not_folded(source: str) -> None:
    """Ours: a wrong value would lift the wrong expression. The part '/in' may stand alone, the whole may not."""
    assert {f.value for f in fold_paths(source)} <= {"/in"}


@pytest.mark.parametrize(
    ("source", "use"),
    [
        ("open('a.md')", "read"),
        ("open('a.md', 'w')", "write"),
        ("open('a.md', mode='ab')", "write"),
        ("open('a.md', m)", "read"),
        ("p = 'a.md'\nwith open(p, encoding='utf-8') as f: f.read()", "read"),
        ("from pathlib import Path\nPath('a.md').write_text('x')", "write"),
        ("def load(p):\n    return open(p)\nload('a.md')", "read"),
        ("def save(x, *, to='a.md'):\n    open(to, 'w').write(x)\nsave('b')", "write"),
        ("import pandas as pd\nd = pd.read_csv('a.md')", "read"),
        ("d.to_csv('a.md')", "write"),
        ("d.save('a.md')", "write"),
        ("import sys\np = sys.argv[1] if len(sys.argv) > 1 else 'a.md'\nopen(p)", "read"),
        ("import subprocess\nsubprocess.run(['pandoc', 'b', '-o', 'a.md'])", "write"),
        ("for p in ['a.md']:\n    print(open(p).read())", "read"),
        ("x = [open(p).read() for p in ('a.md',)]", "read"),
        ("import shutil\nshutil.copy('a.md', 'b')", "read"),
        ("p = 'a.md'\nopen(p)\nopen(p, 'w')", "unknown"),
        ("print('a.md')", "unknown"),
    ],
)
def test_the_use_of_a_path_is_followed_to_the_call(source: str, use: str) -> None:
    """Ours: the use is triage; names, parameters, loops and defaults lead to the call that opens it."""
    assert next(f for f in fold_paths(source) if f.value == "a.md").use == (use if "m)" not in source else "read")


def test_a_reused_name_keeps_its_uses_apart() -> None:
    """Ours: agents write `p = …; open(p); p = …; open(p, 'w')`."""
    found = _found("p = 'in.md'\nx = open(p).read()\np = 'out.md'\nopen(p, 'w').write(x)")

    assert (found["'in.md'"].use, found["'out.md'"].use) == ("read", "write")


def test_innermost_marks_expressions_without_a_smaller_path_inside() -> None:
    """Ours: the one who lifts a path chooses between the join and its last part."""
    found = _found("import os\nopen(os.path.join('/d', 'in.html'))")

    assert {text: f.innermost for text, f in found.items()} == {
        "os.path.join('/d', 'in.html')": False,
        "'/d'": True,
        "'in.html'": True,
    }


def test_bytes_literals_say_so() -> None:
    """Ours: a str cannot stand in their place."""
    assert _found("open(b'/d/a.md')")["b'/d/a.md'"].is_bytes
    assert not _found("open('/d/a.md')")["'/d/a.md'"].is_bytes


@given(st.text())
def test_any_text_is_folded_without_raising(source: str) -> None:
    """The function's promise: text that is no program gives nothing."""
    for found in fold_paths(source):
        assert 0 <= found.start < found.end <= len(source.encode("utf-8", "surrogatepass"))


@given(st.text(alphabet="abcü /._-'\"\\", min_size=1, max_size=20), st.text(alphabet="xé\n #", max_size=8))
def test_every_literal_is_found_where_it_stands(name: str, noise: str) -> None:
    """Ours: a byte offset that is off by one corrupts the program."""
    path = f"/d/{name}.md"
    source = f"x = {noise!r}; y = {path!r}\n"

    assert path in {f.value for text, f in _found(source).items() if text == repr(path)}


def test_a_command_line_is_no_path() -> None:
    """Ours: `pandoc a.md -o a.html` ends like a file name; lifting it as one would break the program."""
    command = fold_paths("import os\nc = 'pandoc a.md -o a.html'\nos.system(c)\nos.system('cat b.md > b.html')")
    named = fold_paths("c = 'my notes a.html'\nopen(c)")

    assert [p.value for p in command] == []
    assert [p.value for p in named] == ["my notes a.html"]


def test_the_use_of_a_path_made_from_another_is_not_the_use_of_the_other() -> None:
    """Ours: the input stays an input when the output is named after it."""
    beside = fold_paths("p = 'in.csv'\nopen(p)\nopen(p[:-4] + '.json', 'w')")
    same = fold_paths("p = 'in.csv'\nopen(p)\nopen(p, 'w')")

    assert next(p.use for p in beside if p.value == "in.csv") == "read"
    assert next(p.use for p in same if p.value == "in.csv") == "unknown"
