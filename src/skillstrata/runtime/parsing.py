"""Read one SKILL.md, whatever it looks like.

In     bytes, the name of the folder they lie in
Out    SkillText: fields, body, requirements, and a diagnostic for everything odd; `loads` is False where it is no skill
Never  raises; takes longer than the file is long; resolves anything a value may mean to YAML
Why    one bad file must not cost another one, and a user must see what was made of a file that is nearly right
"""

import re

from skillstrata.records.diagnostics import Diagnostic
from skillstrata.records.skills import Frontmatter, SkillText
from skillstrata.runtime.fences import Fenced, fenced
from skillstrata.runtime.frontmatter import frontmatter_of
from skillstrata.runtime.skill_bytes import text_of
from skillstrata.runtime.skill_codes import noted
from skillstrata.runtime.skill_relations import needs_of, related_of
from skillstrata.runtime.yaml_repair import repaired_mapping
from skillstrata.runtime.yaml_values import FrontmatterFault, Mapping, read_mapping

MAX_BODY_LINES = 500
# The line after a fence on the first line.
_USUAL_LINE = 2
_MOST_REPAIRED_LINES = 2000
_INLINE = re.compile(r"!`[^`\n]+`")
_FENCE = re.compile(r"[ \t]*```\Z")
_TITLE = re.compile(r"#{1,6}[ \t]")
_MESSAGES = {
    "no_frontmatter": "the file does not begin with a `---` line",
    "unclosed_fence": "the frontmatter has no closing `---` line",
    "second_frontmatter": "a second block of frontmatter follows the first",
    "frontmatter_too_large": "the frontmatter is larger than 64 KiB",
}


def parse_skill(data: bytes, *, folder_name: str, path: str, infer: bool = False) -> SkillText:
    """Read a skill file.

    Args:
        data: The file's bytes.
        folder_name: What the skill is called; a file of a command gives its own name without ending.
        path: Put into the diagnostics.
        infer: Load a file without frontmatter too, with its first paragraph as description (commands have none).
    """
    text, found = text_of(data)
    if text is None:
        return _refused(found, path)
    parts = fenced(text)
    if parts.code == "no_frontmatter" and infer:
        return _inferred(text, found, folder_name, path)
    if parts.code:
        return _refused([*found, noted(parts.code, _MESSAGES[parts.code], parts.body_line)], path)
    mapping, mended = read_frontmatter(parts)
    found += mended
    if mapping is None:
        return _refused(found, path, parts)
    if parts.frontmatter_line > _USUAL_LINE:
        found.append(noted("leading_blank", "blank lines before the frontmatter", 1, repaired=True))
    return _read(mapping, parts, found, folder_name, path)


def read_frontmatter(parts: Fenced) -> tuple[Mapping | None, list[Diagnostic]]:
    """Read what stands between the fences, repaired once where need be; None where that fails too."""
    try:
        return read_mapping(parts.frontmatter, parts.frontmatter_line), []
    except FrontmatterFault as fault:
        if fault.found.code != "yaml_error" or parts.frontmatter.count("\n") > _MOST_REPAIRED_LINES:
            return None, [fault.found]
    try:
        return repaired_mapping(parts.frontmatter, parts.frontmatter_line)
    except FrontmatterFault as fault:
        return None, [fault.found]


def inline_shell_at(body: str) -> int:
    """Give where a body first holds a command that Claude Code would run before it sends the text; -1 where none."""
    at = -1
    while (at := body.find("!", at + 1)) >= 0:
        before = body[at - 1 : at]
        if (not before or before.isspace()) and _INLINE.match(body, at):
            return at
        if before == "`" and _FENCE.fullmatch(body[body.rfind("\n", max(0, at - 40), at) + 1 : at]):
            return at
    return -1


def _read(mapping: Mapping, parts: Fenced, found: list[Diagnostic], folder_name: str, path: str) -> SkillText:
    frontmatter, odd = frontmatter_of(mapping, folder_name, path)
    requirements, unclear = needs_of(mapping.values, mapping.lines)
    shell_at = inline_shell_at(parts.body)
    found += odd
    found += unclear
    found += _about_body(parts, shell_at)
    return SkillText(
        loads=bool(frontmatter.description),
        frontmatter=frontmatter,
        body=parts.body,
        body_line=parts.body_line,
        inline_shell=shell_at >= 0,
        requirements=requirements,
        related=related_of(mapping.values, parts.body),
        diagnostics=_placed(found, path),
    )


def _about_body(parts: Fenced, shell_at: int) -> list[Diagnostic]:
    found: list[Diagnostic] = []
    lines = parts.body.count("\n")
    if not parts.body or parts.body.isspace():
        found.append(noted("body_empty", "there is nothing after the frontmatter", parts.body_line))
    if lines > MAX_BODY_LINES:
        found.append(noted("body_long", f"the body has {lines} lines, more than {MAX_BODY_LINES}", parts.body_line))
    if shell_at >= 0:
        line = parts.body.count("\n", 0, shell_at)
        found.append(noted("inline_shell_present", "commands in the body stay text", parts.body_line + line))
    return found


def _inferred(text: str, found: list[Diagnostic], folder_name: str, path: str) -> SkillText:
    description = first_paragraph(text)
    found.append(noted("frontmatter_inferred", "the first paragraph is the description", 1))
    values = Mapping({"name": folder_name, "description": description or None}, {})
    return _read(values, Fenced("", 1, text, 1), found, folder_name, path)


def first_paragraph(text: str) -> str:
    """Give the first lines of prose, or the first title where there are none."""
    title = ""
    words: list[str] = []
    for line in text.split("\n"):
        stripped = line.strip()
        if _TITLE.match(stripped):
            title = title or stripped.lstrip("#").strip()
            stripped = ""
        if stripped:
            words.append(stripped)
        elif words:
            break
    return " ".join(words) or title


def _refused(found: list[Diagnostic], path: str, parts: Fenced | None = None) -> SkillText:
    body, line = (parts.body, parts.body_line) if parts else ("", 1)
    return SkillText(False, Frontmatter(), body, line, diagnostics=_placed(found, path))


def _placed(found: list[Diagnostic], path: str) -> tuple[Diagnostic, ...]:
    if not path:
        return tuple(found)
    # Most have their path already; thousands of them need not be made twice.
    return tuple(d if d.path else Diagnostic(d.code, d.severity, d.message, d.line, d.repaired, path) for d in found)
