"""How long the lists of an unseen input are: never as long as in the demonstration, in turn shorter and longer."""

from skillstrata.distill.mutate.dice import Dice


def new_length(length: int, variant: int, dice: Dice) -> int:
    """Give another length: shorter in even variants, longer in odd ones; a single part is never taken away."""
    if variant % 2 == 0:
        if length <= 1:
            return length
        return dice.between(min(length - 1, max(2, length // 3)), length - 1)
    return length + dice.between(1, length + 2)
