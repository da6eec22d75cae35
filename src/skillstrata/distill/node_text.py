"""What a node program's text says about its files: the paths it names, what it does with each, and with its words.

In     the program text and the words it was called with
Out    ProgramText, as for Python
Never  runs the program; the roles found here are triage, the run shows the truth
"""

import posixpath
import shlex

from tree_sitter import Node

from skillstrata.distill.node_tree import NodeTree, node_tree
from skillstrata.distill.program_shape import NamedPath, ProgramText, looks_like_file
from skillstrata.distill.shell_text import shell_text

_READS = frozenset(
    """
    readFileSync readFile createReadStream readJSON readJson readJsonSync readJSONSync readTextFile readTextFileSync
    loadImage AdmZip loadFile parseFile fromFile openAsBlob createReadStreamSync sharp convertToHtml convertToMarkdown
    extractRawText Jimp.read file loadBuffer
    """.split()
)
_WRITES = frozenset(
    """
    writeFileSync writeFile createWriteStream appendFileSync appendFile writeJSON writeJson writeJsonSync writeJSONSync
    outputFile outputFileSync outputJson outputJsonSync toFile writeTextFile writeTextFileSync writeXLSX saveAs
    """.split()
)
_COPIES = {"copyFileSync", "copyFile", "renameSync", "rename", "cpSync", "cp"}
_LISTS = {"readdirSync", "readdir", "opendirSync", "opendir", "globSync", "glob"}
_PRINTS = {"console.log", "console.table", "console.info", "console.dir", "process.stdout.write"}
# These take the path as their second argument.
_SECOND = {"XLSX.writeFile", "xlsx.writeFile", "xlsx.writeFileSync", "XLSX.writeFileSync"}
_STARTERS = {"exec", "execSync", "execFile", "execFileSync", "spawn", "spawnSync"}
_STDIN = {"/dev/stdin", "0"}


def node_text(source: str, argv: tuple[str, ...] = ()) -> ProgramText | None:
    """Analyse a node program.

    Args:
        source: The text. None comes back for what is too large to look at.
        argv: The words after the program.
    """
    tree = node_tree(source)
    if tree is None:
        return None
    uses: dict[str, frozenset[str]] = {}
    words: dict[int, frozenset[str]] = {}
    seen: set[str] = set()
    stdin = lists = False
    names = [(call, tree.callee(call)) for call in tree.calls]
    for call, name in names:
        last = name.rsplit(".", 1)[-1]
        if last in _STARTERS and not name.startswith("?"):
            seen |= _started(tree, tree.given(call), uses)
        lists = lists or last in _LISTS
        for slot, use in _slots(last, name):
            given = tree.given(call)
            if slot >= len(given):
                continue
            seen.add("list" if last in _LISTS else use)
            node = _path_node(tree, given[slot])
            stdin = stdin or tree.text(node) in _STDIN or tree.value(node).text in _STDIN
            _note(tree, node, use, uses, words)
    for module, _line in tree.imports:
        if module.startswith(".") and posixpath.splitext(module)[1] == ".json":
            uses[module] = uses.get(module, frozenset()) | {"read"}
            seen.add("read")
    literal = (NamedPath(p, u) for p, u in uses.items() if looks_like_file(p))
    unread = (NamedPath(p, frozenset[str]()) for p in _other_paths(tree) if p not in uses)
    given_words = (
        NamedPath(word, words.get(at, frozenset()), from_argv=True)
        for at, word in enumerate(argv)
        if looks_like_file(word)
    )
    members = {tree.dotted(m) for m in tree.members}
    return ProgramText(
        paths=(*literal, *unread, *given_words),
        reads=bool(seen & {"read", "list"}),
        opens="read" in seen,
        writes="write" in seen,
        prints=any(name in _PRINTS for _, name in names),
        reads_stdin=stdin or "process.stdin" in members,
        lists_folders=lists,
        uses_argv=bool(words) or "process.argv" in members,
    )


def _slots(last: str, name: str) -> tuple[tuple[int, str], ...]:
    if name in _SECOND or (last in {"writeFile", "writeFileSync"} and name.lower().startswith("xlsx.")):
        return ((1, "write"),)
    if last in _READS:
        return ((0, "read"),)
    if last in _WRITES or name == "Bun.write":
        return ((0, "write"),)
    if last in _LISTS:
        return ((0, "read"),)
    return ((0, "read"), (1, "write")) if last in _COPIES else ()


def _started(tree: NodeTree, given: list[Node], uses: dict[str, frozenset[str]]) -> set[str]:
    """Note the files of a command that is started; gives what happens to them."""
    texts = [tree.value(node).text for node in given[:1]]
    if len(given) > 1 and given[1].type == "array":
        texts += [tree.value(node).text for node in given[1].children if node.is_named]
    words = [text for text in texts if text]
    shell = shell_text(words[0] if len(texts) == 1 else shlex.join(words)) if words else None
    for path in shell.text.paths if shell is not None else ():
        uses[path.value] = uses.get(path.value, frozenset()) | path.uses
    return {use for path in shell.text.paths for use in path.uses} if shell is not None else set()


def _path_node(tree: NodeTree, node: Node) -> Node:
    """Take `{path: X}` for X."""
    if node.type == "object":
        for part in node.children:
            if part.type == "pair" and tree.text(part.child_by_field_name("key")) in {"path", "filename", "file"}:
                return part.child_by_field_name("value") or node
    return node


def _note(
    tree: NodeTree, node: Node, use: str, uses: dict[str, frozenset[str]], words: dict[int, frozenset[str]]
) -> None:
    value = tree.value(node)
    if value.argument is not None:
        words[value.argument] = words.get(value.argument, frozenset()) | {use}
    elif value.text and value.text not in _STDIN:
        uses[value.text] = uses.get(value.text, frozenset()) | {use}


def _other_paths(tree: NodeTree) -> list[str]:
    """Give literals that look like files, whose use does not show."""
    bound = (tree.value(values[0]).text for values in tree.bindings.values() if len(values) == 1)
    plain = (tree.value(node).text for node in tree.strings)
    modules = {module for module, _ in tree.imports}
    found = (v for v in dict.fromkeys((*bound, *plain)) if v and v not in modules and "\n" not in v)
    return [v for v in found if " " not in v.strip() and looks_like_file(v)]
