"""Whoever asks why reads one sentence about the original run; the contract names what goes beyond files."""

from skillstrata.distill.observed import STARTS_PROGRAMS, TRIES_THE_NETWORK, effects_of, observed_text
from skillstrata.records.drafts import Observation, ObservedFile
from skillstrata.records.sandbox_runs import Provenance, Touched

READ, MADE = ObservedFile("/home/me/a.csv", b"x"), ObservedFile("/home/me/b.md", b"y")


def test_the_sentence_names_files_starts_and_places_with_their_lines() -> None:
    """`explain` shows exactly this."""
    provenance = Provenance(
        (
            Touched("read", READ.path, 3),
            Touched("spawn", "sort\n-u", 5),
            Touched("write", MADE.path),
            Touched("reach", "example.org:443", 9),
        ),
        ("strace", "audit"),
    )

    assert observed_text(Observation(True, (READ,), (MADE,), provenance=provenance)) == (
        "reads a.csv (line 3); writes b.md; starts sort -u (line 5); tries to reach example.org:443 (line 9)"
        " (seen by strace, audit)"
    )


def test_without_provenance_the_files_are_still_told() -> None:
    """A sandbox that does not trace says nothing more."""
    assert observed_text(Observation(True)) == "reads nothing; prints to standard output"


def test_long_commands_and_lists_are_cut() -> None:
    """A program may start a thousand others."""
    provenance = Provenance(tuple(Touched("spawn", f"{n} {'x' * 500}") for n in range(1000)))

    assert len(observed_text(Observation(True, provenance=provenance))) < 500


def test_effects_are_named_where_they_were_seen_and_only_there() -> None:
    """A pure transform has none; what a program started or tried to reach is part of its contract."""
    files = Provenance((Touched("read", "/a"), Touched("write", "/b")))
    more = Provenance((Touched("spawn", "rm secret-of-a-user"), Touched("reach", "example.org")))

    assert effects_of(Observation(True, provenance=files)) == ()
    assert effects_of(Observation(True, provenance=more)) == (STARTS_PROGRAMS, TRIES_THE_NETWORK)
