"""Changed inputs with a known consequence: what a program that reads its input cannot miss.

    (input, its output, seed) --mutations--> replace | resample, permute, append

A memorised answer survives none of them. The markup, the keys and the header row of the input stay as they are.
"""

from collections.abc import Collection

from skillstrata.distill.mutate.remaking import resampled, rewritten_pdf
from skillstrata.distill.mutate.reordering import append, permute
from skillstrata.distill.mutate.replacing import replace_values
from skillstrata.distill.mutate.type_names import IMAGES, WAV
from skillstrata.distill.views.media_types import PDF
from skillstrata.records.proofs import MutatedInput, TypedBytes


def mutations(
    content: TypedBytes, output: TypedBytes | None, *, seed: int, avoid: Collection[str] = ()
) -> tuple[MutatedInput, ...]:
    """Change an input in every way its type allows.

    Args:
        content: The demonstrated input.
        output: What the program made of it: values are chosen among those it shows.
        seed: The same seed gives the same bytes, on every machine.
        avoid: Words the program itself looks for or prints (`views.program_labels`), which stay as they are.

    Returns:
        "replace" (each old value becomes its new one) or, where no value can be followed into the output, "resample";
        then "permute" and "append" where something repeats. For a PDF "rewritten" with the document to compare with.
        A picture comes back with its colours turned around and a sound backwards ("resample"). Empty for types that
        cannot be edited.
    """
    made = (
        _replaced(content, output, seed, avoid),
        permute(content, seed=seed),
        append(content, seed=seed, avoid=avoid),
    )
    return tuple(mutated for mutated in made if mutated is not None)


def _replaced(content: TypedBytes, output: TypedBytes | None, seed: int, avoid: Collection[str]) -> MutatedInput | None:
    if content.media_type in {*IMAGES, WAV}:
        return resampled(content)
    change = rewritten_pdf if content.media_type == PDF else replace_values
    return change(content, output, seed=seed, avoid=avoid)


__all__ = ["mutations"]
