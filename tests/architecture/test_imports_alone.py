"""Every module can be the first one that is imported."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SRC = Path(__file__).parents[2] / "src"

# Order can break only what asks, while it is imported, for something that asks for it in turn. So two processes import
# all there is, one from each end of the names, and note who asks for what; a fork of its own, with nothing of ours
# imported, is for each module that
# - lies on a circle of those questions, or failed in one of the two processes;
# - is a package: its own code runs before any module in it, whoever asks (so a module's own packages are no question);
# - holds a package as a name: what it reads there may have been put there by others.
# What others wrote is imported before, once: a first fork tells what that is.
_PROBE = """
import builtins, contextlib, gc, importlib.util, json, os, sys, traceback
sys.path.insert(0, sys.argv[1])
package, packages, names = sys.argv[2], set(json.loads(sys.argv[3])), json.load(sys.stdin)
known = set(names)
gc.disable()

def forked(work):
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            said = work().encode()
        except BaseException:
            said = traceback.format_exc()[-4000:].encode()
        with os.fdopen(write, "wb") as pipe:
            pipe.write(said)
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        said = pipe.read().decode()
    os.waitpid(pid, 0)
    return said

def above(name):
    parts = name.split(".")
    return {".".join(parts[:count]) for count in range(1, len(parts))}

def together(order):
    asked, alone = {name: set() for name in names}, set(packages)
    statement, call = builtins.__import__, importlib.import_module

    def note(importer, target, parts):
        if target.partition(".")[0] != package:
            return
        modules = {f"{target}.{part}" for part in parts} & known
        if not parts or modules & packages:
            alone.add(importer)
        named = modules if parts and len(modules) == len(parts) else modules | {target}
        asked[importer] |= named | (set().union(*map(above, named)) - above(importer))

    def noted_statement(name, globals=None, locals=None, fromlist=(), level=0):
        asker = globals or {}
        if asker.get("__name__") in known:
            target = importlib.util.resolve_name("." * level + name, asker.get("__package__"))
            note(asker["__name__"], target, fromlist or ())
        return statement(name, globals, locals, fromlist, level)

    def noted_call(name, package=None):
        asker = sys._getframe(1).f_globals.get("__name__")
        if asker in known:
            folder, _, leaf = importlib.util.resolve_name(name, package).rpartition(".")
            note(asker, folder, (leaf,))
        return call(name, package)

    builtins.__import__, importlib.import_module = noted_statement, noted_call
    for name in order:
        try:
            call(name)
        except BaseException:
            alone.add(name)
    builtins.__import__, importlib.import_module = statement, call
    others = [name for name in sys.modules if name.partition(".")[0] != package]
    found = {name: sorted(of & known) for name, of in asked.items()}
    return json.dumps({"asked": found, "alone": sorted(alone), "others": others})

def reached(asked, name):
    seen, left = set(), list(asked[name])
    while left:
        if (one := left.pop()) not in seen:
            seen.add(one)
            left.extend(asked[one])
    return seen

def alone(name):
    importlib.import_module(name)
    return ""

runs = [json.loads(forked(lambda: together(order))) for order in (names, names[::-1])]
asked = {name: {target for run in runs for target in run["asked"][name]} - {name} for name in names}
forks = {name for run in runs for name in run["alone"]} | {name for name in names if name in reached(asked, name)}
for name in runs[0]["others"]:
    with contextlib.suppress(BaseException):
        importlib.import_module(name)
assert not any(name.partition(".")[0] == package for name in sys.modules)
failed = {name: said for name in sorted(forks) if (said := forked(lambda: alone(name)))}
json.dump({"forks": sorted(forks), "failed": failed}, sys.stdout)
"""


def _module_names(src: Path, package: str) -> tuple[list[str], list[str]]:
    paths = sorted((src / package).rglob("*.py"))
    dotted = {".".join(p.relative_to(src).with_suffix("").parts) for p in paths if p.name != "__main__.py"}
    modules = {
        name.removesuffix(".__init__") for name in dotted if all(part.isidentifier() for part in name.split("."))
    }
    return sorted(modules), sorted(name for name in modules if f"{name}.__init__" in dotted)


def _tried(src: Path, package: str) -> tuple[set[str], dict[str, str]]:
    """Give the modules that were imported in a fork of their own, and what failed there."""
    names, packages = _module_names(src, package)
    assert names
    process = subprocess.run(
        [sys.executable, "-c", _PROBE, str(src), package, json.dumps(packages)],
        input=json.dumps(names),
        capture_output=True,
        text=True,
        check=True,
        timeout=600,
    )
    answer = json.loads(process.stdout)
    return set(answer["forks"]), answer["failed"]


def test_each_module_imports_first_in_a_fresh_interpreter() -> None:
    """House style, rot 2: a knot hidden by import order breaks whoever imports in another order."""
    # An alembic environment script runs inside alembic's context only.
    _, failed = _tried(SRC, "skillstrata")
    failures = {name: said for name, said in failed.items() if not name.endswith(".env")}

    assert failures == {}


# Who starts from either end of the names comes to `two` first.
_ENDS = {"about": "from tied import two\n", "zone": "from tied import two\n"}


@pytest.mark.parametrize(
    ("modules", "forks", "failed"),
    [
        (
            {"one": "from tied import two\nVALUE = two.KEY\n", "two": "KEY = 1\nfrom tied.one import VALUE\n"},
            {"tied", "tied.one", "tied.two"},
            {"tied.one"},
        ),
        ({"one": "from tied import two\nVALUE = two.KEY\n", "two": "KEY = 1\n"}, {"tied"}, set[str]()),
        ({"one": "import tied\nVALUE = tied.two.KEY\n", "two": "KEY = 1\n"}, {"tied", "tied.one"}, {"tied.one"}),
        (
            {"one": "import tied.two\nVALUE = tied.two.KEY\n", "two": "KEY = 1\n"},
            {"tied", "tied.one"},
            set[str](),
        ),
    ],
    ids=["knot", "no knot", "put there by others", "asked for"],
)
def test_what_one_order_hides_is_seen(
    tmp_path: Path, modules: dict[str, str], forks: set[str], failed: set[str]
) -> None:
    """Canary: `one` works after `two` from both ends of the names, and not first; its twin works first as well."""
    package = tmp_path / "tied"
    package.mkdir()
    for stem, text in {"__init__": "", **_ENDS, **modules}.items():
        (package / f"{stem}.py").write_text(text, encoding="utf-8")

    tried, failures = _tried(tmp_path, "tied")

    assert tried == forks
    assert set(failures) == failed
