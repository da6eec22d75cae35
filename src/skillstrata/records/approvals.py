"""How much consent a call needs: none < plan_confirm < data_export < mount_access < exec_escalation."""

from enum import IntEnum


class Approval(IntEnum):
    """A level; the greater is the stricter. `word` is how files and answers write it."""

    NONE = 0
    PLAN_CONFIRM = 1
    DATA_EXPORT = 2
    MOUNT_ACCESS = 3
    EXEC_ESCALATION = 4

    @property
    def word(self) -> str:
        """Give the level's name as it is written."""
        return self.name.lower()


WORDS = tuple(level.word for level in Approval)


def approval_named(word: str) -> Approval | None:
    """Give the level of a name; None for a name that no level has, which the caller must treat as the strictest."""
    return next((level for level in Approval if level.word == word), None)


def strictest(*levels: Approval) -> Approval:
    """Give the strictest of some levels; NONE of no level at all."""
    return max(levels, default=Approval.NONE)
