"""Every code a diagnostic of the skill runtime can have: how grave it is, and what it means.

In     a code, what was seen, where
Out    the diagnostic
Never  leaves a code out of docs/skills-diagnostics.md: a test keeps the two equal
"""

from dataclasses import dataclass

from skillstrata.records.diagnostics import Diagnostic


@dataclass(frozen=True, slots=True)
class SkillCode:
    """One kind of oddity. An error keeps the skill from being loaded, or a copy from being published."""

    code: str
    severity: str
    meaning: str


SKILL_CODES: tuple[SkillCode, ...] = (
    # The file as bytes.
    SkillCode("too_large", "error", "The file is larger than a skill may be."),
    SkillCode("nul_byte", "error", "The file holds a NUL byte: it is not text."),
    SkillCode("not_utf8", "error", "The file is not UTF-8."),
    SkillCode("file_unreadable", "error", "The file cannot be read: missing, not permitted, or no plain file."),
    SkillCode("unstable_read", "error", "The file changed while it was read; it is read again at the next look."),
    SkillCode("half_written", "error", "The body is gone: the file is being written; the version before stays in use."),
    SkillCode("not_a_file", "warning", "Something called `SKILL.md` is no plain file and is not opened."),
    SkillCode("link_loop", "warning", "Links lead back to themselves."),
    SkillCode("link_outside", "warning", "A link leads out of a project or plugin that is not trusted; left out."),
    SkillCode("duplicate_id", "warning", "Two files or sources would have one name; the second has a number behind."),
    SkillCode("folder_unreadable", "warning", "A folder of skills cannot be listed; its skills are missing."),
    SkillCode("loader_key_idle", "info", "A key of a loader's configuration that changes nothing here."),
    SkillCode("plugin_missing", "warning", "A plugin is installed by its list, and its folder is not there."),
    SkillCode("file_name_case", "warning", "The file is called otherwise than `SKILL.md`, by case."),
    SkillCode("bom", "info", "The file begins with a byte order mark, which is left out."),
    SkillCode("crlf", "info", "Lines end in CR LF, which is read as LF."),
    SkillCode("hidden_chars", "warning", "Invisible characters (zero width, tags): text that a reader does not see."),
    SkillCode("bidi_chars", "warning", "Characters that change the direction of text: it reads otherwise than it is."),
    SkillCode("control_chars", "warning", "Control characters, which a terminal would obey."),
    # The fences around the frontmatter.
    SkillCode("no_frontmatter", "error", "The file does not begin with a `---` line."),
    SkillCode("unclosed_fence", "error", "The frontmatter has no closing `---` line."),
    SkillCode("second_frontmatter", "error", "A second block of frontmatter follows the first: which one counts?"),
    SkillCode("frontmatter_too_large", "error", "The frontmatter is larger than 64 KiB."),
    SkillCode("frontmatter_inferred", "info", "There is no frontmatter; the first paragraph is the description."),
    SkillCode("leading_blank", "info", "Blank lines stand before the frontmatter."),
    # The frontmatter as YAML.
    SkillCode("yaml_error", "error", "The frontmatter is not YAML and could not be repaired."),
    SkillCode("yaml_alias", "error", "Anchors and aliases are not read: a few lines could stand for gigabytes."),
    SkillCode("yaml_tag", "error", "Tags are not read: values are text."),
    SkillCode("yaml_depth", "error", "Values are nested too deeply."),
    SkillCode("parser_failed", "error", "The parser itself failed on the file; no other skill is touched by that."),
    SkillCode("not_mapping", "error", "The frontmatter is not a list of `key: value` lines."),
    SkillCode("duplicate_key", "error", "A key stands there twice: which one counts?"),
    SkillCode("key_not_text", "error", "A key is a list or a mapping."),
    SkillCode("tab_indent", "error", "A line is indented with a tab, which YAML forbids."),
    SkillCode("yaml_repaired", "warning", "A line was not YAML and was read as if its value were quoted."),
    SkillCode("yaml_partial", "warning", "Only name and description could be read; every other key is lost."),
    SkillCode("key_odd", "warning", "A key is a number, yes/no or empty in YAML; it is read as text."),
    # Fields.
    SkillCode("name_missing", "warning", "There is no `name`; the folder's name stands for it."),
    SkillCode("name_mismatch", "warning", "`name` is not the folder's name; the skill is called by its folder."),
    SkillCode("name_pattern", "warning", "`name` has other characters than lowercase letters, digits and hyphens."),
    SkillCode("name_long", "warning", "`name` has more than 64 characters."),
    SkillCode("desc_missing", "error", "There is no `description`: a model could not know when to use the skill."),
    SkillCode("desc_long", "warning", "`description` has more than 1,024 characters."),
    SkillCode("desc_markup", "warning", "`description` holds `<` or `>`, which is escaped wherever it is listed."),
    SkillCode("compat_long", "warning", "`compatibility` has more than 500 characters."),
    SkillCode("meta_not_map", "warning", "`metadata` is not a mapping."),
    SkillCode("meta_not_string", "info", "A value in `metadata` is not text; it is kept as it is."),
    SkillCode("key_unknown", "info", "Neither the open specification nor Claude Code knows this key; it is kept."),
    SkillCode("value_not_text", "warning", "A field that should be text is a list or a mapping."),
    SkillCode(
        "value_not_boolean",
        "warning",
        "A field that should be yes or no is neither; of `disable-model-invocation` it is taken for yes.",
    ),
    SkillCode("value_unknown", "warning", "A field has a value that no host knows."),
    SkillCode("pattern_too_wide", "warning", "A pattern of `paths` is too long or stands for too many others."),
    SkillCode("tools_unbalanced", "warning", "The parentheses of a list of tools are not balanced."),
    SkillCode("tools_synonym", "info", "`tools` is read as `allowed-tools`."),
    SkillCode("tool_unknown", "warning", "A list of tools names one that no host is known to have."),
    SkillCode(
        "requirement_unclear",
        "warning",
        "A requirement could not be understood; where it is a need, the skill cannot be used.",
    ),
    # The body.
    SkillCode("body_empty", "warning", "There is nothing after the frontmatter."),
    SkillCode("body_long", "info", "The body has more than 500 lines; the specification asks for fewer."),
    SkillCode("inline_shell_present", "info", "The body holds commands that Claude Code runs; here they stay text."),
    # Among skills.
    SkillCode("duplicate_identical", "info", "Another source has the same file; it is shown once."),
    SkillCode("shadowed", "warning", "Another skill of this name wins; this one is reached by its id."),
    SkillCode("dep_missing", "warning", "A skill that this one needs is not there."),
    SkillCode("dep_cycle", "warning", "Skills need each other in a circle."),
    SkillCode("resolution_timeout", "error", "Needs took too long to resolve; skills are used without them."),
    SkillCode("scope_shared", "warning", "Skills change the same tools or outputs, and may undo each other's work."),
    SkillCode("remote_refused", "error", "What a server offers is not what it said, or not allowed; it is not used."),
    SkillCode("server_unreachable", "warning", "A server cannot be reached or does not answer; skills are missing."),
    SkillCode("approvals_unreadable", "warning", "The file of approvals is damaged; no server's skill is approved."),
    SkillCode("remote_claim_ignored", "warning", "A server's skill asks for something that only local skills may."),
    SkillCode("env_missing", "warning", "A program, variable or MCP server that this skill needs is not there."),
    # The strict form, in `skills validate --strict`.
    SkillCode("strict_no_fence", "error", "The file does not begin with `---`, or there is no second `---`."),
    SkillCode("strict_file_name", "error", "The file is called neither `SKILL.md` nor `skill.md`."),
    SkillCode("strict_yaml", "error", "The frontmatter is not YAML."),
    SkillCode("strict_style", "error", "Flow style, anchors, aliases, tags, uneven indentation or a key twice."),
    SkillCode("strict_not_mapping", "error", "The frontmatter is not a list of `key: value` lines."),
    SkillCode("strict_key", "error", "A key other than the six of the specification."),
    SkillCode("strict_name", "error", "`name` is missing, has a wrong form, or is not the folder's name."),
    SkillCode("strict_description", "error", "`description` is missing, empty or too long."),
    SkillCode("strict_compatibility", "error", "`compatibility` is not text, or too long."),
    # The copy, in `skills publish`.
    SkillCode("publish_name", "warning", "The copy's name was made from the folder's name."),
    SkillCode("publish_cut", "warning", "A value was cut to the length that the specification allows."),
    SkillCode("publish_moved", "info", "Keys outside the specification stand under `metadata` in the copy."),
    SkillCode("publish_flattened", "info", "Values in `metadata` that are not text became JSON text."),
    SkillCode("publish_dropped", "info", "Empty values were left out."),
    SkillCode("publish_cleaned", "warning", "Invisible or control characters were taken out of the frontmatter."),
    SkillCode("publish_left_out", "warning", "A file of the folder is not in the copy: a link or a special file."),
    SkillCode("publish_too_big", "error", "The folder has more than 512 files or 16 MiB."),
    SkillCode("publish_no_name", "error", "The folder's name holds nothing that a name could be made of."),
    SkillCode("publish_taken", "error", "Something of this name is there already; allow overwriting with --force."),
)

_SEVERITY = {row.code: row.severity for row in SKILL_CODES}


def noted(code: str, message: str, line: int = 0, *, repaired: bool = False, path: str = "") -> Diagnostic:
    """Give a diagnostic of a code of the table, with the code's severity."""
    return Diagnostic(code, _SEVERITY[code], message, line, repaired, path)
