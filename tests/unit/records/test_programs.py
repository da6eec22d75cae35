"""The one way a program is started."""

from dataclasses import replace

from skillstrata.records.drafts import BundledFile, InputSpec, OptionSpec, OutputSpec, Word
from skillstrata.records.programs import (
    GivenFile,
    Invocation,
    Program,
    default_output_name,
    input_places,
    invocation_job,
)
from skillstrata.records.sandbox_runs import PythonEnvironment

ENVIRONMENT = PythonEnvironment("k", "/envs/k/bin/python", ("/envs/k",))


def a_program(*, stdin_param: str = "", suffix: str = ".md") -> Program:
    """Make a program with a word of its own between input and output."""
    return Program(
        main="print()",
        words=(Word(param="input"), Word(text="--flat"), Word(param="output")),
        inputs=(InputSpec("input", "text/html", "page.html"),),
        output=OutputSpec("output", "file", "text/markdown", "parameter", suffix),
        stdin_param=stdin_param,
    )


def test_words_stand_for_files_in_the_work_folder() -> None:
    """ADR-0005: the input lies under its own name where outputs are written, so that derived names keep deriving."""
    job = invocation_job(
        a_program(), Invocation((GivenFile("input", "my page.html", b"<p>"),), "my page.md"), ENVIRONMENT
    )

    assert job.argv[-3:] == ("/out/my page.html", "--flat", "/out/my page.md")
    assert [f.path for f in job.files] == ["/strata/main.py", "/out/my page.html"]
    assert not any(f.writable for f in job.files)


def test_a_piped_input_comes_on_standard_input_and_not_as_a_file() -> None:
    """A program that reads stdin is run as it was recorded."""
    job = invocation_job(
        a_program(stdin_param="input"), Invocation((GivenFile("input", "page.html", b"<p>"),), "page.md"), ENVIRONMENT
    )

    assert job.stdin == b"<p>"
    assert [f.path for f in job.files] == ["/strata/main.py"]


def test_an_absent_input_is_not_mounted() -> None:
    """The proof takes the input away to see whether it mattered."""
    job = invocation_job(a_program(), Invocation((GivenFile("input", "page.html", None),), "page.md"), ENVIRONMENT)

    assert [f.path for f in job.files] == ["/strata/main.py"]


def test_the_default_output_is_never_the_input() -> None:
    """A text to text tool must not be told to write over what it reads."""
    assert default_output_name(a_program(), "notes.html") == "notes.md"
    assert default_output_name(a_program(), "notes.md") == "notes-output.md"


def test_each_input_and_option_reaches_its_word() -> None:
    """Several inputs must not swap roles, and a value left out is the demonstration's."""
    program = Program(
        main="print()",
        words=(Word(param="left"), Word(param="right"), Word(text="--width=", param="width")),
        inputs=(InputSpec("left", "text/csv", "a.csv"), InputSpec("right", "text/csv", "b.csv")),
        output=OutputSpec("output", "text", "text/csv"),
        options=(OptionSpec("width", "integer", "80"),),
    )
    files = (GivenFile("left", "same.csv", b"1"), GivenFile("right", "same.csv", b"2"))
    job = invocation_job(program, Invocation(files, "out.csv"), ENVIRONMENT)
    asked = invocation_job(program, Invocation(files, "out.csv", options=(("width", "40"),)), ENVIRONMENT)

    assert job.argv[-3:] == ("/out/same.csv", "/out/right/same.csv", "--width=80")
    assert [f.data for f in job.files if f.path in job.argv] == [b"print()", b"1", b"2"]
    assert asked.argv[-1] == "--width=40"


def test_bundled_files_lie_beside_the_body() -> None:
    """A body that imports a module of its own session finds it there."""
    program = replace(a_program(), bundled=(BundledFile("parts/rows.py", "ROWS = 1\n"),))
    job = invocation_job(program, Invocation((GivenFile("input", "a.html", b""),), "a.md"), ENVIRONMENT)

    assert [f.data for f in job.files if f.path == "/strata/parts/rows.py"] == [b"ROWS = 1\n"]


def test_of_two_files_with_one_name_the_later_one_gets_a_folder_that_no_file_is_in_the_way_of() -> None:
    """Two files may have the name of a parameter, and so may the output."""
    both = (GivenFile("left", "right", b"1"), GivenFile("right", "right", b"2"))
    three = (GivenFile("a", "x", b"1"), GivenFile("b", "x", b"2"), GivenFile("c", "b", b"3"))

    assert dict(input_places(Invocation(both, "out"))) == {"left": "/out/right", "right": "/out/right_/right"}
    assert dict(input_places(Invocation(both[:1], "right_"))) == {"left": "/out/right"}
    assert dict(input_places(Invocation(both, "right_")))["right"] == "/out/right__/right"
    assert dict(input_places(Invocation(three, "out"))) == {"a": "/out/x", "b": "/out/b_/x", "c": "/out/b"}
