"""Rules of what may be called, one layer's worth of them, and one answer."""

from dataclasses import dataclass, field
from enum import IntEnum

from skillstrata.records.approvals import Approval
from skillstrata.records.loader_settings import SkillPermissions


class Verdict(IntEnum):
    """The answer of a rule; the greater is the stricter."""

    ALLOW = 0
    ASK = 1
    DENY = 2

    @property
    def word(self) -> str:
        """Give its name as answers write it."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class RuleExample:
    """A call that a rule must match, or must not: a tool, and arguments as JSON text."""

    tool: str
    arguments: str = "{}"


@dataclass(frozen=True, slots=True)
class PolicyRule:
    """One rule. `tool` is a glob on the path or name of a node; `arguments` a JSON Schema as text, "" for any.

    `command` restricts a rule about `bash` to commands whose program and first words are these.
    """

    id: str
    tool: str
    verdict: Verdict
    arguments: str = ""
    command: tuple[str, ...] = ()
    why: str = ""
    match: tuple[RuleExample, ...] = ()
    no_match: tuple[RuleExample, ...] = ()
    line: int = 0


@dataclass(frozen=True, slots=True)
class PolicyLayer:
    """The rules of one place. `name` is managed, user, project or skill; `path` is its file.

    `default_allow` and `require_approval` are tool names in the words of the file; `permissions` are per skill. A layer
    that is not `trusted` (a project's nobody vouched for) can only forbid and ask.
    """

    name: str
    path: str = ""
    rules: tuple[PolicyRule, ...] = ()
    default_allow: tuple[str, ...] = ()
    require_approval: tuple[str, ...] = ()
    permissions: tuple[SkillPermissions, ...] = ()
    allowed_hosts: tuple[str, ...] = ()
    roots: tuple[str, ...] = ()
    trusted: bool = True
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """All layers together; `version` is a digest of them, so that a changed policy voids what was granted under it."""

    layers: tuple[PolicyLayer, ...] = ()
    version: str = ""
    faults: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Decision:
    """One answer: may this call be made? `key` is what a grant for it is bound to.

    `rule` is the id of the rule that decided, or `default`; `layer` is where it stands. `escalation` says that the call
    wanted more than its skill or caller may have.
    """

    verdict: Verdict
    approval: Approval
    rule: str
    layer: str
    why: str
    key: str = ""
    escalation: bool = False


@dataclass(frozen=True, slots=True)
class Grant:
    """A consent, or a wish for one.

    `state` is pending, approved, denied, used or expired. `key` binds it to a tool's definition, the resolved
    arguments, the folder and the policy's version. `shown` is what the person was shown. `uses` are left, -1 for any
    number until `until_s`. `session` is that of the call that first asked, "" where nobody said.
    """

    id: str
    key: str
    path: str
    shown: str
    state: str
    asked_at_s: float
    until_s: float
    approval: Approval
    uses: int = 1
    by: str = ""
    run_id: str = ""
    why: str = ""
    session: str = ""


@dataclass(frozen=True, slots=True)
class ShellCommand:
    """One simple command found in shell text, however deep. `words` are its literal words; None for one that is not.

    `writes` are targets of redirects; `dynamic` says that something in it is only known when it runs. `assigns` are the
    variables that it sets; a command without words only sets them or only writes. `stdin` is the text that stands in a
    heredoc or here-string for it, None where it has none.
    """

    words: tuple[str | None, ...]
    writes: tuple[str, ...] = ()
    dynamic: bool = False
    assigns: tuple[str, ...] = ()
    stdin: str | None = None


@dataclass(frozen=True, slots=True)
class ShellText:
    """All commands of a shell text; `parsed` is False where the grammar did not understand it whole."""

    parsed: bool
    commands: tuple[ShellCommand, ...] = ()
