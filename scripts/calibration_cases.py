"""Inputs and attacks for the calibration of the oracles for tables, trees, logs and images.

In     a seed
Out    bytes of an input; wrong outputs made out of right ones
Never  uses a reader of the product
"""

import csv
import io
import json
import random
import re
from collections.abc import Callable

from PIL import Image, ImageDraw, ImageOps

_NAMES = ("Ada", "Bo", "Cyril", "Dörte", "Émile", "Fay", "Gus", "Hana", "Ivo", "Jun")
_PLACES = ("Oslo", "Bergen", "Turin", "Kobe", "Lima", "Accra")
_WORDS = ("amber", "bolt", "crane", "delta", "ember", "flint", "grove", "harbour", "inlet", "juniper")
_LEVELS = ("INFO", "WARN", "ERROR", "DEBUG")
_MESSAGES = ("disk full", "net lost", "cache cold", "job done", "retry later", "user gone")
_BIG = 2**53

Row = dict[str, str]
Attack = Callable[[bytes, random.Random, bytes], bytes | None]


# ---- inputs ----


def table(seed: int) -> bytes:
    """Make a CSV file with what goes wrong in them: quotes, line breaks, zeros in front, large integers, blanks."""
    dice = random.Random(seed)  # noqa: S311
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["code", "full name", "place", "amount", "serial", "day", "note"])
    for _ in range(dice.randint(6, 40)):
        name = dice.choice([f"{dice.choice(_NAMES)}, {dice.choice(_WORDS)}", *dice.choices(_NAMES, k=2)])
        note = dice.choice(["", dice.choice(_WORDS), f'say "{dice.choice(_WORDS)}"', f"{dice.choice(_WORDS)}\nmore"])
        row = [f"{dice.randint(1, 9999):06}", name, dice.choice(_PLACES), f"{dice.uniform(-50, 5000):.2f}"]
        row += [str(_BIG + dice.randint(1, 10**9) * 2 + 1), f"2024-{dice.randint(1, 12):02}-{dice.randint(1, 28):02}"]
        writer.writerow([*row, note])
    return out.getvalue().encode()


def tree(seed: int) -> bytes:
    """Make a JSON object three levels deep."""
    dice = random.Random(seed)  # noqa: S311
    secured = dice.choice([True, False])
    server = {"host": f"{dice.choice(_WORDS)}.example", "port": dice.randint(1000, 65000), "tls": secured}
    limits = {
        "rate": round(dice.uniform(1, 99), 3),
        "serial": _BIG + 2 * dice.randint(1, 10**9) + 1,
        "burst": dice.randint(10, 9999),
    }
    made = {
        "name": " ".join(dice.sample(_WORDS, 3)),
        "code": f"{dice.randint(1, 999):05}",
        "server": {**server, "limits": limits},
        "tags": dice.sample(_WORDS, dice.randint(2, 5)),
        "owner": {
            "first": dice.choice(_NAMES),
            "place": dice.choice(_PLACES),
            "since": f"20{dice.randint(10, 24)}-0{dice.randint(1, 9)}-11",
        },
    }
    return json.dumps(made, ensure_ascii=False).encode()


def log(seed: int) -> bytes:
    """Make a log of three days with rising times."""
    dice = random.Random(seed)  # noqa: S311
    at, lines = 0, []
    for _ in range(dice.randint(40, 160)):
        at += dice.randint(1, 1500)
        day, rest = divmod(at, 86_400)
        time = f"{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}"
        level = dice.choices(_LEVELS, (6, 3, 3, 2))[0]
        fields = f"code={dice.randint(100, 999)} ms={dice.randint(1, 4000)}"
        lines.append(f"2024-03-{day + 1:02} {time} {level} {dice.choice(_MESSAGES)} {fields}")
    return ("\n".join(lines) + "\n").encode()


def image(seed: int) -> bytes:
    """Make a picture of coloured discs and bars over a slope of colour."""
    dice = random.Random(seed)  # noqa: S311
    width, height = 2 * dice.randint(60, 200), 2 * dice.randint(50, 160)
    colour = lambda: tuple(dice.randrange(256) for _ in range(3))  # noqa: E731
    slope = ImageOps.colorize(Image.linear_gradient("L").resize((width, height)), colour(), colour())
    draw = ImageDraw.Draw(slope)
    for _ in range(dice.randint(4, 14)):
        x, y = dice.randrange(width), dice.randrange(height)
        shape = dice.choice([draw.ellipse, draw.rectangle])
        shape((x, y, x + dice.randint(10, width // 2), y + dice.randint(10, height // 2)), fill=colour())
    out = io.BytesIO()
    slope.save(out, "PNG")
    return out.getvalue()


# ---- attacks on lists of records ----


def _records(change: Callable[[list[Row], random.Random], list[Row] | None]) -> Attack:
    def attack(right: bytes, dice: random.Random, _other: bytes) -> bytes | None:
        made = change(json.loads(right), dice)
        return json.dumps(made, ensure_ascii=False).encode() if made is not None else None

    return attack


def _digit_in(text: str, dice: random.Random) -> str:
    """Put two neighbouring digits in the other order."""
    places = [m.start() for m in re.finditer(r"(?=(\d)(\d))", text) if text[m.start()] != text[m.start() + 1]]
    at = dice.choice(places) if places else -1
    return text if at < 0 else text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def _digit_swapped(rows: list[Row], dice: random.Random) -> list[Row] | None:
    row, key = dice.choice(rows), dice.choice(["code", "amount", "serial", "day"])
    before = row[key]
    row[key] = _digit_in(before, dice)
    return rows if row[key] != before and row[key].lstrip("0") != before else None


def _columns_swapped(rows: list[Row], dice: random.Random) -> list[Row]:
    first, second = dice.sample(["code", "full name", "place", "amount", "day"], 2)
    return [{**row, first: row[second], second: row[first]} for row in rows]


def _cells_swapped(rows: list[Row], dice: random.Random) -> list[Row] | None:
    first, second = dice.sample(range(len(rows)), 2)
    if rows[first]["amount"] == rows[second]["amount"]:
        return None
    rows[first]["amount"], rows[second]["amount"] = rows[second]["amount"], rows[first]["amount"]
    return rows


def _invented(rows: list[Row], dice: random.Random) -> list[Row]:
    row = {key: dice.choice(rows)[key] for key in rows[0]}
    row["code"] = f"{dice.randint(1, 9999):06}"
    rows.insert(dice.randrange(len(rows)), row)
    return rows


def _without(rows: list[Row], at: int) -> list[Row]:
    return [row for n, row in enumerate(rows) if n != at]


def _without_column(rows: list[Row], name: str) -> list[Row]:
    return [{key: value for key, value in row.items() if key != name} for row in rows]


def naive_split(given: bytes) -> bytes:
    """Read a CSV file by cutting at every comma."""
    header, *lines = given.decode().splitlines()
    return json.dumps([dict(zip(header.split(","), line.split(","), strict=False)) for line in lines]).encode()


TABLE_ATTACKS: dict[str, Attack] = {
    "another table of the same columns": lambda _right, _dice, other: other,
    "one digit swapped": _records(_digit_swapped),
    "a row dropped": _records(lambda rows, dice: _without(rows, dice.randrange(len(rows)))),
    "a column dropped": _records(lambda rows, dice: _without_column(rows, dice.choice(list(rows[0])))),
    "the last fifth cut off": _records(lambda rows, _dice: rows[: len(rows) - max(1, len(rows) // 5)]),
    "a row invented": _records(_invented),
    "two columns swapped": _records(_columns_swapped),
    "two cells of a column swapped": _records(_cells_swapped),
    "leading zeros lost": _records(lambda rows, _dice: [{**row, "code": row["code"].lstrip("0")} for row in rows]),
    "large integers rounded": _records(
        lambda rows, _dice: [{**row, "serial": str(int(float(row["serial"])))} for row in rows]
    ),
}


# ---- attacks on text: trees, logs ----


def _in_text(right: bytes, dice: random.Random, pattern: str) -> bytes | None:
    text = right.decode()
    found = [m for m in re.finditer(pattern, text) if len(set(m.group(0))) > 1]
    if not found:
        return None
    match = dice.choice(found)
    return (text[: match.start()] + _digit_in(match.group(0), dice) + text[match.end() :]).encode()


def _leaves_swapped(right: bytes, dice: random.Random, _other: bytes) -> bytes:
    made = json.loads(right)
    a, b = dice.sample(["first", "place", "since"], 2)
    made["owner"][a], made["owner"][b] = made["owner"][b], made["owner"][a]
    return json.dumps(made).encode()


def _key_dropped(right: bytes, dice: random.Random, _other: bytes) -> bytes:
    made = json.loads(right)
    inside = dice.choice([made, made["server"], made["owner"], made["server"]["limits"]])
    del inside[dice.choice(list(inside))]
    return json.dumps(made).encode()


def _leaf_invented(right: bytes, dice: random.Random, _other: bytes) -> bytes:
    made = json.loads(right)
    dice.choice([made, made["server"], made["owner"]])[dice.choice(_WORDS)] = dice.choice(
        [made["name"], dice.randint(1, 9)]
    )
    return json.dumps(made).encode()


def _list_cut(right: bytes, _dice: random.Random, _other: bytes) -> bytes:
    made = json.loads(right)
    made["tags"] = made["tags"][:-1]
    return json.dumps(made).encode()


def _serial_rounded(right: bytes, _dice: random.Random, _other: bytes) -> bytes:
    made = json.loads(right)
    made["server"]["limits"]["serial"] = int(float(made["server"]["limits"]["serial"]))
    return json.dumps(made).encode()


TREE_ATTACKS: dict[str, Attack] = {
    "another tree of the same keys": lambda _right, _dice, other: other,
    "one digit swapped": lambda right, dice, _other: _in_text(right, dice, r"(?<![\d-])\d{3,16}"),
    "a key dropped": _key_dropped,
    "a leaf invented": _leaf_invented,
    "two leaves swapped": _leaves_swapped,
    "a list cut off": _list_cut,
    "a large integer rounded": _serial_rounded,
}


def _line_invented(right: bytes, dice: random.Random, _other: bytes) -> bytes:
    """Put a line in that looks like the others: another message at the time of a neighbour."""
    lines = right.decode().splitlines()
    at = dice.randrange(len(lines))
    head = lines[at].split(" code=")[0]
    lines.insert(at, f"{head} code={dice.randint(100, 999)} ms={dice.randint(1, 4000)}")
    return ("\n".join(lines) + "\n").encode()


def _line_changed(right: bytes, dice: random.Random, _other: bytes) -> bytes | None:
    return _in_text(right, dice, r"(?<=code=)\d{3}")


def _order_lost(right: bytes, dice: random.Random, _other: bytes) -> bytes | None:
    lines = right.decode().splitlines()
    mixed = dice.sample(lines, len(lines))
    return ("\n".join(mixed) + "\n").encode() if mixed not in (lines, lines[::-1]) else None


LINE_ATTACKS: dict[str, Attack] = {
    "the lines of another log": lambda _right, _dice, other: other,
    "a line invented": _line_invented,
    "one digit swapped": _line_changed,
    "times out of order": _order_lost,
}


def _count_wrong(right: bytes, dice: random.Random, _other: bytes) -> bytes:
    text = right.decode()
    match = dice.choice(list(re.finditer(r"\d+", text)))
    return (
        text[: match.start()] + str(int(match.group(0)) + dice.choice([-1, 1, 2, 10])) + text[match.end() :]
    ).encode()


def _counts_swapped(right: bytes, dice: random.Random, _other: bytes) -> bytes | None:
    text = right.decode()
    first, second = sorted(dice.sample(list(re.finditer(r"\d+", text)), 2), key=lambda match: match.start())
    if first.group(0) == second.group(0):
        return None
    middle = text[first.end() : second.start()]
    return (text[: first.start()] + second.group(0) + middle + first.group(0) + text[second.end() :]).encode()


COUNT_ATTACKS: dict[str, Attack] = {
    "the numbers of another input": lambda _right, _dice, other: other,
    "one number wrong": _count_wrong,
    "two numbers swapped": _counts_swapped,
}


# ---- attacks on images ----


def _drawn(change: Callable[[Image.Image, random.Random], Image.Image]) -> Attack:
    def attack(right: bytes, dice: random.Random, _other: bytes) -> bytes:
        opened = Image.open(io.BytesIO(right))
        out = io.BytesIO()
        change(opened.convert("RGB"), dice).save(out, opened.format)
        return out.getvalue()

    return attack


def _other_image(right: bytes, _dice: random.Random, other: bytes) -> bytes:
    """Give another picture in the size of the right one."""
    opened = Image.open(io.BytesIO(right))
    out = io.BytesIO()
    Image.open(io.BytesIO(other)).convert("RGB").resize(opened.size).save(out, opened.format)
    return out.getvalue()


IMAGE_ATTACKS: dict[str, Attack] = {
    "another image of the same size": _other_image,
    "a third larger": _drawn(lambda image, _dice: image.resize((image.width * 4 // 3, image.height * 4 // 3))),
    "stretched": _drawn(lambda image, _dice: image.resize((image.width, image.height * 5 // 4))),
    "colours inverted": _drawn(lambda image, _dice: ImageOps.invert(image)),
    "upside down": _drawn(lambda image, _dice: ImageOps.flip(image)),
    "half of it black": _drawn(
        lambda image, _dice: (image.paste((0, 0, 0), (0, 0, image.width // 2, image.height)), image)[1]
    ),
    "cut off at a byte": lambda right, _dice, _other: right[: len(right) // 3],
}
