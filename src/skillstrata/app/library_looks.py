"""When the library is looked at again while nobody is there.

In     the pictures of its health that are kept
Out    whether a day has gone since the last one
"""

from skillstrata.app.wiring import App

EVERY_S = 20 * 3600.0


def is_due(app: App) -> bool:
    """Say whether there is something that was not looked at for a day, or since when the clock went back.

    Where there is no tool yet, recorded work may still hold what is to be learned.
    """
    if not app.library.taken() and not app.catalog.sessions():
        return False
    pictures = app.catalog.healths()
    return not pictures or not 0 <= app.clock.now_s() - pictures[-1].at_s < EVERY_S
