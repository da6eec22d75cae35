"""Judge whether what stands in the place of a secret is one: placeholders, names, words and paths are none.

In     a value that a pattern of the table found
Out    a yes or a no
Never  lets a word such as "your" or "1234567" inside a value excuse it: what is left without the word must say nothing
"""

import re

# What a template, a sample or a redactor puts where a value goes.
_TEMPLATE = (
    r"REDACTED_SECRET(?:_[A-Z0-9]+)*|<[^<>]*>|\$\{[^{}]*\}|\{\{[^{}]*\}\}|\{[\w.\[\]]*\}|%\(\w*\)s|\*{3,}|\.{3,}|x{5,}"
)
_WORDS = r"example|(?:your|my)(?=[_-]|[A-Z])|dummy|redacted|change[_-]?(?:me|it)|placeholder"
_ROW = r"(?:0?12345(?:6(?:7(?:8(?:90?)?)?)?)?)+"
_LONG_ROW = r"(?<!0)(?:1234567(?:8(?:90?)?)?(?:0?12345(?:6(?:7(?:8(?:90?)?)?)?)?)*|0{8,})"
_PLACEHOLDER = re.compile(rf"{_TEMPLATE}|{_WORDS}|{_LONG_ROW}", re.IGNORECASE)
# A key says by its prefix what it is: neither digits in a row nor three letters make one a placeholder.
_PLACEHOLDER_KEY = re.compile(
    rf"{_TEMPLATE}|example|your(?=[_-]|[A-Z])|dummy|redacted|change[_-]?me|placeholder", re.IGNORECASE
)
# They say nothing either, beside a word that says it is a sample.
_FILLER = re.compile(
    rf"{_ROW}|0{{4,}}|abcd(?:ef(?:gh(?:ij)?)?)?|api0\d|base64|sha256|oauth2|utf8|pass(?:word|wd)?\d{{1,3}}",
    re.IGNORECASE,
)
_SAMPLE_OF_DOCUMENTS = re.compile(r"A[KS]IA[A-Z0-9]{9}EXAMPLE|[A-Za-z0-9+/]{30}EXAMPLEKEY")
_CHUNK = re.compile(r"[A-Za-z0-9]+")
_FEW = 7
_LONGEST_WORD = 24
_VARIABLE = re.compile(r"\$(?:env:)?[A-Za-z_]\w*\Z|%[A-Za-z_]\w*%\Z", re.IGNORECASE)

_IDENTIFIER = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*\Z")
_CONSTANT = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\Z")
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?\Z")
_SAYS_WHAT_IT_IS = re.compile(r"pass|pwd|token|secret|key|credential", re.IGNORECASE)
_LITERAL = re.compile(
    r"(?:true|false|yes|none|null|nil|undefined|string|str|text|bytes|object|required|optional|empty|default|prompt"
    r"|stdin|ask|value|here|xxx+|\W+|(?:the[_-]?)?(?:(?:db|user|my|root|admin|some|new|old)[_-]?)?"
    r"(?:pass(?:w(?:or)?d)?|pwd|passphrase|secret|token|key|pw|api[_-]?key)\d?)\Z",
    re.IGNORECASE,
)
_SAMPLES = {"postgres", "root", "admin", "guest", "test", "user", "username", "mysql", "redis", "x-oauth-basic", "x"}
_TYPE = re.compile(r"[A-Za-z]+(?:8|16|32|64|128|256)(?:_t|Array)?\Z")
_PATH_START = re.compile(r"(?:~|\.{1,2}|[A-Za-z]:)?[/\\]|~\Z|file:")
_STRONG = re.compile(r"[!@#$%^&*+=~]")
_RANDOM_LENGTH, _LONG = 12, 16
_CAMEL = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")


def always(_value: str) -> bool:
    """Say yes: the pattern says it all."""
    return True


def is_placeholder(value: str) -> bool:
    """Say whether a value as a whole stands for another one."""
    return _is_made_of(_PLACEHOLDER, value) or bool(_VARIABLE.match(value))


def is_placeholder_key(value: str) -> bool:
    """Say the same of a key that is known by its prefix."""
    return bool(_SAMPLE_OF_DOCUMENTS.fullmatch(value)) or _is_made_of(_PLACEHOLDER_KEY, value)


def _is_made_of(words: re.Pattern[str], value: str) -> bool:
    if _SAMPLE_OF_DOCUMENTS.fullmatch(value):
        return True
    rest, hits = words.subn(" ", value)
    if not hits:
        return False
    chunks = _CHUNK.findall(_FILLER.sub(" ", rest))
    mixed = sum(len(chunk) for chunk in chunks if has_digit(chunk) and not chunk.isdigit())
    digits = sum(len(chunk) for chunk in chunks if chunk.isdigit())
    return mixed < _FEW and digits < _FEW and all(len(chunk) <= _LONGEST_WORD for chunk in chunks)


def has_digit(value: str) -> bool:
    """Say whether it has one; of keys that is enough."""
    return any(c.isdigit() for c in value)


def looks_random(value: str) -> bool:
    """Tell `x8Kq2mP0aa9Z` from a name in a program: two digits, and mixed letters or no name at all."""
    if len(value) < _RANDOM_LENGTH or sum(c.isdigit() for c in value) < len("00") or is_path(value):
        return False
    if not all(_IDENTIFIER.match(part) for part in value.split("=")):
        return True
    has_cases = value != value.lower() and value != value.upper()
    return "." not in value and ("_" not in value or has_cases)


def has_random_run(value: str) -> bool:
    """Tell a key from a name of words and a number: small, large and digits, or a long run with a digit in it."""
    return is_mixed(value) or any(len(run) >= _RANDOM_LENGTH and has_digit(run) for run in re.split("[-_]", value))


def is_mixed(value: str) -> bool:
    """Say whether it has small and capital letters and digits: what stands inside a longer word must look random."""
    return has_digit(value) and any(c.islower() for c in value) and any(c.isupper() for c in value)


def is_path(value: str) -> bool:
    """Tell `/home/dev/p1` from a key that happens to begin with a slash."""
    if not _PATH_START.match(value) or "+" in value or "=" in value:
        return False
    return not any(len(part) >= _LONG and is_mixed(part) for part in re.split(r"[/\\.]", value))


def not_a_word(value: str) -> bool:
    """Tell a value from a word of help text such as `--token required`."""
    return not _is_word(value) and not is_path(value)


def _is_word(value: str) -> bool:
    return value.isalpha() and (value.islower() or value.isupper()) and len(value) <= _RANDOM_LENGTH


def no_literal(value: str) -> bool:
    """Tell a password from `true`, `None` or `password`, in a place where nothing but a password stands."""
    return not _LITERAL.match(value) and not is_path(value)


def not_a_name(value: str) -> bool:
    """Tell a password from the word for one, as in `CHALLENGE_PASSWORD: "challengePassword"`."""
    return not_a_word(value) and (has_digit(value) or not _SAYS_WHAT_IT_IS.search(value))


def no_number(value: str) -> bool:
    """Tell a key from a number of JSON, which stands without quotes."""
    return has_digit(value) and not _NUMBER.match(value)


def no_sample(value: str) -> bool:
    """Tell a password in an address from what every manual writes there."""
    says = _SAYS_WHAT_IT_IS.search(value) and not has_digit(value)
    return no_literal(value) and not says and value.lower() not in _SAMPLES


def no_member(value: str) -> bool:
    """Tell a password from what a program reads, such as `settings.password`."""
    return no_sample(value) and not ("." in value and _IDENTIFIER.match(value))


def no_identifier(value: str) -> bool:
    """Tell a value from what a program calls another one."""
    return (has_digit(value) or not _IDENTIFIER.match(value)) and not is_path(value) and not _LITERAL.match(value)


def no_name(value: str) -> bool:
    """Tell a short key from a name or a word: a digit, or letters that make no words."""
    if _CONSTANT.match(value) or _NUMBER.match(value) or is_path(value) or _LITERAL.match(value):
        return False
    if _SAYS_WHAT_IT_IS.search(value):
        return looks_random(value) and is_mixed(value)
    return has_digit(value) or not _is_of_words(value)


def no_type(value: str) -> bool:
    """Tell the password of a settings line from a type, a name or a reference."""
    return has_digit(value) and no_name(value) and not _TYPE.match(value) and not re.search(r"[a-z]\.[a-z]", value)


def no_sentence(value: str) -> bool:
    """Tell a password with spaces from what is said about one: a sign that prose has not, or digits among letters."""
    if _SAYS_WHAT_IT_IS.search(value):
        return False
    return bool(_STRONG.search(value)) or any(
        has_digit(chunk) and not chunk.isdigit() and not _TYPE.match(chunk) for chunk in _CHUNK.findall(value)
    )


def no_label(value: str) -> bool:
    """Tell a password with spaces from the label of its field: it does not speak of passwords."""
    return not _SAYS_WHAT_IT_IS.search(value) or no_sentence(value)


def long_and_random(value: str) -> bool:
    """Tell a token in the place of a user's name: twenty letters and digits without a break."""
    return any(len(c) >= _LONG + 4 and sum(d.isdigit() for d in c) > 1 for c in re.split(r"[.\-]", value))


def _is_of_words(value: str) -> bool:
    """Say whether letters make words: `clientSecret` and `not-set`, not `aBcDeFgHiJkLmN`."""
    words = _CAMEL.findall(value)
    return not words or sum(map(len, words)) / len(words) > len("ab")
