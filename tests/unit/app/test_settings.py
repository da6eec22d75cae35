"""Settings: one table, one order of precedence, and a refusal that says where a wrong value stands."""

import dataclasses
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillstrata.app.compose_settings import ComposeSettings
from skillstrata.app.learning_settings import LearningSettings
from skillstrata.app.setting_table import BY_KEY, ROWS, Row, Value
from skillstrata.app.settings import SettingInvalid, Settings, load_settings
from skillstrata.app.skill_settings import SkillSettings
from skillstrata.records.composed_runs import RunLimits
from skillstrata.records.endpoints import endpoint_of
from skillstrata.records.failures import ConfigUnreadable

# For each kind: three values as text and what they are, none of them a default of any row.
SAID: dict[str, tuple[tuple[str, Value], ...]] = {
    "yes/no": (("yes", True), ("no", False), ("on", True)),
    "whole number": (("2", 2), ("4", 4), ("7", 7)),
    "number": (("2.5", 2.5), ("4", 4.0), ("7", 7.0)),
    "text": (("openai:one", "openai:one"), ("two", "two"), ("three", "three")),
    "path": (("/one", Path("/one")), ("/two", Path("/two")), ("/three", Path("/three"))),
    "hosts by tool": tuple(
        (f'{{a = ["{host}.example.com:1"]}}', (("a", (endpoint_of(f"{host}.example.com:1"),)),)) for host in "xyz"
    ),
    "servers by label": tuple(
        (f'{{docs = "{place}"}}', (("docs", place),)) for place in ("serve --stdio", "http://127.0.0.1:1/mcp", "x")
    ),
    "modes by skill": tuple((f'{{helm = "{mode}"}}', (("helm", mode),)) for mode in ("pinned", "compact", "manual")),
    "descriptions by skill": tuple((f'{{helm = "{text}"}}', (("helm", text),)) for text in ("Rolls back.", "x", "y z")),
    "distributions by import": tuple((f'{{cv2 = "{name}"}}', (("cv2", name),)) for name in "xyz"),
    "list of folders": tuple((f'["/{name}"]', (f"/{name}",)) for name in ("one", "two", "three")),
    "list of names": tuple((f'["{name}", "B"]', (name, "B")) for name in "XYZ"),
}
# What a loader's configuration says about tools has no row: it is in that file.
OF_THE_LOADER = {"skills_said", "skills_default_allow", "skills_require_approval", "skills_permissions"}
NOT_FIELDS = {"config_path", "home", "environ", "origins", "warnings", "skills", "learning", "compose"}
by_row = pytest.mark.parametrize("row", [row for row in ROWS if row.key != "data_dir"], ids=lambda row: row.key)


def _values(row: Row) -> tuple[tuple[str, Value], ...]:
    if row.words:
        return tuple((word, word) for word in (*row.words, row.words[0])[:3])
    if row.kind == "number" and row.high == 1:
        return (("0.25", 0.25), ("0.5", 0.5), ("1", 1.0))
    return SAID[row.kind]


def _toml(row: Row, text: str) -> str:
    """Write a value as it stands in the file."""
    quoted = row.kind in {"word", "text", "path"}
    plain = {"yes": "true", "no": "false", "on": "true"}.get(text, text)
    return f"{row.key} = " + (f'"{text}"' if quoted else plain) + "\n"


def _load(
    folder: Path, *, text: str = "", environ: dict[str, str] | None = None, flags: tuple[tuple[str, str], ...] = ()
) -> Settings:
    (folder / "config.toml").write_text(text, encoding="utf-8")
    return load_settings(data_dir=folder, config=None, environ=environ or {}, flags=flags)


def _origin(settings: Settings, key: str) -> tuple[Value, str, str]:
    found = next(origin for origin in settings.origins if origin.key == key)
    return found.value, found.source, found.where


def test_every_field_of_the_settings_is_a_row_and_every_row_a_field() -> None:
    """A setting outside the table has no flag, no variable and no line in `config show`."""
    fields = {field.name for field in dataclasses.fields(Settings)} - NOT_FIELDS
    fields |= {f"learning_{field.name}" for field in dataclasses.fields(LearningSettings)}
    fields |= {f"skills_{field.name}" for field in dataclasses.fields(SkillSettings)} - OF_THE_LOADER
    fields |= {f"compose_{field.name}" for field in dataclasses.fields(ComposeSettings) if field.name != "limits"}
    fields |= {f"compose_{field.name}" for field in dataclasses.fields(RunLimits) if field.name != "nesting"}

    assert fields == {row.key.replace(".", "_") for row in ROWS} - {"install"} | {"allow_install"}


def test_nothing_said_gives_every_default_in_both_places(tmp_path: Path) -> None:
    """Zero configuration works, and the table's default is the one that a Settings made by hand has."""
    settings = load_settings(data_dir=tmp_path, config=None, environ={"HOME": "/home/ann"})
    by_hand = Settings(tmp_path, tmp_path / "config.toml", False, Path("/home/ann"), (("HOME", "/home/ann"),))

    assert dataclasses.replace(settings, origins=()) == by_hand
    assert [o.value for o in settings.origins if o.key != "data_dir"] == [r.default for r in ROWS[1:]]
    assert {o.source for o in settings.origins if o.key != "data_dir"} == {"default"}


def test_no_two_settings_share_a_flag_or_a_variable() -> None:
    """The one that comes second would never be heard."""
    flags = [row.flag for row in ROWS]
    variables = [name for row in ROWS for name in row.environ]

    assert len(set(flags)) == len(flags)
    assert len(set(variables)) == len(variables)


@by_row
def test_a_flag_beats_the_environment_that_the_file_and_that_the_default(tmp_path: Path, row: Row) -> None:
    """One rule for every setting: what is nearer to the one call wins."""
    (first, one), (second, two), (third, three) = _values(row)
    environ, flags = {row.environ[0]: second}, ((row.key, third),)

    assert _origin(_load(tmp_path), row.key) == (row.default, "default", "")
    by_file = _load(tmp_path, text=_toml(row, first))
    assert _origin(by_file, row.key) == (one, "file", f"{tmp_path}/config.toml:1")
    by_both = _load(tmp_path, text=_toml(row, first), environ=environ)
    assert _origin(by_both, row.key) == (two, "environment", row.environ[0])
    by_all = _load(tmp_path, text=_toml(row, first), environ=environ, flags=flags)
    assert _origin(by_all, row.key) == (three, "flag", row.flag)


@by_row
def test_the_field_has_the_value_that_was_said(tmp_path: Path, row: Row) -> None:
    """`origins` is what is shown; the field is what the program goes by."""
    field = "allow_install" if row.key == "install" else row.key.replace(".", "_")
    for text, value in _values(row):
        settings = _load(tmp_path, flags=((row.key, text),))
        compose = settings.compose
        parts = {
            "skills": settings.skills,
            "learning": settings.learning,
            "compose": compose if hasattr(compose, row.key.removeprefix("compose.")) else compose.limits,
        }
        part = row.key.partition(".")[0]
        assert getattr(parts.get(part, settings), field.removeprefix(f"{part}_") if part in parts else field) == value


@pytest.mark.parametrize("key", ["batch_size", "reuse_frequency_n"])
def test_the_other_name_of_a_variable_is_heard_and_ours_wins(tmp_path: Path, key: str) -> None:
    """`DISTILLER_BATCH_SIZE` and `DISTILLER_REUSE_FREQUENCY_N` work as written."""
    ours, other = BY_KEY[key].environ

    assert other == f"DISTILLER_{key.upper()}"
    assert _origin(_load(tmp_path, environ={other: "7"}), key) == (7, "environment", other)
    assert _origin(_load(tmp_path, environ={other: "7", ours: "8"}), key) == (8, "environment", ours)
    assert _origin(_load(tmp_path, environ={other: "7", ours: ""}), key) == (7, "environment", other)


def test_a_variable_set_to_nothing_counts_as_not_set(tmp_path: Path) -> None:
    """`SKILLSTRATA_IDLE_S= skillstrata …` is how a shell takes a variable back for one call."""
    assert _load(tmp_path, text="idle_s = 5", environ={"SKILLSTRATA_IDLE_S": ""}).idle_s == 5


@pytest.mark.parametrize(
    ("text", "key", "named"),
    [
        ("batch_size = 0", "batch_size", "0"),
        ("batch_size = 10001", "batch_size", "10001"),
        ("batch_size = 2.5", "batch_size", "2.5"),
        ('batch_size = "50"', "batch_size", "50"),
        ("batch_size = true", "batch_size", "True"),
        ("batch_size = []", "batch_size", "[]"),
        ("batch_size = 2024-01-01", "batch_size", "2024"),
        ("idle_s = nan", "idle_s", "nan"),
        ("idle_s = inf", "idle_s", "inf"),
        ("idle_s = -1", "idle_s", "-1"),
        ("daemon = 2", "daemon", "2"),
        ("daemon = 1.0", "daemon", "1.0"),
        ("daemon = []", "daemon", "[]"),
        ("sandbox = 3", "sandbox", "3"),
        ('sandbox = "none"', "sandbox", "none"),
        ("[redaction]\nrules = 3", "redaction.rules", "3"),
        ("[redaction]\nrules = ''", "redaction.rules", "''"),
        ("[traces]\nkeep_days = -1", "traces.keep_days", "-1"),
    ],
)
def test_a_value_of_the_wrong_kind_or_range_is_refused_with_its_line(
    tmp_path: Path, text: str, key: str, named: str
) -> None:
    """Read loosely, it would be another value than its writer meant."""
    line = len(text.splitlines())
    with pytest.raises(SettingInvalid) as refused:
        _load(tmp_path, text=text)

    assert f"the setting {key} is" in refused.value.message
    assert named in refused.value.message
    assert f"config.toml:{line}" in refused.value.message
    assert refused.value.hint
    assert refused.value.exit_code == 2


@pytest.mark.parametrize("below", ["", "deeper/still"])
@pytest.mark.parametrize("kind", ["file", "dangling link"])
def test_a_data_directory_that_is_a_file_is_a_wrong_setting(tmp_path: Path, kind: str, below: str) -> None:
    """To try again later, as for a full disk, would not help; the refusal names the variable and what lies there."""
    path = tmp_path / "x"
    if kind == "file":
        path.write_bytes(b"mine")
    else:
        path.symlink_to(tmp_path / "nowhere")
    said = str(path / below) if below else str(path)
    with pytest.raises(SettingInvalid) as refused:
        load_settings(data_dir=None, config=None, environ={"SKILLSTRATA_DATA_DIR": said})

    assert said in refused.value.message
    assert f"{path} is not a folder" in refused.value.message
    assert "SKILLSTRATA_DATA_DIR" in refused.value.message
    assert (refused.value.exit_code, bool(refused.value.hint)) == (2, True)
    path.unlink()
    assert load_settings(data_dir=None, config=None, environ={"SKILLSTRATA_DATA_DIR": said}).data_dir == Path(said)


@pytest.mark.parametrize("said", ["many", "", "1e3", "NaN", "0x10", "10001", "-1"])
def test_a_wrong_flag_and_a_wrong_variable_are_named(tmp_path: Path, said: str) -> None:
    """Who reads the refusal must not search three places for it."""
    with pytest.raises(SettingInvalid, match="from --batch-size"):
        _load(tmp_path, flags=(("batch_size", said),))
    if said:
        with pytest.raises(SettingInvalid, match="from DISTILLER_BATCH_SIZE"):
            _load(tmp_path, environ={"DISTILLER_BATCH_SIZE": said})
    assert _load(tmp_path, flags=(("batch_size", "10000"),)).batch_size == 10_000


@pytest.mark.parametrize("said", ["x", "{", '{a = "b"}', "{a = 1}\nb = 2"])
def test_a_table_that_is_none_is_refused_as_in_the_file(tmp_path: Path, said: str) -> None:
    """`network` decides what leaves this machine."""
    with pytest.raises(SettingInvalid, match="SKILLSTRATA_NETWORK"):
        _load(tmp_path, environ={"SKILLSTRATA_NETWORK": said})


@given(key=st.sampled_from([row.key for row in ROWS[1:]]), said=st.text(max_size=30))
def test_any_text_is_a_value_within_its_range_or_a_refusal(
    tmp_path_factory: pytest.TempPathFactory, key: str, said: str
) -> None:
    """Nothing but the refusal escapes, and nothing out of range gets in."""
    folder, row = tmp_path_factory.getbasetemp(), BY_KEY[key]
    try:
        value = _origin(load_settings(data_dir=folder, config=None, environ={}, flags=((key, said),)), key)[0]
    except SettingInvalid:
        return
    if row.high:
        assert isinstance(value, int | float)
        assert row.low <= value <= row.high


def test_an_unknown_key_is_a_warning_with_its_line_and_the_nearest_known_one(tmp_path: Path) -> None:
    """A newer or older program's key must not stop this one; a slip must not pass unseen."""
    settings = _load(tmp_path, text="bach_size = 3\nDISTILLER_BATCH_SIZE = 3\n[traces]\nkeep_day = 1\n[other]\nx = 1\n")

    first, second, third, fourth = settings.warnings
    assert "config.toml:1" in first
    assert "did you mean batch_size?" in first
    assert "did you mean batch_size?" in second
    assert "config.toml:4" in third
    assert "did you mean traces.keep_days?" in third
    assert "'other.x'" in fourth
    assert settings.batch_size == 50
    assert _load(tmp_path, text="batch_size = 3").warnings == ()


def test_a_dotted_key_and_a_table_say_the_same(tmp_path: Path) -> None:
    """TOML has both forms."""
    assert _load(tmp_path, text="traces.keep_days = 3").traces_keep_days == 3
    assert _load(tmp_path, text="[traces]\nkeep_days = 3").traces_keep_days == 3


def test_a_relative_path_starts_where_it_was_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the file: beside it, so that it means the same from every folder; in a flag: here."""
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    monkeypatch.setenv("HOME", "/home/ann")

    assert _load(tmp_path, text='redaction.rules = "my.toml"').redaction_rules == tmp_path / "my.toml"
    given_here = _load(tmp_path, flags=(("redaction.rules", "my.toml"),)).redaction_rules
    assert given_here == tmp_path / "elsewhere" / "my.toml"
    assert _load(tmp_path, text='redaction.rules = "~/r.toml"').redaction_rules == Path("/home/ann/r.toml")


def test_the_file_is_named_by_flag_then_variable_then_found_in_the_data_directory(tmp_path: Path) -> None:
    """The file's own place has the same order; one that is named must be there."""
    for name in ("flag", "variable"):
        (tmp_path / f"{name}.toml").write_text(f'batch_size = {len(name)}\ndata_dir = "{name}"', encoding="utf-8")
    named = {"SKILLSTRATA_CONFIG": str(tmp_path / "variable.toml")}
    by_flag = load_settings(data_dir=None, config=tmp_path / "flag.toml", environ=named)
    by_variable = load_settings(data_dir=None, config=None, environ=named)

    assert (by_flag.batch_size, by_flag.data_dir) == (4, tmp_path / "flag")
    assert (by_variable.batch_size, by_variable.data_dir) == (8, tmp_path / "variable")
    with pytest.raises(ConfigUnreadable):
        load_settings(data_dir=tmp_path, config=None, environ={"SKILLSTRATA_CONFIG": str(tmp_path / "none.toml")})


def test_a_data_directory_in_the_file_that_it_would_have_to_name_is_warned_of(tmp_path: Path) -> None:
    """It cannot have an effect there: the file was found by the data directory."""
    settings = _load(tmp_path, text='data_dir = "/elsewhere"')

    assert settings.data_dir == tmp_path
    assert "no effect" in settings.warnings[0]
