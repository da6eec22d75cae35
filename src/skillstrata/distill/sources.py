"""Tell files of a project (sources, settings) from content: documents, data, media.

In     a path as an agent wrote it
Out    what kind of file its name says it is
Never  opens the file
"""

import posixpath
import re

_SOURCE_ENDS = frozenset(
    """
    .py .pyi .ts .tsx .js .jsx .mjs .cjs .go .rs .java .kt .c .h .cc .cpp .hpp .cs .rb .php .sh .bash .vue .svelte
    .css .scss .lock .env .swift .sql .gradle .tf .proto .graphql .pyc .map .dart .lua .ex .exs .scala .pl .r .zig
    """.split()
)
_CONFIG_NAME = re.compile(
    r"(?:package(?:-lock)?|[tj]sconfig[\w.]*|composer|settings(?:\.local)?|launch|tasks|turbo|nx|vercel|firebase)\.json$"
    r"|\.(?:eslintrc|prettierrc|babelrc|mcp)[\w.]*$|docker-compose[\w.]*\.ya?ml$|Makefile$|Dockerfile$|\.gitignore$"
    r"|(?:^|/)(?:pyproject|Cargo|Pipfile|netlify|wrangler|ruff|mypy|poetry|rust-toolchain|fly|bunfig)\.toml$"
    r"|(?:^|/)(?:setup|tox|pytest|mypy|alembic|\.?flake8|\.?coveragerc|\.?pylintrc)\.(?:cfg|ini)$"
    r"|(?:^|/)(?:requirements[\w-]*\.txt|go\.(?:mod|sum)|pubspec\.yaml|pnpm-(?:lock|workspace)\.yaml|CMakeLists\.txt)$"
)
_PROJECT_FOLDERS = re.compile(
    r"(?:^|/)(?:\.[A-Za-z][\w-]*|node_modules|site-packages)/"
    r"|(?:^|/)\.(?:env|npmrc|nvmrc|gitattributes|dockerignore|editorconfig|prettierignore|bashrc|zshrc|profile)(?:\.\w+)*$"
)
_PLACES = re.compile(
    r"(?:^|/)(?:src|lib|tests?|apps?|packages|components|pages|dist|build|cmd|internal|pkg|scripts)/?$|^\.{1,2}/?$"
)
_SYSTEM_FOLDERS = re.compile(r"/(?:proc|sys|etc|dev|usr|bin|boot|run)/")


def is_source(path: str) -> bool:
    """Say whether a path is program text."""
    return posixpath.splitext(path.replace("\\", "/"))[1].lower() in _SOURCE_ENDS


def is_project_file(path: str) -> bool:
    """Say whether a path is program text, a setting, a folder of sources, or lies in a folder of tools."""
    plain = path.replace("\\", "/")
    return is_source(plain) or bool(
        _CONFIG_NAME.search(plain)
        or _PROJECT_FOLDERS.search(plain)
        or _SYSTEM_FOLDERS.match(plain)
        or _PLACES.search(plain)
    )


def is_content(path: str) -> bool:
    """Say whether a word names a file by an ending, and none of a project."""
    plain = path.replace("\\", "/")
    ending = posixpath.splitext(plain)[1]
    return bool(re.fullmatch(r"\.[A-Za-z]\w{0,7}", ending)) and not is_project_file(plain)


def is_setting(path: str) -> bool:
    """Say whether a path is a setting of a project or of a tool, by its name or its folder."""
    return is_project_file(path) and not is_source(path)
