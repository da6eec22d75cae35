"""What a probe found in a program, and the first reason in it to set the program aside.

In     the findings of one walk over a program's tree
Out    ProbeReport with its verdict
Never  looks at the program itself, but for secrets
"""

from dataclasses import dataclass, field

from skillstrata.distill.distributions import install_command
from skillstrata.distill.inline_metadata import InlineMetadata
from skillstrata.distill.secret_marks import TAKE_IT_OUT, secret_in, taken_out_in
from skillstrata.records.candidates import ProbeReport, State, Verdict

_FREE = "skillstrata unshelve {id}"


@dataclass(slots=True)
class Findings:
    """What the walk over the tree collects; every list holds "name at line N"."""

    imports: list[str] = field(default_factory=list[str])
    requirements: set[str] = field(default_factory=set[str])
    evidence: list[str] = field(default_factory=list[str])
    ambiguous: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    foreign: dict[str, str] = field(default_factory=dict[str, str])
    unknown: list[str] = field(default_factory=list[str])
    local: list[str] = field(default_factory=list[str])
    windows: list[str] = field(default_factory=list[str])
    mac: list[str] = field(default_factory=list[str])
    binaries: list[str] = field(default_factory=list[str])
    missing: list[str] = field(default_factory=list[str])
    machine: list[str] = field(default_factory=list[str])
    network: list[str] = field(default_factory=list[str])
    clock: list[str] = field(default_factory=list[str])
    randomness: list[str] = field(default_factory=list[str])
    destructive: list[str] = field(default_factory=list[str])
    environment: list[str] = field(default_factory=list[str])
    home: list[str] = field(default_factory=list[str])
    packages: list[str] = field(default_factory=list[str])


def report_of(found: Findings, bodies: tuple[str, ...], declared: InlineMetadata | None = None) -> ProbeReport:
    """Put the findings of a program together.

    Args:
        found: Of the program and its helpers.
        bodies: Their texts, to be searched for secrets.
        declared: What the program's own head says it needs.
    """
    return ProbeReport(
        imports=tuple(dict.fromkeys(found.imports)),
        requirements=tuple(sorted(found.requirements)),
        unknown_imports=tuple(found.unknown),
        local_modules=tuple(found.local),
        binaries=tuple(dict.fromkeys(found.binaries)),
        missing_binaries=tuple(dict.fromkeys(found.missing)),
        network=tuple(found.network),
        clock=tuple(found.clock),
        randomness=tuple(found.randomness),
        destructive=tuple(found.destructive),
        environment=(*found.environment, *found.home),
        evidence=tuple(found.evidence),
        verdict=_verdict(found, bodies) or (_misdeclared(declared) if declared else None),
    )


def _verdict(found: Findings, bodies: tuple[str, ...]) -> Verdict | None:
    """Give the first reason to set the program aside, the gravest first."""
    secret = next((s for body in bodies if (s := taken_out_in(body) or secret_in(body))), "")
    if secret:
        return Verdict(State.SHELVED, "secret", f"the program holds {secret}", TAKE_IT_OUT)
    for system, places in (("Windows", found.windows), ("macOS", found.mac)):
        if places:
            return Verdict(State.SHELVED, "host", f"it needs {system}: {places[0]}")
    if found.local:
        detail = f"it imports a module of its own project: {found.local[0]}"
        free = f"write the program so that it stands alone, run it again, then `{_FREE}`"
        return Verdict(State.SHELVED, "incomplete_association", detail, free)
    for reason, entries, what in (
        ("safety_review", found.destructive, "it deletes or kills what it did not make"),
        ("network", found.network, "it uses the network"),
    ):
        if entries:
            return Verdict(State.SHELVED, reason, f"{what}: {', '.join(entries)}")
    return _tied(found) or _missing(found)


def _tied(found: Findings) -> Verdict | None:
    """Say what ties the output to one machine or one user."""
    if found.machine:
        return Verdict(State.SHELVED, "host", f"its output depends on the machine: {', '.join(found.machine)}")
    if found.home:
        detail = f"its output depends on the home folder: it reads {', '.join(dict.fromkeys(found.home))}"
        free = f"let the agent name the file as an input and run the program again, then `{_FREE}`"
        return Verdict(State.SHELVED, "host", detail, free)
    return None


def _misdeclared(declared: InlineMetadata) -> Verdict | None:
    if not declared.problem:
        return None
    free = "run skillstrata with a Python that its head accepts, or mend the head and run the program again"
    return Verdict(State.SHELVED, "dependency", declared.problem, free)


def _missing(found: Findings) -> Verdict | None:
    if found.ambiguous:
        name, problem = found.ambiguous[0]
        for_good = f'{name} = "DISTRIBUTION" under [distributions] in config.toml'
        free = f"{_FREE} --map {name}=DISTRIBUTION, or for good: {for_good}"
        return Verdict(State.SHELVED, "dependency", problem, free)
    if found.unknown:
        name = found.unknown[0].split(" ")[0]
        detail = f"no known distribution provides the module '{name}' ({found.unknown[0]})"
        return Verdict(State.SHELVED, "dependency", detail, f"{_FREE} --map {name}=DISTRIBUTION")
    if found.packages:
        name = found.packages[0].split(" ")[0]
        detail = f"it needs the node package '{name}' ({found.packages[0]})"
        return Verdict(State.SHELVED, "dependency", detail, f"npm install {name} && {_FREE}")
    if found.missing:
        name = found.missing[0].split(" ")[0]
        detail = f"the program '{name}' is not installed ({found.missing[0]})"
        return Verdict(State.SHELVED, "dependency", detail, f"{install_command(name)} && {_FREE}")
    return None
