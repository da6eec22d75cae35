r"""The one table of what a secret looks like, and the search by it.

In     a text, or a part of it
Out    where secrets stand, by which rule; each rule also says by a coarse `gate` what a text must hold for it to apply
Never  takes a placeholder such as "your-key-here" for a secret; repeats a value
Why    a marker in a program is a reason to refuse it, so a false alarm costs a tool: values must look random

`gate` is a pattern of the linear-time engine (RE2 syntax, without case): one pass over a text tries the gates of all
rules together, and `pattern` is tried only around what it finds. A gate may find too much, never too little.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

MARKER = "REDACTED_SECRET"

_PLACEHOLDER = re.compile(
    r"example|your[_-]|my[_-]|dummy|x{5}|(?<!0)1234567|[<>]|\*{3}|redacted|change[_-]?me|placeholder|\$\{|\{\{",
    re.IGNORECASE,
)
# A key says by its prefix what it is: neither digits in a row nor three letters make one a placeholder.
_PLACEHOLDER_KEY = re.compile(r"example|your[_-]|dummy|x{5}|redacted|change[_-]?me|placeholder", re.IGNORECASE)
_IDENTIFIER = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*\Z")
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?\Z")
_SAYS_WHAT_IT_IS = re.compile(r"pass|pwd|token|secret|key|credential", re.IGNORECASE)
_RANDOM_LENGTH = 12

_NAMES = (
    r"(?:(?:api|access|auth|secret|private|client|encryption|signing|account|shared)[_-]?key"
    r"|secret|token|passw(?:or)?d|passphrase|pwd|credentials?)"
)
_PASSPHRASES = r"(?:passw(?:or)?d|passphrase|pwd)"
_UNQUOTED = r"[A-Za-z0-9+/_\-=.~!@#%^*:]"
_SPACE = r"[\s\x0b]"
# Look-ahead is not for the linear-time engine: a gate goes without it.
_ENDS = r"(?![A-Za-z0-9_])"


def _always(_value: str) -> bool:
    return True


def _has_digit(value: str) -> bool:
    return any(c.isdigit() for c in value)


def _looks_random(value: str) -> bool:
    """Tell `x8Kq2mP0aa9Z` from a name in a program: two digits, and mixed letters or no name at all."""
    if len(value) < _RANDOM_LENGTH or sum(c.isdigit() for c in value) < len("00"):
        return False
    if not _IDENTIFIER.match(value):
        return True
    is_mixed = value != value.lower() and value != value.upper()
    return "." not in value and ("_" not in value or is_mixed)


def _not_a_word(value: str) -> bool:
    """Tell a value from a word of help text such as `--token required`."""
    return not (value.isalpha() and (value.islower() or value.isupper()) and len(value) <= _RANDOM_LENGTH)


def _not_a_name(value: str) -> bool:
    """Tell a password from the word for one, as in `CHALLENGE_PASSWORD: "challengePassword"`."""
    return _not_a_word(value) and (_has_digit(value) or not _SAYS_WHAT_IT_IS.search(value))


def _not_a_path(value: str) -> bool:
    """Tell a password from a port, a folder or a file, as in `ssh -p 2222` and `mkdir -p out`."""
    return _has_digit(value) and not value.isdigit() and "/" not in value and _not_a_word(value)


def _no_number(value: str) -> bool:
    """Tell a key from a number of JSON, which stands without quotes."""
    return _has_digit(value) and not _NUMBER.match(value)


def _no_identifier(value: str) -> bool:
    return _has_digit(value) or not _IDENTIFIER.match(value)


@dataclass(frozen=True, slots=True)
class SecretRule:
    """A pattern whose group `v` is the secret, but where it looks like a placeholder.

    `what` is the kind of secret in words. `needles` are lower-case; without any of them the pattern is not tried.
    """

    name: str
    what: str
    gate: str
    needles: tuple[str, ...]
    pattern: re.Pattern[str]
    accepts: Callable[[str], bool] = _always
    placeholder: re.Pattern[str] = _PLACEHOLDER

    def takes(self, value: str) -> bool:
        """Say whether what stands in the place of a secret is one."""
        return self.placeholder.search(value) is None and self.accepts(value)


@dataclass(frozen=True, slots=True)
class SecretSpan:
    """Where a secret stands, by which rule, and the word that takes its place."""

    start: int
    end: int
    rule: str
    what: str
    instead: str = MARKER


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.VERBOSE | re.ASCII)


def _key(name: str, what: str, pattern: str, *needles: str, accepts: Callable[[str], bool] = _has_digit) -> SecretRule:
    """Make the rule of a key that is known by its prefix; the pattern is its own gate."""
    compiled = _pattern(rf"(?<![A-Za-z0-9_])(?P<v>{pattern})")
    return SecretRule(name, what, pattern.replace(_ENDS, ""), needles, compiled, accepts, _PLACEHOLDER_KEY)


def _rule(
    name: str, what: str, gate: str, needles: str, pattern: str, accepts: Callable[[str], bool] = _always
) -> SecretRule:
    return SecretRule(name, what, gate, tuple(needles.split()), re.compile(pattern, re.ASCII), accepts)


# Whole, perhaps spread over string literals; or cut off, and then as far as the lines of the key go.
_PRIVATE_KEY = r"""(?P<v>-----BEGIN\ [A-Z0-9 ]{0,20}PRIVATE\ KEY(?:\ BLOCK)?-----(?:
    (?:(?:\s|\\[nr]|["'+,\\])*+(?:[A-Za-z-]{4,20}:\ [^\n\\]{1,80}+|[A-Za-z0-9+/=]++))++
    (?:\s|\\[nr]|["'+,\\])*+-----END\ [A-Z0-9 ]{0,20}PRIVATE\ KEY(?:\ BLOCK)?-----
  | (?:(?:\s|\\[nr])*+(?:[A-Za-z-]{4,20}:\ [^\n\\]{1,80}+|[A-Za-z0-9+/=]{16,}+))++
))"""
PRIVATE_KEY = "private key"
_QUOTE = r"""\\?['"]"""
# `name = "`, `"name": "`, `['name'] => '`
_ASSIGNED = rf"(?:{_QUOTE})?\]?\s{{0,4}}(?:=>|:=|=|:)\s{{0,4}}[rbuf]?{_QUOTE}"
_ASSIGNED_GATE = rf"(?:{_QUOTE})?\]?{_SPACE}*(?:=>|:=|=|:){_SPACE}*[rbuf]?{_QUOTE}[^\s'\"\\]{{8}}"

RULES: tuple[SecretRule, ...] = (
    SecretRule(
        "private-key",
        "a private key",
        r"-----begin [a-z0-9 ]{0,20}private key",
        (PRIVATE_KEY,),
        _pattern(_PRIVATE_KEY),
        _always,
        _PLACEHOLDER_KEY,
    ),
    _key("anthropic-key", "an Anthropic key", r"sk-ant-[A-Za-z0-9_-]{16,}", "sk-ant-"),
    _key("openrouter-key", "an OpenRouter key", r"sk-or-v1-[A-Za-z0-9]{16,}", "sk-or-"),
    _key("api-key", "an API key", r"sk-[A-Za-z0-9_-]{20,}", "sk-"),
    _key("github-token", "a GitHub token", r"gh[pousr]_[A-Za-z0-9]{30,}", "ghp_", "gho_", "ghu_", "ghs_", "ghr_"),
    _key("github-token", "a GitHub token", r"github_pat_[A-Za-z0-9_]{20,}", "github_pat_"),
    _key("gitlab-token", "a GitLab token", r"gl(?:pat|dt|rt|cbt|ptt)-[A-Za-z0-9_-]{20,}", "glpat", "gl"),
    _key("slack-token", "a Slack token", r"xox[abeprs]-[A-Za-z0-9-]{10,}", "xox"),
    _key("slack-token", "a Slack token", r"xapp-[A-Za-z0-9-]{20,}", "xapp-"),
    _key(
        "slack-webhook",
        "a Slack webhook",
        r"hooks\.slack\.com/services/T[A-Za-z0-9]+/B[A-Za-z0-9]+/[A-Za-z0-9]{16,}",
        "hooks.slack",
    ),
    _key("stripe-key", "a Stripe key", r"[sr]k_(?:live|test)_[A-Za-z0-9]{16,}", "k_live_", "k_test_"),
    _key("webhook-secret", "a webhook secret", r"whsec_[A-Za-z0-9+/=_-]{16,}", "whsec_"),
    _key("supabase-token", "a Supabase token", r"sb(?:p|_secret)_[A-Za-z0-9_-]{20,}", "sbp_", "sb_secret_"),
    _key("huggingface-token", "a Hugging Face token", r"hf_[A-Za-z0-9]{20,}", "hf_"),
    _key("npm-token", "an npm token", r"npm_[A-Za-z0-9]{36}", "npm_"),
    _key("python-index-token", "a package index token", r"pypi-AgE[A-Za-z0-9_-]{50,}", "pypi-age"),
    _key("digitalocean-token", "a DigitalOcean token", r"do[opr]_v1_[a-f0-9]{64}", "_v1_"),
    _key("sendgrid-key", "a SendGrid key", r"SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{16,64}", "sg."),
    _key("telegram-token", "a Telegram bot token", r"[0-9]{8,10}:AA[A-Za-z0-9_-]{33}", ":aa"),
    _key("shopify-token", "a Shopify token", r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}", "shp"),
    _key("groq-key", "a Groq key", r"gsk_[A-Za-z0-9]{40,}", "gsk_"),
    _key("xai-key", "an xAI key", r"xai-[A-Za-z0-9]{40,}", "xai-"),
    _key("replicate-token", "a Replicate token", r"r8_[A-Za-z0-9]{30,}", "r8_"),
    _key("perplexity-key", "a Perplexity key", r"pplx-[A-Za-z0-9]{30,}", "pplx-"),
    _key("databricks-token", "a Databricks token", r"dapi[a-f0-9]{32}", "dapi"),
    _key("linear-key", "a Linear key", r"lin_(?:api|oauth)_[A-Za-z0-9]{32,}", "lin_"),
    _key("notion-token", "a Notion token", r"ntn_[A-Za-z0-9]{40,}", "ntn_"),
    _key("docker-token", "a Docker token", r"dckr_(?:pat|oat)_[A-Za-z0-9_-]{20,}", "dckr_"),
    _key("vault-token", "a Vault token", r"hv[sb]\.[A-Za-z0-9_-]{24,}", "hvs.", "hvb."),
    _key("age-key", "an age key", r"AGE-SECRET-KEY-1[A-Z0-9]{50,}", "age-secret"),
    _key("atlassian-token", "an Atlassian token", r"ATATT3[A-Za-z0-9_=-]{40,}", "atatt3"),
    _key("aws-key-id", "an AWS key id", rf"A[KS]IA[A-Z0-9]{{16}}{_ENDS}", "akia", "asia", accepts=_always),
    _key("google-key", "a Google key", r"AIza[A-Za-z0-9_-]{30,}", "aiza", accepts=_always),
    _key("google-token", "a Google token", r"(?:ya29\.|GOCSPX-)[A-Za-z0-9_-]{20,}", "ya29.", "gocspx-"),
    _key(
        "json-web-token",
        "a JSON web token",
        r"eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?",
        "eyj",
        accepts=_always,
    ),
    _rule(
        "bearer",
        "a bearer token",
        rf"bearer{_SPACE}+[a-z0-9._~+/=-]{{20}}",
        "bearer",
        r"(?i)\bbearer\s+(?P<v>[A-Za-z0-9._~+/=-]{20,})",
        _has_digit,
    ),
    _rule(
        "basic-credentials",
        "credentials of a request",
        rf"basic{_SPACE}+[a-z0-9+/=]{{8}}",
        "basic",
        r"(?i)\bauthorization\\?['\"]?\s{0,4}[:=,]\s{0,4}\\?['\"]?basic\s+(?P<v>[A-Za-z0-9+/_-]{8,}={0,2})",
    ),
    _rule(
        "auth-header",
        "a key in a header",
        r"x-[a-z0-9-]*(?:key|token|secret|auth)",
        "x-",
        r"(?i)\bx-(?:[a-z0-9]+-){0,4}(?:key|token|secret|auth)\\?['\"]?\s{0,4}[:=]\s{0,4}\\?['\"]?"
        r"(?P<v>[A-Za-z0-9._~+/=-]{12,})",
        _no_number,
    ),
    _rule(
        "cookie",
        "a cookie",
        r"cookie\\?['\"]?[\s\x0b]*[:=][^\n]*=[^\s;'\"\\,]{8}",
        "cookie",
        r"(?i)\b(?:set-)?cookie\\?['\"]?\s{0,2}[:=]\s{0,2}\\?['\"]?(?:[\w.-]{1,60}=[^\s;'\"\\]{0,200};[ ]?){0,20}?"
        r"[\w.-]{0,40}(?:sess|sid|auth|token|csrf|jwt|login)[\w.-]{0,40}=(?P<v>[^\s;'\"\\,]{8,})",
        _has_digit,
    ),
    _rule(
        "url-password",
        "a password in an address",
        r"://[^\s\x0b/:@'\"\\]*:[^\s\x0b/@'\"\\]{3,}@",
        "://",
        r"(?i)\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@'\"\\]{0,100}:(?P<v>[^\s/@'\"\\]{3,200})@",
        _not_a_name,
    ),
    _rule(
        "flag",
        "a secret on a command line",
        r"--[a-z-]*(?:pass|token|secret|api-?key|access|auth)[a-z-]*(?:=|[\s\x0b]+|\\?['\"],)",
        "--",
        r"(?i)--(?:[a-z]+-){0,3}(?:password|passwd|passphrase|token|secret|api-?key|access-?key|access-?token"
        r"|auth|auth-?key|auth-?token)"
        # A word after it, quoted or not; or the next text in a list of words.
        r"(?:=|\s+|\\?['\"],\s{0,4}(?=\\?['\"]))(?P<q>\\?['\"])?"
        # What follows a quote that ends a text is no value.
        r"(?P<v>(?(q)[^'\"\\$<\s:,}\]-][^'\"\\$<\n]{3,}|[^\s'\"\\$<`()\[\]{}|;&-][^\s'\"\\`()\[\]{}|;&,]{3,}))",
        _not_a_word,
    ),
    _rule(
        "flag",
        "a secret on a command line",
        r"\b(?:mysql|mariadb)[^\n|;&]*[\s\x0b]-p[^\s'\"]",
        "mysql mariadb",
        r"\b(?:mysql|mariadb)(?:dump|admin|-dump)?\b[^\n|;&]{0,200}?\s-p(?P<v>[^\s'\"$\\]{4,})",
        _not_a_word,
    ),
    _rule(
        "flag",
        "a secret on a command line",
        rf"\b(?:sshpass|(?:docker|podman|az){_SPACE}+login|redis-cli|mongo|ldapsearch)[^\n|;&]*{_SPACE}-[paw]",
        "sshpass login redis-cli mongo ldapsearch",
        r"\b(?:sshpass|(?:docker|podman)\s+login|redis-cli|mongo(?:sh|dump|restore)?|ldapsearch|az\s+login)\b"
        r"[^\n|;&]{0,300}?\s-(?:p|a|w)[ =]?['\"]?(?P<v>[^\s'\"$\\<-][^\s'\"$\\]{4,})",
        _not_a_path,
    ),
    _rule(
        "flag",
        "a secret on a command line",
        r"\bcurl\b[^\n|;&]*[\s\x0b]-(?:u|-user)",
        "curl",
        r"\bcurl\b[^\n|;&]{0,400}?\s(?:-u|--user)[ =]?['\"]?[^\s:'\"$]{1,80}:(?P<v>[^\s'\"$\\]{4,})",
    ),
    _rule(
        "connection-string",
        "a key in a connection string",
        rf"(?:accountkey|sharedaccesskey|password|pwd|sig){_SPACE}?={_SPACE}?[^\s;&'\"\\<>(){{}}$,]{{8}}",
        "key password pwd sig",
        r"(?i)(?:^|[;?&'\"\s])(?:AccountKey|SharedAccessKey|Password|Pwd|sig)\s?=\s?"
        r"(?P<v>[^\s;&'\"\\<>(){}$,]{8,})(?=[;&'\"\s\\]|\Z)",
        _looks_random,
    ),
    _rule(
        "named-secret",
        "a named secret",
        rf"{_NAMES}[\w-]*{_ASSIGNED_GATE}",
        "key secret token passw passphrase pwd credential",
        rf"(?i){_NAMES}[\w-]{{0,24}}{_ASSIGNED}(?P<v>[^\s'\"\\:,}}\]][^\s'\"\\]{{15,}}){_QUOTE}",
        _has_digit,
    ),
    _rule(
        "named-password",
        "a named password",
        rf"{_PASSPHRASES}\w*{_ASSIGNED_GATE}",
        "passw passphrase pwd",
        rf"(?i){_PASSPHRASES}\w{{0,24}}{_ASSIGNED}(?P<v>[^\s'\"\\:,}}\]][^\s'\"\\]{{7,}}){_QUOTE}",
        _not_a_name,
    ),
    # The environment form: NAME_KEY=value, without quotes or spaces.
    _rule(
        "variable",
        "a secret in a variable",
        rf"(?:key|token|secret|password|passwd|pwd|passphrase|pass|pat)={_UNQUOTED}{{8}}",
        "key= token= secret= password= passwd= pwd= passphrase= pass= pat=",
        r"(?:(?<=[A-Z0-9]_)|(?<![A-Za-z0-9_]))"
        r"(?:KEY|TOKEN|SECRET|[A-Z0-9]{0,24}(?:PASSWORD|PASSWD|PASS)|PWD|PASSPHRASE|PAT)="
        rf"(?P<v>{_UNQUOTED}{{8,}})(?![(\[{{])",
        _no_identifier,
    ),
    # The same in lower case: connection strings, query strings; in programs also keyword arguments.
    _rule(
        "argument",
        "a secret in an argument",
        rf"{_NAMES}\w*={_UNQUOTED}{{8}}",
        "key= token= secret= password= passwd= pwd= =",
        rf"(?i){_NAMES}\w{{0,24}}=(?P<v>{_UNQUOTED}{{8,}})(?![(\[{{])",
        _looks_random,
    ),
    # A line of an ini or YAML file.
    _rule(
        "setting",
        "a secret in a settings line",
        rf"{_NAMES}[\w.-]*[ \t]*[=:][ \t]+{_UNQUOTED}{{8}}",
        "key secret token passw pwd credential",
        rf"(?im)^[ \t>-]*[\w.-]{{0,40}}?{_NAMES}[\w.-]{{0,24}}[ \t]*[=:][ \t]+"
        rf"(?P<v>{_UNQUOTED}{{8,}})[ \t]*\r?$",
        _looks_random,
    ),
)

_BY_NEEDLE = tuple(
    (needle, tuple(number for number, rule in enumerate(RULES) if needle in rule.needles))
    for needle in sorted({needle for rule in RULES for needle in rule.needles})
)


def secret_spans(text: str, parts: Iterable[tuple[int, int]]) -> Iterator[SecretSpan]:
    """Find secrets in parts of a text; where two rules find the same, both say so, the first rule first.

    Args:
        text: The whole text: what stands before and after a part is seen where a rule asks for it.
        parts: (start, end) pairs.
    """
    for start, end in parts:
        lowered = text[start:end].lower()
        wanted = {number for needle, numbers in _BY_NEEDLE if needle in lowered for number in numbers}
        for number in sorted(wanted):
            yield from _spans(RULES[number], text, start, end)


def _spans(rule: SecretRule, text: str, start: int, end: int) -> Iterator[SecretSpan]:
    for match in rule.pattern.finditer(text, start, end):
        if rule.takes(match["v"]):
            yield SecretSpan(match.start("v"), match.end("v"), rule.name, rule.what)
