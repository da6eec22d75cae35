import pytest

from skillstrata.runtime.parsing import parse_skill
from skillstrata.runtime.path_globs import is_too_wide, matches_paths, split_patterns


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


@pytest.mark.parametrize(
    ("text", "patterns"),
    [
        ("src/**/*.{ts,tsx}, docs/*.md", ("src/**/*.{ts,tsx}", "docs/*.md")),
        ("{a,{b,c}}/x,y\nz", ("{a,{b,c}}/x", "y", "z")),
        ("a{b,c\nd,e}", ("a{b,c", "d", "e}")),
        ("{a,b", ("{a", "b")),
        (" , \n", ()),
    ],
)
def test_commas_within_braces_do_not_end_a_pattern(text: str, patterns: tuple[str, ...]) -> None:
    """`*.{ts,tsx}` was two patterns, and neither matched anything."""
    assert split_patterns(text) == patterns


def test_every_choice_of_a_brace_counts() -> None:
    """Of eighty only the last ones did, without a word."""
    pattern = "{" + ",".join(f"e{number}" for number in range(80)) + "}"

    assert all(matches_paths((pattern,), f"e{number}") for number in range(80))
    assert not is_too_wide(pattern)


@pytest.mark.parametrize("pattern", ["{a,b}" * 11, "a" * 1_001])
def test_a_pattern_that_is_too_wide_matches_nothing_and_is_told(pattern: str) -> None:
    """Never only a part of it; what is within the bounds is told nothing of."""
    assert is_too_wide(pattern)
    assert not matches_paths((pattern,), "a" * 11)
    for written, codes in ((pattern, {"pattern_too_wide"}), ("{a,b}" * 10, set[str]())):
        read = parse_skill(
            f"---\nname: x\ndescription: D.\npaths: '{written}'\n---\nB\n".encode(), folder_name="x", path=""
        )
        assert {odd.code for odd in read.diagnostics} == codes
