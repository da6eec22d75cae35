"""Invent words that nobody wrote: pronounceable, of a wanted length, case and script.

In     Dice, a word to stand in for
Out    another word of the same length class and shape
Never  gives a word of the input back
"""

from skillstrata.distill.mutate.dice import Dice

_STARTS = "b d f g k l m n p r s t v z br dr gr kl pl tr st".split()
_VOWELS = "a e i o u".split()
_ENDS = "l m n r s k t".split()
_ACCENTS = str.maketrans("aeiou", "áèïöū")
_IDEOGRAPHS = (
    "山川木林森空雨雪風雲花草竹石金銀銅鉄火灯水海湖池波島谷原野里"
    "村町市国門窓壁床屋橋道路車船馬牛羊鳥魚虫貝糸布衣米麦豆茶塩油"
)
_CYRILLIC = "бвгдзклмнпрстаеиоу"
_GREEK = "βγδκλμνπρσταεηιο"
_CJK = ((0x3040, 0x30FF), (0x3400, 0x9FFF), (0xAC00, 0xD7AF))
_SCRIPTS = ((0x0370, 0x03FF, _GREEK), (0x0400, 0x04FF, _CYRILLIC))
_SHORTEST = 2
_YEAR_CHARS = 4
_NEAR = 32
LEAST_SYLLABLES = 2


def invent(dice: Dice, length: int = 0) -> str:
    """Invent a lower-case word; of exactly `length` letters where one is given."""
    if not length:
        count = dice.between(LEAST_SYLLABLES, 4)
        return "".join(dice.one(_STARTS) + dice.one(_VOWELS) for _ in range(count)) + dice.one([*_ENDS, "", ""])
    word = ""
    while len(word) < length:
        word += dice.one(_STARTS) + dice.one(_VOWELS)
    return word[: length - 1] + (dice.one(_ENDS) if word[length - 2 : length - 1] in _VOWELS else dice.one(_VOWELS))


def accented(dice: Dice) -> str:
    """Invent a word with accents."""
    return invent(dice).translate(_ACCENTS)


def ideographs(dice: Dice, length: int = 3) -> str:
    """Invent a run of CJK characters."""
    return "".join(dice.one(_IDEOGRAPHS) for _ in range(length))


def like(dice: Dice, word: str) -> str:
    """Invent a word of the same length, case shape and script as `word`; a single letter stays."""
    if len(word) < _SHORTEST:
        return word
    if word.isascii():
        return _cased(invent(dice, len(word)), word)
    if any(low <= ord(char) <= high for char in word for low, high in _CJK):
        return ideographs(dice, len(word))
    for low, high, letters in _SCRIPTS:
        if any(low <= ord(char) <= high for char in word):
            return _cased("".join(dice.one(letters) for _ in word), word)
    if any(char.isascii() for char in word):
        return _cased(invent(dice, len(word)).translate(_ACCENTS), word)
    return "".join(other_letter(dice, char) for char in word)


def other_letter(dice: Dice, letter: str) -> str:
    """Give another letter of the same script and case; what is no letter stays."""
    if not letter.isalpha():
        return letter
    start = ord(letter) - ord(letter) % _NEAR
    near = [chr(code) for code in range(start, start + _NEAR) if chr(code).isalpha() and chr(code) != letter]
    alike = [char for char in near if (char.islower(), char.isupper()) == (letter.islower(), letter.isupper())]
    return dice.one(alike) if alike else letter


def digits_like(dice: Dice, number: str) -> str:
    """Give a number of the same length, first digit and leading zeros; a single digit becomes another."""
    kept = len(number) - len(number.lstrip("0"))
    if kept == len(number):
        return number
    if len(number) == 1:
        return str(dice.between(1, 9))
    if len(number) == _YEAR_CHARS and number.startswith(("19", "20")):
        return number[:2] + f"{dice.between(1, 99):02}"
    first = number[kept]
    rest = "".join(str(dice.between(1, 9)) for _ in number[kept + 1 :])
    return number[:kept] + (first if rest else str(dice.between(1, 9))) + rest


def code_like(dice: Dice, code: str) -> str:
    """Change letters for letters and digits for digits: an identifier of the same form."""
    out: list[str] = []
    for char in code:
        if char.isdigit():
            out.append(str(dice.between(1, 9)) if char != "0" else "0")
        elif char.isascii() and char.isalpha():
            letter = dice.one("abcdef" if char.lower() in "abcdef" else "ghjkmnpqrstvwxyz")
            out.append(letter.upper() if char.isupper() else letter)
        else:
            out.append(char)
    return "".join(out)


def _cased(word: str, model: str) -> str:
    if model.isupper():
        return word.upper()
    if model[:1].isupper():
        return word[:1].upper() + word[1:]
    return word
