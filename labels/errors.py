"""The errors a user can cause. Each is one line: where, what, and what would be right."""

OK, SOME_FAILED, NOTHING_NEW = 0, 1, 3
"""Exit status of a command: all done; some records failed; no feed has anything new."""


class TagstractError(Exception):
    """Base of all errors that are shown to users as one line, without a traceback."""


class InputError(TagstractError):
    """A file or a call that can't be used.

    Its text is `FILE:LINE: what is wrong`; the line is left out where there is none.
    """

    def __init__(self, message: str, source: str = "", line: int | None = None) -> None:
        where = source if line is None else f"{source}:{line}"
        super().__init__(one_line(f"{where}: {message}" if where else message))


def one_line(text: str) -> str:
    """The text with what would end its line or command a terminal, as in a path, escaped."""
    if text.isprintable():
        return text
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in text
    )
