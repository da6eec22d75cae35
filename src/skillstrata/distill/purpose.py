"""Compare what two tools are for, by their contracts alone, and write down what a merged tool is for.

In     two Contracts
Out    their sketches; an opinion by fixed rules; the contract of both together
Never  looks at a program or a document; calls two purposes the same because their texts are alike
Why    a conversion that keeps its content is told by its types, so html to Markdown and docx to Markdown are one
       purpose and Markdown to html is another. What is left out on purpose no type tells: there the rules stay silent
"""

from dataclasses import replace

from skillstrata.records.contracts import Contract, Param
from skillstrata.records.purposes import PurposeOpinion, PurposeSketch

# What these do follows from the two types, as long as nothing is left out.
_TOLD_BY_TYPES = ("convert",)
_FILE_KINDS = ("file", "path")
_LAST, _OTHERS = " or ", ", "
_MOST_WORDS = 6


def sketch_of(contract: Contract) -> PurposeSketch:
    """Give the fields of a contract that say what it is for; wording of descriptions does not count."""
    results = {output.name for output in contract.outputs}
    files = tuple(sorted(p.name for p in contract.inputs if p.kind in _FILE_KINDS))
    options = tuple(sorted((p.name, p.kind) for p in _options(contract, results)))
    return PurposeSketch(
        verb=contract.verb,
        purpose=contract.purpose,
        given=contract.given,
        made=tuple(sorted(m for output in contract.outputs for m in output.media_types)),
        ways=tuple(sorted(output.kind for output in contract.outputs)),
        loss=contract.loss,
        files=files,
        options=options,
    )


def opinion_of(one: PurposeSketch, other: PurposeSketch) -> PurposeOpinion:
    """Say whether two sketches are of one purpose, by rules; the same answer for the same two in either order."""
    for question, a, b in (
        ("what they do", (one.verb,), (other.verb,)),
        ("what they make", one.made, other.made),
        ("how they give it", one.ways, other.ways),
        ("what they may lose", (one.loss,), (other.loss,)),
        ("how many files they take", one.files, other.files),
    ):
        if a != b:
            said = " and ".join(sorted((" ".join(a) or "nothing", " ".join(b) or "nothing")))
            return PurposeOpinion("different", f"they differ in {question}: {said}")
    if one.verb not in _TOLD_BY_TYPES or one.loss != "none":
        return PurposeOpinion("ambiguous", f"the types do not tell what is kept by two that {one.verb}")
    if one.options != other.options:
        names = sorted({name for name, _ in set(one.options) ^ set(other.options)})
        return PurposeOpinion("ambiguous", f"only one of them has the option {', '.join(names)}")
    return PurposeOpinion("same", f"both {one.verb} to {', '.join(one.made)} and keep the content")


def merged(one: Contract, other: Contract) -> Contract:
    """Give the contract of a tool that also does what another contract says.

    Shapes:
        `merged(a, b)` takes what `a` or `b` takes, and `merged(a, a) == a`. The order of merging shows in nothing but
        the order of parameters that only one of them has.

    Args:
        one: Of the tool as it is; its outputs, limits and effects stay.
        other: Of the branch that comes to it, of the same purpose.
    """
    theirs = {param.name: param for param in other.inputs}
    mine = {param.name for param in one.inputs}
    inputs = [_both(param, theirs[param.name]) if param.name in theirs else _optional(param) for param in one.inputs]
    inputs += [_optional(param) for param in other.inputs if param.name not in mine]
    return replace(
        one,
        purpose=either(one.purpose, other.purpose),
        inputs=tuple(inputs),
        effects=tuple(sorted({*one.effects, *other.effects})),
    )


def either(one: str, other: str) -> str:
    """Say two sentences at once where they differ in one place: "Convert DOCX or HTML to Markdown".

    The alternatives are sorted, so that the result does not depend on who came first. Sentences that differ in more
    than a few words stay as the first one is.
    """
    a, b = one.split(), other.split()
    head = _shared(a, b)
    tail = _shared(a[head:][::-1], b[head:][::-1])
    mine, theirs = (" ".join(words[head : len(words) - tail]) for words in (a, b))
    found = sorted({*_alternatives(mine), *_alternatives(theirs)})
    if not head + tail or not mine or not theirs or max(len(part.split()) for part in found) > _MOST_WORDS:
        return one
    listed = _LAST.join(part for part in (_OTHERS.join(found[:-1]), found[-1]) if part)
    return " ".join((*a[:head], listed, *a[len(a) - tail :]))


def _options(contract: Contract, results: set[str]) -> list[Param]:
    return [p for p in contract.inputs if p.kind not in _FILE_KINDS and p.name not in results]


def _both(mine: Param, theirs: Param) -> Param:
    types = tuple(dict.fromkeys((*mine.media_types, *theirs.media_types)))
    return replace(
        mine,
        media_types=tuple(sorted(types)) if types != mine.media_types else types,
        required=mine.required and theirs.required,
        description=either(mine.description, theirs.description),
    )


def _optional(param: Param) -> Param:
    return replace(param, required=False)


def _shared(one: list[str], other: list[str]) -> int:
    count = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        count += 1
    return count


def _alternatives(text: str) -> list[str]:
    return [part for piece in text.split(_OTHERS) for part in piece.split(_LAST) if part]
