"""Whether a prompt holds words that are not its author's: of a mail, a page, a log, a text to be worked on.

In     the sentences of a prompt that are no rules; the prompt
Out    yes or no
Never  looks at what a rule itself says: "always fix the lint errors" is no task
Why    whatever somebody pastes without a mark of it would become a rule in that person's name
"""

import re

# What may stand before a rule without being a sentence of its own.
_NOTHING = re.compile(
    r"(?:(?:no+|nope|nein|non|nee|ne|stop|wrong|falsch|ok(?:ay)?|please|bitte|hey|不|不对|错了?|いや|いいえ|違う|아니[요오]?)"
    r"[\s,;:.!。\uff0c、\uff01]*)+\Z",
    re.I,
)
_LEAD_IN = re.compile(
    r"(?:no|nein|non|ok|rule|regel|règle|regla|remember|from now on|in (?:the )?future|going forward|as a rule|ab jetzt"
    r"|ab sofort|künftig|in zukunft|désormais|à partir de maintenant|de ahora en adelante|a partir de ahora) ?:",
    re.I,
)
_COLON = re.compile(r":(?=\s|\Z)|\uff1a")
_QUESTION = re.compile(r"[?\uff1f¿]|吗\s*[。\uff01]?\s*(?:\n|\Z)|ですか|ますか|나요\s*(?:\n|\Z)|습니까")
_TAIL = re.compile(r"(?: [-\u2013\u2014] |, |\().*\Z", re.S)
_THIS = r"(?:it|this|that|these|those|spelling|grammar|wording|typos?|texts?|sentences?|paragraphs?|mails?|following)"
_WORKED_ON = re.compile(
    rf"\b(?:fix|check|correct|improve|edit|review)\b(?: \w+){{0,3}}? {_THIS}\b"
    r"|\b(?:summari[sz]e\w*|summary|translat\w+|proof-?read\w*|re-?write|rephrase|paraphrase|reword|shorten|spelling"
    r"|grammar|reply|answer (?:it|this|that|him|her|them)|quot\w+|says?|(?<!\bi )said|wrote|writes|written by|prints?"
    r"|printed|states?|reads|reported|logged|according to|(?<!\bi )told me|sent me|mailed|e-?mails?|pasted|excerpt"
    r"|regards|yours|sincerely|cheers|best wishes)\b"
    r"|\b(?:fass\w*\b.{0,40}\bzusammen|zusammenfass\w*|übersetz\w*|korrigier\w*|umformulier\w*|formulier\w*"
    r"|schrieb\w*|schreibt|geschrieben|sag(?:t\w*|en)|gesagt|mein(?:t\w*|en)|meld(?:et\w*|en)|lautet|steht|antwort\w*"
    r"|rechtschreib\w*|laut|zitat|grüße\w*|gruß)\b"
    r"|\b(?:résum\w+|tradui\w*|corrige\w*|reformul\w*|relis\w*|dit|disai\w*|écrit|écrivait|affiche|indique|orthographe"
    r"|répon\w*|selon|cordialement|courriel)\b"
    r"|\b(?:resum\w+|tradu[cz]\w*|reescrib\w*|dice|dijo|decía|escribió|escribe|muestra|mostró|indica"
    r"|ortograf\w+|respond\w*|según|saludos|correo)\b"
    r"|总结|總結|概括|翻译|翻譯|译成|改写|改寫|润色|潤色|校对|写道|寫道|写了|写着|说|說|回复|回覆|邮件|郵件|显示|顯示"
    r"|要約|まとめて|翻訳|訳して|校正|添削|直して|書いて(?:い|あ)|書きました|言って|言いました|と書|と言|メール|返信|表示され|によると"
    r"|요약|번역|교정|고쳐|다듬어|라고|썼|적혀|말했|말씀|메일|답장|출력",
    re.I,
)


def is_nothing(sentence: str) -> bool:
    """Say whether a sentence only leads over to the next: no, wrong, please."""
    return bool(_NOTHING.match(sentence))


def without_lead_in(text: str) -> str:
    """Take off what announces a rule of one's own: "from now on:"."""
    return _LEAD_IN.sub(lambda match: match[0].rstrip(" :"), text, count=1) if _LEAD_IN.match(text) else text


def has_other_voice(text: str, others: tuple[str, ...]) -> bool:
    """Say whether a prompt announces, quotes, asks about or hands over words of somebody else.

    Args:
        text: The whole prompt, without its own lead-in.
        others: Its sentences that are no rules.
    """
    return bool(_COLON.search(text) or _QUESTION.search(text)) or any(map(_WORKED_ON.search, others))


def reports(words: str) -> bool:
    """Say whether the words before "always" tell what somebody says, and want nothing."""
    return bool(_WORKED_ON.search(words))


def is_credited(sentence: str) -> bool:
    """Say whether a sentence ends with who said it: "always close the gate - the vendor wrote"."""
    tail = _TAIL.search(sentence)
    return tail is not None and bool(_WORKED_ON.search(tail[0]))
