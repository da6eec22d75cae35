"""`keys`: the key that signs exports, and the keys that are trusted.

In     public keys as text
Out    keys by id and owner, or the JSON of the contract
"""

from dataclasses import asdict

import click

from skillstrata.app.use_cases import exporting_skills
from skillstrata.records.exchanges import SigningKey
from skillstrata.surfaces.cli.invocation import Invocation, pass_invocation, verb


@click.group("keys", short_help="The key that signs exports, and the keys that are trusted.")
def keys() -> None:
    """Make the key that signs exports; say whose packages are trusted."""


@verb("show", examples=("skillstrata keys show",), exits=(3, 65))
@pass_invocation
def show(inv: Invocation) -> int:
    """Show our own public key, to hand to others, and those that are trusted."""
    out = inv.out()
    found = exporting_skills.keys(inv.app())
    if out.as_json:
        out.json([asdict(one) for one in found])
    elif found:
        out.table(
            ("id", "whose", "owner", "public key"),
            [(one.key_id, "own" if one.is_own else "trusted", one.owner, one.public) for one in found],
        )
    else:
        out.note("There are no keys. `skillstrata keys make --owner NAME` makes one.")
    return 0 if found else 3


@verb("make", examples=("skillstrata keys make --owner team",), exits=(65, 75))
@click.option("--owner", default="me", show_default=True, help="What others will see it called; any word.")
@pass_invocation
def make(inv: Invocation, *, owner: str) -> int:
    """Make the key that signs exports; where there is one already, it stays."""
    return _told(inv, exporting_skills.make_key(inv.app(), owner))


@verb("trust", examples=("skillstrata keys trust ed25519:… --owner team",), exits=(65, 75))
@click.argument("public", metavar="KEY")
@click.option("--owner", required=True, help="Whose key it is.")
@pass_invocation
def trust(inv: Invocation, *, public: str, owner: str) -> int:
    """Trust a public key that its owner handed over."""
    return _told(inv, exporting_skills.trust(inv.app(), public, owner))


@verb("distrust", examples=("skillstrata keys distrust 3f2a91c0d4e5f607",), exits=(3, 65, 75))
@click.argument("key_id", metavar="ID")
@pass_invocation
def distrust(inv: Invocation, *, key_id: str) -> int:
    """Trust a key no more; what was accepted stays."""
    out = inv.out()
    gone = exporting_skills.distrust(inv.app(), key_id)
    if out.as_json:
        out.json({"distrusted": gone})
    else:
        out.line(f"{key_id}: {'not trusted any more' if gone else 'was not trusted'}")
    return 0 if gone else 3


def _told(inv: Invocation, key: SigningKey) -> int:
    out = inv.out()
    if out.as_json:
        out.json(asdict(key))
    else:
        out.line(f"{key.key_id}  {key.owner}\n{key.public}")
    return 0


for command in (show, make, trust, distrust):
    keys.add_command(command)
