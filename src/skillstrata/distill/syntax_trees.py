"""The grammars of shell and JavaScript, and a walk over their trees.

In     the bytes of a program
Out    the root of its tree, whose offsets are those of the bytes; every node below one
Never  gives the shell's grammar a byte beyond plain text: some characters end the process in its scanner
"""

from collections.abc import Iterator

import tree_sitter_bash
import tree_sitter_javascript
from tree_sitter import Language, Node, Parser

_SHELL = Parser(Language(tree_sitter_bash.language()))
_JAVASCRIPT = Parser(Language(tree_sitter_javascript.language()))
# A letter for each byte of other scripts and for control characters, white space apart.
_PLAIN = bytes(b if b in b"\t\n\r" or ord(" ") <= b <= ord("~") else ord("x") for b in range(256))


def shell_tree_of(source: bytes) -> Node:
    """Parse shell text. What a word says is to be read from the text itself, not from the node."""
    return _SHELL.parse(source.translate(_PLAIN)).root_node


def javascript_tree_of(source: bytes) -> Node:
    """Parse JavaScript."""
    return _JAVASCRIPT.parse(source).root_node


def walk(root: Node) -> Iterator[Node]:
    """Give a node and all below it, in the order of the text, the outer before the inner."""
    stack = [root]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(node.children))
