r"""Whether a text may stand in what an agent reads later: plain words of the user or of a command, and nothing else.

In     a word or a short phrase; names that stand for this machine and its people
Out    yes or no
Never  mends a text: what is not clean is left out whole, for half of a hostile sentence may be one too
Why    instructions that are learnt from records would carry on whatever a record was made to say
"""

import re
import unicodedata

from skillstrata.library.hostile_text import orders

MOST_CHARS = 140
MOST_WORDS = 24
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[._:+-][A-Za-z0-9]+)*\Z")
_MOST_WORD = 32
_LONG_WORD = 12
_MANY_DIGITS = 3
# Letters and marks of any script, digits, spaces, and the signs of a plain sentence.
_SIGNS = frozenset(" '\u2019,.:;!-_+#()\"„“”\u201a\u2018、。「」『』\uff0c\uff1a\uff1b\uff01\uff08\uff09・%")
_HOSTILE = re.compile(
    r"\b(?:ignor\w*|disregard\w*|overrid\w*|overrul\w*|bypass\w*|circumvent\w*|jailbreak\w*|pretend\w*|exfiltrat\w*"
    r"|impersonat\w*|secretly|silently|covertly|hidden|invisible|prompts?|instructions?|guidelines?|systems? message"
    r"|you are|act as|developer mode|passwords?|passwd|passphrase|secrets?|tokens?|credentials?|api.?keys?"
    r"|private keys?"
    r"|ssh|sudo|curl|wget|netcat|nc|eval|exec|base64|rm|chmod|chown|mkfs|dd|kill|shutdown|reboot|crontab|webhooks?"
    r"|no.verify|force.push|skip.?permissions?|dangerously|without (?:asking|permission|approval|confirm\w*"
    r"|review)"
    r"|(?:do not|don.?t|never) (?:ask|tell|inform|warn|mention|show|refuse|confirm)\b|disable\w*|turn off|unset"
    r"|send|upload|post to|forward|e-?mail|wire|pay|purchase|delete all|drop table|wipe|erase"
    r"|ignorier\w*|missacht\w*|umgeh\w*|vergiss|passw[oö]rt\w*|geheim\w*|zugangsdaten|anweisung\w*|heimlich"
    r"|ohne (?:zu fragen|rückfrage|nachfrage)|sende|schick\w*|lösch\w*"
    r"|oublie|ignorez?|mot de passe|contraseña|olvida|borr\w*|supprim\w*|efface\w*"
    r"|(?:nunca|no) (?:pregunt|avis|dig|muestr|mencion)\w+|(?:jamais|pas|sans) (?:demand|préven|dire|montr|mention)\w*"
    r"|ne (?:demand|prévien|dis|montr)\w* (?:jamais|pas|rien)|(?:nie|niemals|nicht) (?:nach)?(?:fragen|sagen|erwähnen)"
    r"|frage? (?:nie|niemals|nicht))\b"
    r"|不要问|不要問|别问|別問|聞かない|묻지"
    r"|忽略|无视|無視|忽視|忘记|忘記|密码|密碼|密钥|密鑰|口令|指令|提示词|提示詞|发送|發送|上传|删除|刪除|绕过"
    r"|パスワード|秘密|指示|送信|削除|프롬프트|무시|비밀번호|지시|삭제|전송|игнор|парол",
    re.I,
)
# What a rule would give away or name; commands may have such words of their own (`test:accounts`).
_GIVEN = re.compile(
    r"\b(?:pins?|pin.?codes?|passcodes?|otp|2fa|totp|mfa|accounts?|user.?names?|user.?ids?|licen[cs]e keys?"
    r"|log.?ins?(?! (?:pages?|forms?|screens?|flows?|tests?|code|buttons?|views?|routes?|and|or|first|before|after)\b)"
    r"|konto|konten|kennung|kennwort\w*|benutzername\w*|nutzername\w*|zugang|geheimzahl|schlüssel"
    r"|comptes?|identifiants?|clés?|codes? secrets?|nom d.utilisateur"
    r"|claves?|cuentas?|llaves?|código secreto|nombre de usuario)\b"
    r"|账号|帳號|账户|帳戶|帐号|用户名|暗証番号|アカウント|ユーザー名|合言葉|계정|아이디|암호",
    re.I,
)
_ADDRESS = re.compile(
    r"https?|www\.|\b[\w-]+\.(?:com|net|org|io|dev|ru|cn|de|info|xyz|app|co|me|eu)\b|\d{5}|\d+\.\d+\.\d+\.\d+", re.I
)
_HONORIFIC = re.compile(r"(?:さん|さま|くん|先生|女士|小姐|씨|님)")
_TITLES = re.compile(r"\b(?:mr|mrs|ms|dr|prof|herr|frau|ask|tell|cc|ping|notify|assign|frag|sag)\.? [A-ZÀ-Þ]\w+", re.I)
# What is said or done to somebody, and whom.
_TO_SOMEBODY = re.compile(
    r"\b(?:greet|thank|congratulate|salute|consult|contact|remind|inform|call up|saluda|avisa|pregunta|agradece"
    r"|consulta a|demande|préviens|remercie|salue|demander|prévenir|remercier|saluer)"
    r" (?:toujours |siempre |always |à |a |al )*(?!(?:the|all|every|each|any|both|us|me|when|before|if|with|users?"
    r"|people|le|la|les|el|los|las|antes|avant|un|una|une|todos?)\b)[^\W\d_]",
    re.I,
)
_ASKED = r"(?:frag\w*|sag\w*|informier\w*|anruf\w*|grüß\w*|kontaktier\w*|melde\w*|zeig\w*|bescheid)"
_BY_NAME = r"(?:den |die |der |dem |beim? |mit |an |von |vom |zu |zum |zur |[Hh]errn? |[Ff]rau )*"
_NOBODY = r"(?!(?:Nutzer|Benutzer|Anwender|User|Team|Kunden?|Leute|Menschen)\w*\b)"
_GERMAN_NAMES = re.compile(
    rf"\b{_BY_NAME}{_NOBODY}[A-ZÄÖÜ][\w-]+ (?:\w+ ){{0,2}}?(?i:{_ASKED})\b"
    rf"|\b(?i:{_ASKED}) (?:(?:immer|stets|vorher|zuerst|erst|bitte) )*{_BY_NAME}{_NOBODY}[A-ZÄÖÜ]"
    r"|\b(?i:herrn?|frau) [A-ZÄÖÜ]"
)
# Words of letters and digits that are no name, no id and no half of a key: versions, standards, units.
_KNOWN_MIXED = re.compile(
    r"(?:es|ecma|utf|iso|ascii|c|cpp|go|py|python|node|nodejs|java|jdk|jre|php|perl|ruby|rust|swift|vue|react|angular"
    r"|ts|js|pep|psr|rfc|html|css|http|web|ipv|oauth|tls|junit|log|sqlite|boto|jinja|urllib|psycopg|flake|bz|webpack"
    r"|tailwind|bootstrap|next|nuxt|django|flask|rails|spring|qt|gtk|net|dotnet|pytest|eslint|pydantic|sqlalchemy|sha"
    r"|md|crc|aes|rsa|int|uint|float|arm|amd|win|macos|ubuntu|debian|mp|jp|jpeg|ec)\d{0,4}[a-z]?|[vhpqiufxskblrdanw]\d{1,3}"
    r"|i18n|l10n|a11y|k8s|e2e|w3c"
    r"|\d{1,3}(?:ms|s|px|em|rem|kb|mb|gb|min|h|d|x|th|st|nd|rd|k|m|pt|cols?|bits?|vh|vw|xx|e|f|p)",
    re.I,
)
_NUMBER = re.compile(r"(?<![A-Za-z0-9])\d{4,}")
# Written with a capital inside a sentence without being anybody's name.
_PROPER = frozenset(
    "angular ansible bash black bootstrap chrome conventional csv css cypress dart debian deno django docker eslint "
    "express fastapi firefox flask flutter git github gitlab go gradle graphql groovy helm html i java javascript jest "
    "json kotlin kubernetes linux lua markdown maven mocha mongodb mypy mysql next nginx node numpy nuxt pandas perl "
    "php playwright poetry postgres powershell prettier pydantic pyright pytest python rails react redis redux ruby "
    "ruff rust sass scala sql sqlite storybook svelte swift tailwind terraform toml tox typescript ubuntu unicode utf "
    "vite vitest vue webpack windows xml yaml yarn zig english german french spanish chinese japanese korean british "
    "american monday tuesday wednesday thursday friday".split()
)
_CODE_LIKE = re.compile(r"[A-Z0-9_]+|\w*\d\w*|\w+[._]\w+|\w*[a-z][A-Z]\w*")


def is_clean_word(word: str, private: frozenset[str] = frozenset()) -> bool:
    """Say whether a word of a command may be kept: a plain word, not too long, of no harm and of nobody's name."""
    if len(word) > _MOST_WORD or not _WORD.match(word) or _ADDRESS.search(word):
        return False
    parts = re.split(r"[._:+-]", word.lower())
    return not _HOSTILE.search(" ".join(parts)) and not private.intersection(parts) and not _looks_random(word)


def is_suspect(text: str) -> bool:
    """Say whether a text has a word that nothing learned may have, an address, or letters that look like others."""
    return bool(_HOSTILE.search(text) or _ADDRESS.search(text)) or any(map(_mixes_scripts, re.findall(r"\w+", text)))


def is_clean_phrase(text: str, private: frozenset[str] = frozenset(), *, nouns_are_capital: bool = False) -> bool:
    """Say whether a short phrase of a user may be kept.

    Args:
        text: One sentence or less.
        private: Names of users and home folders of this machine, in lower case.
        nouns_are_capital: A language that writes every noun with a capital: only titles and verbs tell persons there.
    """
    folded = unicodedata.normalize("NFKC", text)
    if not text.strip() or len(text) > MOST_CHARS or len(text.split()) > MOST_WORDS or _has_odd_characters(text):
        return False
    if _HOSTILE.search(folded) or _ADDRESS.search(folded) or "REDACTED" in folded or orders(folded):
        return False
    if _GIVEN.search(folded) or _NUMBER.search(folded) or _holds_an_id(folded):
        return False
    words = re.findall(r"\w+", folded)
    if any(_looks_random(word) or _mixes_scripts(word) for word in words):
        return False
    if private.intersection(word.lower() for word in words):
        return False
    return not _names_somebody(folded, nouns_are_capital=nouns_are_capital)


def _has_odd_characters(text: str) -> bool:
    """Find controls, invisible and direction-changing characters, and the signs of markup, paths and shells."""
    return any(
        not (c in _SIGNS or c.isalnum() or unicodedata.category(c) in {"Mn", "Mc"})
        or unicodedata.category(c) in {"No", "So"}
        for c in text
    )


def _looks_random(word: str) -> bool:
    """Find what could be half of a key: long, and of letters and digits in a mixture."""
    if not word.isascii() or len(word) < _LONG_WORD:
        return False
    return sum(map(str.isdigit, word)) >= _MANY_DIGITS or len(word) > _MOST_WORD


def _mixes_scripts(word: str) -> bool:
    """Find words of Latin letters with some that only look like them."""
    names = {unicodedata.name(c, "").partition(" ")[0] for c in word if c.isalpha()}
    return "LATIN" in names and bool(names & {"CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE"})


def _holds_an_id(text: str) -> bool:
    """Find words of letters and digits that are none of the known ones."""
    words = re.findall(r"[A-Za-z0-9]+", text)
    mixed = [word for word in words if not word.isdigit() and not word.isalpha()]
    return any(not _KNOWN_MIXED.fullmatch(word) for word in mixed)


def _names_somebody(text: str, *, nouns_are_capital: bool) -> bool:
    if any(names.search(text) for names in (_HONORIFIC, _TITLES, _TO_SOMEBODY, _GERMAN_NAMES)):
        return True
    if nouns_are_capital:
        return False
    inner = re.findall(r"(?<![.:;!(\"„“]\s)(?<!^)(?<![\"„“(])\b([A-ZÀ-Þ][\w.]*)", text)
    return any(word.rstrip(".").lower() not in _PROPER and not _CODE_LIKE.fullmatch(word.rstrip(".")) for word in inner)
