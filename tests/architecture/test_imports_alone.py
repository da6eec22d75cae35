"""Every module can be the first one that is imported."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SRC = Path(__file__).parents[2] / "src"

# One fork for each module: each starts with nothing of ours imported, without paying for an interpreter start. What
# others wrote is imported before, once: a first fork tells what that is.
_PROBE = """
import contextlib, gc, importlib, json, os, sys, traceback
sys.path.insert(0, sys.argv[1])
package, names = sys.argv[2], json.load(sys.stdin)
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

def others():
    for name in names:
        with contextlib.suppress(BaseException):
            importlib.import_module(name)
    return "\\n".join(name for name in sys.modules if name.partition(".")[0] != package)

def alone(name):
    importlib.import_module(name)
    return ""

for name in forked(others).splitlines():
    with contextlib.suppress(BaseException):
        importlib.import_module(name)
assert not any(name.partition(".")[0] == package for name in sys.modules)
failed = {name: said for name in names if (said := forked(lambda: alone(name)))}
json.dump(failed, sys.stdout)
"""


def _module_names(src: Path, package: str) -> list[str]:
    paths = sorted((src / package).rglob("*.py"))
    dotted = (".".join(p.relative_to(src).with_suffix("").parts) for p in paths)
    names = [name.removesuffix(".__init__") for name in dotted if not name.endswith("__main__")]
    return [name for name in names if all(part.isidentifier() for part in name.split("."))]


def _failures(src: Path, package: str) -> dict[str, str]:
    names = _module_names(src, package)
    assert names
    process = subprocess.run(
        [sys.executable, "-c", _PROBE, str(src), package],
        input=json.dumps(names),
        capture_output=True,
        text=True,
        check=True,
        timeout=600,
    )
    return json.loads(process.stdout)


def test_each_module_imports_first_in_a_fresh_interpreter() -> None:
    """House style, rot 2: a knot hidden by import order breaks whoever imports in another order."""
    # An alembic environment script runs inside alembic's context only.
    failures = {name: said for name, said in _failures(SRC, "skillstrata").items() if not name.endswith(".env")}

    assert failures == {}


@pytest.mark.parametrize(("knot", "expected"), [("from tied.one import VALUE", {"tied.one"}), ("", set[str]())])
def test_a_knot_that_one_order_hides_is_seen(tmp_path: Path, knot: str, expected: set[str]) -> None:
    """Canary: with the knot `two` works first and `one` does not; without it both work."""
    package = tmp_path / "tied"
    package.mkdir()
    (package / "__init__.py").write_text("", encoding="utf-8")
    (package / "one.py").write_text("from tied import two\nVALUE = two.KEY\n", encoding="utf-8")
    (package / "two.py").write_text(f"KEY = 1\n{knot}\n", encoding="utf-8")

    assert set(_failures(tmp_path, "tied")) == expected
