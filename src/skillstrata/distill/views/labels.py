"""The words a program prints of its own: tokens of its string literals."""

import ast

from skillstrata.distill.views.tokens import tokens


def program_labels(source: str) -> frozenset[str]:
    """Give the tokens of all string literals of a Python program, f-string parts included; docstrings do not count.

    A program that does not parse has none.
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset()
    bare = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    texts = (
        node.value if isinstance(node.value, str) else node.value.decode("utf-8", "replace")
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes) and id(node) not in bare
    )
    return frozenset(word for text in texts for word in tokens(text.encode("utf-8", "replace").decode("utf-8")))
