import pytest

from skillstrata.runtime.resource_paths import ResourceRefused, safe_path


@pytest.mark.parametrize(
    ("path", "plain"),
    [
        ("a.md", "a.md"),
        ("./references/a.md", "references/a.md"),
        ("scripts\\run.sh", "scripts/run.sh"),
        ("a//b", "a/b"),
    ],
)
def test_a_path_below_the_folder_is_taken(path: str, plain: str) -> None:
    """As skills write them: with a dot, with the other slash."""
    assert safe_path(path) == plain


@pytest.mark.parametrize(
    "path",
    [
        "",
        ".",
        "/",
        "/etc/passwd",
        "../a",
        "a/../../b",
        "a\\..\\..\\b",
        "C:/x",
        "C:\\x",
        "a:stream",
        "~/x",
        "a\0b",
        "a\nb",
    ],
)
def test_a_path_out_of_the_folder_is_refused(path: str) -> None:
    """A model writes what a skill told it to: no path may lead to another file than the skill's."""
    with pytest.raises(ResourceRefused, match="no path"):
        safe_path(path)
