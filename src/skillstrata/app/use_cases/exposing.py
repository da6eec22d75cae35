"""Say by hand how far a tool is offered: `expose`, `hide`, `retire`.

In     the App, names, a level
Out    Exposed: what was changed
Never  removes anything: a retired tool keeps its folder, and comes back with `expose` or `review undo`
"""

from dataclasses import dataclass

from skillstrata.app.exposure import PERSON, Reason, change_level
from skillstrata.app.warm_preparing import prepare_after_pass
from skillstrata.app.wiring import App
from skillstrata.records.qualities import LibraryChange, Visibility


@dataclass(frozen=True, slots=True)
class Exposed:
    """The changes; `unchanged` names the tools that were offered so far already."""

    changed: tuple[LibraryChange, ...]
    unchanged: tuple[str, ...] = ()


def expose(app: App, names: tuple[str, ...], to: Visibility) -> Exposed:
    """Offer tools this far, whatever the gate would say.

    Raises:
        ToolUnknown: No tool has one of these names; nothing was changed.
    """
    return _changed(app, names, to, f"a person offered it as {to.word}")


def hide(app: App, names: tuple[str, ...]) -> Exposed:
    """Take tools out of every search and list; a person can still run them by name.

    Raises:
        ToolUnknown: As for `expose`.
    """
    return _changed(app, names, Visibility.HIDDEN, "a person hid it")


def retire(app: App, names: tuple[str, ...]) -> Exposed:
    """Put tools away: they run for nobody, and the library still knows what they do.

    Raises:
        ToolUnknown: As for `expose`.
    """
    return _changed(app, names, Visibility.RETIRED, "a person put it away")


def _changed(app: App, names: tuple[str, ...], to: Visibility, because: str) -> Exposed:
    app.prepare()
    known = tuple(dict.fromkeys(app.library.tool(name).name for name in names))
    done = {name: change_level(app, name, to, Reason(PERSON, because)) for name in known}
    if any(done.values()):
        # What agents are told at their start is prepared: a tool that was put away would still be named there.
        prepare_after_pass(app, ())
    return Exposed(
        tuple(change for change in done.values() if change is not None),
        tuple(name for name, change in done.items() if change is None),
    )
