"""The fingerprint of behaviour is the same wherever and in whatever order it is taken."""

import subprocess
import sys
from dataclasses import replace
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from skillstrata.distill.signature import program_digest, signature_of
from skillstrata.records.drafts import BundledFile, Draft, OptionSpec, OutputSpec, Word

PAIRS = st.lists(st.tuples(st.text(), st.text()), max_size=6)


@given(PAIRS, st.randoms())
def test_order_and_repetition_do_not_count(pairs: list[tuple[str, str]], random: Random) -> None:
    """Runs come in any order; the same behaviour must merge."""
    shuffled = [*pairs, *pairs[:2]]
    random.shuffle(shuffled)

    assert signature_of((*shuffled,)) == signature_of((*pairs,))


@given(PAIRS, PAIRS)
def test_other_behaviour_has_another_signature(one: list[tuple[str, str]], other: list[tuple[str, str]]) -> None:
    """Also where joining the parts without marks would give the same text."""
    same = set(one) == set(other)

    assert (signature_of((*one,)).digest == signature_of((*other,)).digest) is same


def test_parts_that_run_together_are_told_apart() -> None:
    """The case that plain joining gets wrong."""
    assert signature_of((("ab", "c"),)).digest != signature_of((("a", "bc"),)).digest


def test_every_process_gives_the_same_signature() -> None:
    """Python gives strings another hash in every process; nothing stored may depend on that."""
    script = (
        "from skillstrata.distill.signature import signature_of;"
        "print(signature_of(tuple({(str(n), str(n % 3)) for n in range(50)})).digest)"
    )
    seen = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
            timeout=30,
        ).stdout
        for seed in ("0", "1", "4242")
    }

    assert len(seen) == 1
    assert signature_of(tuple((str(n), str(n % 3)) for n in range(50))).digest == seen.pop().strip()


def test_a_program_is_its_text_and_its_words_and_the_files_beside_it() -> None:
    """Two filters of one text with another fixed word, or another helper, do two things: neither may be dropped."""
    draft = Draft("c", "python", "", "main", (Word("ERROR"),), (), OutputSpec("output", "text", "text/plain"))
    others = (
        replace(draft, words=(Word("INFO"),)),
        replace(draft, bundled=(BundledFile("rows.py", "KEEP = 'INFO'\n"),)),
        replace(draft, options=(OptionSpec("width", "integer", "80"),)),
        replace(draft, main="main\ud800"),
    )

    assert program_digest(draft) == program_digest(replace(draft, candidate_id="d", original="other layout"))
    assert len({program_digest(one) for one in (draft, *others)}) == 5
