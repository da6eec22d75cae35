"""Skills and registries of our own, for tests of listings and of routing."""

from dataclasses import replace

from skillstrata.records.skills import Frontmatter, Registry, Skill, SkillSource, Unavailable, folded_name

USER = SkillSource("user", "user", "/skills")
BODIES = {
    "pdf-forms": "# Filling forms\n\nUse qpdf and the AcroForm dictionary.\n",
    "helm-release": "# Helm releases\n\nRun `helm rollback` when a release hangs in pending-upgrade.\n",
    "changelog": "# Changelog\n\nCollect fragments and write the notes of a version.\n",
    "sql-tuning": "# Slow queries\n\nRead the plan with EXPLAIN ANALYZE, then add an index.\n",
    "fotos": "# 照片整理\n\n按日期整理照片, 去掉重复的图片。\n",
}
DESCRIPTIONS = {
    "pdf-forms": "Fill in PDF forms and flatten them. Use when a user hands over a form to be completed.",
    "helm-release": "Install, upgrade and inspect Helm releases. Use when deploying charts to Kubernetes clusters.",
    "changelog": "Write release notes from commits. Use when a version is about to be tagged.",
    "sql-tuning": "Make PostgreSQL queries faster. Use when a query is slow or a plan looks wrong.",
    "fotos": "整理照片和图片。",
}


def a_skill(
    name: str, description: str = "", *, digest: str = "", when_to_use: str = "", for_model: bool = True
) -> Skill:
    """Make a skill of the user's."""
    front = Frontmatter(description=description, when_to_use=when_to_use, model_may_invoke=for_model)
    path = f"/skills/{name}/SKILL.md"
    return Skill(f"user/{name}", name, USER, path, digest or f"{name}:{description}", "", 0, front)


def a_registry(*skills: Skill, unavailable: tuple[str, ...] = (), generation: int = 1) -> Registry:
    """Make a registry in which every name means its own skill; the first of one name wins it."""
    names: dict[str, str] = {}
    for skill in skills:
        names.setdefault(folded_name(skill.name), skill.id)
    return Registry(
        generation,
        tuple(sorted(skills, key=lambda skill: skill.id)),
        tuple(names.items()),
        unavailable=tuple(Unavailable(one, "git is missing") for one in unavailable),
    )


def known_registry() -> Registry:
    """Make the registry of the five skills above."""
    return a_registry(*(a_skill(name, text) for name, text in DESCRIPTIONS.items()))


def body_of(skill: Skill) -> str:
    """Give the body of one of the five, of any other an empty one."""
    return BODIES.get(skill.name, "")


def described_again(skill: Skill, description: str) -> Skill:
    """Change what a skill says of itself."""
    return replace(skill, digest=description, frontmatter=replace(skill.frontmatter, description=description))
