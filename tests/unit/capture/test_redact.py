"""Which texts hold secrets, and which only look like it. Every value here is made up."""

from dataclasses import replace
from pathlib import Path

import pytest

from skillstrata.adapters.disk_files import DiskFiles
from skillstrata.capture.redact import MARKER, Redactor, redact_event
from skillstrata.records.events import Event, EventKind, FileChange, ShellCall, TextEdit

REDACTOR = Redactor()
# Put together from halves, so that no scanner takes this file for a leak.
HEX = "a8f5f167f44f4964" + "e6c998dee827110c"
MIXED = "aB3dE5fG7hI9jK1l" + "M3nO5pQ7rS9tU1vW3xY5"
PEM = "-----BEGIN RSA PRIVATE" + " KEY-----"
END = "-----END RSA PRIVATE" + " KEY-----"
LINE = "MIIEowIBAAKCAQEA75kLmNoPq"

SECRETS = {
    "anthropic": (f"x sk-ant-api03-{MIXED}", f"sk-ant-api03-{MIXED}"),
    "openai project": (f"sk-proj-{MIXED}", f"sk-proj-{MIXED}"),
    "openai": (f"sk-{MIXED}", f"sk-{MIXED}"),
    "openrouter": (f"sk-or-v1-{HEX}", f"sk-or-v1-{HEX}"),
    "github classic": (f"ghp_{MIXED}", f"ghp_{MIXED}"),
    "github server": (f"ghs_{MIXED}", f"ghs_{MIXED}"),
    "github fine-grained": (f"github_pat_11ABC_{MIXED}", f"github_pat_11ABC_{MIXED}"),
    "aws id": ("AKIA" + "Q3EGTZ5N7WDYPLXC", "AKIA" + "Q3EGTZ5N7WDYPLXC"),
    "aws key in an ini file": (f"aws_secret_access_key = {MIXED}/9kQ", f"{MIXED}/9kQ"),
    "slack": ("xoxb-2481632-9876-abcdEFGH", "xoxb-2481632-9876-abcdEFGH"),
    "slack with digits in a row": ("xoxb-" + "123456789012-1234567890123-AbCdEfGhIjKl", "AbCdEfGhIjKl"),
    "slack app": ("xapp-1-A0" + "1234567ABC-1234567890123-" + HEX, HEX),
    "github with digits in a row": ("ghp_" + "12345678" + MIXED, "12345678" + MIXED),
    "openai with three letters of a name": ("sk-proj-" + "my-" + MIXED, MIXED),
    "aws id with digits in a row": ("AKIA" + "12345678ABCDEFGH", "12345678ABCDEFGH"),
    "google with digits in a row": ("AIza" + "1234567" + MIXED, "1234567" + MIXED),
    "slack in a variable": ("SLACK_TOKEN=" + "xoxb-123456789012-AbCdEfGhIjKl", "AbCdEfGhIjKl"),
    "stripe": (f"rk_live_{MIXED}", f"rk_live_{MIXED}"),
    "webhook": (f"whsec_{MIXED}", f"whsec_{MIXED}"),
    "supabase": (f"sbp_{HEX}", f"sbp_{HEX}"),
    "hugging face": (f"hf_{MIXED}", f"hf_{MIXED}"),
    "google": (f"AIza{MIXED}", f"AIza{MIXED}"),
    "jwt": ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0MiJ9.c2lnbmF0dXJl", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0MiJ9.c2lnbmF0dXJl"),
    "bearer": (f"Authorization: Bearer {HEX}", HEX),
    "url userinfo": ("postgres://app:hunter2x@db:5432/shop", "hunter2x"),
    "flag": ("deploy --password hunter22", "hunter22"),
    "flag with equals sign": (f"tool --api-key={HEX}", HEX),
    "quoted flag": ("tool --token 'abC123 def'", "abC123 def"),
    "mysql": ("mysql -u admin -pS3cr3tpw shop", "S3cr3tpw"),
    "curl": ("curl -u bob:s3cr3t9 https://h/", "s3cr3t9"),
    "shell variable": ("export DB_PASSWORD=hunter22x && run", "hunter22x"),
    "python": (f'API_KEY = "{HEX}"', HEX),
    "python dictionary": (f'os.environ["MY_TOKEN"] = "{HEX}"', HEX),
    "short password": ('password = "hunter2x"', "hunter2x"),
    "json": (f'{{"client_secret": "{HEX}"}}', HEX),
    "json in a string": (f'{{\\"api_key\\": \\"{HEX}\\"}}', HEX),
    "yaml": ("db_password: Tr0ub4dor-3-horse9", "Tr0ub4dor-3-horse9"),
    "query string": (f"https://h/p?access_token={HEX}&x=1", HEX),
    "key block": (f"{PEM}\n{LINE}\nabc==\n{END}", LINE),
    "key block in json": (f'"private_key": "{PEM}\\n{LINE}\\n{END}\\n"', LINE),
    "key block cut off": (f"{PEM}\n{LINE}\nfoo = 1", LINE),
    "basic header": ("Authorization: Basic dXNlcjpodW50ZXIyMng=", "dXNlcjpodW50ZXIyMng="),
    "basic header in json": ('{"Authorization": "Basic dXNlcjpodW50ZXIyMng="}', "dXNlcjpodW50ZXIyMng="),
    "key in a header": (f"x-api-key: {HEX}", HEX),
    "session cookie": ("Cookie: theme=dark; sessionid=8f3kq02mzl4x; lang=en", "8f3kq02mzl4x"),
    "set cookie": ("set-cookie: auth_token=8f3kq02mzl4x; Path=/", "8f3kq02mzl4x"),
    "azure storage": (f"DefaultEndpointsProtocol=https;AccountName=a;AccountKey={MIXED}==;", MIXED),
    "service bus": (f"Endpoint=sb://h/;SharedAccessKeyName=n;SharedAccessKey={MIXED}=", MIXED),
    "sql server": ("Server=db;User Id=sa;Password=Tr0ub4dor3x9;", "Tr0ub4dor3x9"),
    "sshpass": ("sshpass -p 's3cr3t99' ssh h", "s3cr3t99"),
    "docker login": ("docker login -u bob -p s3cr3t99 h", "s3cr3t99"),
    "redis": ("redis-cli -h h -a s3cr3t99 ping", "s3cr3t99"),
    "google oauth": (f"ya29.{MIXED}", f"ya29.{MIXED}"),
    "sendgrid": (f"SG.{MIXED[:22]}.{MIXED}", f"SG.{MIXED[:22]}"),
    "telegram": (f"123456789:AA{MIXED[:33]}", f"AA{MIXED[:33]}"),
    "docker token": (f"dckr_pat_{MIXED}", f"dckr_pat_{MIXED}"),
    "vault": (f"hvs.{MIXED}", f"hvs.{MIXED}"),
    "flag in a list of words": ('["tool", "--token", "plainvalue 7"]', "plainvalue 7"),
    "long flag with a prefix": ("tool --db-password hunter22x", "hunter22x"),
    "key block over literals": (f'k = ("{PEM}\\n"\n "{LINE}\\n"\n "{END}")', LINE),
}

HARMLESS = [
    "token = tokenizer.next_token()",
    "rows.sort(key=lambda row: row[1])",
    'API_KEY = os.environ["API_KEY"]',
    'password: str = ""',
    'parser.add_argument("--token", help="the token to use")',
    "usage: tool --token TOKEN",
    "the --password option is required",
    "AKIA" + "IOSFODNN7EXAMPLE",
    "sk-your-key-here-please-now-1",
    "xoxb-" + "your-token-1234567",
    "ghp_" + "x" * 35 + "1",
    'api_key = "abcd12345678901234567890"',
    'api_key = "xxxxxxxxxxxxxxxx1"',
    'api_key = "<put your 32 character key here>"',
    "PRIMARY_KEY=user_identifier",
    "connect(password=settings.password)",
    "max_tokens=4096",
    "git clone https://github.com/a/b",
    'next_token: "nextPageToken"',
    'CHALLENGE_PASSWORD: "challengePassword"',
    "icon_512x512@2x.png",
    "mkdir -p out2/docs && ssh -p 2222 host",
    "sshpass -e ssh -p 2222 host",
    "cookie = SimpleCookie(); cookie['theme'] = 'dark'",
    "x-token-count: 120",
    "basic configuration of the server",
    "Authorization: Basic auth is required",
    "redis-cli --raw get counter",
    "password=",
    '{"--password=": null, "rows": 3}',
    '{"api_key=":123456789012345678,"x": "y"}',
    '["--token", "--verbose", "x"]',
    "secret = hashlib.sha256",
    "task-management-is-a-long-word-1",
    'token_type_ids = "input_ids_and_more"',
    "user:pass@host without a scheme",
    f'_START = b"{PEM}"',
    f"password = {MARKER}",
]


@pytest.mark.parametrize(("text", "secret"), SECRETS.values(), ids=SECRETS.keys())
def test_a_secret_of_each_known_form_is_taken_out(text: str, secret: str) -> None:
    """The forms seen in real traces."""
    redacted = REDACTOR.redact(text)

    assert secret in text
    assert secret not in redacted.text
    assert MARKER in redacted.text
    assert redacted.hits >= 1


@pytest.mark.parametrize("text", HARMLESS)
def test_what_only_looks_like_a_secret_stays(text: str) -> None:
    """Names, help texts, placeholders and our own marker."""
    assert REDACTOR.redact(text).text == text


def test_the_rest_of_the_text_stays() -> None:
    """Only the value goes; what is around it is evidence."""
    redacted = REDACTOR.redact(f'a = 1\nAPI_KEY="{HEX}"\nb = 2\n')

    assert redacted.text == f'a = 1\nAPI_KEY="{MARKER}"\nb = 2\n'


def test_a_cut_off_key_block_takes_no_code_with_it() -> None:
    """What follows the key is the program."""
    assert REDACTOR.redact(f"{PEM}\n{LINE}\nfoo = 1").text == f"{MARKER}\nfoo = 1"


@pytest.mark.parametrize(
    ("name", "value", "is_secret"),
    [
        ("SHOP_API_KEY", "plainvalue", True),
        ("SHOP_TOKEN", "plainvalue", True),
        ("SHOP_SECRET", "plainvalue", True),
        ("SHOP_PASSWORD", "plainvalue", True),
        ("SHOP_TOKEN", "short", False),
        ("SHOP_FOLDER", "plainvalue", False),
        ("MONKEY", "plainvalue", False),
    ],
)
def test_values_of_secret_variables_are_known_exactly(name: str, value: str, is_secret: bool) -> None:
    """A value of this machine is a secret whatever it looks like."""
    redacted = Redactor({name: value}).redact(f"it printed {value}!")

    assert redacted.text == (f"it printed {MARKER}!" if is_secret else f"it printed {value}!")


def test_every_text_of_an_event_is_redacted_and_counted() -> None:
    """A field that is left out is a leak that stays for ever."""
    key = f"ghp_{MIXED}"
    event = Event(
        id="i",
        agent="a",
        session="s",
        kind=EventKind.CALL,
        at_s=1.0,
        cwd=f"/x/{key}",
        prompt=f"use {key}",
        shell=ShellCall(command=f"run {key}", stdout=key, stderr=key, error=key, background=True),
        change=FileChange(f"/f/{key}", content=key, edits=(TextEdit(key, key, every=True),), original=key),
        used=f"skill:{key}",
    )

    redacted = redact_event(event, REDACTOR)

    assert key not in repr(redacted)
    assert redacted.redactions == 12
    assert redacted.shell is not None
    assert redacted.shell.background
    clean = replace(
        event, cwd="/x", prompt="p", shell=ShellCall("ls"), change=FileChange("/f", content="x"), used="skill:x"
    )
    assert redact_event(clean, REDACTOR) == clean


def test_each_find_is_told_with_its_line_and_rule_and_never_with_its_value() -> None:
    """What a person looks at to believe it: where, by which rule, and what stands there instead."""
    redacted = REDACTOR.redact(f"one\nexport DB_PASSWORD=hunter22x\n{PEM}\n{LINE}\n{END}\nkey ghp_{MIXED}\n")

    assert [(find.line, find.rule) for find in redacted.finds] == [
        (2, "variable"),
        (3, "private-key"),
        (6, "github-token"),
    ]
    assert redacted.finds[0].preview == f"export DB_PASSWORD={MARKER} (9 characters)"
    shown = "".join(find.preview for find in redacted.finds)
    assert "hunter22x" not in shown
    assert MIXED not in shown
    assert redacted.hits == 3


def test_what_one_rule_leaves_another_sees_in_the_same_call() -> None:
    """Two secrets in one word: neither hides the other."""
    redacted = REDACTOR.redact(f"https://app:ghp_{MIXED}@h/?access_token={HEX}")

    assert MIXED not in redacted.text
    assert HEX not in redacted.text


def test_texts_without_a_secret_are_clean_together_and_one_with_a_secret_is_not() -> None:
    """The quick question never says yes for a text that would change."""
    assert REDACTOR.are_clean(("", "ls -la", "total = 3"))
    assert not REDACTOR.are_clean(("ls", f"ghp_{MIXED}"))
    # What stands at the end of one text and the beginning of the next is not one text.
    assert REDACTOR.are_clean(("export DB_PASSWORD", "hunter22x"))


def test_a_file_of_variables_that_a_command_names_is_heeded(tmp_path: Path) -> None:
    """Its values turn up in later outputs, where nothing says what they are."""
    (tmp_path / ".env").write_text("# shop\nexport SHOP_TOKEN='plain value 7'\nCOLOUR=plainvalue8\n", encoding="utf-8")
    redactor = Redactor(disk=DiskFiles())
    event = Event("i", "a", "s", EventKind.CALL, 1.0, cwd=str(tmp_path), shell=ShellCall("set -a; . ./.env; run"))

    redact_event(event, redactor)

    assert redactor.redact("it printed plain value 7 and plainvalue8").text == f"it printed {MARKER} and plainvalue8"
    assert Redactor(disk=DiskFiles()).redact("it printed plain value 7").hits == 0


def test_a_file_of_variables_that_the_agent_writes_is_heeded() -> None:
    """The event that holds it is redacted by it already."""
    event = Event(
        "i",
        "a",
        "s",
        EventKind.CALL,
        1.0,
        change=FileChange("/w/.env.local", content="SHOP_SECRET=plainvalue\n# plainvalue is for the shop\n"),
    )
    sample = replace(event, change=FileChange("/w/notes.md", content="SHOP_SECRET=plainvalue\n"))

    redacted = redact_event(event, Redactor())

    assert "plainvalue" not in repr(redacted)
    assert redact_event(sample, Redactor()) == sample
