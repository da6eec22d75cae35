"""Collect measures, and put the ones that failed into words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from skillstrata.records.proofs import Measure, OracleResult

_SHOWN = 4
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Finding:
    """A measure with examples of what it found."""

    measure: Measure
    examples: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """Say what was measured, what was needed, and show examples."""
        m = self.measure
        shown = ", ".join(repr(text[:_LONGEST]) for text in self.examples[:_SHOWN])
        return f"{m.name} {round(m.value, 3):g} (needs {m.bound})" + (f": {shown}" if shown else "")


def at_least(name: str, value: float, floor: float, *, examples: Iterable[str] = (), gate: bool = True) -> Finding:
    """Measure against a floor."""
    return Finding(Measure(name, round(value, 4), f">= {floor:g}", value >= floor, gate), tuple(examples))


def at_most(name: str, value: float, ceiling: float, *, examples: Iterable[str] = (), gate: bool = True) -> Finding:
    """Measure against a ceiling."""
    return Finding(Measure(name, round(value, 4), f"<= {ceiling:g}", value <= ceiling, gate), tuple(examples))


def conclude(profile: str, findings: Sequence[Finding]) -> OracleResult:
    """Give the result: ok when every gate held, else the sentences of those that did not."""
    failed = [f for f in findings if f.measure.gate and not f.measure.ok]
    return OracleResult(
        profile=profile,
        ok=not failed,
        measures=tuple(f.measure for f in findings),
        detail="; ".join(f.sentence for f in failed),
    )


def unmeasurable(detail: str) -> OracleResult:
    """Say that no oracle knows this pair."""
    return OracleResult(profile="none", ok=False, measurable=False, detail=detail)
