"""Values of a frontmatter to the fields of the open specification and of Claude Code.

In     values, as text; the line of each key
Out    Frontmatter, and a diagnostic for each value that is not as its field wants it
Never  loses a key: what no field holds is kept as JSON text
"""

import re
import unicodedata

from skillstrata.records.diagnostics import Diagnostic
from skillstrata.records.skills import Frontmatter
from skillstrata.runtime.path_globs import is_too_wide, split_patterns
from skillstrata.runtime.skill_codes import noted
from skillstrata.runtime.tool_patterns import is_known, is_name, is_names, shown, tool_list
from skillstrata.runtime.yaml_values import Mapping, as_json, odd_keys

MAX_NAME, MAX_DESCRIPTION, MAX_COMPATIBILITY = 64, 1024, 500
SPEC_KEYS = frozenset({"name", "description", "license", "compatibility", "metadata", "allowed-tools"})
CLAUDE_KEYS = frozenset(
    "when_to_use argument-hint arguments disable-model-invocation user-invocable disallowed-tools model effort context"
    " agent background hooks paths shell".split()
)
# Keys that only this program reads, beside the two sets.
OWN_KEYS = frozenset({"requires", "depends", "related-skills", "version", "tools", "tool_schema"})
_FIELD_KEYS = SPEC_KEYS | CLAUDE_KEYS
_YES, _NO = frozenset({"true", "yes", "on", "1"}), frozenset({"false", "no", "off", "0"})
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_ALLOWED = {
    "effort": frozenset({"low", "medium", "high", "xhigh", "max", "inherit"}),
    "context": frozenset({"fork", "inline"}),
    "shell": frozenset({"bash", "powershell"}),
}


class _Fields:
    """Reads one frontmatter and gathers what is odd about it."""

    def __init__(self, mapping: Mapping, path: str) -> None:
        self.values, self.lines = mapping.values, mapping.lines
        self.path = path
        self.found: list[Diagnostic] = []

    def note(self, code: str, message: str, key: str) -> None:
        self.found.append(noted(code, message, self.lines.get(key, 0), path=self.path))

    def text(self, key: str) -> str:
        value = self.values.get(key)
        if value is None:
            return ""
        if isinstance(value, str):
            text = value.strip()
            if key in _ALLOWED and text.lower() not in _ALLOWED[key]:
                self.note("value_unknown", f"{key} is {text[:40]!r}", key)
            return text
        self.note("value_not_text", f"{key} is {shown(value)}", key)
        if isinstance(value, list):
            return ", ".join(item for item in value if isinstance(item, str))
        return ""

    def texts(self, key: str, separators: str) -> tuple[str, ...]:
        """Read a list, or a text that is one by its separators."""
        value = self.values.get(key)
        if value is None:
            return ()
        if isinstance(value, str):
            parts = re.split(separators, value)
        elif isinstance(value, list):
            parts = [item for item in value if isinstance(item, str)]
            if len(parts) != len(value):
                self.note("value_not_text", f"{key} holds more than texts: {shown(value)}", key)
        else:
            self.note("value_not_text", f"{key} is {shown(value)}", key)
            parts = []
        return tuple(part.strip() for part in parts if part.strip())

    def boolean(self, key: str, *, default: bool, unclear: bool) -> bool:
        value = self.values.get(key)
        if value is None:
            return default
        word = value.strip().lower() if isinstance(value, str) else ""
        if word not in _YES and word not in _NO:
            self.note("value_not_boolean", f"{key} is {shown(value)}", key)
            return unclear
        return word in _YES

    def tools(self, key: str) -> tuple[str, ...]:
        value = self.values.get(key)
        if value is None and key == "allowed-tools" and is_names(self.values.get("tools")):
            key, value = "tools", self.values["tools"]
            self.note("tools_synonym", "`tools` is read as `allowed-tools`", key)
        if value is None:
            return ()
        read = tool_list(value)
        if not read.balanced:
            self.note("tools_unbalanced", f"{key} is {shown(value)}", key)
        if read.odd:
            self.note("value_not_text", f"{key} holds more than names: {shown(value)}", key)
        for pattern in read.patterns:
            if not is_known(pattern):
                what = "an unknown tool" if is_name(pattern) else "no tool's name"
                self.note("tool_unknown", f"{key} names {pattern[:60]!r}, {what}", key)
        return read.patterns

    def json(self, key: str) -> str:
        value = self.values.get(key)
        return "" if value is None else as_json(value)

    def metadata(self) -> tuple[tuple[str, str], ...]:
        value = self.values.get("metadata")
        if value is None:
            if "metadata" in self.values:
                self.note("meta_not_map", "metadata is empty", "metadata")
            return ()
        if not isinstance(value, dict):
            self.note("meta_not_map", f"metadata is {shown(value)}", "metadata")
            return ()
        for key, inner in value.items():
            if not isinstance(inner, str):
                self.note("meta_not_string", f"metadata.{key} is {shown(inner)}", "metadata")
        return tuple((key, as_json(inner)) for key, inner in value.items())

    def unknown(self) -> tuple[tuple[str, str], ...]:
        others = [key for key in self.values if key not in _FIELD_KEYS]
        for key in others:
            if key not in OWN_KEYS:
                self.note("key_unknown", f"the key {key[:80]!r}", key)
        if not isinstance(self.values.get("metadata", {}), dict | None):
            others.append("metadata")
        return tuple((key, as_json(self.values[key])) for key in others)

    def version(self) -> str:
        value = self.values.get("version")
        metadata = self.values.get("metadata")
        if value is None and isinstance(metadata, dict):
            value = metadata.get("version")
        return value.strip() if isinstance(value, str) else ""


def frontmatter_of(mapping: Mapping, folder_name: str, path: str = "") -> tuple[Frontmatter, list[Diagnostic]]:
    """Read every field. A missing description is an error, everything else is not."""
    fields = _Fields(mapping, path)
    for key in odd_keys(mapping.values):
        fields.note("key_odd", f"the key {key!r}", key)
    read = Frontmatter(
        declared_name=fields.text("name"),
        description=fields.text("description"),
        when_to_use=fields.text("when_to_use"),
        license=fields.text("license"),
        compatibility=fields.text("compatibility"),
        argument_hint=_hint(fields),
        arguments=fields.texts("arguments", r"[,\s]+"),
        # Whoever wrote the first key wanted to keep models off, whatever the value was to be.
        model_may_invoke=not fields.boolean("disable-model-invocation", default=False, unclear=True),
        user_may_invoke=fields.boolean("user-invocable", default=True, unclear=True),
        allowed_tools=fields.tools("allowed-tools"),
        disallowed_tools=fields.tools("disallowed-tools"),
        model=fields.text("model"),
        effort=fields.text("effort"),
        context=fields.text("context"),
        agent=fields.text("agent"),
        background=fields.text("background"),
        hooks=fields.json("hooks"),
        paths=_paths(fields),
        shell=fields.text("shell"),
        version=fields.version(),
        metadata=fields.metadata(),
        unknown=fields.unknown(),
    )
    _check_name(fields, read.declared_name, folder_name)
    _check_texts(fields, read)
    return read, fields.found


def _paths(fields: _Fields) -> tuple[str, ...]:
    value = fields.values.get("paths")
    found = split_patterns(value) if isinstance(value, str) else fields.texts("paths", r"\n")
    for pattern in filter(is_too_wide, found):
        fields.note("pattern_too_wide", f"paths has {pattern[:60]!r}, which matches nothing", "paths")
    return found


def _hint(fields: _Fields) -> str:
    """Read the argument hint: `[file] [lines]` is not a list but what YAML makes of brackets."""
    value = fields.values.get("argument-hint")
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return " ".join(f"[{item}]" for item in value)
    return fields.text("argument-hint")


def same_name(name: str, folder_name: str) -> bool:
    """Say whether a declared name is the folder's, as the reference compares them."""
    return unicodedata.normalize("NFKC", name) == unicodedata.normalize("NFKC", folder_name)


def _check_name(fields: _Fields, name: str, folder_name: str) -> None:
    if not name:
        fields.note("name_missing", f"no name; {folder_name!r}, the folder's, stands for it", "name")
        return
    if folder_name and name != folder_name and not same_name(name, folder_name):
        fields.note("name_mismatch", f"name is {name[:80]!r}, the folder {folder_name[:80]!r}", "name")
    if not _NAME.fullmatch(name):
        fields.note("name_pattern", f"name is {name[:80]!r}", "name")
    if len(name) > MAX_NAME:
        fields.note("name_long", f"name has {len(name)} characters, more than {MAX_NAME}", "name")


def _check_texts(fields: _Fields, read: Frontmatter) -> None:
    description = read.description
    if not description:
        fields.note("desc_missing", "no description", "description")
    if len(description) > MAX_DESCRIPTION:
        message = f"description has {len(description)} characters, more than {MAX_DESCRIPTION}"
        fields.note("desc_long", message, "description")
    if "<" in description or ">" in description:
        fields.note("desc_markup", "description holds `<` or `>`", "description")
    if len(read.compatibility) > MAX_COMPATIBILITY:
        message = f"compatibility has {len(read.compatibility)} characters, more than {MAX_COMPATIBILITY}"
        fields.note("compat_long", message, "compatibility")
