"""What programs are called and which of their words say what they do; what a step is for.

In     nothing; the words of a step
Out    tables; a goal: test, lint, format, types, build, packages, commit, or none
"""

import re

LOOKS = frozenset(
    "[ [[ : . alias awk basename cat cd clear command cp curl cut date dd df diff dirname du echo env eval exit export "
    "false file find fd fg bg grep egrep fgrep head hexdump history id jobs jq kill killall less ln ls lsof man mkdir "
    "mktemp more mv nc open pgrep pkill popd printenv printf ps pushd pwd read readlink realpath rg rm rmdir rsync scp "
    "screen sed seq set shasum sleep sort source ssh stat strings su sudo tail tar tee test timeout tmux top touch tr "
    "tree true type umask uname uniq unset unzip uptime wait watch wc wget which whoami xargs xxd yes zip zsh bash sh "
    "dash chmod chown claude codex gemini osascript base64 sqlite3 psql mysql redis-cli vim vi nano code".split()
)
"""Programs that look around, move files or are too free to learn from."""

LOOKS_OF: dict[str, frozenset[str]] = {
    "git": frozenset(
        "status diff log show branch blame rev-parse remote fetch stash config ls-files reflog describe shortlog grep "
        "worktree check-ignore ls-remote cat-file help version checkout switch restore reset clean rm mv".split()
    ),
    "gh": frozenset("auth api help".split()),
    "npm": frozenset("ls list view info help config root prefix outdated whoami why explain".split()),
    "pnpm": frozenset("ls list view help config root why outdated".split()),
    "yarn": frozenset("list info why help config".split()),
    "pip": frozenset("list show freeze help config".split()),
    "uv": frozenset("help version".split()),
    "docker": frozenset("ps logs images inspect stats top port help version info".split()),
    "kubectl": frozenset("get describe logs explain version config".split()),
    "go": frozenset("env version list doc help".split()),
    "cargo": frozenset("tree metadata search help version".split()),
}

INTERPRETERS = frozenset("python python3 python3.10 python3.11 python3.12 python3.13 node ruby perl php deno".split())
CODE_FLAGS = frozenset("-c -e -p --eval --print -".split())
COMPOUND = frozenset("for while until if case do done then else fi esac function { } select".split())

RUNNERS: dict[str, frozenset[str]] = {
    "uv": frozenset({"run"}),
    "poetry": frozenset({"run"}),
    "pdm": frozenset({"run"}),
    "hatch": frozenset({"run"}),
    "pipenv": frozenset({"run"}),
    "rye": frozenset({"run"}),
    "pixi": frozenset({"run"}),
    "bundle": frozenset({"exec"}),
    "pnpm": frozenset({"exec", "dlx"}),
    "npm": frozenset({"exec"}),
    "yarn": frozenset({"dlx", "exec"}),
    "npx": frozenset(),
    "bunx": frozenset(),
    "uvx": frozenset(),
}
"""Programs that start another one: after one of these words, or, with none, at once."""

RUNNER_VALUES = frozenset("--extra --group --with --package --project --python -p --env-file --directory".split())
"""Options of those that take the next word."""

TWO_WORDS = frozenset(
    "alembic artisan bazel biome brew buf bun bundle cargo cmake composer conda dart deno django-admin docker "
    "docker-compose dotnet dvc expo fab firebase flask flutter fly gh git glab go golangci-lint gradle ./gradlew hatch "
    "helm heroku hugo inv invoke "
    "just kubectl lein lerna make ./mvnw mise mix mvn next ng ninja nox npm nx pdm pip pip3 pipenv pixi pnpm podman "
    "poetry pre-commit prisma pulumi rails rake ruff rye sam sbt serverless skaffold stack supabase swift task "
    "terraform turbo uv vite wrangler yarn zig".split()
)
"""Programs whose first word says what they do."""

WITHOUT_WORDS = frozenset(
    "pytest unittest mypy pyright tsc vue-tsc eslint flake8 pylint black isort prettier gofmt rustfmt vitest jest "
    "mocha phpunit rspec ctest clippy check run format lint test tests".split()
)
"""Programs that have no words of their own: their first argument is always a value."""

MANY_WORDS: dict[str, int] = {"make": 3, "just": 2, "gradle": 3, "./gradlew": 3, "mvn": 3, "./mvnw": 3, "rake": 2}
"""Programs that take several of them. Any but the first may be an argument: it is kept if it is known as one."""

TARGETS = frozenset(
    "all assemble audit benchmark build bundle ci check clean codegen compile coverage deps dist docs doc e2e fix fmt "
    "format generate install integration lint migrate package publish release run schema seed setup start test tests "
    "type typecheck types unit up update upgrade verify".split()
)
"""Words that are targets in many projects."""

MAYBE_WORDS: dict[str, frozenset[str]] = {
    "vitest": frozenset("run watch dev related bench list".split()),
    "webpack": frozenset("build serve watch".split()),
    "playwright": frozenset("test install show-report codegen".split()),
}
"""Programs whose first argument is a word of theirs, if it is one of these."""

SHORT_FLAGS = frozenset(
    "-race -run -bench -benchmem -count -cover -coverprofile -covermode -timeout -short -tags -ldflags -gcflags -mod "
    "-trimpath -fuzz -fuzztime -auto-approve -input -var -var-file -target -upgrade -destroy -json -lock -chdir "
    "-recursive -check -diff -reconfigure -migrate-state -backend -jar -version -am -la -al -it -ti -xe -ex -nv -sv "
    "-xvs -xsv -vs -vx -qx -xq -rf -fr -Wall -Werror -Wextra -cp -std -pedantic -help".split()
)
"""Options of one dash and several letters; in all others what follows the first letter may be its value."""

WITH_WORDS: dict[str, frozenset[str]] = {
    "npm": frozenset({"run", "run-script"}),
    "pnpm": frozenset({"run"}),
    "yarn": frozenset({"run"}),
    "bun": frozenset({"run"}),
    "deno": frozenset({"task"}),
    "docker": frozenset({"compose", "buildx"}),
    "podman": frozenset({"compose"}),
    "uv": frozenset({"pip", "tool"}),
    "gh": frozenset({"pr", "issue", "release", "run", "workflow"}),
    "dotnet": frozenset({"ef", "tool"}),
    "nx": frozenset({"run"}),
    "mise": frozenset({"run"}),
    "hatch": frozenset({"run"}),
    "composer": frozenset({"run"}),
}
"""Words after which one more of a program's own words follows."""

EXTENSIONS = frozenset(
    "c cc cpp cs css csv docx go h hpp html ini java jpg js json jsx kt lock lua md mjs pdf php png proto py rb rs "
    "scss sh sql svg swift tf toml ts tsx txt vue xlsx xml yaml yml zip".split()
)

# The whole word, or that word with a part after a colon: `test`, `test:unit`.
_GOALS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "format",
        re.compile(r"(?:^| )(?:ruff format|biome format|black|prettier|gofmt|rustfmt|isort|fmt|format)(?::\S+)?$"),
    ),
    ("types", re.compile(r"(?:^| )(?:mypy|pyright|tsc|vue-tsc|typecheck|type-check|types|check-types)(?::\S+)?$")),
    (
        "lint",
        re.compile(
            r"(?:^| )(?:ruff check|eslint|flake8|pylint|clippy|golangci-lint run|biome (?:check|lint|ci)|lint)"
            r"(?::\S+)?$"
        ),
    ),
    (
        "test",
        re.compile(
            r"(?:^| )(?:pytest|vitest(?: run)?|jest|mocha|tox|nox|phpunit|rspec|ctest|unittest|tests?)(?:[:-]\S+)?$"
        ),
    ),
    ("build", re.compile(r"(?:^| )(?:build|compile|assemble|package|webpack|rollup|bundle)(?::\S+)?$")),
    (
        "packages",
        re.compile(r"^(?:(?:npm|pnpm|yarn|bun) (?:install|i|ci|add)|(?:uv )?pip3? install|(?:uv|poetry) (?:add|sync))"),
    ),
    ("commit", re.compile(r"^git commit$")),
)
_FAMILIES: tuple[tuple[str, dict[str, str]], ...] = (
    ("javascript", {"npm": "npm", "npx": "npm", "pnpm": "pnpm", "yarn": "yarn", "bun": "bun", "bunx": "bun"}),
    ("python", {"pip": "pip", "pip3": "pip", "uv": "uv", "uvx": "uv", "poetry": "poetry", "pdm": "pdm"}),
)
MANAGERS = frozenset(name for _, names in _FAMILIES for name in names.values())


def goal_of(core: str) -> str:
    """Say what a step is for, by its words; "" where they do not tell."""
    return next((goal for goal, pattern in _GOALS if pattern.search(core)), "")


def manager_of(core: str) -> tuple[str, str]:
    """Give the family and the name of the package manager that a step starts; ("", "") for none."""
    program = core.split(" ", 1)[0]
    return next(((family, names[program]) for family, names in _FAMILIES if program in names), ("", ""))
