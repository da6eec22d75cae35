"""Does a listing keep to its budget, and does its report tell everything?"""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skillstrata.records.catalogues import Catalogue, ListingForm, ListingMode, ListingWish
from skillstrata.records.skills import Registry
from skillstrata.runtime.budgets import profile_of
from skillstrata.runtime.catalogue import ListingChoices, catalogue
from tests.routed_skills import a_registry, a_skill, known_registry

WORDS = st.text(st.sampled_from("ab <>&[]()\n\u200b整—.,"), max_size=60)
PROFILES = st.sampled_from(["default", "claude-code", "codex"])
WISHED = st.sampled_from([mode for mode in ListingMode if mode is not ListingMode.OMITTED])


@st.composite
def _cases(draw: st.DrawFn) -> tuple[Registry, ListingChoices]:
    names = draw(st.lists(st.from_regex(r"[a-z]{1,12}", fullmatch=True), unique=True, max_size=12))
    skills = [a_skill(name, draw(WORDS) * draw(st.integers(1, 9)), for_model=draw(st.booleans())) for name in names]
    wishes = tuple(ListingWish(name, draw(WISHED)) for name in names if draw(st.booleans()))
    uses = {f"user/{name}": draw(st.integers(0, 5)) for name in names}
    fitting = tuple(f"user/{name}" for name in names if draw(st.booleans()))
    form = draw(st.sampled_from([None, *ListingForm]))
    return a_registry(*skills), ListingChoices(wishes, uses, fitting, form)


def _modes(listing: Catalogue) -> dict[str, ListingMode]:
    return {entry.name: entry.mode for entry in listing.entries}


@settings(max_examples=150, deadline=None)
@given(_cases(), PROFILES, st.one_of(st.integers(0, 300), st.integers(300, 4_000)))
def test_the_budget_is_kept_and_every_skill_is_in_the_report_once(
    case: tuple[Registry, ListingChoices], profile: str, total: int
) -> None:
    """A listing that is too long is cut by the host, without a word and anywhere."""
    registry, choices = case
    listing = catalogue(registry, profile_of(profile, total=total), choices)

    assert len(listing.text) == listing.used <= listing.budget.metadata
    assert [entry.skill_id for entry in listing.entries] == [skill.id for skill in registry.skills]
    assert all(entry.why for entry in listing.entries if entry.lost or entry.mode is ListingMode.OMITTED)
    assert catalogue(registry, profile_of(profile, total=total), choices) == listing


@settings(max_examples=60, deadline=None)
@given(_cases(), st.integers(0, 2_000), st.integers(1, 7))
def test_a_tokenizer_of_any_kind_is_kept_to(case: tuple[Registry, ListingChoices], tokens: int, size: int) -> None:
    """A real one is not additive: the whole may be longer than its parts."""
    registry, plain = case

    def odd(text: str) -> int:
        return -(-len(text) // size) + text.count("\n") ** 2

    choices = ListingChoices(plain.wishes, plain.uses, plain.fitting, tokens=odd)
    listing = catalogue(registry, profile_of("codex", context_tokens=tokens * 50), choices)

    assert listing.used == (odd(listing.text) if listing.text else 0) <= tokens
    assert len(listing.entries) == len(registry.skills)


def test_what_fits_is_listed_whole() -> None:
    """Nothing is shortened without need."""
    listing = catalogue(known_registry(), profile_of())

    assert set(_modes(listing).values()) == {ListingMode.FULL}
    assert sum(entry.lost for entry in listing.entries) == 0
    assert "Use when deploying charts to Kubernetes clusters." in listing.text


def test_pinned_skills_come_first_and_whole_in_a_stable_order() -> None:
    """A prompt that changes its order with use costs the host its cache."""
    wishes = (ListingWish("sql-tuning", ListingMode.PINNED),)
    listings = [
        catalogue(known_registry(), profile_of(total=900), ListingChoices(wishes, uses={"user/changelog": uses}))
        for uses in (0, 50)
    ]
    orders = [[line.split("]")[0] for line in one.text.splitlines() if line.startswith("[")] for one in listings]

    assert orders[0][0] == "[sql-tuning"
    assert orders[0][1:] == sorted(orders[0][1:])
    assert orders[0] == orders[1]
    assert _modes(listings[0])["sql-tuning"] is ListingMode.PINNED
    assert "Use when a query is slow or a plan looks wrong." in listings[0].text


def test_the_least_used_are_shortened_first() -> None:
    """Layers: what is used keeps its text for as long as there is room."""
    skills = [a_skill(f"s{n}", f"Does thing {n} in a long and winding way. " * 8) for n in range(20)]
    choices = ListingChoices(uses={"user/s7": 9, "user/s3": 5})

    modes = _modes(catalogue(a_registry(*skills), profile_of(total=1_500), choices))

    assert modes["s7"] is not ListingMode.NAME_ONLY
    assert Counter(modes.values())[ListingMode.NAME_ONLY] > 10


def test_what_fits_the_request_is_listed_whole_before_the_rest_is_shortened() -> None:
    """The skill that is needed now should say all it has to say."""
    skills = [a_skill(f"s{n:02}", f"Does thing {n} in a long and winding way. " * 6) for n in range(30)]
    modes = _modes(
        catalogue(a_registry(*skills), profile_of(total=5_000), ListingChoices(fitting=("user/s17", "user/s04")))
    )

    assert [name for name, mode in modes.items() if mode is ListingMode.FULL] == ["s04", "s17"]
    assert set(modes.values()) <= {ListingMode.FULL, ListingMode.COMPACT, ListingMode.NAME_ONLY}


def test_where_not_all_names_fit_the_used_and_fitting_stay() -> None:
    """The rest can still be searched for, and the listing says so."""
    skills = [a_skill(f"skill-{n:03}", "Does one thing") for n in range(300)]
    choices = ListingChoices(uses={"user/skill-250": 3}, fitting=("user/skill-299",))
    listing = catalogue(a_registry(*skills), profile_of(total=1_000), choices)

    assert "skill-250" in listing.text
    assert "skill-299" in listing.text
    assert f"{300 - len(listing.listed)} more skills are not listed" in listing.text


@pytest.mark.parametrize(
    ("mode", "told"),
    [
        (ListingMode.FULL, "Use when deploying charts to Kubernetes clusters."),
        (ListingMode.COMPACT, "Install, upgrade"),
        (ListingMode.NAME_ONLY, "helm-release"),
    ],
)
def test_a_wish_is_followed(mode: ListingMode, told: str) -> None:
    """Users know their skills better than a rule does."""
    long = a_skill(
        "helm-release",
        "Install, upgrade and inspect releases. " * 5 + "Use when deploying charts to Kubernetes clusters.",
    )
    listing = catalogue(a_registry(long), profile_of(), ListingChoices((ListingWish("user/helm-release", mode),)))

    assert _modes(listing) == {"helm-release": mode}
    assert told in listing.text


def test_skills_for_users_and_unusable_ones_are_reported_but_not_listed() -> None:
    """Hidden, not listed and refused; and nobody wonders where they are."""
    skills = (
        a_skill("for-users", "x", for_model=False),
        a_skill("broken", "x"),
        a_skill("by-wish", "x"),
        a_skill("fine", "x"),
    )
    registry = a_registry(*skills, unavailable=("user/broken",))
    choices = ListingChoices((ListingWish("by-wish", ListingMode.MANUAL),))

    listing = catalogue(registry, profile_of(), choices)

    assert listing.text == "[fine] x"
    assert _modes(listing) == {
        "for-users": ListingMode.MANUAL,
        "broken": ListingMode.OMITTED,
        "by-wish": ListingMode.MANUAL,
        "fine": ListingMode.FULL,
    }
    assert "git is missing" in next(entry.why for entry in listing.entries if entry.name == "broken")


def test_claude_codes_budget_gives_whole_descriptions_or_none() -> None:
    """So that one can see beforehand what that host will drop."""
    skills = [a_skill(f"s{n}", "word " * 60) for n in range(40)]
    listing = catalogue(a_registry(*skills), profile_of("claude-code"), ListingChoices(uses={"user/s30": 2}))

    assert set(_modes(listing).values()) == {ListingMode.FULL, ListingMode.NAME_ONLY}
    assert _modes(listing)["s30"] is ListingMode.FULL


def test_codexs_budget_cuts_all_to_one_length() -> None:
    """Round-robin: no skill loses its text before another has lost as much."""
    skills = [a_skill(f"s{n}", "word " * 60) for n in range(60)]
    listing = catalogue(a_registry(*skills), profile_of("codex"))
    lengths = {len(line.partition(": ")[2]) for line in listing.text.splitlines()}

    assert set(_modes(listing).values()) == {ListingMode.COMPACT}
    assert max(lengths) - min(lengths) <= 1


def test_no_skills_make_no_listing() -> None:
    """An empty listing would only cost room."""
    assert catalogue(a_registry(), profile_of()).text == ""


def _for_files(*paths: str) -> Registry:
    bound = a_skill("styles", "Keeps style sheets tidy.")
    bound = replace(bound, frontmatter=replace(bound.frontmatter, paths=paths))
    return a_registry(bound, a_skill("tides", "Computes tides."))


def test_a_skill_with_paths_is_listed_only_for_files_that_match_them() -> None:
    """Its author said when it is of use; a pin does not change that."""
    registry = _for_files("src/**/*.css")
    pinned = ListingChoices((ListingWish("styles", ListingMode.PINNED),))
    listed = [
        [entry.name for entry in catalogue(registry, profile_of(), choices).listed]
        for choices in (
            ListingChoices(),
            pinned,
            ListingChoices(touched=("src/app.py",)),
            ListingChoices(touched=("src/app.py", "src/a/b.css")),
        )
    ]
    (why,) = [entry.why for entry in catalogue(registry, profile_of()).entries if entry.name == "styles"]

    assert listed == [["tides"], ["tides"], ["tides"], ["styles", "tides"]]
    assert why == "it is for src/**/*.css, and no such file is worked on"


def test_what_is_lost_is_counted_by_the_text_that_is_shown() -> None:
    """Not by the width that was allowed: parts of a description that are cut out are lost, too."""
    said = "Draws. Then a second sentence that is much too long to stand in a line of this width, and goes on. " * 3
    listing = catalogue(a_registry(a_skill("a", said)), profile_of(total=300), ListingChoices(form=ListingForm.LINES))
    (entry,) = listing.entries
    shown = listing.text.removeprefix("- a: ")

    assert entry.mode is ListingMode.COMPACT
    assert entry.lost == len(said.strip()) - len(shown)
    assert entry.chars == len(listing.text) + 1


def test_a_budget_in_tokens_tells_characters_apart_from_tokens() -> None:
    """A report in which `chars` were tokens would say a quarter."""
    listing = catalogue(known_registry(), profile_of("codex", context_tokens=100_000))
    entries = [entry for entry in listing.listed if entry.name != "fotos"]

    assert listing.budget.unit == "tokens"
    assert all(entry.chars > entry.cost > 0 for entry in entries)
