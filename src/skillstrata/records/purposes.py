"""What a tool is for, as far as two tools can be compared by it, and what a judge said about two of them."""

from dataclasses import dataclass
from typing import Literal

Opinion = Literal["same", "different", "ambiguous"]


@dataclass(frozen=True, slots=True)
class PurposeSketch:
    """The fields of a contract that say what it is for: nothing of a document, a program or a path.

    `given` and `made` are media types; `ways` is how outputs are given (file, text, json, dir); `files` are the names
    of the parameters that take files; `options` are (name, kind) of the others. All but `given` are sorted.
    """

    verb: str
    purpose: str
    given: tuple[str, ...]
    made: tuple[str, ...]
    ways: tuple[str, ...] = ()
    loss: str = "none"
    files: tuple[str, ...] = ()
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class PurposeOpinion:
    """Whether two sketches are of one purpose, why, and who says so ("offline", or the name of a model)."""

    verdict: Opinion
    why: str
    by: str = "offline"


@dataclass(frozen=True, slots=True)
class JudgeCall:
    """One question that was put to a model, and how it ended; the log of spending and the memory of answers.

    `question` is a digest of the model, the prompt and both sketches. `verdict` is "" where there was no usable answer,
    and `why` then says what was wrong. Tokens are 0 where nobody counted them.
    """

    question: str
    at_s: float
    model: str
    verdict: Opinion | Literal[""]
    why: str
    input_tokens: int = 0
    output_tokens: int = 0
