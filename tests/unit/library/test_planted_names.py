"""Outputs never land where another program would obey them."""

import pytest

from skillstrata.library.planted_names import planted

OBEYED = """
/p/.git/config /p/.git/hooks/pre-commit /p/sub/repo/.git/x /p/.claude/settings.json /p/.CLAUDE/x
/p/.codex/a /p/.vscode/a
/p/.mcp.json /p/mcp.json /home/u/.bashrc /home/u/bashrc /home/u/.zshrc /home/u/.profile /p/a.pth /p/conftest.py
/p/Conftest.PY /p/sitecustomize.py /p/usercustomize.py /p/CLAUDE.md /p/AGENTS.md /p/Makefile /p/package.json
/p/pyproject.toml /p/.envrc /p/.github/workflows/x.yml /home/u/.ssh/authorized_keys /home/u/.config/autostart/x.desktop
/home/u/.claude.json /p/.cursorrules /home/u/.zprofile /home/u/.tmux.conf /p/Cargo.toml /p/build.rs
/p/.git /p/sub/.GIT /p/.hg /p/.venv/bin/activate /p/venv/bin/python /p/.venv /p/env/bin/python /p/my-env/bin/pip
/home/u/.local/bin/ls /home/u/bin/ls /p/.envrc.local /p/.skillstrata/policy.toml /p/tool_schema.yaml /p/pyvenv.cfg
/p/activate /p/tool_schema.yml /home/u/.cargo/config.toml /home/u/.vim/plugin/x.vim
/p/node_modules/x/index.js /p/.venv/lib/python3/site-packages/x.py /p/.git./x
""".split()
PLAIN = """
/p/report.md /p/data.json /p/out/table.csv /p/claude-report.md /p/git/notes.txt /p/my.config/a.txt /p/test_x.py
/p/bin/notes.txt /p/environment/bin/notes.txt /p/.local/share/x.md /p/tool_schema.md /p/activated.md /p/git
/p/profile.md /p/env.txt /p/environment.json /p/packages.json /p/bashrc.txt /p/config.json /home/u/Documents/x.html
""".split()


@pytest.mark.parametrize("path", OBEYED)
def test_a_name_that_programs_obey_is_refused(path: str) -> None:
    """A run that could leave one behind would run code outside the sandbox, later."""
    assert planted(path)


@pytest.mark.parametrize("path", PLAIN)
def test_a_plain_result_is_not(path: str) -> None:
    """The twin: results with like names are what tools are for."""
    assert planted(path) == ""


def test_what_lies_above_the_folder_one_works_in_does_not_count() -> None:
    """Agents work in checkouts of their own, which may lie in such a folder."""
    base = "/p/.claude/worktrees/one"

    assert planted(f"{base}/out/report.md", base) == ""
    assert planted(f"{base}/out/report.md", "/p")
    assert planted(f"{base}/.claude/settings.json", base)
    assert planted(f"{base}-other/report.md", base)
