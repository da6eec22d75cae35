"""The recorded sessions of a real client, for every test that needs real hook payloads.

In     a name of RECORDINGS
Out    `lay_out(RECORDINGS[name], project, spool)` puts its files and payloads in place
"""

from pathlib import Path

from demo.replay_recording import RECORDED_PROJECT, lay_out, payloads

_ROOT = Path(__file__).parents[1]
_SHOWN = _ROOT / "demo" / "recording"
_FIXTURES = _ROOT / "tests" / "fixtures" / "recordings"

# html_to_markdown: Write, a failing run, Edit, a good run; absolute literal path, output path derived from it.
# html_script: Read, Write, a run with relative paths in argv after `mkdir -p`; every PreToolUse, and Stop.
# docx_to_markdown, html_with_pictures: Write and a good run. csv_with_package: a failing run, an installation into the
# project's own environment, a good run by that environment; the program's head names the package.
# csv_heredoc: `python3 - <<'EOF'`, both paths absolute literals. json_inline: `python3 -c`, result on stdout.
# json_computed: the same, and the numbers it prints are differences that no input holds.
RECORDINGS: dict[str, Path] = {
    "html_to_markdown": _SHOWN / "html_to_markdown",
    "docx_to_markdown": _SHOWN / "docx_to_markdown",
    "html_with_pictures": _SHOWN / "html_with_pictures",
    "csv_with_package": _SHOWN / "csv_with_package",
    "html_script": _FIXTURES / "html_script",
    "csv_heredoc": _FIXTURES / "csv_heredoc",
    "json_inline": _FIXTURES / "json_inline",
    "json_computed": _FIXTURES / "json_computed",
}

__all__ = ["RECORDED_PROJECT", "RECORDINGS", "lay_out", "payloads"]
