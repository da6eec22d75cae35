"""What the words of a loader's permissions mean: `file_read`, `shell_exec`, `npm` and the like.

    file_read        read_file, list_dir          http_get         web_fetch
    file_write       write_file                   shell_exec       bash, whatever it runs
    database_write   bash, clients of databases   npm, git, …      bash, those programs and nothing else

Any other word is the name or a glob of tools. docs/policy.md has this table too, and a test that they agree.
"""

from dataclasses import dataclass

from skillstrata.policy.globs import listed_names, means
from skillstrata.records.capabilities import Capability

SHELL = "native/bash"


@dataclass(frozen=True, slots=True)
class WordMeaning:
    """Tools, by glob; and programs that `bash` may be asked to run, empty for none of its commands."""

    tools: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()

    def has(self, node: Capability) -> bool:
        """Say whether a node is among the tools, whatever it is called with."""
        return any(means(glob, listed_names(node)) for glob in self.tools)


WORDS: dict[str, WordMeaning] = {
    "file_read": WordMeaning(("native/read_file", "native/list_dir")),
    "file_write": WordMeaning(("native/write_file",)),
    "http_get": WordMeaning(("native/web_fetch",)),
    "shell_exec": WordMeaning((SHELL,)),
    "database_write": WordMeaning(
        programs=(
            *("sqlite3", "psql", "mysql", "mariadb", "mongosh", "mongo", "redis-cli", "duckdb", "sqlcmd", "sqlplus"),
            *("cqlsh", "clickhouse-client", "pg_restore", "mysqlimport", "mongoimport", "createdb", "dropdb"),
        )
    ),
    "npm": WordMeaning(programs=("npm", "npx")),
    "git": WordMeaning(programs=("git",)),
    "pip": WordMeaning(programs=("pip", "pip3")),
    "docker": WordMeaning(programs=("docker",)),
    "make": WordMeaning(programs=("make",)),
    "cargo": WordMeaning(programs=("cargo",)),
}


def meaning_of(word: str) -> WordMeaning:
    """Give what a word means."""
    return WORDS.get(word.strip()) or WordMeaning((word.strip(),))
