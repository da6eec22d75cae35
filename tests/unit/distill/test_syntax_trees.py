"""Can any text at all be parsed, and do the offsets stay those of the bytes?"""

import subprocess
import sys

import pytest

from skillstrata.distill.syntax_trees import javascript_tree_of, shell_tree_of, walk

_ANY_TEXT = """
import random
from skillstrata.distill.syntax_trees import shell_tree_of

random.seed(7)
parts = ["<<", "<<-", "EOF", "\\n", "$(", "`", '"', "'", "[[", "=~", "((", "${", "x", "|", ";"]
parts += ["\\\\", "#", "é", "\\0", "\\u2028", "😀"]
for _ in range(3000):
    wild = "".join(chr(random.randrange(1, 0x3000)) for _ in range(random.randrange(40)))
    text = "".join(random.choices(parts, k=random.randrange(40))) + wild
    shell_tree_of(text.encode("utf-8", "replace"))
print("all parsed")
"""


def test_no_text_ends_the_process_that_parses_it() -> None:
    """Measured: the grammar's scanner crashed on characters beyond ASCII, and a whole pass was lost with it."""
    done = subprocess.run([sys.executable, "-c", _ANY_TEXT], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "all parsed"), done.stderr[-500:]


@pytest.mark.parametrize("tree_of", [shell_tree_of, javascript_tree_of])
def test_offsets_are_those_of_the_bytes_even_after_letters_of_other_scripts(tree_of) -> None:  # noqa: ANN001
    """A lifted program is edited at these offsets (ADR 0009): one off would cut a character in two."""
    source = "ü = 1; 竞品 = 2; end".encode()
    ends = {source[n.start_byte : n.end_byte] for n in walk(tree_of(source))}
    assert b"end" in ends
