"""What one start gives, and when two starts gave the same."""

from dataclasses import replace

from skillstrata.distill.trial import Start, Trial, file_names, without_names
from skillstrata.records.drafts import OutputSpec
from skillstrata.records.sandbox_runs import CollectedFile, SandboxJob, SandboxResult
from tests.programs import CSV_TABLE
from tests.programs_pretended import PretendedSandbox, Run, honest, pretended

GIVEN = CSV_TABLE.encode()


class Leaves(PretendedSandbox):
    """A sandbox whose program leaves these files, whatever it is."""

    def __init__(self, *files: tuple[str, bytes]) -> None:
        super().__init__(honest)
        self.files = files

    def run(self, job: SandboxJob) -> SandboxResult:
        """Leave them."""
        return SandboxResult(0, b"", b"", tuple(CollectedFile(path, data) for path, data in self.files))


def of_folder(*files: tuple[str, bytes], naming: str = "parameter") -> Trial:
    """Set up a program that gives a folder."""
    trial = pretended(honest, given=GIVEN)
    program = replace(trial.program, output=OutputSpec("output", "dir", "text/csv", naming, ".csv"))
    return replace(trial, program=program, sandbox=Leaves(*files))


def test_two_outputs_that_differ_in_their_files_names_alone_are_the_same() -> None:
    """Many programs print what they wrote; the name is the caller's."""

    def tells(run: Run) -> bytes:
        return run.words[0].encode() + b": " + run.read()

    trial = pretended(tells, given=GIVEN)
    one = trial.run(Start(trial.given))
    other = trial.run(Start(replace(trial.given, names=("another name.csv",))))

    assert one.data != other.data
    assert one.same_as(other)


def test_no_output_is_the_same_as_nothing() -> None:
    """Two failures agree on nothing."""
    trial = pretended(honest, given=GIVEN)
    missing = trial.run(Start(trial.given.with_content(0, None)))

    assert missing.data is None
    assert not missing.same_as(missing)


def test_the_files_of_a_folder_are_its_output_by_their_places() -> None:
    """Under the caller's name and below; what lies elsewhere is stray."""
    out = "/out/ports-files"
    given = of_folder((f"{out}/b.csv", b"2"), (f"{out}/in/a.csv", b"1"), ("/out/x.log", b"?"))
    output = given.run(Start(given.given))

    assert output.parts == (("b.csv", b"2"), ("in/a.csv", b"1"))
    assert output.stray == ("/out/x.log",)
    assert given.run(Start(given.given)).same_as(output)


def test_a_folder_of_empty_files_is_no_output() -> None:
    """Something must have come out of the input."""
    trial = of_folder(("/out/ports-files/a.csv", b" \n"))

    assert trial.run(Start(trial.given)).data is None


def test_names_are_taken_out_longest_first() -> None:
    """The stem stands in the name, the name in the path."""
    names = file_names("/out/my ports.csv")

    assert without_names(b"/out/my ports.csv, my ports.csv, my ports", names) == b"{file}, {file}, {stem}"
    assert file_names("/out/ab.csv") == ((b"/out/ab.csv", b"{file}"), (b"ab.csv", b"{file}"))
