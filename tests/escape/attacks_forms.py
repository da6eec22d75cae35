"""The same attacks on jobs that are run in other forms, which have other walls (rows 7 to 25)."""

from dataclasses import replace

from tests.escape import attacks_files, attacks_network, attacks_processes, attacks_resources
from tests.escape.attack import DONE, GRANTED, ROOTLESS, TRACED, Attack

_BEFORE = {
    f"{attack.row}{attack.letter}": attack
    for part in (attacks_files, attacks_network, attacks_processes, attacks_resources)
    for attack in part.ATTACKS
}
_SAYS = {ROOTLESS: "in a job without outputs", GRANTED: "in a job with a network grant", TRACED: "in a traced job"}

Steps = tuple[tuple[str, tuple[str, ...]], ...]


def _again(key: str, letter: str, form: str, steps: Steps | None = None) -> Attack:
    attack = _BEFORE[key]
    return replace(
        attack,
        letter=letter,
        slug=f"{attack.slug}-{form}",
        what=f"{attack.what}, {_SAYS[form]}",
        steps=attack.steps if steps is None else steps,
        form=form,
    )


ATTACKS = (
    _again("7b", "m", ROOTLESS),
    _again("7b", "n", TRACED),
    _again("8b", "m", ROOTLESS),
    _again("9a", "m", ROOTLESS),
    _again("9a", "n", TRACED),
    # The parent is the sandbox's first process then.
    _again("10a", "m", ROOTLESS, (("init", (DONE, "EACCES")), ("parent", (DONE, "EACCES")))),
    _again("10a", "n", TRACED),
    _again("10a", "o", GRANTED),
    _again("11a", "n", TRACED),
    _again("12b", "n", TRACED),
    _again("14b", "o", GRANTED),
    _again("15b", "o", GRANTED),
    _again("16a", "o", GRANTED),
    _again("17a", "o", GRANTED),
    _again("17b", "p", GRANTED),
    _again("18a", "m", ROOTLESS),
    _again("18a", "n", TRACED),
    _again("20a", "m", ROOTLESS),
    _again("24b", "m", ROOTLESS),
)
