import pytest

from skillstrata.library import is_clearly_other

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _other(found: str, expected: str, *, data: bytes = b"", name: str = "a", example_name: str = "b.x") -> bool:
    return is_clearly_other(found, expected, data=data, name=name, example_name=example_name)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ("application/json", "text/csv"),
        ("application/json", "text/plain"),
        ("text/html", DOCX),
        ("text/html", "text/csv"),
        ("text/plain", DOCX),
        ("text/csv", "text/html"),
        ("text/csv", "application/json"),
        ("text/html", "application/json"),
        ("application/zip", "text/plain"),
        ("application/pdf", "text/html"),
        ("image/png", "text/markdown"),
        ("application/octet-stream", "text/csv"),
        ("application/octet-stream", DOCX),
        ("application/pdf", DOCX),
        (XLSX, DOCX),
        ("application/msword", "application/vnd.ms-excel"),
        ("image/png", "image/jpeg"),
    ],
)
def test_a_file_of_another_family_is_refused(found: str, expected: str) -> None:
    """A program that is fed with it may well end with nonsense that looks like a result."""
    assert _other(found, expected)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ("text/plain", "text/csv"),
        ("text/csv", "text/plain"),
        ("text/markdown", "text/csv"),
        ("text/tab-separated-values", "text/csv"),
        ("text/markdown", "text/plain"),
        ("application/x-ndjson", "text/plain"),
        ("application/x-ndjson", "application/json"),
        ("text/plain", "application/json"),
        ("text/plain", "text/html"),
        ("text/html", "text/plain"),
        ("application/xml", "text/html"),
        ("application/zip", DOCX),
        ("application/x-ole-storage", "application/msword"),
        (DOCX, DOCX),
        ("image/png", "application/x-something-new"),
        ("text/plain", "application/octet-stream"),
    ],
)
def test_a_neighbour_is_let_through(found: str, expected: str) -> None:
    """The twin: what the content leaves open is the program's to read."""
    assert not _other(found, expected)


@pytest.mark.parametrize(
    ("data", "other"),
    [
        (b"\xef\xbb\xbf\n<!DOCTYPE html><p>x", True),
        (b"<html><p>x", True),
        (b'<?xml version="1.0"?><a/>', True),
        (b"<p>Notes</p>\n\nmore", False),
    ],
)
def test_a_document_of_markup_is_no_text_and_a_few_tags_are(data: bytes, other: bool) -> None:
    """Notes may begin with a tag; a whole page is another kind of file."""
    assert _other("text/html", "text/plain", data=data) is other


@pytest.mark.parametrize(("name", "other"), [("a.txt", False), ("server.LOG", False), ("a.json", True), ("a", True)])
def test_a_text_file_whose_lines_are_json_is_text(name: str, other: bool) -> None:
    """The name decides only where both can be right."""
    assert _other("application/json", "text/plain", name=name) is other


@pytest.mark.parametrize(("name", "other"), [("page.htm", True), ("page.HTML", False), ("page", True)])
def test_lines_with_commas_under_the_tools_own_ending_are_let_through(name: str, other: bool) -> None:
    """A fragment of a page may look like a table to whoever counts commas."""
    assert _other("text/csv", "text/html", name=name, example_name="first.html") is other
