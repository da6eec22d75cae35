r"""How people say what they want: sentences that choose, that always hold, that forbid; in several languages.

In     nothing; a sentence
Out    patterns; in those of PREFER `x` is what is wanted and `y` what is not
Never  is put to a text that was not found clean and short before
"""

import re

_NO = (
    r"(?:(?:no|nope|nein|non|nee|ne|stop|wrong|falsch|please|bitte|and|und|aber|but|hey|i said|i told you"
    r"|make sure to|be sure to|remember to)\b[ ,;:.!-]*)*"
)
_X = r"(?P<x>[\w+#-][\w.+#-]*(?: [\w.+#-]+){0,2}?)"
_Y = r"(?P<y>[\w+#-][\w.+#-]*(?: [\w.+#-]+){0,2}?)"
# Names in Latin letters among words of another script.
_AX = r"(?P<x>[A-Za-z][A-Za-z0-9.+#-]*)"
_AY = r"(?P<y>[A-Za-z][A-Za-z0-9.+#-]*)"
_USE = r"(?:use|using|run|prefer|take|switch to|go with|work with)"
_NIMM = r"(?:nimm|nutze?|verwende?|benutze?|nehmen sie|verwenden sie)"
_STATT = r"(?:statt|anstatt|anstelle von|und nicht|nicht)"
_DO = (
    r"(?:s'il (?:te|vous) plaît,? |por favor,? )?(?:n['\u2019]|ne )?(?:utilis|écri|ajout|met|fai|lanc|exécut|gard|laiss"
    r"|vérifi|test|cré|document|travaill|range|sépar|commit|us|utiliz|escrib|añad|agreg|pon|haz|hag|ejecut|corr|mantén"
    r"|manten|dej|comprueb|verific|prueb|revis|comenta|separ)\w{0,4}"
)
_END = r"(?: (?:here|please|hier|bitte|now|for this(?: project)?|in this project|in diesem projekt))?[ .!。\uff01]*$"
_COMMA = r"[\uff0c,、 ]*"
_STOP = r"[。\uff01! ]*$"

PREFER: tuple[re.Pattern[str], ...] = tuple(
    re.compile(pattern, re.I)
    for pattern in (
        rf"^{_NO}{_USE} {_X}(?:,| -)? (?:instead of|rather than|over|not|and not) {_Y}{_END}",
        rf"^{_NO}{_USE} {_X} instead{_END}",
        rf"^{_NO}(?:do not|don.?t|never|stop|not) {_USE} {_Y}[,;:]? (?:but )?(?:rather )?{_USE} {_X}"
        rf"(?: instead)?{_END}",
        rf"^{_NO}(?:we|i) use {_X}(?: here)?(?:, not | instead of | and not |, never ){_Y}{_END}",
        rf"^{_NO}{_X} (?:instead of|rather than) {_Y}{_END}",
        rf"^{_NO}{_NIMM} (?:lieber |immer |stattdessen |hier |doch )*{_X},? {_STATT} {_Y}{_END}",
        rf"^{_NO}{_NIMM} (?:lieber |stattdessen |doch ){_X}{_END}",
        rf"^{_NO}{_X} (?:statt|anstatt|anstelle von) {_Y}(?: {_NIMM})?{_END}",
        rf"^{_NO}(?:utilise[zr]?|prends|usa|utiliza|use) {_X},?"
        rf" (?:au lieu de|plutôt que|en vez de|en lugar de) {_Y}{_END}",
        rf"^(?:不|不对|错了?|不是)?{_COMMA}[请請]?(?:不要|别|別)再?(?:用|使用) ?{_AY}"
        rf"{_COMMA}(?:而是|改|请|請|要|应该|應該)?(?:用|使用) ?{_AX}{_STOP}",
        rf"^(?:不|不对|错了?)?{_COMMA}[请請]?(?:用|使用|改用) ?{_AX} ?{_COMMA}"
        rf"(?:而不是|不要用|代替|而非|不是) ?{_AY}{_STOP}",
        rf"^(?:いや|いいえ|違う)?{_COMMA}{_AY} ?(?:ではなくて?|じゃなくて?|の代わりに){_COMMA}{_AX}"
        rf" ?[をで]?(?:使って|使用して|使う|お願い)?(?:ください|下さい|します)?{_STOP}",
        rf"^(?:아니[요오]?)?{_COMMA}{_AY} ?(?:말고|대신에?) ?{_AX} ?(?:을|를|로|으로)?"
        r" ?(?:써|사용해|사용하)?(?: ?주세요|줘|세요)?[.! ]*$",
    )
)
ALWAYS = re.compile(
    rf"^{_NO}(?:(?:from now on|in (?:the )?future|going forward|remember|as a rule|ab jetzt|ab sofort|künftig"
    r"|in zukunft)[,:]? (?:to )?)?(?:you (?:must|should) )?"
    r"(?:always|never|immer|nie|niemals|toujours|jamais|siempre|nunca) \w"
    r"|^(?:from now on|going forward|ab jetzt|ab sofort|künftig|in zukunft|désormais|de ahora en adelante"
    r"|a partir de ahora)[,:]? \w+ \w"
    rf"|^{_NO}{_DO} (?:toujours|jamais|siempre|nunca) \w"
    r"|^(?:bitte )?[a-zäöüß]+[et]? (?:[\wäöüß]+ ){0,4}(?:immer|nie|niemals) \w"
    r"|^[请請]?(?:总是|總是|始终|一定要|务必|必须|永远不要|绝对不要|千万不要|以后都?要?|以後都?要?|每次都?要?)\S"
    r"|^(?:\S{1,20}[はを])?(?:必ず|常に|絶対に|今後は|いつも|毎回)\S"
    r"|^(?:\S{1,20}(?: \S{1,20})?[은는을를] )?(?:항상|반드시|절대|앞으로는?|언제나) ?\S",
    re.I,
)
ADVERB = re.compile(
    r"\b(?:always|never|immer|nie|niemals|toujours|jamais|siempre|nunca)\b|总是|總是|始终|一定|务必|必须|永远|绝对|千万|以后|以後"
    r"|每次|必ず|常に|絶対|今後|いつも|毎回|항상|반드시|절대|앞으로|언제나",
    re.I,
)
"""The word by which a rule is known."""
NEVER = re.compile(r"\b(?:never|nie|niemals|jamais|nunca)\b|不要|絶対に\S*ない|しないで|절대|ないで", re.I)
TOLD = re.compile(
    r"[?\uff1f]|\b(?:always|never|immer|nie) (?:fails?|returns?|crash\w*|shows?|gets?|was|were|is|are|has|had|worked"
    r"|works|seen|happens?|schief|gesehen|passiert|mind)\b"
    r"|\b(?:toujours|jamais|siempre|nunca) (?:pas|échou\w*|est|le cas|marche|falla\w*|es|está|hay|sale|pasa|funciona)\b"
    r"|^(?:ça|cela|ceci|il|elle|on|je|tu|nous|vous|le|la|les|esto|eso|el|los|las|yo|nosotros|porque|pourquoi|quand|si)\b"
    r"|^(?:it|this|that|there|he|she|they|why|when|if|what|es|das"
    r"|der|die|warum|wenn|ich|er|sie|wir|i|the)\b",
    re.I,
)
"""Sentences that tell or ask how something is, and want nothing."""
GERMAN = re.compile(
    r"\b(?:immer|nie|niemals|nein|statt|anstatt|nimm|nutze?|verwende?|benutze?|bitte|künftig|ab jetzt|und|nicht"
    r"|den|die)\b",
    re.I,
)

_NO_MORE: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.I), never)
    for pattern, never in (
        (rf"^{_NO}(?:do not|don['\u2019]?t|no longer)(?: ever| always)? (?P<what>\w.*)", "never"),
        (rf"^{_NO}(?:stop|quit)(?: always)? (?P<what>\w+ing\b.*)", "never"),
        (rf"^{_NO}(?P<what>(?:[\wäöüß]+ ){{1,6}})nicht mehr(?P<rest>\b.*)", "nie"),
        (rf"^{_NO}nicht mehr (?P<what>\w.*)", "nie"),
        (rf"^{_NO}(?:ne |n['\u2019])(?P<what>(?:[\w-]+ ){{1,2}})plus\b(?P<rest>.*)", "jamais"),
        (rf"^{_NO}(?:por favor,? )?ya no (?P<what>\w.*)", "nunca"),
    )
)


def taken_back(sentence: str) -> str:
    """Give a sentence that forbids for now ("don't", "no more") as one that always does; "" for any other."""
    for pattern, never in _NO_MORE:
        match = pattern.match(sentence)
        if match:
            rest = match.groupdict().get("rest") or ""
            return f"{never} {match['what'].strip()} {rest.strip()}".strip()
    return ""


def without_address(sentence: str) -> str:
    """Take off what only leads over to the sentence: no, please, and."""
    return re.sub(rf"^{_NO}", "", sentence, flags=re.I)
