"""Render a tool as the files of an Agent Skill folder, usable with and without this program.

In     Tool, and of its new version the Draft, the Proof and the synthesised inputs
Out    SkillFiles: SKILL.md, manifest.json, branches/<branch>/v<N>/…, fixtures/…; the same for the same input
Never  puts in a file of the user's: fixtures are synthesised, descriptions are made of types and verbs
"""

import json
from dataclasses import asdict

from skillstrata.library.manifest import LOCK, manifest_bytes
from skillstrata.library.skill_page import Shown, skill_page
from skillstrata.records.drafts import Draft
from skillstrata.records.programs import main_name
from skillstrata.records.proofs import Proof
from skillstrata.records.tools import SkillFile, Tool, Version


def render_tool(
    tool: Tool, *, draft: Draft, proof: Proof, fixtures: tuple[tuple[str, bytes], ...], others: Shown = ()
) -> tuple[SkillFile, ...]:
    """Render a tool after a version was added to it.

    Shapes:
        The version is the one whose candidate is the draft's. `manifest.json` comes last.

    Args:
        tool: As it is to be, the new version included.
        draft: Of the new version; its original goes beside the lifted program.
        proof: Of the new version.
        fixtures: (name, input bytes) of the new version.
        others: The versions that were there already, with their proofs, for the page; those without one are left out.

    Raises:
        StopIteration: No version of the tool came from this draft.
    """
    version = next(v for b in tool.branches for v in b.versions if v.candidate_id == draft.candidate_id)
    return (
        SkillFile("SKILL.md", skill_page(tool, _shown(tool, ((version, proof), *others))).encode()),
        *_version_files(version, draft, proof),
        *(SkillFile(f"fixtures/{name}", data) for name, data in fixtures),
        SkillFile("manifest.json", manifest_bytes(tool)),
    )


def render_page(tool: Tool, proof: Proof | None) -> tuple[SkillFile, ...]:
    """Render what says which versions a tool has, its page and its manifest, after one was taken out.

    Args:
        tool: As it is to be.
        proof: Of the active version of its first branch; without one the page stays as it is.
    """
    manifest = SkillFile("manifest.json", manifest_bytes(tool))
    if proof is None:
        return (manifest,)
    return (SkillFile("SKILL.md", skill_page(tool, ((tool.branches[0].current, proof),)).encode()), manifest)


def _shown(tool: Tool, known: Shown) -> Shown:
    """Give the active version of each branch, as far as its proof is known."""
    proofs = {version.path: proof for version, proof in known}
    active = [branch.current for branch in tool.branches]
    return tuple((version, proofs[version.path]) for version in active if version.path in proofs) or known[:1]


def _version_files(version: Version, draft: Draft, proof: Proof) -> tuple[SkillFile, ...]:
    main = main_name(version.language)
    story = json.dumps(asdict(proof), indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    return (
        # Bytes as they were, lone surrogates included: the original is evidence.
        SkillFile(f"{version.path}/original{main[len('main') :]}", draft.original.encode("utf-8", "surrogatepass")),
        SkillFile(f"{version.path}/{main}", version.main.encode()),
        *(SkillFile(f"{version.path}/{file.path}", file.text.encode()) for file in version.bundled),
        SkillFile(f"{version.path}/{LOCK}", version.lock.encode()),
        SkillFile(f"{version.path}/proof.json", story.encode()),
    )
