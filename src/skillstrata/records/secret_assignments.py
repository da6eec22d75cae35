"""Secrets that stand behind a name: variables, arguments, settings, connection strings, literals of programs.

In     nothing
Out    ASSIGNMENTS, rules of the table of secrets
Never  takes what a program reads, calls or names for a value; nor the label of a field for what is typed into it
"""

from skillstrata.records.secret_judges import (
    has_digit,
    is_path,
    looks_random,
    no_identifier,
    no_label,
    no_literal,
    no_member,
    no_name,
    no_sentence,
    no_type,
    not_a_name,
)
from skillstrata.records.secret_patterns import (
    NAMES,
    PASSPHRASES,
    QUOTE,
    SPACE,
    START,
    UNQUOTED,
    SecretRule,
    rule,
    word,
)

# `name = "`, `"name": "`, `['name'] => '`
_ASSIGNED = rf"(?:{QUOTE})?\]?\s{{0,4}}(?:=>|:=|=|:)\s{{0,4}}[rbuf]?{QUOTE}"
_ASSIGNED_GATE = rf"(?:{QUOTE})?\]?{SPACE}*(?:=>|:=|=|:){SPACE}*[rbuf]?{QUOTE}"
# Names of which the last word says it: of JSON, YAML and programs.
_SHORT_NAMES = (
    r"(?:(?:client|app|consumer|api|shared|webhook|signing|jwt|session)[_-]?secret|secret[_-]?(?:access[_-]?)?key"
    r"|(?:access|refresh|auth|api|id|bearer|bot|session|personal[_-]?access)[_-]?token|(?:api|access|auth|private|account"
    r"|encryption|signing|shared)[_-]?key|passphrase|passw(?:or)?d|pwd|_auth(?:Token)?)"
)
_SHELL_KEY = r"[A-Za-z0-9_]{0,40}(?:KEY|TOKEN|SECRET|PAT|CREDENTIALS?)"
_SHELL_PHRASE = r"[A-Za-z0-9_]{0,40}(?:PASSWORD|PASSWD|PASSPHRASE|PASS|PWD)"
_EXPORTS = (
    r"(?:(?:export|declare|typeset|readonly|env|ENV|ARG|set|setx|setenv|--env|--build-arg|-e)"
    r"(?:\s+-\w+)?(?:\s+|=|\\?['\"],\s{0,4})(?:\\?['\"])?"
    r"|SetEnvironmentVariable\(\\?['\"]|environ\[\\?['\"]|\$env:|process\.env\.)"
)
_EXPORTS_GATE = (
    r"(?:\b|\\[nrtbf])(?:export|declare|typeset|readonly|env|environ|arg|set|setx|setenv|build-arg|e|setenvironmentvariable)"
    rf"(?:{SPACE}+-\w+)?[\s\x0b=:,.('\"\\\[]+\w*(?:key|token|secret|pat|credentials?|passw(?:or)?d|passphrase|pass|pwd)"
    r"[ \t=\\'\"]"
)
_QUERY_NAMES = rf"(?:{NAMES}|(?:access|auth|refresh|id|client|bearer|session|private|api|bot)[_-]?(?:token|secret))"
# Between a variable and what it is set to.
_IS = (
    r"(?:=|\\?['\"]\][ \t]{0,2}=[ \t]{0,2}"
    r"|[ \t]{1,2}=[ \t]{0,2}|\\?['\"],[ \t]{0,4}(?=\\?['\"])|(?<=[A-Z])[ \t](?=\\?['\"]))"
)
_WITH_SPACE = {
    # In quotes of its own a backslash takes the next character with it; in quotes that are escaped there is none.
    r"(?<!\\)\"": r"(?P<v>(?=[^\s:,}\]+&.;)%$<{(\[|\\])(?=[^\"\n]{0,200}[ \\])(?:[^\"\\\n]|\\[^\n]){4,200})\"",
    r"(?<!\\)'": r"(?P<v>(?=[^\s:,}\]+&.;)%$<{(\[|\\])(?=[^'\n]{0,200}[ \\])(?:[^'\"\\\n]|\\[^'\n]){4,200})'",
    r"\\[\"']": r"(?P<v>(?=[^\s:,}\]+&.;)%$<{(\[|])(?=[^'\"\\\n]{0,200} )[^'\"\\\n]{4,200})(?=\\)",
}
_BEFORE_NAME = r"(?<=[A-Z0-9]_.)|(?<![A-Za-z0-9_].)|(?<=\\[nrtbf].)"
_VALUE = "a secret in a variable"


def _no_flag(value: str) -> bool:
    """Tell what a variable of a password is set to from a switch, a path or the word for one."""
    return no_literal(value) and not value.startswith(("-", "getenv", "os."))


def _spaced(value: str) -> bool:
    return "_" not in value.partition(" ")[0] and no_label(value)


ASSIGNMENTS: tuple[SecretRule, ...] = (
    rule(
        "connection-string",
        "a key in a connection string",
        rf"(?:accountkey|sharedaccesskey|password|pwd|sig){SPACE}?={SPACE}?[^\s;&'\"\\<>(){{}}$,]{{8}}",
        "key password pwd sig",
        r"(?i)(?:^|[;?&'\"\s])(?:AccountKey|SharedAccessKey|Password|Pwd|sig)\s?=\s?"
        r"(?P<v>[^\s;&'\"\\<>(){}$,]{8,})(?=[;&'\"\s\\]|\Z)",
        looks_random,
    ),
    rule(
        "connection-string",
        "a password in a connection string",
        rf"(?:password|pwd){SPACE}?={SPACE}?[^\s;'\"\\<>(){{}}$,]{{4}}",
        "password pwd",
        r"(?:^|[;'\"])\s?(?:Password|PASSWORD|Pwd|PWD)\s?=\s?(?P<v>[^\s;'\"\\<>(){}$,]{4,})(?=;)",
        no_member,
    ),
    rule(
        "connection-string",
        "a password in a connection string",
        rf"(?:password|pwd){SPACE}?={SPACE}?[^\s;'\"\\<>(){{}}$,]{{4}}",
        "password pwd",
        r"(?i)\b(?:host|hostaddr|dbname|database|server|user|uid|user\ id|username|port)\s?=\s?[^\s;=,]{1,60}"
        r"(?:[\s;]{1,3}[A-Za-z_][\w ]{0,16}=\s?[^\s;=,]{0,40}){0,3}?[\s;]{1,3}(?:password|pwd)\s?=\s?"
        r"(?P<v>[^\s;'\"\\<>(){}$,]{4,})",
        not_a_name,
    ),
    rule(
        "named-secret",
        "a named secret",
        rf"{NAMES}[\w-]*{_ASSIGNED_GATE}[^\s'\"\\]{{8}}",
        "key secret token passw passphrase pwd credential",
        rf"(?i){NAMES}[\w-]{{0,24}}{_ASSIGNED}(?P<v>[^\s'\"\\:,}}\]][^\s'\"\\]{{15,}}){QUOTE}",
        lambda value: has_digit(value) and not is_path(value),
    ),
    rule(
        "named-secret",
        "a named secret",
        rf"{_SHORT_NAMES}{_ASSIGNED_GATE}[^\s'\"\\]{{6}}",
        "key secret token passw passphrase pwd _auth",
        rf"(?i){_SHORT_NAMES}{_ASSIGNED}(?P<v>[^\s'\"\\:,}}\]][^\s'\"\\]{{5,}}){QUOTE}",
        no_name,
    ),
    rule(
        "named-password",
        "a named password",
        rf"{PASSPHRASES}\w*{_ASSIGNED_GATE}[^\s'\"\\]{{8}}",
        "passw passphrase pwd",
        rf"(?i){PASSPHRASES}\w{{0,24}}{_ASSIGNED}(?P<v>[^\s'\"\\:,}}\]][^\s'\"\\]{{7,}}){QUOTE}",
        not_a_name,
    ),
    *(
        rule(
            "named-password",
            "a named password",
            rf"{PASSPHRASES}{_ASSIGNED_GATE}[^\s'\"]",
            "passw passphrase pwd",
            rf"(?i){PASSPHRASES}{_ASSIGNED.removesuffix(QUOTE)}{quote}{value}",
            no_sentence,
        )
        for quote, value in _WITH_SPACE.items()
    ),
    # The environment form: NAME_KEY=value, without quotes or spaces. What stands before a name is asked after its first
    # letter: a pattern that begins with a letter is found faster.
    rule(
        "variable",
        _VALUE,
        rf"(?:key|token|secret|pat)={UNQUOTED}{{8}}",
        "key= token= secret= pat=",
        rf"[KTSP](?:{_BEFORE_NAME})(?:(?<=K)EY|(?<=T)OKEN|(?<=S)ECRET|(?<=P)AT)=(?P<v>{UNQUOTED}{{8,}})(?![(\[{{])",
        no_identifier,
    ),
    rule(
        "variable",
        _VALUE,
        rf"(?:password|passwd|pwd|passphrase|pass)={UNQUOTED}{{4}}",
        "password= passwd= pwd= passphrase= pass=",
        rf"P(?:ASSWORD|ASSWD|ASSPHRASE|ASS|(?<![A-Za-z0-9]P)WD|(?<=\\[nrt]P)WD)=(?P<v>{UNQUOTED}{{4,}})(?![(\[{{])",
        lambda value: no_identifier(value) and not value.isdigit(),
    ),
    *(
        rule(
            "variable",
            _VALUE,
            rf"(?:key|token|secret|password|passwd|pwd|passphrase|pass)={QUOTE}[^\s]",
            "key= token= secret= password= passwd= pwd= passphrase= pass=",
            rf"[KTSP](?:{_BEFORE_NAME})(?:(?<=K)EY|(?<=T)OKEN|(?<=S)ECRET|(?<=P)(?:WD|ASS(?:WORD|WD|PHRASE)?))="
            rf"{quote}{value}",
            _spaced,
        )
        for quote, value in _WITH_SPACE.items()
    ),
    # What a shell, a container or a deployment is told to set.
    rule(
        "variable",
        _VALUE,
        _EXPORTS_GATE,
        "passw passphrase pass pwd",
        rf"{START}(?:{_EXPORTS}(?!(?:OLD)?PWD\b){_SHELL_PHRASE}{_IS}|(?:ENV|setx|setenv)[ \t]+{_SHELL_PHRASE}[ \t]+)"
        rf"{word(4)}(?![\w(\[{{])",
        _no_flag,
    ),
    rule(
        "variable",
        _VALUE,
        _EXPORTS_GATE,
        "key token secret pat credential",
        rf"{START}(?:{_EXPORTS}{_SHELL_KEY}{_IS}|(?:ENV|setx|setenv)[ \t]+{_SHELL_KEY}[ \t]+){word(8)}(?![\w(\[{{])",
        no_name,
    ),
    rule(
        "option",
        "a secret in an option",
        rf"{NAMES}\w*={UNQUOTED}{{4}}|{NAMES}=[^\s'\"\\$<`(){{}}|;&,]|ansible_\w*pass\w*=",
        "--set -var --from-literal -d -o -e --extra-vars --define ansible_",
        rf"(?:(?<=[\s'\"])(?:--set(?:-string)?|--?var|--from-literal|--extra-vars|--define|-[Doe])[= ]?(?:\\?['\"])?"
        rf"(?:[\w.-]{{1,40}}=[^\s'\"\\=,;]{{0,60}},)?[\w.-]{{0,60}}?(?i:{NAMES})|\bansible_\w{{0,24}}pass(?:word)?)=(?P<v>"
        r"[^\s'\"\\$<`(){}|;&,][^\s'\"\\`()|;&,]{3,})",
        no_literal,
    ),
    # The same in lower case: connection strings, query strings; in programs also keyword arguments.
    rule(
        "argument",
        "a secret in an argument",
        rf"{NAMES}\w*={UNQUOTED}{{8}}",
        "key= token= secret= password= passwd= pwd= =",
        rf"(?i){NAMES}\w{{0,24}}=(?P<v>{UNQUOTED}{{8,}})(?![(\[{{])",
        looks_random,
    ),
    rule(
        "query",
        "a secret in an address",
        rf"(?:[?&;#]|\\u0026){_QUERY_NAMES}={UNQUOTED}{{6}}",
        "key= token= secret= password= passwd= pwd= credential",
        rf"(?i)(?:[?&#]|&amp;|\\u0026){_QUERY_NAMES}=(?P<v>{UNQUOTED}{{6,}})(?![(\[{{])",
        no_member,
    ),
    rule(
        "query",
        "a secret in an address",
        rf"(?:[?&;#]|\\u0026)(?:key|sig|signature|auth)={UNQUOTED}{{8}}",
        "key= sig= signature= auth=",
        rf"(?i)(?:[?&#]|&amp;|\\u0026)(?:key|sig|signature|auth)=(?P<v>{UNQUOTED}{{8,}})(?![(\[{{])",
        looks_random,
    ),
    # A line of an ini or YAML file.
    rule(
        "setting",
        "a secret in a settings line",
        rf"{NAMES}[\w.-]*[ \t]*[=:][ \t]+{UNQUOTED}{{8}}",
        "key secret token passw pwd credential",
        rf"(?im)^[ \t>-]*[\w.-]{{0,40}}?{NAMES}[\w.-]{{0,24}}[ \t]*[=:][ \t]+(?P<v>{UNQUOTED}{{8,}})[ \t]*\r?$",
        looks_random,
    ),
    rule(
        "setting",
        "a password in a settings line",
        rf"(?:{PASSPHRASES}|_pass)[ \t]*[=:][ \t]*{UNQUOTED}{{6}}",
        "passw passphrase pwd _pass",
        rf"(?im)^[ \t>-]*[\w.-]{{0,40}}?(?:{PASSPHRASES}|_pass)[ \t]*(?::[ \t]+|=[ \t]?)"
        rf"(?P<v>{UNQUOTED}{{6,}})[ \t]*\r?$",
        no_type,
    ),
)
