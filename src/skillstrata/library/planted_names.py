"""Names that other programs obey: a tool's output under one of them would be run or believed later.

In     the absolute path an output would get
Out    why it may not be written there, or an empty string
Never  looks at the disk: what is not there yet can be planted all the same
Why    sandboxes were escaped this way: a run left a settings file in the user's tree, and the next start of the agent,
       the editor, git or Python obeyed it
"""

import re

# Folders whose files programs obey.
_FOLDERS = frozenset(
    """
    .git .hg .svn .claude .codex .gemini .cursor .vscode .idea .github .husky .devcontainer .config .ssh .gnupg
    .bashrc.d .zsh __pycache__ node_modules site-packages dist-packages cron.d cron.daily init.d systemd autostart
    launchagents launchdaemons .venv venv .virtualenv .skillstrata .direnv .nvm .pyenv .rbenv .asdf .cargo
    .rustup .vim .emacs.d .ipython .jupyter .docker .kube .aws .gnome2
    """.split()
)
# Folders of programs that a search path may name, as the last of their path.
_PROGRAMS = re.compile(r"(?:^|/)(?:\.local|\.?v?env|[^/]*-env|virtualenv|\.bin|home/[^/]+)/s?bin/", re.IGNORECASE)
_FILES = re.compile(
    r"""\.?(?:bash|zsh|ksh|csh|tcsh|fish)(?:rc|_profile|_login|_logout|env|_aliases) | \.?profile | \.?netrc
    | \.?envrc(?:\..*)?
    | \.?mcp\.json | \.?gitconfig | \.?gitattributes | \.?gitmodules | \.?npmrc | \.?pypirc | \.?inputrc | \.?vimrc
    | \.?zprofile | \.?zlogin | \.?login | \.?xprofile | \.?xsessionrc | \.?tmux\.conf | \.?gdbinit | \.?pdbrc | \.?exrc
    | \.?curlrc | \.?wgetrc | \.?hgrc | \.?rprofile | \.?emacs | \.?claude\.json | \.?cursorrules | \.?windsurfrules
    | jenkinsfile | vagrantfile | cmakelists\.txt | build\.rs | cargo\.toml | pip\.conf | \.?mise\.toml
    | \.?yarnrc(?:\.yml)?
    | \.?direnvrc | \.?editorconfig | \.?pre-commit-config\.ya?ml | \.?gitlab-ci\.ya?ml | \.?condarc | \.?env
    | .*\.pth | conftest\.py | sitecustomize\.py | usercustomize\.py | setup\.py | setup\.cfg | pyproject\.toml
    | tox\.ini | noxfile\.py | pytest\.ini | package\.json | makefile | gnumakefile | justfile | rakefile | dockerfile
    | docker-compose\.ya?ml | compose\.ya?ml | claude(?:\.local)?\.md | agents\.md | gemini\.md | skill\.md
    | tool_schema\.ya?ml | pyvenv\.cfg | activate(?:\.\w+)? | authorized_keys
    | crontab | .*\.desktop | .*\.service | .*\.plist""",
    re.IGNORECASE | re.VERBOSE,
)


def planted(path: str, base: str = "") -> str:
    """Say why an output may not be written to this path; empty when it may.

    Args:
        path: Absolute, with forward slashes, plain (no `..`).
        base: The folder the caller works in. What lies above it was there before: a checkout in `.claude/worktrees`
            is a place to work in.
    """
    below = path.removeprefix(base.rstrip("/")) if base and path.startswith(base.rstrip("/") + "/") else path
    name = below.rsplit("/", 1)[-1]
    # A trailing dot or space is the same name on some file systems; a file `.git` leads to a folder of that kind.
    obeyed = next((f for f in below.split("/") if f.lower().rstrip(". ") in _FOLDERS), "")
    if obeyed:
        return f"programs obey what lies in {obeyed}"
    if _PROGRAMS.search(below):
        return "programs are looked for in its folder"
    if _FILES.fullmatch(name.rstrip(". ")):
        return f"other programs obey a file of the name {name}"
    return ""
