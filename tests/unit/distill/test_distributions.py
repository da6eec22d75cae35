"""Which distribution does an import mean, and when must the user say?"""

import pytest

from skillstrata.distill.distributions import Resolution, resolve
from skillstrata.records.environments import Provider

SITE = "/w/.venv/lib/python3.12/site-packages"


def _provider(distribution: str, *, regular: bool = True, of_project: bool = False) -> Provider:
    return Provider(distribution, "1.5", SITE, regular, of_project)


def test_table_and_metadata_that_agree_give_the_name_and_the_version_as_evidence() -> None:
    """That it ran with a version does not show that it needs that one: no pin."""
    found = resolve("yaml", (_provider("pyyaml"),))

    assert found.distribution == "PyYAML"
    assert "1.5" in found.evidence
    assert SITE in found.evidence


def test_what_the_table_does_not_know_the_metadata_does() -> None:
    """The long tail of modules is installed where the program ran."""
    assert resolve("rare_module", (_provider("rare-dist"),)).distribution == "rare-dist"
    assert resolve("rare_module") == Resolution()


def test_table_and_metadata_that_disagree_are_a_question() -> None:
    """Both names are in the reason."""
    found = resolve("yaml", (_provider("yaml-of-others"),))

    assert found.distribution == ""
    assert "yaml-of-others" in found.problem
    assert "PyYAML" in found.problem


def test_two_distributions_of_one_module_are_a_question() -> None:
    """Whichever the program used is not known; twin: one distribution found twice is one."""
    found = resolve("docx", (_provider("docx"), _provider("python-docx")))

    assert found.distribution == ""
    assert "docx and python-docx" in found.problem
    assert resolve("docx", (_provider("python-docx"), _provider("Python_Docx"))).distribution == "python-docx"


def test_a_part_of_a_namespace_does_not_rival_the_package_itself() -> None:
    """Old namespace packages: many distributions put files under one name."""
    found = resolve("thing", (_provider("thing"), _provider("thing-extra", regular=False)))

    assert found.distribution == "thing"


def test_what_was_installed_from_a_folder_is_never_looked_for_on_an_index() -> None:
    """Somebody else may own that name there."""
    found = resolve("our_tools", (_provider("our-tools", of_project=True),))

    assert (found.distribution, found.of_project) == ("", True)


@pytest.mark.parametrize("providers", [(), (_provider("docx"), _provider("python-docx"))])
def test_what_the_user_said_settles_it(providers: tuple[Provider, ...]) -> None:
    """`--map` and the table in config.toml; others are not touched by it."""
    maps = {"docx": "python-docx==1.1"}

    assert resolve("docx", providers, maps).distribution == "python-docx==1.1"
    assert resolve("yaml", (), maps).distribution == "PyYAML"
