"""Which encoding a file is in, and text of it: nothing is lost to a stray byte.

Bytes that the encoding doesn't allow are kept through `surrogateescape` and read as Windows' cp1252
by `mended`: in a UTF-8 file they come from a text that was pasted in from there.
"""

from __future__ import annotations

import codecs
import re

_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_GUESSES = ["cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "koi8_r", "gb18030", "big5",
            "shift_jis", "euc_jp", "euc_kr", "mac_roman"]  # fmt: skip
_SAMPLE = 1 << 16
_STRAY = re.compile("[\udc80-\udcff]")
_CP1252 = {0xDC00 + byte: bytes([byte]).decode("cp1252", "replace") for byte in range(0x80, 0x100)}
_XML_DECLARED = re.compile(rb"<\?xml[^>]{0,100}encoding\s?=\s?[\"']([A-Za-z0-9._-]{1,40})[\"']")


def encoding_of(head: bytes) -> str:
    """The encoding of a file, from its first bytes (up to 1 MiB): a byte order mark, the pattern
    of UTF-16, UTF-8 where it is that but for a few bytes, an XML declaration, else the best guess.
    """
    for bom, name in _BOMS:
        if head.startswith(bom):
            return name
    wide = _utf16(head)
    if wide:
        return wide
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    text = decoder.decode(head)
    stray = len(_STRAY.findall(text))
    if stray == 0 or stray * 4 < sum(character > "\x7f" for character in text):
        return "utf-8"
    declared = _XML_DECLARED.search(head[:300])
    if declared and _known(declared[1].decode()):
        name = declared[1].decode().lower()
        return "cp1252" if name in ("iso-8859-1", "latin-1", "latin1", "utf-8") else name
    return _guess(head)


def decoded(data: bytes, encoding: str) -> tuple[str, bool]:
    """A file's text, and whether it holds bytes that its encoding doesn't allow."""
    if encoding.startswith("utf-8"):
        text = data.decode(encoding, "surrogateescape")
        return mended(text)
    try:
        return data.decode(encoding), False
    except UnicodeDecodeError:
        return data.decode(encoding, "replace"), True


def mended(text: str) -> tuple[str, bool]:
    """A text whose stray bytes are read as cp1252, and whether there were any."""
    if text.isascii() or not _STRAY.search(text):
        return text, False
    return text.translate(_CP1252), True


def _utf16(head: bytes) -> str | None:
    """UTF-16 without its mark: every other byte of Latin text is zero."""
    sample = head[:4096]
    if len(sample) < 8:
        return None
    zeros = [sample[place::2].count(0) * 2 / len(sample) for place in (0, 1)]
    if zeros[1] > 0.7 and zeros[0] < 0.1:
        return "utf-16-le"
    return "utf-16-be" if zeros[0] > 0.7 and zeros[1] < 0.1 else None


def _known(name: str) -> bool:
    try:
        codec = codecs.lookup(name)
    except LookupError:
        return False
    return codec._is_text_encoding


def _guess(head: bytes) -> str:
    """What charset-normalizer makes of it; cp1252 where that is as likely as anything."""
    from charset_normalizer import from_bytes

    sample = _informative(head)
    found = list(from_bytes(sample, cp_isolation=_GUESSES, threshold=0.4))
    if not found:
        return "cp1252"
    best = found[0]
    western = next(
        (match for match in found if "cp1252" in (match.encoding, *match.could_be_from_charset)),
        None,
    )
    if western is not None and western.chaos <= best.chaos + 0.02 and not _is_dense(sample):
        return "cp1252"
    return best.encoding


def _informative(head: bytes) -> bytes:
    """The lines of the head that hold more than ASCII, which alone tell the encodings apart."""
    lines = [line for line in head.split(b"\n") if not line.isascii()]
    return b"\n".join(lines)[:_SAMPLE]


def _is_dense(sample: bytes) -> bool:
    """Whether most letters are beyond ASCII, as in Greek, Russian or Chinese."""
    high = sum(byte > 0x7F for byte in sample)
    return high * 3 > len(sample)
