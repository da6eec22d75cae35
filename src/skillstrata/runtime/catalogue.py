"""The listing of a registry's skills within a budget, and what each of them lost for it.

In     a Registry, a profile, wishes for single skills, how often each was used, which fit the request at hand
Out    Catalogue: text that is never longer than the budget's share, and an entry for every skill
Never  leaves out a name to make room for another skill's description, except where not even all names fit; asks a
       model; depends on the order of what it is given
Why    a model routes well by a name and a short phrase, and not at all by a skill it does not see
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from skillstrata.records.catalogues import (
    BudgetProfile,
    Catalogue,
    CatalogueEntry,
    ListingForm,
    ListingMode,
    ListingWish,
    Overflow,
)
from skillstrata.records.skills import Registry
from skillstrata.runtime.compaction import WIDTH
from skillstrata.runtime.listed_skills import ListedSkill, listed_skills
from skillstrata.runtime.listing_forms import edges, joined, more_line
from skillstrata.runtime.listing_layers import fill_layers
from skillstrata.runtime.listing_rows import Page, Row
from skillstrata.runtime.listing_whole import fill_round_robin, fill_whole_or_name
from skillstrata.runtime.tokens import Measure, estimated_tokens, measure_of

_FILLS = {
    Overflow.LAYERS: fill_layers,
    Overflow.WHOLE_OR_NAME: fill_whole_or_name,
    Overflow.ROUND_ROBIN: fill_round_robin,
}


@dataclass(frozen=True, slots=True)
class ListingChoices:
    """What a listing depends on beside skills and budget.

    `uses` counts activations by skill id. `fitting` are ids that fit the request at hand, best first. `tokens` counts
    tokens where the budget is in tokens. `most_mode` is the most that any skill that is not pinned may have. `touched`
    are files that are worked on, by their path below the project: a skill with `paths` is listed for those alone.
    """

    wishes: tuple[ListingWish, ...] = ()
    uses: Mapping[str, int] = field(default_factory=dict[str, int])
    fitting: tuple[str, ...] = ()
    form: ListingForm | None = None
    tokens: Measure = estimated_tokens
    width: int = WIDTH
    most_mode: ListingMode = ListingMode.FULL
    touched: tuple[str, ...] = ()


PLAIN = ListingChoices()
_WITH_TEXT = (ListingMode.PINNED, ListingMode.FULL, ListingMode.COMPACT)
_NO_WISH = ListingWish("", ListingMode.AUTO)


def catalogue(registry: Registry, profile: BudgetProfile, choices: ListingChoices = PLAIN) -> Catalogue:
    """List the skills of a registry.

    Args:
        registry: The snapshot.
        profile: The budget and what to do where it is too small.
        choices: Wishes, use, the request at hand.

    Returns:
        The listing. It uses at most the metadata share of the budget.
    """
    page = Page(choices.form or profile.form, measure_of(profile.budget.unit, choices.tokens), profile.entry_chars)
    barred, rows = _rows(registry, page, choices)
    ranked = _ranked(rows, choices)
    limit = profile.budget.metadata
    room = limit - sum(page.measure(edge) for edge in edges(page.form)) - page.measure(more_line(page.form, len(rows)))
    if room > 0:
        _FILLS[profile.overflow](ranked, room, choices.width, choices.most_mode)
    else:
        for row in rows:
            row.drop("the budget has no room for a listing")
    text = _written(rows, ranked, page, limit)
    entries = {row.listed.skill.id: _entry(row) for row in rows} | barred
    return Catalogue(
        text=text,
        used=page.measure(text) if text else 0,
        chars=len(text),
        budget=profile.budget,
        entries=tuple(entries[skill.id] for skill in registry.skills),
        generation=registry.generation,
    )


def _rows(registry: Registry, page: Page, choices: ListingChoices) -> tuple[dict[str, CatalogueEntry], list[Row]]:
    """Part the skills that are not for the listing from those that are."""
    wishes = {wish.skill: wish for wish in choices.wishes}
    fitting = frozenset(choices.fitting)
    barred: dict[str, CatalogueEntry] = {}
    rows: list[Row] = []
    for listed in listed_skills(registry, choices.touched):
        skill = listed.skill
        wish = wishes.get(skill.id) or wishes.get(skill.name) or _NO_WISH
        hidden = wish.mode in (ListingMode.MANUAL, ListingMode.OMITTED)
        if listed.barred or hidden:
            barred[skill.id] = _hidden(listed, wish)
        else:
            rows.append(Row(listed, page, wish.mode, used=skill.id in choices.uses or skill.id in fitting))
    return barred, rows


def _hidden(listed: ListedSkill, wish: ListingWish) -> CatalogueEntry:
    by_user = not listed.barred or not listed.skill.frontmatter.model_may_invoke
    mode = ListingMode.MANUAL if by_user and wish.mode is not ListingMode.OMITTED else ListingMode.OMITTED
    why = listed.barred or wish.why or f"the settings list it as {wish.mode.value}"
    return CatalogueEntry(listed.skill.id, listed.name, mode, 0, _said(listed), why)


def _ranked(rows: list[Row], choices: ListingChoices) -> list[Row]:
    """Order rows by who is shortened last: pinned, fitting the request, most used; then by id."""
    place = {skill_id: at for at, skill_id in enumerate(choices.fitting)}
    unplaced = len(place)
    return sorted(
        rows,
        key=lambda row: (
            row.wish is not ListingMode.PINNED,
            place.get(row.listed.skill.id, unplaced),
            -choices.uses.get(row.listed.skill.id, 0),
            row.listed.skill.id,
        ),
    )


def _written(rows: list[Row], ranked: list[Row], page: Page, limit: int) -> str:
    """Write the rows that have a line, pinned ones first, then by name; a measure that does not add up drops some."""
    in_order = sorted(
        rows, key=lambda row: (row.wish is not ListingMode.PINNED, row.listed.name.casefold(), row.listed.skill.id)
    )
    last = [row for row in reversed(ranked) if row.line]
    while True:
        lines = [row.line for row in in_order if row.line]
        text = joined(page.form, lines, len(rows) - len(lines))
        if not text or page.measure(text) <= limit:
            return text
        for row in last[: max(len(last) // 8, 1)]:
            row.drop("the whole listing was longer than its parts")
        del last[: max(len(last) // 8, 1)]


def _entry(row: Row) -> CatalogueEntry:
    skill = row.listed.skill
    # Of a row without text nobody has folded the white space: that is slow, and the length is near enough.
    whole = len(row.whole()) if row.mode in _WITH_TEXT else row.said
    lost = max(whole - row.shown, 0)
    why = row.why if lost or not row.line else ""
    return CatalogueEntry(skill.id, row.listed.name, row.mode, row.cost, lost, why, len(row.line))


def _said(listed: ListedSkill) -> int:
    front = listed.skill.frontmatter
    return len(front.description) + len(front.when_to_use)
