"""Measure what the document oracles accept and what they let through: `uv run python scripts/calibrate_oracles.py`.

In     the profiles to measure (all), how many documents each; on demand a folder of documents
Out    a table: correct conversions accepted by converter, wrong outputs accepted by attack; `--write` puts it into
       docs/distillation.md
Never  makes the converters a dependency: they live in an environment made for the run
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from calibration_attacks import ATTACKS, Sample
from calibration_corpus import CORPORA, Corpus
from calibration_programs import (
    CONVERTERS,
    DRIVER,
    LUA_DRIVER,
    PANDOC,
    PANDOC_WRITERS,
    PDF_WRITER,
    SHEET_WRITER,
    Converter,
)

from skillstrata.distill.oracles import judge
from skillstrata.records.proofs import OracleResult, TypedBytes

PAGE = Path(__file__).parents[1] / "docs" / "distillation.md"
START, END = "<!-- calibration: documents -->", "<!-- end of calibration: documents -->"
LEAST_ACCEPTED = 0.95
MOST_LET_THROUGH = 1 / 200
_BOUNDED = 5
_FEWEST_CONVERTERS = 3
_PROGRAM_S = 1_800


@dataclass(frozen=True)
class Measured:
    """What one profile was seen to do: of each converter and each attack, accepted and tried."""

    profile: str
    converters: dict[str, tuple[int, int]]
    attacks: dict[str, tuple[int, int]]

    @property
    def good(self) -> list[str]:
        """Name the converters whose outputs are accepted often enough."""
        return [name for name, (ok, tried) in self.converters.items() if tried and ok >= LEAST_ACCEPTED * tried]

    @property
    def leaks(self) -> list[str]:
        """Name the attacks that are let through too often; only the first five have a bound."""
        bounded = [name for name, _ in ATTACKS][:_BOUNDED]
        return [n for n in bounded if n in self.attacks and self.attacks[n][0] > MOST_LET_THROUGH * self.attacks[n][1]]


class Environment:
    """Where the converters are installed, and how they are run."""

    def __init__(self, folder: Path, requires: Iterable[str]) -> None:
        self._python = folder / "bin" / "python"
        if not self._python.exists():
            subprocess.run(["uv", "venv", "--quiet", str(folder)], check=True)  # noqa: S607
            command = ["uv", "pip", "install", "--quiet", "--python", str(self._python), *sorted(set(requires))]
            subprocess.run(command, check=True)
        found = "import pypandoc; print(pypandoc.get_pandoc_path())"
        asked = subprocess.run([self._python, "-I", "-c", found], check=True, capture_output=True, text=True)
        self._pandoc = asked.stdout.strip()

    def run(self, program: Converter, here: Path, there: Path) -> None:
        """Run a program over all files of a folder; outputs that are there already are kept."""
        if there.exists():
            return
        fresh = there.with_name(there.name + ".new")
        fresh.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", suffix=".lua" if program.pandoc[0] else ".py", encoding="utf-8"
        ) as script:
            if program.pandoc[0]:
                script.write(LUA_DRIVER)
                command = [self._pandoc, "lua", script.name, str(here), str(fresh), *program.pandoc]
            else:
                script.write(DRIVER.format(setup=program.setup, code=program.code))
                # Isolated: nothing beside the script or on PYTHONPATH stands in for a converter's module.
                command = [str(self._python), "-I", script.name, str(here), str(fresh)]
            script.flush()
            subprocess.run(command, check=True, timeout=_PROGRAM_S)
        fresh.rename(there)


def files_of(profile: str, corpus: Corpus, work: Path, count: int, environment: Environment) -> Path:
    """Make the files of a corpus; give their folder."""
    there = work / profile / "files"
    if there.exists():
        return there
    sources = work / profile / "sources"
    sources.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        (sources / f"{number:04}{corpus.ending}").write_bytes(corpus.source(corpus.parts(number)))
    writer = {"pdf-1": PDF_WRITER, "sheet-1": SHEET_WRITER}.get(profile)
    if profile in PANDOC_WRITERS:
        writer = Converter("pandoc", PANDOC, pandoc=("gfm", PANDOC_WRITERS[profile]))
    if writer is None:
        sources.rename(there)
        return there
    made = work / profile / "made"
    environment.run(writer, sources, made)
    for path in list(made.iterdir()):
        path.rename(path.with_suffix(corpus.ending))
    made.rename(there)
    return there


def outputs_of(program: Converter, files: Path, work: Path, environment: Environment) -> dict[str, str]:
    """Run a converter; give its outputs by the names of the files, without endings."""
    there = work / f"by-{program.name}"
    environment.run(program, files, there)
    return {path.name: path.read_text(encoding="utf-8", errors="replace") for path in sorted(there.iterdir())}


def measure(profile: str, work: Path, *, count: int, environment: Environment, show: int) -> Measured:
    """Measure one profile."""
    corpus = CORPORA[profile]
    files = files_of(profile, corpus, work, count, environment)
    given = {path.stem: TypedBytes(corpus.media_type, path.read_bytes()) for path in sorted(files.iterdir())}
    programs = {program.name: program for program in CONVERTERS[profile]}
    outputs = {name: outputs_of(program, files, work / profile, environment) for name, program in programs.items()}
    accepted: dict[str, set[str]] = {name: set() for name in programs}
    refused: dict[str, list[str]] = {name: [] for name in programs}
    # Document by document: a reader that keeps the last file it read need not read it again.
    for key, source in given.items():
        for name, program in programs.items():
            result = _judged(source, program, outputs[name].get(key, ""), profile)
            if result.ok:
                accepted[name].add(key)
            else:
                refused[name].append(f"{key}: {result.detail}")
    for name, details in refused.items():
        _show(f"{profile} by {name}", details, show)
    measured = Measured(profile, {name: (len(keys), len(given)) for name, keys in accepted.items()}, {})
    samples = _samples(measured.good, outputs, accepted, corpus)
    _attack(measured, samples, given, programs, show=show)
    return measured


def _judged(source: TypedBytes, program: Converter, text: str, profile: str) -> OracleResult:
    return judge(source, TypedBytes(program.produces, text.encode()), profile=profile)


def _attack(
    measured: Measured,
    samples: dict[str, list[Sample]],
    given: dict[str, TypedBytes],
    programs: dict[str, Converter],
    *,
    show: int,
) -> None:
    """Spoil each document's output by one of the good converters in turn, in every way; count what is let through."""
    counts = {name: [0, 0] for name, _ in ATTACKS}
    names = list(samples)
    for key, source in given.items():
        name = names[int(key) % len(names)] if names else ""
        own = samples.get(name, [])
        at = next((at for at, sample in enumerate(own) if sample.number == int(key)), None)
        if at is None:
            continue
        for attack_name, attack in ATTACKS:
            spoilt = attack(own, at)
            if spoilt is None or spoilt == own[at].output:
                continue
            through = _judged(source, programs[name], spoilt, measured.profile).ok
            counts[attack_name][0] += through
            counts[attack_name][1] += 1
            if through and show:
                print(f"  let through: {measured.profile} {attack_name}, {key} by {name}", file=sys.stderr)
    measured.attacks.update({name: (through, tried) for name, (through, tried) in counts.items()})


def _samples(
    names: Sequence[str], outputs: dict[str, dict[str, str]], accepted: dict[str, set[str]], corpus: Corpus
) -> dict[str, list[Sample]]:
    """Give the accepted outputs of each converter: what is refused already would make an attack look caught."""
    return {
        name: [
            Sample(int(key), corpus.parts(int(key)), text)
            for key, text in outputs[name].items()
            if key in accepted[name]
        ]
        for name in names
    }


def _show(what: str, refused: Sequence[str], most: int) -> None:
    for detail in refused[:most]:
        print(f"  refused: {what}, {detail[:400]}", file=sys.stderr)


def table(rows: Sequence[Measured], command: str) -> str:
    """Draw what was measured, as Markdown."""
    attacks = [name for name, _ in ATTACKS]
    lines = [f"Made by `{command}`.", ""]
    lines += ["| profile | correct conversions accepted |", "| --- | --- |"]
    lines += [
        f"| `{row.profile}` | {', '.join(_share(n, *pair) for n, pair in row.converters.items())} |" for row in rows
    ]
    lines += ["", f"| profile | {' | '.join(attacks)} |", "| --- |" + " --: |" * len(attacks)]
    for row in rows:
        cells = [
            f"{row.attacks[name][0]} of {row.attacks[name][1]}" if row.attacks[name][1] else "-" for name in attacks
        ]
        lines.append(f"| `{row.profile}` | {' | '.join(cells)} |")
    return "\n".join(lines)


def _share(name: str, ok: int, tried: int) -> str:
    return f"{name} {ok / tried:.1%}" if tried else f"{name} -"


def real_documents(folder: Path, work: Path, environment: Environment) -> str:
    """Judge what the converters make of the documents of a folder: shares here are a look, not a calibration."""
    lines = ["| profile | documents | accepted |", "| --- | --: | --- |"]
    for profile, corpus in CORPORA.items():
        found = [path for path in sorted(folder.rglob("*" + corpus.ending)) if path.is_file()]
        if not found:
            continue
        files = work / "documents" / profile
        files.mkdir(parents=True, exist_ok=True)
        for path in found:
            (files / path.name).write_bytes(path.read_bytes())
        shares: list[str] = []
        for program in CONVERTERS[profile]:
            made = outputs_of(program, files, work / "documents-by" / profile, environment)
            sources = {name: (files / (name + corpus.ending)).read_bytes() for name in made}
            results = {
                name: _judged(TypedBytes(corpus.media_type, sources[name]), program, text, profile)
                for name, text in made.items()
            }
            details = [f"{name}: {result.detail}" for name, result in results.items() if not result.ok]
            _show(f"{profile} by {program.name}", details, len(details))
            shares.append(f"{program.name} {sum(r.ok for r in results.values())} of {len(results)}")
        lines.append(f"| `{profile}` | {len(found)} | {', '.join(shares)} |")
    return "\n".join(lines)


def write_page(text: str) -> None:
    """Put the rows between the markers of the page; profiles that were not measured keep theirs."""
    page = PAGE.read_text(encoding="utf-8")
    head, _, rest = page.partition(START)
    before, _, tail = rest.partition(END)
    fresh = {_key(line) for line in text.splitlines()}
    kept = [[line for line in part.splitlines() if _key(line) and _key(line) not in fresh] for part in _tables(before)]
    parts = _tables(text)
    for part, lines in zip(range(len(parts)), kept, strict=False):
        parts[part] = "\n".join([parts[part], *lines])
    PAGE.write_text(f"{head}{START}\n" + "\n\n".join(parts) + f"\n{END}{tail}", encoding="utf-8")


def _key(line: str) -> str:
    """Give the profile a row of a table is about."""
    return line.split("`")[1] if line.startswith("| `") else ""


def _tables(text: str) -> list[str]:
    return [part for part in text.strip().split("\n\n") if part]


def main() -> int:
    """Run the calibration; ends with 1 where a bound does not hold."""
    parser = argparse.ArgumentParser(description="What the document oracles accept and let through, measured now.")
    parser.add_argument("profiles", nargs="*", metavar="PROFILE", help=f"only these: {', '.join(CORPORA)}")
    parser.add_argument("--count", type=int, default=240, help="documents of each profile")
    parser.add_argument("--work", type=Path, help="a folder to keep files and outputs in; the next run uses them again")
    parser.add_argument("--environment", type=Path, help="a folder to keep the converters in")
    parser.add_argument("--documents", type=Path, help="also judge conversions of the documents in this folder")
    parser.add_argument("--show", type=int, default=0, metavar="N", help="print the first N refusals of each converter")
    parser.add_argument("--write", action="store_true", help=f"write the table into docs/{PAGE.name}")
    asked = parser.parse_args()
    unknown = [name for name in asked.profiles if name not in CORPORA]
    if unknown:
        parser.error(f"no profile is called {unknown[0]!r}; there are: {', '.join(CORPORA)}")
    with tempfile.TemporaryDirectory() as fallback:
        work = asked.work or Path(fallback)
        programs = [*(one for several in CONVERTERS.values() for one in several), PDF_WRITER, SHEET_WRITER]
        requires = [*PANDOC, *(name for program in programs for name in program.requires)]
        environment = Environment(asked.environment or work / "environment", requires)
        rows: list[Measured] = []
        for profile in asked.profiles or CORPORA:
            began = time.monotonic()
            rows.append(measure(profile, work, count=asked.count, environment=environment, show=asked.show))
            print(f"{profile}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
        text = table(rows, f"uv run python scripts/calibrate_oracles.py --count {asked.count} --write")
        print(text)
        if asked.documents:
            print(real_documents(asked.documents, work, environment))
    if asked.write:
        write_page(text)
    failed = [f"{row.profile}: {', '.join(row.leaks)}" for row in rows if row.leaks]
    failed += [f"{row.profile}: fewer than three converters" for row in rows if len(row.good) < _FEWEST_CONVERTERS]
    print("\n".join(["bounds that do not hold:", *failed]) if failed else "all bounds hold")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
