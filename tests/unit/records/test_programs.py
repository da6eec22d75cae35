"""The one way a program is started."""

from skillstrata.records.drafts import InputSpec, OutputSpec, Word
from skillstrata.records.programs import Invocation, Program, default_output_name, invocation_job
from skillstrata.records.sandbox_runs import PythonEnvironment

ENVIRONMENT = PythonEnvironment("k", "/envs/k/bin/python", ("/envs/k",))


def a_program(*, stdin_param: str = "", suffix: str = ".md") -> Program:
    """Make a program with a word of its own between input and output."""
    return Program(
        main="print()",
        words=(Word(param="input"), Word(text="--flat"), Word(param="output")),
        input=InputSpec("input", "text/html", "page.html"),
        output=OutputSpec("output", "file", "text/markdown", "parameter", suffix),
        stdin_param=stdin_param,
    )


def test_words_stand_for_files_in_the_work_folder() -> None:
    """ADR-0005: the input lies under its own name where outputs are written, so that derived names keep deriving."""
    job = invocation_job(a_program(), Invocation("my page.html", b"<p>", "my page.md"), ENVIRONMENT)

    assert job.argv[-3:] == ("/out/my page.html", "--flat", "/out/my page.md")
    assert [f.path for f in job.files] == ["/strata/main.py", "/out/my page.html"]
    assert not any(f.writable for f in job.files)


def test_a_piped_input_comes_on_standard_input_and_not_as_a_file() -> None:
    """A program that reads stdin is run as it was recorded."""
    job = invocation_job(a_program(stdin_param="input"), Invocation("page.html", b"<p>", "page.md"), ENVIRONMENT)

    assert job.stdin == b"<p>"
    assert [f.path for f in job.files] == ["/strata/main.py"]


def test_an_absent_input_is_not_mounted() -> None:
    """The proof takes the input away to see whether it mattered."""
    job = invocation_job(a_program(), Invocation("page.html", None, "page.md"), ENVIRONMENT)

    assert [f.path for f in job.files] == ["/strata/main.py"]


def test_the_default_output_is_never_the_input() -> None:
    """A text to text tool must not be told to write over what it reads."""
    assert default_output_name(a_program(), "notes.html") == "notes.md"
    assert default_output_name(a_program(), "notes.md") == "notes-output.md"
