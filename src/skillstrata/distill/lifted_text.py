"""Where a program's constants stand and how values take their place, in each language we lift.

    body --folds--> FoldedPath…      role --expression--> code      edited body --render--> main

One `Lifting` per language; the rest of generalisation does not know which it works on.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from skillstrata.distill import node_lifting, python_lifting, shell_lifting
from skillstrata.distill.constant_paths import FoldedPath
from skillstrata.distill.lifting_parts import Prologue
from skillstrata.distill.roles import Standing


@dataclass(frozen=True, slots=True)
class Lifting:
    """What generalisation asks of a language.

    `folds` gives the constants that may be paths; `texts` all strings; `expression` the code that stands for a
    parameter in place of one constant; `here` the code for the folder a program runs in; `render` the whole program,
    None where it does not parse any more. `prefixes` gives the constant beginnings of strings whose rest is computed,
    and `placed` is what a variable is written as inside of such a string. `patterns` says that a file pattern can be
    lifted, and `here_as_path` is `here` where the language has paths that are no texts.
    """

    folds: Callable[[str], tuple[FoldedPath, ...]]
    texts: Callable[[str], tuple[str, ...]]
    expression: Callable[[Standing, FoldedPath], str]
    here: str
    render: Callable[[str, Prologue], str | None]
    prefixes: Callable[[str], tuple[FoldedPath, ...]] = lambda _body: ()
    placed: str = ""
    patterns: bool = False
    here_as_path: str = ""


LIFTINGS: Mapping[str, Lifting] = MappingProxyType(
    {
        "python": Lifting(
            python_lifting.folds,
            python_lifting.texts,
            python_lifting.expression,
            '"."',
            python_lifting.render,
            prefixes=python_lifting.prefixes,
            placed="{{{}}}",
            patterns=True,
            here_as_path='_strata_path(".")',
        ),
        "node": Lifting(
            node_lifting.folds,
            node_lifting.texts,
            node_lifting.expression,
            '"."',
            node_lifting.render,
            prefixes=node_lifting.prefixes,
            placed="${{{}}}",
        ),
        "shell": Lifting(shell_lifting.folds, shell_lifting.texts, shell_lifting.expression, ".", shell_lifting.render),
    }
)
