"""Numbers and letters as they are written in times."""

import string

_TRADITIONAL = (
    "號週禮後內個兩點鐘時歲節國慶勞動聖誕陽這裡從過來間幾現當會"
    "將還沒錢塊剛開學準備計劃買賣說見寫約預畢業話該應鬧總結書飯"
)
_SIMPLIFIED = (
    "号周礼后内个两点钟时岁节国庆劳动圣诞阳这里从过来间几现当会"
    "将还没钱块刚开学准备计划买卖说见写约预毕业话该应闹总结书饭"
)
_FULL_WIDTH = {chr(code + 0xFEE0): chr(code) for code in range(0x21, 0x7F)}
_KEPT = set("，。！？；：（）")
_FOLDED = str.maketrans(
    {wide: narrow for wide, narrow in _FULL_WIDTH.items() if wide not in _KEPT}
    | {chr(ord(wide)): narrow.lower() for wide, narrow in _FULL_WIDTH.items() if narrow in string.ascii_uppercase}
    | dict(zip(string.ascii_uppercase, string.ascii_lowercase, strict=True))
    | dict(zip(_TRADITIONAL, _SIMPLIFIED, strict=True))
    | {"’": "'", "‘": "'", "\u00a0": " ", "\u3000": " ", "\t": " ", "–": "-", "—": "-", "：": ":"}
)

CHINESE_NUMBER = "(?:[0-9]{1,4}|[零〇一二两三四五六七八九十百廿卅]{1,5})"
_CHINESE_DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}

_ENGLISH_ONES = """one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen""".split()
_ENGLISH_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_ENGLISH_WORDS = (
    {word: value for value, word in enumerate(_ENGLISH_ONES, 1)}
    | {word: 10 * value for value, word in enumerate(_ENGLISH_TENS, 2)}
    | {"a": 1, "an": 1}
)
ENGLISH_NUMBER = (
    f"(?:[0-9]{{1,4}}|(?:{'|'.join(_ENGLISH_TENS)})(?:[- ](?:{'|'.join(_ENGLISH_ONES[:9])}))?"
    f"|{'|'.join(sorted(_ENGLISH_ONES, key=len, reverse=True))}|an?)"
)


def fold(text: str) -> str:
    """Lower case, half-width, Simplified, character by character: offsets stay those of the text."""
    return text.translate(_FOLDED)


def english_number(word: str) -> int:
    """`3`, `three`, `twenty-one`, `a`. Raises ValueError for anything else."""
    if word.isdecimal():
        return int(word)
    try:
        return sum(_ENGLISH_WORDS[part] for part in word.replace("-", " ").split())
    except KeyError:
        raise ValueError(f"not a number: {word}") from None


def chinese_number(word: str) -> int:
    """`3`, `三`, `二十一`, `廿一`, `一百二十`, `二〇一九`. Raises ValueError for anything else."""
    if word.isdecimal():
        return int(word)
    word = word.replace("廿", "二十").replace("卅", "三十")
    if not any(unit in word for unit in "十百"):
        return int("".join(str(_digit(character)) for character in word))
    total = current = 0
    for character in word:
        if character in "十百":
            total += (current or 1) * (10 if character == "十" else 100)
            current = 0
        else:
            current = _digit(character)
    return total + current


def _digit(character: str) -> int:
    try:
        return _CHINESE_DIGITS[character]
    except KeyError:
        raise ValueError(f"not a numeral: {character}") from None
