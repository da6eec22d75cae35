"""Write a mail: plain text and HTML of one message, with a table attached."""

import quopri
from datetime import UTC, datetime, timedelta

from skillstrata.distill.mutate.dice import Dice
from skillstrata.distill.mutate.mail_parts import base64_lines, encoded_word
from skillstrata.distill.mutate.words import accented, invent
from skillstrata.distill.synthesise.formats import html_page, plain_text
from skillstrata.distill.synthesise.outlines import outline

_DAYS = "Mon Tue Wed Thu Fri Sat Sun".split()
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_START = datetime(2020, 1, 1, tzinfo=UTC)


def mail_file(dice: Dice, *, sections: int = 1, attachment: bytes = b"") -> bytes:
    """Write a mail with both spellings of its body, encoded as mail programs do, and a CSV attachment if given."""
    parts = outline(dice, sections)
    subject = f"{parts[0].runs[0].text} {accented(dice)}"
    sender, reader = invent(dice), invent(dice)
    moment = _START + timedelta(minutes=dice.below(3_000_000))
    mixed, both = f"=_{invent(dice, 12)}", f"=_{invent(dice, 14)}"
    stamp = f"{_DAYS[moment.weekday()]}, {moment.day:02} {_MONTHS[moment.month - 1]} {moment:%Y %H:%M:%S} +0000"
    head = [
        f"From: {sender.capitalize()} {invent(dice).capitalize()} <{sender}@{invent(dice)}.example>",
        f"To: {reader}@{invent(dice)}.example",
        f"Date: {stamp}",
        f"Message-ID: <{dice.between(10**8, 10**9)}.{invent(dice)}@{invent(dice)}.example>",
        "MIME-Version: 1.0",
        f'Content-Type: multipart/mixed; boundary="{mixed}"',
    ]
    lines = [b"Subject: " + encoded_word(subject.encode()), *(line.encode() for line in head), b""]
    lines += [b"--" + mixed.encode(), f'Content-Type: multipart/alternative; boundary="{both}"'.encode(), b""]
    lines += _text_part(both, "plain", "quoted-printable", quopri.encodestring(plain_text(parts)))
    lines += _text_part(both, "html", "base64", base64_lines(html_page(parts, references=False)))
    lines += [b"--" + both.encode() + b"--", b""]
    if attachment:
        lines += [
            b"--" + mixed.encode(),
            f'Content-Type: text/csv; charset="utf-8"; name="{invent(dice)}.csv"'.encode(),
            f'Content-Disposition: attachment; filename="{invent(dice)}.csv"'.encode(),
            b"Content-Transfer-Encoding: base64",
            b"",
            base64_lines(attachment),
        ]
    lines += [b"--" + mixed.encode() + b"--", b""]
    return b"\r\n".join(line.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n") for line in lines)


def _text_part(boundary: str, kind: str, carried: str, body: bytes) -> list[bytes]:
    return [
        b"--" + boundary.encode(),
        f'Content-Type: text/{kind}; charset="utf-8"'.encode(),
        f"Content-Transfer-Encoding: {carried}".encode(),
        b"",
        body,
    ]
