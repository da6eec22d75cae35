"""Write archives of small known files, and others like a given one: zip, tar, gzip, tar in gzip."""

import posixpath
from collections.abc import Callable, Sequence

from skillstrata.distill.mutate.dice import Dice
from skillstrata.distill.mutate.stored import gzip_stored
from skillstrata.distill.mutate.tar_members import tar_members, tar_of, unzipped
from skillstrata.distill.mutate.words import ideographs, invent
from skillstrata.distill.mutate.zip_members import Member, members_of, zip_of

MakeMember = Callable[[str, bytes, Dice], bytes]
_MOST_KEPT = 40
_LONGEST_ENDING = 6


def invented_members(dice: Dice, make: Callable[[str, Dice], bytes]) -> list[Member]:
    """Invent files in folders; one has a name with blanks, one with ideographs, one is empty."""
    folder = invent(dice)
    names = [f"{invent(dice)}.txt", f"{folder}/{invent(dice)}.csv", f"{folder}/{invent(dice)} {invent(dice)}.json"]
    names += [f"{folder}/{invent(dice)}/{ideographs(dice)}.md", *(f"{invent(dice)}.txt" for _ in range(dice.below(4)))]
    return [*((name, make(name, dice)) for name in names), (f"{folder}/empty.txt", b"")]


def other_zip(data: bytes, variant: int, dice: Dice, make: MakeMember) -> bytes | None:
    """Write a zip with members like those of another."""
    members = members_of(data)
    return zip_of(_others(members, variant, dice, make)) if members else None


def other_tar(data: bytes, variant: int, dice: Dice, make: MakeMember) -> bytes | None:
    """Write a tar with members like those of another, in gzip where that was."""
    members = tar_members(data)
    made = tar_of(_others(members, variant, dice, make)) if members else None
    return gzip_stored(made) if made and data.startswith(b"\x1f\x8b") else made


def other_gzip(data: bytes, variant: int, dice: Dice, make: MakeMember) -> bytes | None:
    """Write a gzip file with content like that of another."""
    if tar_members(data):
        return other_tar(data, variant, dice, make)
    content = unzipped(data)
    return gzip_stored(make("", content, dice)) if content else None


def _others(members: Sequence[Member], variant: int, dice: Dice, make: MakeMember) -> list[Member]:
    """Give members of the same kinds under new names as deep in folders, in turn fewer and more of them."""
    files = [(name, content) for name, content in members if not name.endswith("/")][:_MOST_KEPT]
    if not files:
        return [(_other_folder(name, dice), b"") for name, _ in members[:_MOST_KEPT]]
    if variant % 2 == 0:
        chosen = files[: max(1, len(files) - dice.between(0, max(len(files) // 2, 0)))]
    else:
        chosen = [*files, *(dice.one(files) for _ in range(dice.between(1, 3)))]
    return [(_other_name(name, dice), make(name, content, dice)) for name, content in chosen]


def _other_name(name: str, dice: Dice) -> str:
    folder, last = posixpath.split(name)
    return posixpath.join(_other_folder(folder, dice), f"{invent(dice)}{dice.between(10, 99)}{_ending(last)}")


def _other_folder(folder: str, dice: Dice) -> str:
    """Give a folder as deep: what it is called is the author's; the same name gets the same."""
    seed = dice.key
    return "/".join(invent(Dice(seed, part)) if part.strip(".") else part for part in folder.split("/"))


def _ending(name: str) -> str:
    ending = posixpath.splitext(name)[1]
    return ending if len(ending) <= _LONGEST_ENDING else ""
