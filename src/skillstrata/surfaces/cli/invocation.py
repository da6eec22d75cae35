"""What the global options say, and the shape every verb shares.

In     --data-dir, --config, --json, --quiet, --verbose and an option for every setting, before the verb or after it;
       the later one wins
Out    Invocation: settings, the opened app, and where to print; `Verb`, the click command that takes those options
Never  prints, opens a store
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import click

from skillstrata.app.setting_table import ROWS
from skillstrata.app.settings import Settings, load_settings
from skillstrata.app.wiring import App, open_app
from skillstrata.surfaces.cli.printing import Out

EXITS = {
    0: "done",
    2: "usage",
    3: "nothing to do or nothing found",
    4: "refused by policy, review or a gate",
    65: "bad input",
    69: "something needed is missing",
    70: "a fault of ours",
    75: "try again later",
}
_ALWAYS = (0, 2, 70)


@dataclass(slots=True)
class Invocation:
    """The global options of one run of the program, filled in as click reads them."""

    data_dir: Path | None = None
    config: Path | None = None
    as_json: bool = False
    volume: str = "normal"
    flags: dict[str, str] = field(default_factory=dict[str, str])

    def settings(self) -> Settings:
        """Read defaults, configuration file, environment and options, the last one winning."""
        flags = tuple(self.flags.items())
        return load_settings(data_dir=self.data_dir, config=self.config, environ=os.environ, flags=flags)

    def app(self) -> App:
        """Open the app; cheap until a use case needs an adapter."""
        return open_app(self.settings())

    def out(self) -> Out:
        """Give the place to print."""
        return Out(as_json=self.as_json, quiet=self.volume == "quiet", verbose=self.volume == "verbose")


pass_invocation = click.make_pass_decorator(Invocation, ensure=True)


def _remember(ctx: click.Context, param: click.Parameter, value: Path | str | bool | None) -> None:
    if value is None or value is False:
        return
    said = ctx.ensure_object(Invocation)
    match param.name, value:
        case "data_dir", Path():
            said.data_dir = value
        case "config", Path():
            said.config = value
        case "as_json", _:
            said.as_json = True
        case name, _:
            said.volume = str(name)


def _remember_setting(ctx: click.Context, param: click.Parameter, value: str | bool | None) -> None:
    if value is not None:
        text = str(value).lower() if isinstance(value, bool) else value
        ctx.ensure_object(Invocation).flags[_KEY_OF[str(param.name)]] = text


_SETTINGS = [row for row in ROWS if row.key != "data_dir"]
_KEY_OF = {f"setting_{row.key.replace('.', '_')}": row.key for row in _SETTINGS}


def _setting_options(taken: frozenset[str]) -> list[click.Parameter]:
    """Make an option for every setting; an option of the verb's own that is called the same stands for it."""
    options: list[click.Parameter] = []
    for row, name in zip(_SETTINGS, _KEY_OF, strict=True):
        flag = f"{row.flag}/--no-{row.flag[2:]}" if row.kind == "yes/no" else row.flag
        if row.flag not in taken:
            options.append(
                click.Option(
                    [flag, name],
                    default=None,
                    help=row.about,
                    hidden=True,
                    expose_value=False,
                    callback=_remember_setting,
                )
            )
    return options


def global_options(taken: frozenset[str] = frozenset()) -> list[click.Parameter]:
    """Make the options that stand before the verb or after it; `taken` are options that the verb has itself."""
    folder = click.Path(file_okay=False, path_type=Path)
    file = click.Path(dir_okay=False, path_type=Path)
    plain: list[tuple[list[str], click.Path | None, str]] = [
        (["--data-dir", "data_dir"], folder, "Where everything is kept [env: SKILLSTRATA_DATA_DIR]."),
        (["--config", "config"], file, "Another configuration file than config.toml in the data directory."),
        (["--json", "as_json"], None, "Exactly one JSON object or array on stdout; messages go to stderr."),
        (["--quiet", "quiet"], None, "No progress, no hints."),
        (["--verbose", "verbose"], None, "More detail; a traceback where the program itself is at fault."),
    ]
    return [
        *(
            click.Option(names, type=kind, is_flag=kind is None, help=text, expose_value=False, callback=_remember)
            for names, kind, text in plain
        ),
        *_setting_options(taken),
    ]


def _records(ctx: click.Context, params: Sequence[click.Parameter]) -> list[tuple[str, str]]:
    found = [p.get_help_record(ctx) for p in params if isinstance(p, click.Option)]
    return [record for record in found if record is not None]


def write_options(command: click.Command, ctx: click.Context, formatter: click.HelpFormatter) -> None:
    """Write a command's own options, then the global ones under a heading of their own."""
    params = command.get_params(ctx)
    for title, ours in (("Options", True), ("Global options (before the verb or after it)", False)):
        records = _records(ctx, [p for p in params if (p.callback is not _remember) is ours])
        if records and not ours:
            records.append(("--SETTING VALUE", "Any setting of `skillstrata config show`, such as --batch-size 20."))
        if records:
            with formatter.section(title):
                formatter.write_dl(records)


class Verb(click.Command):
    """A command with the global options, examples and its exit codes."""

    examples: tuple[str, ...] = ()
    exits: tuple[int, ...] = ()

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the two groups of options."""
        write_options(self, ctx, formatter)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples, a line each, and what each exit code means here."""
        if self.examples:
            with formatter.section("Examples"):
                for line in self.examples:
                    formatter.write(f"{'':>{formatter.current_indent}}{line}\n")
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(code), EXITS[code]) for code in sorted({*_ALWAYS, *self.exits})])


def verb(
    name: str, *, examples: tuple[str, ...] = (), exits: tuple[int, ...] = (), hidden: bool = False
) -> Callable[[Callable[..., int]], Verb]:
    """Make a function that returns an exit code into a verb."""

    def wrap(function: Callable[..., int]) -> Verb:
        command = click.command(name, cls=Verb, hidden=hidden)(function)
        command.examples, command.exits = examples, exits
        taken = frozenset(word for param in command.params for word in param.opts)
        command.params.extend(global_options(taken))
        return command

    return wrap
