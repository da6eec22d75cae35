import pytest
import yaml

from skillstrata.records.skills import SkillText
from skillstrata.runtime.parsing import parse_skill
from skillstrata.runtime.skill_bytes import MAX_SKILL_BYTES
from skillstrata.runtime.yaml_values import FrontmatterFault, values_of


def read(text: str | bytes, folder: str = "report", *, infer: bool = False) -> SkillText:
    """Parse a file of a folder called `report`."""
    data = text if isinstance(text, bytes) else text.encode()
    return parse_skill(data, folder_name=folder, path="", infer=infer)


def skill(lines: str, body: str = "Do it.\n") -> str:
    """Give a file with some lines after its name."""
    return f"---\nname: report\n{lines}\n---\n{body}"


def codes(text: SkillText) -> list[str]:
    """Give the codes of the diagnostics."""
    return [found.code for found in text.diagnostics]


def test_a_plain_skill_loads_without_a_word() -> None:
    """The case that most files are: nothing to say about it, nothing lost."""
    text = read(skill("description: Writes reports.\nlicense: MIT", "# Report\n\nDo it.\n"))

    assert (text.loads, text.diagnostics) == (True, ())
    assert text.frontmatter.description == "Writes reports."
    assert text.body == "# Report\n\nDo it.\n"
    assert text.body_line == 6


GOOD = skill("description: Writes reports.")
REFUSED = {
    "nul_byte": GOOD.encode() + b"\0",
    "not_utf8": GOOD.encode() + b"\xff\xfe",
    "too_large": GOOD.encode() + b"x" * MAX_SKILL_BYTES,
    "no_frontmatter": "# Report\n\nWrites reports.\n",
    "unclosed_fence": "---\nname: report\ndescription: Writes.\n",
    "second_frontmatter": skill("description: A.", "\n---\nname: other\ndescription: B.\n---\nText\n"),
    "frontmatter_too_large": skill(f"description: {'x' * 70_000}"),
    "yaml_alias": skill("description: &a Writes.\nlicense: *a"),
    "yaml_tag": skill("description: !!str Writes."),
    "yaml_depth": skill(f"description: Writes.\nx: {'[' * 40}{']' * 40}"),
    "not_mapping": "---\n- one\n- two\n---\nText\n",
    "duplicate_key": skill("description: A.\ndescription: B."),
    "key_not_text": skill("description: A.\n? [a, b]\n: c"),
    "tab_indent": skill("description: A.\nmetadata:\n\ta: b"),
    "desc_missing": skill("license: MIT"),
    "yaml_error": "---\nname: report\nmetadata: |\n  a\n : b\n - c: [\n---\nText\n",
}


@pytest.mark.parametrize("code", REFUSED)
def test_a_file_that_must_not_be_used_says_why(code: str) -> None:
    """Reference: each of these is a reason of its own, and none of them an exception."""
    text = read(REFUSED[code])

    assert not text.loads
    assert code in codes(text)
    assert [d.severity for d in text.diagnostics if d.code == code] == ["error"]


def test_without_the_fault_the_same_file_loads() -> None:
    """The twin of the refusals: what they are made of is a good skill."""
    assert read(GOOD).loads


ODD = {
    "bom": "\ufeff" + GOOD,
    "crlf": GOOD.replace("\n", "\r\n"),
    "leading_blank": "\n\n" + GOOD,
    "hidden_chars": skill("description: Writes\u200b reports."),
    "bidi_chars": GOOD + "a\u202eb\n",
    "control_chars": GOOD + "a\x1b[31mb\n",
    "key_odd": skill("description: A.\nmetadata:\n  1: b"),
    "name_missing": "---\ndescription: Writes.\n---\nText\n",
    "name_mismatch": "---\nname: other\ndescription: Writes.\n---\nText\n",
    "name_pattern": "---\nname: My Report\ndescription: Writes.\n---\nText\n",
    "name_long": f"---\nname: {'a' * 65}\ndescription: Writes.\n---\nText\n",
    "desc_long": skill(f"description: {'x ' * 600}"),
    "desc_markup": skill("description: Makes <b>bold</b> text."),
    "compat_long": skill(f"description: A.\ncompatibility: {'x ' * 300}"),
    "meta_not_map": skill("description: A.\nmetadata: none"),
    "meta_not_string": skill("description: A.\nmetadata:\n  a:\n    b: c"),
    "key_unknown": skill("description: A.\ncolour: red"),
    "value_not_text": skill("description: A.\nmodel:\n  - a"),
    "value_not_boolean": skill("description: A.\nuser-invocable: maybe"),
    "value_unknown": skill("description: A.\neffort: gigantic"),
    "tools_unbalanced": skill("description: A.\nallowed-tools: Bash(git"),
    "tools_synonym": skill("description: A.\ntools: Read, Write"),
    "tool_unknown": skill("description: A.\nallowed-tools: Teleport"),
    "requirement_unclear": skill("description: A.\nrequires: a lot of patience"),
    "body_empty": skill("description: A.", ""),
    "body_long": skill("description: A.", "x\n" * 501),
    "inline_shell_present": skill("description: A.", "Now: !`git status`\n"),
}


@pytest.mark.parametrize("code", ODD)
def test_an_oddity_is_told_and_costs_nothing(code: str) -> None:
    """Reference: real files look like this; peers that reject them lose up to 70 % of all skills."""
    text = read(ODD[code])

    assert text.loads
    assert code in codes(text)


REPAIRED = {
    "a colon in the description": ("description: Use when: a report is due", "Use when: a report is due"),
    "several colons": ("description: a: b: c", "a: b: c"),
    "a colon at the end": ("description: Use for these:", "Use for these:"),
    "an at sign": ("description: @mentions are answered", "@mentions are answered"),
    "a backtick": ("description: `git` for reports", "`git` for reports"),
    "a percent sign": ("description: %done of reports", "%done of reports"),
    "a leading comma": ("description: , and reports", ", and reports"),
    "a leading hyphen": ("description: - reports", "- reports"),
    "an ampersand alone": ("description: & reports", "& reports"),
    "two lists in a row": ("description: [a] [b]", "[a] [b]"),
    "a lost brace": ("description: {reports", "{reports"),
    "an escaped bracket": ('description: ["\\[a"]', '["\\[a"]'),
    "text after quotes": ('description: "Big" reports', '"Big" reports'),
    "quotes in quotes": ('description: "a "big" report"', 'a "big" report'),
    "a C1 control": ("description: Writes\x80 reports", "Writes reports"),
    "lines that go on": ("description: Use when: a\n  report is due", "Use when: a report is due"),
    "a heading in a block": ("description: |\n  Writes.\nReports\n  all day", "Writes.\nReports\nall day"),
}


@pytest.mark.parametrize("case", REPAIRED)
def test_a_line_that_is_nearly_yaml_is_read_as_it_was_meant(case: str) -> None:
    """Reference: 63 of 66 files with YAML errors are of these kinds; the others lose more than the description."""
    line, description = REPAIRED[case]
    text = read(skill(f"{line}\nallowed-tools: [Read, Bash(git *)]"))

    assert text.frontmatter.description == description
    assert text.frontmatter.allowed_tools == ("Read", "Bash(git *)")
    assert any(found.repaired for found in text.diagnostics)


def test_a_repair_names_its_line() -> None:
    """Whoever mends the file must find the place."""
    (found,) = read(skill("license: MIT\ndescription: a: b")).diagnostics

    assert (found.code, found.line, found.repaired) == ("yaml_repaired", 4, True)


def test_a_nested_line_is_repaired_without_its_neighbours() -> None:
    """A colon in one value of `metadata` must not make text of all of them."""
    text = read(skill("description: A.\nmetadata:\n  author: Ann: Bo\n  version: 1.10"))

    assert dict(text.frontmatter.metadata) == {"author": '"Ann: Bo"', "version": '"1.10"'}


def test_where_nothing_else_can_be_read_name_and_description_are() -> None:
    """The last three of the 66: a skill with a description can be used."""
    text = read("---\nname: report\ndescription: Writes.\nmetadata: |\n  a\n : b\n - c: [\n---\nText\n")

    assert text.loads
    assert text.frontmatter.description == "Writes."
    assert "yaml_partial" in codes(text)


def test_values_stay_as_they_were_written() -> None:
    """A version 1.10 that becomes 1.1, or a date that becomes an object, broke several loaders."""
    front = read(skill("description: A.\nversion: 1.10\nmetadata:\n  created: 2026-01-02\n  on: yes")).frontmatter

    assert front.version == "1.10"
    assert dict(front.metadata) == {"created": '"2026-01-02"', "on": '"yes"'}


def test_every_field_of_claude_code_is_read() -> None:
    """The fields hosts act on, in the forms its documentation shows."""
    front = read(
        skill(
            "description: A.\nwhen_to_use: At night\nargument-hint: [issue] [branch]\narguments: issue branch\n"
            "disable-model-invocation: yes\nuser-invocable: off\nallowed-tools: Bash(git add *), Read\n"
            "disallowed-tools:\n  - WebFetch\nmodel: haiku\neffort: high\ncontext: fork\nagent: Explore\n"
            "background: false\nhooks:\n  Stop:\n    - x\npaths: src/**/*.ts, docs/*\nshell: bash\nversion: 2"
        )
    ).frontmatter

    assert (front.when_to_use, front.argument_hint, front.arguments) == (
        "At night",
        "[issue] [branch]",
        ("issue", "branch"),
    )
    assert (front.model_may_invoke, front.user_may_invoke) == (False, False)
    assert front.allowed_tools == ("Bash(git add *)", "Read")
    assert front.disallowed_tools == ("WebFetch",)
    assert (front.model, front.effort, front.context, front.agent) == ("haiku", "high", "fork", "Explore")
    assert (front.background, front.shell, front.version) == ("false", "bash", "2")
    assert front.hooks == '{"Stop":["x"]}'
    assert front.paths == ("src/**/*.ts", "docs/*")


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("true", False),
        ("YES", False),
        ("on", False),
        ("1", False),
        ("false", True),
        ("No", True),
        ("off", True),
        ("0", True),
    ],
)
def test_yes_and_no_have_many_words(word: str, meant: bool) -> None:
    """Claude Code takes all of these since 2.1.218; `disable-model-invocation: yes` must not stay open."""
    assert read(skill(f"description: A.\ndisable-model-invocation: {word}")).frontmatter.model_may_invoke is meant


def test_unknown_keys_are_kept() -> None:
    """58 % of real files have some; whoever wrote them reads them."""
    front = read(skill("description: A.\ntriggers: [a, b]\nrisk: low")).frontmatter

    assert dict(front.unknown) == {"triggers": '["a","b"]', "risk": '"low"'}


def test_hyphens_in_a_value_do_not_end_the_frontmatter() -> None:
    """Three peers cut at the first `---` anywhere and lose the rest of the description in silence."""
    text = read(skill("description: one --- two"))

    assert text.frontmatter.description == "one --- two"


def test_a_file_without_frontmatter_loads_where_that_is_asked_for() -> None:
    """Commands of older clients have none; their first paragraph says what they do."""
    text = read("# Report\n\nWrites the\nweekly report.\n\nMore.\n", infer=True)

    assert text.loads
    assert text.frontmatter.description == "Writes the weekly report."
    assert "frontmatter_inferred" in codes(text)


@pytest.mark.parametrize("joined", ["\U0001f468\u200d\U0001f469", "\u0646\u200c\u0627"])
def test_joiners_where_they_belong_are_no_alarm(joined: str) -> None:
    """Pictures of families and Persian words hold them; a warning on each would teach people to look away."""
    assert "hidden_chars" not in codes(read(GOOD + joined + "\n"))


def test_a_joiner_between_latin_letters_is_seen() -> None:
    """The other side: there it splits a word for a filter and not for a reader."""
    assert "hidden_chars" in codes(read(GOOD + "ig\u200dnore\n"))


@pytest.mark.parametrize(
    ("body", "shell"),
    [
        ("!`date`\n", True),
        ("Now: !`date`\n", True),
        ("```!\ndate\n```\n", True),
        ("a!`date`\n", False),
        ("! `date`\n", False),
        ("```sh\ndate\n```\n", False),
        ("!`\n`\n", False),
    ],
)
def test_inline_commands_are_seen_where_claude_code_would_run_them(body: str, shell: bool) -> None:
    """At the start of a line or after a blank, and in a block of their own."""
    assert read(skill("description: A.", body)).inline_shell is shell


def test_the_path_is_in_every_diagnostic() -> None:
    """Among thousands of skills a message without a file leads nowhere."""
    text = parse_skill(b"x", folder_name="report", path="skills/report/SKILL.md")

    assert {found.path for found in text.diagnostics} == {"skills/report/SKILL.md"}


def _bomb() -> str:
    pairs = ['"name":"s"', '"description":"d"', '"a":&a {"x":"y"}']
    for before, name in zip("abcdefgh", "bcdefghi", strict=True):
        pairs.append(f'"{name}":&{name} {{{",".join(f"{n}: *{before} " for n in range(9))}}}')
    return "---\n{" + ",".join(pairs) + "}\n---\nbody"


@pytest.mark.parametrize("text", ['---\n{"name":"s","description":"d","m":&a {"x":*a}}\n---\nbody', _bomb()])
def test_an_alias_right_behind_a_key_is_refused(text: str) -> None:
    """In flow style no blank stands before it: a circle of 80 bytes took every skill down, a tree of 700 the memory."""
    assert codes(read(text)) == ["yaml_alias"]


def test_ampersands_stars_and_marks_within_words_are_text() -> None:
    """The other side: what only looks like an anchor is read as it stands."""
    text = read('---\n{"name": "report", "description": "R&D: 2*3! (*.md, &c)", "license": A&B}\n---\nDo it.\n')

    assert text.loads
    assert (text.frontmatter.description, text.frontmatter.license) == ("R&D: 2*3! (*.md, &c)", "A&B")


def test_a_tree_of_nodes_that_leads_into_itself_ends() -> None:
    """Whatever the reader gives: no depth and no number of values takes the process with it."""
    circle = yaml.MappingNode("", [], start_mark=yaml.Mark("", 0, 0, 0, None, 0))
    key = yaml.ScalarNode("", "k", start_mark=circle.start_mark)
    circle.value.append((key, circle))
    wide = yaml.SequenceNode("", [key] * 1000, start_mark=circle.start_mark)
    deep = yaml.SequenceNode("", [wide] * 1000, start_mark=circle.start_mark)
    for value in (circle, deep):
        with pytest.raises(FrontmatterFault) as fault:
            values_of(yaml.MappingNode("", [(key, value)], start_mark=circle.start_mark), 1)
        assert fault.value.found.code == "yaml_depth"

    assert values_of(yaml.MappingNode("", [(key, wide)], start_mark=circle.start_mark), 1) == {"k": ["k"] * 1000}


@pytest.mark.parametrize("value", ["maybe", "[yes]", "sometimes"])
def test_whoever_says_unclearly_that_models_are_kept_off_keeps_them_off(value: str) -> None:
    """A gate must not fall open over a slip; the other key only hides a skill from people, and stays as it was."""
    unclear = read(skill(f"description: A.\ndisable-model-invocation: {value}"))

    assert not unclear.frontmatter.model_may_invoke
    assert codes(unclear) == ["value_not_boolean"]
    assert read(skill("description: A.\ndisable-model-invocation: no")).frontmatter.model_may_invoke
    assert read(skill(f"description: A.\nuser-invocable: {value}")).frontmatter.user_may_invoke
