"""What every PolicySource promises."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.adapters.policy_files import PolicyFiles, PolicyPlace
from skillstrata.records.failures import PolicyInvalid
from skillstrata.records.loader_settings import SkillPermissions
from skillstrata.records.policies import PolicyLayer, PolicyRule, RuleExample, Verdict

WHOLE = """
default_allow = ["file_read"]
require_approval = ["shell_exec"]
allowed_hosts = ["*.example.org"]
roots = ["data", "/srv"]

[[rule]]
id = "no-force"
tool = "bash"
decision = "forbidden"
command = ["git", "push", "--force"]
why = "history is shared"
match = [{ args = { script = "git push -f" } }]
no_match = [{ tool = "bash", args = { script = "git push" } }]

[[rule]]
id = "docs"
tool = "write_file"
decision = "allow"
args = { properties = { path = { pattern = "^docs/" } } }

[skill_permissions.nestjs-expert]
allowed_tools = ["file_read", "npm"]
forbidden_operations = ["rm -rf"]
resource_limits = { max_cpu_time = "30s", max_memory = "512MB", max_disk_io = 100 }
"""


def _layers(
    folder: Path, text: str | bytes | None, name: str = "user", *, trusted: bool = True
) -> tuple[PolicyLayer, ...]:
    path = folder / "policy.toml"
    if text is not None:
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return PolicyFiles((PolicyPlace(name, path, trusted),)).layers()  # type: ignore[arg-type]


def test_a_file_comes_back_as_a_layer(tmp_path: Path) -> None:
    """Every key of the format."""
    [found] = _layers(tmp_path, WHOLE)

    assert found == PolicyLayer(
        "user",
        str(tmp_path / "policy.toml"),
        (
            PolicyRule(
                "no-force",
                "bash",
                Verdict.DENY,
                "",
                ("git", "push", "--force"),
                "history is shared",
                (RuleExample("bash", '{"script": "git push -f"}'),),
                (RuleExample("bash", '{"script": "git push"}'),),
                7,
            ),
            PolicyRule("docs", "write_file", Verdict.ALLOW, '{"properties": {"path": {"pattern": "^docs/"}}}', line=16),
        ),
        ("file_read",),
        ("shell_exec",),
        (SkillPermissions("nestjs-expert", ("file_read", "npm"), ("rm -rf",), 30.0, 512_000_000, 100),),
        ("*.example.org",),
        (str(tmp_path / "data"), "/srv"),
        True,
        found.digest,
    )
    assert len(found.digest) == 64


def test_layers_come_in_their_order_and_a_missing_file_is_none(tmp_path: Path) -> None:
    """Managed, user, project."""
    for name in ("managed", "project"):
        (tmp_path / name).write_text('default_allow = ["file_read"]\n', encoding="utf-8")
    places = (
        PolicyPlace("managed", tmp_path / "managed"),
        PolicyPlace("user", tmp_path / "user"),
        PolicyPlace("project", tmp_path / "project", trusted=False),
    )

    assert [(one.name, one.trusted) for one in PolicyFiles(places).layers()] == [("managed", True), ("project", False)]


@pytest.mark.parametrize(
    ("text", "said", "line"),
    [
        ("default_alow = []\n", "default_alow: nothing reads this key", 1),
        ("a = [\n", "is no TOML", 0),
        ("\nx = 1 2\n", "is no TOML", 2),
        (b"\xff", "is no TOML", 0),
        ('default_allow = "x"\n', "default_allow", 1),
        ('\n[[rule]]\nid = "a"\ntool = "b"\ndecision = "maybe"\n', "rule.0.decision", 5),
        ('[[rule]]\nid="a"\ntool="b"\ndecision="ask"\n\n[[rule]]\nid="b"\ntool="b"\n', "rule.1.decision", 6),
        ('[[rule]]\nid="a"\ntool="b"\ndecision="ask"\nwhen="x"\n', "rule.0.when: nothing reads", 5),
        ('[[rule]]\nid="a"\ntool="b"\ndecision="ask"\ncommand="rm -rf"\n', "rule.0.command", 5),
        ('[[rule]]\nid="a"\ntool="b"\ndecision="ask"\ncommand=[]\n', "rule.0.command", 5),
        ('[[rule]]\nid="a"\ntool="b"\ndecision="ask"\nargs={x=2026-01-01}\n', "JSON does not have", 1),
        ('[[rule]]\nid="a"\ntool="b"\ndecision="ask"\nargs={x=inf}\n', "JSON does not have", 1),
        ('[[rule]]\nid="a"\ntool="b"\ndecision="ask"\n[[rule]]\nid="a"\ntool="c"\ndecision="ask"\n', "two rules", 5),
        ("[skill_permissions.s]\nallowed_tools = []\n", "skill_permissions.s.allowed_tools", 2),
        ("[skill_permissions.s.resource_limits]\nmax_memory = -1\n", "max_memory", 2),
        ('[skill_permissions.s.resource_limits]\nmax_memory = "much"\n', "max_memory", 2),
        ("#" * 1_100_000, "more than 1,048,576 bytes", 0),
    ],
)
def test_a_file_that_is_not_understood_is_an_error_with_its_line(
    tmp_path: Path, text: str | bytes, said: str, line: int
) -> None:
    """Never an empty layer: what somebody forbade would be allowed."""
    with pytest.raises(PolicyInvalid) as caught:
        _layers(tmp_path, text)

    assert said in caught.value.message
    assert caught.value.message.startswith(f"{tmp_path / 'policy.toml'}:{line}: " if line else f"{tmp_path}")


@pytest.mark.parametrize("kind", ["folder", "dangling", "fifo"])
def test_a_place_that_holds_no_readable_file_is_an_error(tmp_path: Path, kind: str) -> None:
    """Only a file that is not there is no layer; a link that leads nowhere is one that somebody wanted."""
    path = tmp_path / "policy.toml"
    match kind:
        case "folder":
            path.mkdir()
        case "dangling":
            path.symlink_to(tmp_path / "gone")
        case _:
            path.symlink_to("/dev/null")
    with pytest.raises(PolicyInvalid):
        PolicyFiles((PolicyPlace("user", path),)).layers()


SEED = """
runtime:
  permissions:
    default_allow: ["file_read", "http_get"]
    require_approval: ["shell_exec", "database_write"]
skill_permissions:
  nestjs-expert:
    allowed_tools: ["file_read", "file_write", "npm", "git"]
    forbidden_operations: ["rm -rf", "format C:"]
    resource_limits:
      max_cpu_time: 30s
      max_memory: 512MB
      max_disk_io: 100MB
"""


def test_the_permissions_of_a_loaders_configuration_are_a_layer(tmp_path: Path) -> None:
    """The seed's YAML has them in the same file as its places."""
    path = tmp_path / "loader.yaml"
    path.write_text(SEED, encoding="utf-8")
    [found] = PolicyFiles((PolicyPlace("user", path, is_loader=True),)).layers()

    assert found.default_allow == ("file_read", "http_get")
    assert found.require_approval == ("shell_exec", "database_write")
    assert found.permissions == (
        SkillPermissions(
            *("nestjs-expert", ("file_read", "file_write", "npm", "git"), ("rm -rf", "format C:")),
            *(30.0, 512_000_000, 100_000_000),
        ),
    )
    path.write_text("runtime: 5\n", encoding="utf-8")
    with pytest.raises(PolicyInvalid):
        PolicyFiles((PolicyPlace("user", path, is_loader=True),)).layers()


def test_a_changed_file_is_read_anew(tmp_path: Path) -> None:
    """What is kept in mind must not outlive the file: old times, one length, another content."""
    path = tmp_path / "policy.toml"
    source = PolicyFiles((PolicyPlace("user", path),))
    for word in ("file_read", "http_read"[:9]):
        path.write_text(f'default_allow = ["{word}"]\n', encoding="utf-8")
        os.utime(path, (1, 1))
        assert [one.default_allow for one in source.layers()] == [(word,)]
        assert [one.default_allow for one in source.layers()] == [(word,)]
    path.unlink()
    assert source.layers() == ()


@given(st.text(max_size=200) | st.binary(max_size=200))
def test_any_bytes_are_a_layer_or_an_error(tmp_path_factory: pytest.TempPathFactory, text: str | bytes) -> None:
    """Nothing else comes out, whatever lies there."""
    data = text.encode(errors="replace") if isinstance(text, str) else text
    try:
        [found] = _layers(tmp_path_factory.mktemp("policy"), data)
    except PolicyInvalid:
        return
    assert found.name == "user"
