"""The words of a command: which of them another program would read as code, as an option, or as a program's name.

In     the words as they are written, templates in them
Out    WordFault, by the number of the word
Never  runs or looks up a program; takes `--` for the end of options where the program does not
"""

import posixpath
import re
from dataclasses import dataclass

from skillstrata.compose.command_tables import (
    FIND_RUNS,
    FIND_VALUED,
    INTERPRETERS,
    READS_ALL,
    RUNNING_OPTIONS,
    WRAPPERS,
    Interpreter,
    steers,
)
from skillstrata.compose.template_cursor import Expression
from skillstrata.compose.template_faults import TemplateInvalid
from skillstrata.compose.templates import Template, parse_template

_VERSION = re.compile(r"[-.\d]+$")
_VALUE = re.compile(r"--[A-Za-z][\w.-]*=")
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=")


@dataclass(frozen=True, slots=True)
class WordFault:
    """What is wrong with a word. `kind` is code, program, option or variable."""

    number: int
    kind: str
    message: str


@dataclass(frozen=True, slots=True)
class Word:
    """One word; `before` is what stands literally before its first template, all of it where there is none."""

    text: str
    before: str
    filled: bool

    @property
    def opens(self) -> bool:
        """Say whether it begins with a value."""
        return self.filled and not self.before


def word_of(text: str) -> Word:
    """Read a word; one that is no template by the grammar is literal, and told elsewhere."""
    template = _parsed(text)
    if template is None or not template.expressions:
        return Word(text, text, filled=False)
    first = template.pieces[0]
    return Word(text, "" if isinstance(first, Expression) else first, filled=True)


def word_faults(texts: tuple[str, ...], *, allowed: bool, stdin: bool) -> tuple[WordFault, ...]:
    """Give what is wrong with the words of a command, at most one fault for each.

    Args:
        texts: The program and its arguments as written.
        allowed: The step's author says that values may be options.
        stdin: Values go into what the program reads as its input.
    """
    checking = _Checking(tuple(word_of(text) for text in texts), allowed=allowed, stdin=stdin)
    checking.command(0, len(texts))
    return tuple(checking.found[number] for number in sorted(checking.found))


def _parsed(text: str) -> Template | None:
    try:
        return parse_template(text) if "{{" in text else None
    except TemplateInvalid:
        return None


def _name(word: Word) -> str:
    name = posixpath.basename(word.text).removesuffix(".exe")
    return _VERSION.sub("", name) or name


class _Checking:
    def __init__(self, words: tuple[Word, ...], *, allowed: bool, stdin: bool) -> None:
        self._words = words
        self._allowed = allowed
        self._stdin = stdin
        self.found: dict[int, WordFault] = {}

    def _tell(self, number: int, kind: str, message: str) -> None:
        self.found.setdefault(number, WordFault(number, kind, message))

    def _code(self, number: int, program: str) -> None:
        if number < len(self._words) and self._words[number].filled:
            self._tell(number, "code", f"{program} would read {self._words[number].text!r} as code")

    def command(self, start: int, end: int) -> None:
        """Check a command from its program's name on."""
        if start >= end:
            return
        program = self._words[start]
        if program.filled:
            self._tell(start, "program", f"the program {program.text!r} comes from a value")
        elif program.text.startswith("-"):
            self._tell(start, "program", f"{program.text!r} is not the name of a program")
        name = _name(program)
        if name in READS_ALL:
            for number in range(start + 1, end):
                self._code(number, name)
        elif name == "find":
            self._find(start, end)
        else:
            safe = self._interpreter(INTERPRETERS[name], name, start, end) if name in INTERPRETERS else end
            self._options(name, start, end)
            inner = self._wrapped(name, start, end) if name in WRAPPERS else end
            self._plain(start, min(safe, inner))
        self._nested(name, start, end)

    def _nested(self, name: str, start: int, end: int) -> None:
        """Look for programs of the tables among the arguments: nobody knows every program that runs another."""
        for number in range(start + 1, end):
            word = self._words[number]
            inner = _name(word)
            if word.filled or inner not in INTERPRETERS:
                continue
            if name in WRAPPERS or (number + 1 < end and _gives_code(self._words[number + 1], INTERPRETERS[inner])):
                self._interpreter(INTERPRETERS[inner], inner, number, end)

    def _interpreter(self, rule: Interpreter, name: str, start: int, end: int) -> int:
        """Tell of values in code; give where the words begin that are arguments whatever they are."""
        given, number = False, start + 1
        while number < end and (word := self._words[number]).before.startswith(("-", "+")) and word.text != "-":
            number += 1
            if word.filled:
                self._code(number - 1, name)
            elif word.text == "--":
                break
            elif _gives_code(word, rule):
                given = True
                if rule.last and "m" not in word.text:
                    self._code_operand(name, number, end)
                    return self._after_code(number, end)
                self._code(number, name)
                number += 1
                if rule.last:
                    return end
            elif word.text in rule.plain or (word.text[-1] in rule.values and not word.text.startswith("--")):
                number += 1
        if rule.operand and not given:
            self._unnamed(name, number, end)
        return end

    def _code_operand(self, name: str, number: int, end: int) -> None:
        """Take what is between `-c` and the first operand, and that one, for code."""
        while number < end:
            self._code(number, name)
            if not self._words[number].before.startswith(("-", "+")):
                return
            number += 1

    def _after_code(self, number: int, end: int) -> int:
        while number < end and self._words[number].before.startswith(("-", "+")):
            number += 1
        return number + 1

    def _unnamed(self, name: str, number: int, end: int) -> None:
        """Check the operand that is code or a file of it; without one, the program reads its input as code."""
        if number < end and self._words[number].text != "-":
            self._code(number, name)
        elif self._stdin:
            self._tell(number - 1, "code", f"{name} would read its input as code, and a value is in it")

    def _wrapped(self, name: str, start: int, end: int) -> int:
        """Check the command that another one runs; give where it begins."""
        rule, number = WRAPPERS[name], start + 1
        while number < end and self._words[number].before.startswith("-"):
            word = self._words[number]
            number += 2 if word.text in rule.valued else 1
            if word.text == "--":
                break
        while rule.assigns and number < end and (found := _ASSIGNMENT.match(self._words[number].before)):
            if self._words[number].filled and steers(found[1]):
                self._tell(number, "variable", f"{found[1]} decides what a program loads, and its value is a template")
            number += 1
        inner = min(number + rule.operands, end)
        if inner < end:
            self.command(inner, end)
        return inner

    def _find(self, start: int, end: int) -> None:
        number = start + 1
        while number < end:
            word = self._words[number]
            if word.text in FIND_RUNS:
                inner = number + 1
                over = (n for n in range(inner, end) if self._words[n].text in (";", "\\;", "+"))
                number = next(over, end)
                self.command(inner, number)
            elif word.text in FIND_VALUED:
                number += 1
            elif word.opens or (word.filled and word.before.startswith(("-", "(", "!"))):
                if word.before or not self._allowed:
                    self._tell(number, "option", f"find could read {word.text!r} as a test or an action, also after --")
            number += 1

    def _options(self, name: str, start: int, end: int) -> None:
        """Tell of values in options whose value is a command."""
        running = RUNNING_OPTIONS.get(name, frozenset())
        for number in range(start + 1, end):
            word = self._words[number]
            if word.text in running:
                self._code(number + 1, f"{name} {word.text}")
            elif word.filled and word.before.partition("=")[0] in running:
                self._code(number, name)

    def _plain(self, start: int, end: int) -> None:
        """Tell of values that could be options."""
        for number in range(start + 1, end):
            word = self._words[number]
            if word.text == "--":
                return
            attached = word.filled and word.before.startswith("-") and not _VALUE.match(word.before)
            if (word.opens or attached) and not self._allowed:
                self._tell(number, "option", f"{word.text!r} could be read as an option")


def _gives_code(word: Word, rule: Interpreter) -> bool:
    text = word.text
    if text.startswith("--"):
        return text in rule.options
    return text.startswith("-") and (text[-1] in rule.letters or (rule.last and "c" in text))
