import pytest

from skillstrata.runtime.path_globs import matches_paths


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*.ts", "a.ts"),
        ("*.ts", "src/deep/a.ts"),
        ("src/**/*.ts", "src/a.ts"),
        ("src/**/*.ts", "src/b/c/a.ts"),
        ("src/*.ts", "src/a.ts"),
        ("src", "src/a/b.txt"),
        ("src/", "src/a/b.txt"),
        ("src/**", "src/a/b.txt"),
        ("**/test/*", "a/b/test/c"),
        ("**", "a/b"),
        ("./src/a.ts", "src/a.ts"),
        ("/src/a.ts", "src/a.ts"),
        ("*.{ts,tsx}", "a/b.tsx"),
        ("{src,lib}/**/*.{js,ts}", "lib/x/y.js"),
        ("file[0-9].txt", "file7.txt"),
        ("file[!0-9].txt", "filex.txt"),
        ("a?c", "abc"),
        ("src/*.ts", "src\\a.ts"),
    ],
)
def test_a_pattern_takes_the_paths_it_means(pattern: str, path: str) -> None:
    """As .gitignore reads them, which is how hosts read `paths`."""
    assert matches_paths((pattern,), path)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*.ts", "a.tsx"),
        ("src/*.ts", "src/b/a.ts"),
        ("src/*.ts", "lib/src/a.ts"),
        ("src", "source/a"),
        ("a?c", "a/c"),
        ("file[0-9].txt", "filex.txt"),
        ("", "a"),
        ("[", "a"),
    ],
)
def test_a_pattern_leaves_the_others(pattern: str, path: str) -> None:
    """A skill that loads for files it is not for costs context in every session."""
    assert not matches_paths((pattern,), path)


def test_a_later_pattern_takes_out_what_an_earlier_one_took_in() -> None:
    """`!` excludes, in the order of the list."""
    patterns = ("src/**", "!src/vendor/**")

    assert matches_paths(patterns, "src/a.ts")
    assert not matches_paths(patterns, "src/vendor/a.ts")
    assert matches_paths((*patterns, "src/vendor/ours.ts"), "src/vendor/ours.ts")


def test_many_stars_come_to_an_end() -> None:
    """Patterns are written by others: this one takes a regular expression for ever."""
    assert not matches_paths(("*a" * 200 + "b",), "a" * 4_000)
    assert not matches_paths(("**/a/" * 60 + "b",), "a/" * 500 + "c")
    assert not matches_paths(("{a,b}" * 60,), "c")
