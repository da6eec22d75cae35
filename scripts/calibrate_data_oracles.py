"""Calibrate the oracles for tables, trees, logs and images against well-known converters and against attacks.

    .venv/bin/python scripts/calibrate_data_oracles.py [--write] [--cases 220]

In     generated inputs; their outputs by converters that run in an environment of their own (uv makes it)
Out    tables on the terminal, with --write also in docs/distillation.md between this script's markers
Never  changes a floor: it shows what the floors let through; exits 1 where that is more than allowed
"""

import argparse
import json
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import calibration_cases as cases
from data_converters import KINDS

from skillstrata.distill.media import media_type_of
from skillstrata.distill.oracles import choose_profile, judge
from skillstrata.records.proofs import TypedBytes

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "distillation.md"
BEGIN = "<!-- calibrate_data_oracles: begin -->"
END = "<!-- calibrate_data_oracles: end -->"
PACKAGES = (
    *("pandas", "polars", "tablib", "duckdb", "pyexcel", "openpyxl", "orjson", "flatten-json", "pyyaml"),
    *("ruamel.yaml", "tomli-w", "pillow", "opencv-python-headless", "pyvips[binary]"),
)
HONEST = 0.95
RARE = 1 / 200
_MAKERS = {"tables": cases.table, "trees": cases.tree, "logs": cases.log, "images": cases.image}
_ENDINGS = {"tables": ".csv", "trees": ".json", "logs": ".log", "images": ".png"}
# kind -> the converter whose outputs are attacked, and the attacks
_ATTACKED: Mapping[str, tuple[str, Mapping[str, cases.Attack]]] = {
    "table to JSON": ("csv module", cases.TABLE_ATTACKS),
    "table to sums by group": ("python", cases.COUNT_ATTACKS),
    "tree to JSON": ("json module", cases.TREE_ATTACKS),
    "log to lines": ("grep", cases.LINE_ATTACKS),
    "log to counts": ("python", cases.COUNT_ATTACKS),
    "log to JSON counts": ("pandas", cases.COUNT_ATTACKS),
    "image to half": ("pillow", cases.IMAGE_ATTACKS),
    "image to JPEG": ("pillow", cases.IMAGE_ATTACKS),
}


@dataclass
class Tally:
    """How often something was let through, and one reason why not."""

    kind: str
    what: str
    passed: int = 0
    tried: int = 0
    profiles: set[str] = field(default_factory=set)
    refused: str = ""

    def add(self, ok: bool, profile: str, detail: str) -> None:
        """Count one judgement."""
        self.tried += 1
        self.passed += ok
        self.profiles.add(profile.partition("/")[0])
        self.refused = self.refused if ok else self.refused or detail

    def row(self, sign: str) -> str:
        """Write a line of the table."""
        share = self.passed / self.tried if self.tried else 0.0
        cells = (
            self.kind,
            self.what,
            ", ".join(sorted(self.profiles)),
            f"{self.passed}/{self.tried}",
            f"{sign} {share:.1%}",
        )
        return f"| {' | '.join(cells)} |"


def make_inputs(folder: Path, count: int) -> None:
    """Write the inputs of every kind."""
    for kind, make in _MAKERS.items():
        (folder / kind).mkdir()
        for seed in range(count):
            (folder / kind / f"{seed:04}{_ENDINGS[kind]}").write_bytes(make(seed))


def convert(folder: Path) -> dict[str, str]:
    """Run the converters in an environment of their own; give their versions."""
    uv = shutil.which("uv") or str(Path(sys.executable).with_name("uv"))
    packages = [part for name in PACKAGES for part in ("--with", name)]
    script = str(Path(__file__).with_name("data_converters.py"))
    subprocess.run([uv, "run", "--no-project", "--isolated", *packages, "python", script, str(folder)], check=True)
    return json.loads((folder / "versions.json").read_text())


def typed(path: Path) -> TypedBytes:
    """Read a file with the type its content has."""
    data = path.read_bytes()
    return TypedBytes(media_type_of(data, path.name), data)


def honest(folder: Path) -> list[Tally]:
    """Judge every converter's outputs by the profile the first output of its own chooses."""
    found: list[Tally] = []
    for kind, (place, _, converters) in KINDS.items():
        for name in converters:
            tally = Tally(kind, name)
            for path in sorted((folder / "made" / kind / name).iterdir()):
                given = typed(folder / place / (path.stem + _ENDINGS[place]))
                produced = typed(path)
                profile = choose_profile(given, produced)
                result = judge(given, produced, profile=profile)
                tally.add(result.ok, profile, f"{path.stem}: {result.detail}")
            found.append(tally)
    return found


def attacked(folder: Path) -> list[Tally]:
    """Judge wrong outputs by the profile of the right ones."""
    found: list[Tally] = []
    for kind, (name, attacks) in _ATTACKED.items():
        place = KINDS[kind][0]
        paths = sorted((folder / "made" / kind / name).iterdir())
        pairs = [(typed(folder / place / (path.stem + _ENDINGS[place])), typed(path)) for path in paths]
        profiles = [choose_profile(given, right) for given, right in pairs]
        for what, attack in attacks.items():
            tally = Tally(kind, what)
            for number, (given, right) in enumerate(pairs):
                dice = random.Random(f"{what} {number}")  # noqa: S311
                wrong = attack(right.data, dice, pairs[number - 1][1].data)
                if wrong is not None and wrong != right.data:
                    produced = TypedBytes(right.media_type, wrong)
                    tally.add(judge(given, produced, profile=profiles[number]).ok, profiles[number], "")
            found.append(tally)
    return [*found, _naive(folder)]


def _naive(folder: Path) -> Tally:
    """Judge the reader that cuts at every comma, on inputs that have a quoted one."""
    tally = Tally("table to JSON", "cut at every comma")
    for path in sorted((folder / "made" / "table to JSON" / "csv module").iterdir()):
        given, right = typed(folder / "tables" / (path.stem + ".csv")), typed(path)
        if b", " in given.data:
            profile = choose_profile(given, right)
            wrong = TypedBytes(right.media_type, cases.naive_split(given.data))
            tally.add(judge(given, wrong, profile=profile).ok, profile, "")
    return tally


def page(good: Sequence[Tally], bad: Sequence[Tally], versions: Mapping[str, str], count: int) -> str:
    """Write the section."""
    head = "| conversion | {} | profile | accepted | share |\n| --- | --- | --- | --- | --- |"
    shown = ", ".join(f"{name} {version}" for name, version in versions.items())
    return "\n".join(
        [
            BEGIN,
            "## Oracles for data: what they accept and what they let through",
            "",
            f"{count} generated inputs of each kind. The command that makes these tables:",
            "`python scripts/calibrate_data_oracles.py --write`.",
            f"The converters run in an environment of their own: {shown}.",
            "",
            f"Correct conversions (floor: {HONEST:.0%} accepted):",
            "",
            head.format("converter"),
            *(tally.row("ok" if _is_good(tally) else "TOO FEW") for tally in good),
            "",
            "Wrong outputs, judged by the profile of the right one (ceiling: 1 in 200 accepted):",
            "",
            head.format("attack"),
            *(tally.row("ok" if _is_rare(tally) else "TOO MANY") for tally in bad),
            "",
            "A line left out on purpose and a line lost look alike in a choice of lines: there the profile declares",
            "the loss, and only lines that were never in the input are faults.",
            END,
        ]
    )


def _is_good(tally: Tally) -> bool:
    return tally.tried > 0 and tally.passed >= HONEST * tally.tried


def _is_rare(tally: Tally) -> bool:
    return tally.tried > 0 and tally.passed <= RARE * tally.tried


def write(section: str) -> None:
    """Put the section between its markers, or at the end of the page."""
    text = PAGE.read_text(encoding="utf-8") if PAGE.exists() else "# Distillation\n"
    pattern = re.compile(re.escape(BEGIN) + r".*?" + re.escape(END), re.S)
    made = pattern.sub(lambda _match: section, text) if pattern.search(text) else f"{text.rstrip()}\n\n{section}\n"
    PAGE.write_text(made, encoding="utf-8")


def main() -> int:
    """Run everything; 1 where a bound is missed."""
    parser = argparse.ArgumentParser(description="Calibrate the oracles for data.")
    parser.add_argument("--write", action="store_true", help="write the tables into docs/distillation.md")
    parser.add_argument("--cases", type=int, default=220, help="inputs of each kind")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        make_inputs(folder, chosen.cases)
        versions = convert(folder)
        good, bad = honest(folder), attacked(folder)
    section = page(good, bad, versions, chosen.cases)
    print(section)
    for tally in good:
        if tally.refused:
            print(f"{tally.kind} by {tally.what} refused {tally.refused}", file=sys.stderr)
    if chosen.write:
        write(section)
    return 0 if all(map(_is_good, good)) and all(map(_is_rare, bad)) else 1


if __name__ == "__main__":
    raise SystemExit(main())
