"""What each skill would cost in a listing, worked out only as far as somebody asks.

In     a skill, how it is wished to be listed, whether it is used or fits the request
Out    its line by name alone, short, and whole, with what each costs
"""

from dataclasses import dataclass, field

from skillstrata.records.catalogues import ListingForm, ListingMode
from skillstrata.runtime.compaction import compact, one_line
from skillstrata.runtime.listed_skills import ListedSkill
from skillstrata.runtime.listing_forms import line_of, scenes_for
from skillstrata.runtime.tokens import Measure

_CUT = "…"


@dataclass(frozen=True, slots=True)
class Page:
    """How lines are written and measured, and the longest description that is taken."""

    form: ListingForm
    measure: Measure
    entry_chars: int


@dataclass(slots=True)
class Row:
    """One skill on its way into a listing: the line it has by now, "" for none."""

    listed: ListedSkill
    page: Page
    wish: ListingMode
    used: bool
    mode: ListingMode = ListingMode.OMITTED
    line: str = ""
    cost: int = 0
    shown: int = 0
    why: str = ""
    _whole: str | None = field(default=None, init=False)
    _by_name: str = field(default="", init=False)

    @property
    def said(self) -> int:
        """Give about how long the whole description is."""
        front = self.listed.skill.frontmatter
        return len(front.description) + len(front.when_to_use)

    def whole(self) -> str:
        """Give the description and when it is used, as one line."""
        if self._whole is None:
            front = self.listed.skill.frontmatter
            said, when = front.description.strip(), front.when_to_use.strip()
            self._whole = one_line(f"{said} {when}" if when and when not in said else said)
        return self._whole

    def by_name(self) -> str:
        """Write the name alone."""
        if not self._by_name:
            self._by_name = line_of(self.page.form, self.listed.name, "")
        return self._by_name

    def short(self, width: int) -> tuple[str, int]:
        """Write the name and the description cut to a width, the phrases of use included; say how long that is."""
        whole = self.whole()
        use = scenes_for(self.page.form, whole) if len(whole) > width else ()
        room = width - len(", ".join(use))
        if use and room < width // 2:
            use = use[:1]
            room = width - len(use[0])
        told = compact(whole, max(room, 1), " ".join(use))
        shown = min(len(told) + sum(map(len, use)), len(whole))
        return line_of(self.page.form, self.listed.name, told, use=use), shown

    def full(self) -> str:
        """Write the name and the whole description, up to the longest that is taken."""
        return self.cut(self.page.entry_chars)

    def cut(self, width: int) -> str:
        """Write the name and the first characters of the description."""
        whole = self.whole()
        told = whole if len(whole) <= width else whole[: max(width - 1, 0)].rstrip() + _CUT
        return line_of(self.page.form, self.listed.name, told if width > 0 else "")

    def take(self, mode: ListingMode, line: str, shown: int) -> int:
        """Have this line from now on; gives by how much the cost changed."""
        cost = self.page.measure(line)
        change = cost - self.cost
        self.mode, self.line, self.cost, self.shown = mode, line, cost, shown
        return change

    def drop(self, why: str) -> int:
        """Be left out; gives by how much the cost changed."""
        change = -self.cost
        self.mode, self.line, self.cost, self.shown, self.why = ListingMode.OMITTED, "", 0, 0, why
        return change
