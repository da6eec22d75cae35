"""Do other distributions' oracles take part, and do broken ones stay harmless?"""

import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from skillstrata.distill.oracles import PROFILES, choose_profile, judge, plug_in_faults, plug_ins
from skillstrata.distill.oracles.plug_ins import GROUP, installed_plug_ins, load_plug_ins
from skillstrata.distill.views.media_types import CSV, JSON
from skillstrata.records.proofs import TypedBytes
from tests.wheels import put_wheel

CODES = TypedBytes("application/x-codes", b"\x01\x02")
RIGHT, WRONG = TypedBytes("application/x-lines", b"0102"), TypedBytes("application/x-lines", b"0103")
SOURCE = """
from skillstrata.records.proofs import OracleResult

class Codes:
    name = {name!r}

    def fits(self, given, produced):
        return given.media_type == "application/x-codes"

    def judge(self, given, produced, *, labels):
        return OracleResult(profile="anything", ok=given.data.hex().encode() == produced.data)
"""


@pytest.fixture(autouse=True)
def _loaded_anew() -> Iterator[None]:
    installed_plug_ins.cache_clear()
    yield
    installed_plug_ins.cache_clear()
    for name in [name for name in sys.modules if name.startswith("plugged_")]:
        del sys.modules[name]


def _install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, source: str, target: str = "Codes") -> None:
    """Put a wheel's files where an installer puts them."""
    module = f"plugged_{name}"
    entries = f"[{GROUP}]\n{name} = {module}:{target}\n"
    wheel = put_wheel(tmp_path, name, "1.0", {f"{module}.py": source, "{info}/entry_points.txt": entries})
    site = tmp_path / f"site-{name}"
    with zipfile.ZipFile(wheel) as files:
        files.extractall(site)
    monkeypatch.syspath_prepend(str(site))


def test_an_installed_oracle_is_chosen_and_judges(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The registry is open: a distribution adds a profile by its entry point alone."""
    _install(monkeypatch, tmp_path, "codes", SOURCE.format(name="codes-1"))

    assert choose_profile(CODES, RIGHT) == "codes-1"
    good, bad = judge(CODES, RIGHT, profile="codes-1"), judge(CODES, WRONG, profile="codes-1")
    assert (good.ok, good.profile, bad.ok, bad.measurable) == (True, "codes-1", False, True)


def test_without_the_distribution_nothing_is_measurable() -> None:
    """The twin: the pair is known by nobody else, and a proof that names the plug-in says so."""
    assert choose_profile(CODES, RIGHT) == "none"
    result = judge(CODES, RIGHT, profile="codes-1")
    assert not result.measurable
    assert "codes-1" in result.detail


def test_a_pair_the_built_in_profiles_know_loads_no_plug_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nobody pays for a plug-in that is not asked, and none takes a pair over."""
    _install(monkeypatch, tmp_path, "greedy", SOURCE.format(name="greedy-1").replace("given.media_type ==", "'' in"))
    given, produced = TypedBytes(CSV, b"a,b\n1,2\n3,4\n"), TypedBytes(JSON, b'[{"a":1,"b":2},{"a":3,"b":4}]')

    assert choose_profile(given, produced) == "table-1"
    assert judge(given, produced, profile="table-1").ok
    assert "plugged_greedy" not in sys.modules


@pytest.mark.parametrize(
    ("source", "target", "says"),
    [
        ("raise RuntimeError('half installed')", "Codes", "half installed"),
        ("import no_such_module_at_all", "Codes", "ModuleNotFoundError"),
        ("raise SystemExit(3)", "Codes", "SystemExit"),
        (SOURCE.format(name="codes-1"), "Absent", "AttributeError"),
        (SOURCE.format(name="no version"), "Codes", "is no oracle"),
        ("Codes = 5", "Codes", "is no oracle"),
        (SOURCE.format(name="table-1"), "Codes", "which a built-in profile has"),
        (SOURCE.format(name="document-99"), "Codes", "which a built-in profile has"),
    ],
)
def test_an_oracle_that_cannot_be_used_is_a_diagnostic(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, source: str, target: str, says: str
) -> None:
    """Broken plug-ins, and those that would replace a built-in profile, are named and left out; the others work."""
    _install(monkeypatch, tmp_path, "broken", source, target)
    _install(monkeypatch, tmp_path, "sound", SOURCE.format(name="sound-1"))

    assert [says in fault.sentence for fault in plug_in_faults()] == [True]
    assert "'broken' of broken 1.0" in plug_in_faults()[0].sentence
    assert choose_profile(CODES, RIGHT) == "sound-1"
    assert says in judge(CODES, RIGHT, profile="broken-1").detail


def test_the_second_oracle_of_one_name_is_left_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Which of two is used must not depend on the order of folders."""
    _install(monkeypatch, tmp_path, "one", SOURCE.format(name="codes-1"))
    _install(monkeypatch, tmp_path, "two", SOURCE.format(name="codes-1"))

    loaded = load_plug_ins(PROFILES)
    assert loaded.names == ("codes-1",)
    assert ["'two' of two 1.0" in fault.sentence for fault in loaded.faults] == [True]


@pytest.mark.parametrize("body", ["raise ValueError('on this input')", "return 'fine'"])
def test_an_oracle_that_breaks_while_it_judges_measures_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, body: str
) -> None:
    """Neither a crash nor a pass."""
    source = SOURCE.format(name="codes-1").replace(
        "        return OracleResult(", f"        {body}\n        OracleResult("
    )
    _install(monkeypatch, tmp_path, "frail", source)

    result = judge(CODES, RIGHT, profile="codes-1")
    assert (result.ok, result.measurable) == (False, False)
    assert "frail" in result.detail


@pytest.mark.parametrize("where", ["fits", "judge", "load"])
def test_an_oracle_that_gives_no_answer_is_given_up(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, where: str
) -> None:
    """One that hangs must not hang the pass: it is waited for once, named, and the others go on."""
    waits = "__import__('threading').Event().wait()"
    source = SOURCE.format(name="codes-1")
    if where == "load":
        source = f"{waits}\n{source}"
    else:
        place = 'return given.media_type == "application/x-codes"' if where == "fits" else "return OracleResult("
        source = source.replace(place, f"{waits}; {place}")
    _install(monkeypatch, tmp_path, "slow", source)
    _install(monkeypatch, tmp_path, "sound", SOURCE.format(name="sound-1"))
    monkeypatch.setattr(plug_ins, "PATIENCE_S", 0.3)
    assert choose_profile(CODES, RIGHT) == ("codes-1" if where == "judge" else "sound-1")
    if where == "judge":
        assert "gave no answer within 0.3 s" in judge(CODES, RIGHT, profile="codes-1").detail

    assert ["'slow' of slow 1.0: gave no answer" in fault.sentence for fault in plug_in_faults()] == [True]
    # It would wait for ever if it were asked again.
    monkeypatch.setattr(plug_ins, "PATIENCE_S", None)
    assert choose_profile(CODES, RIGHT) == "sound-1"
    assert not judge(CODES, RIGHT, profile="codes-1").measurable
    assert judge(CODES, RIGHT, profile="sound-1").ok


def test_every_profile_says_what_it_loses() -> None:
    """A name carries its version, and a summary is never called lossless."""
    assert all(name.rpartition("-")[2].isdigit() for name in PROFILES)
    assert {name for name, loss in PROFILES.items() if loss == "intended"} == {
        name for name in PROFILES if name.startswith(("extract", "summary"))
    }
