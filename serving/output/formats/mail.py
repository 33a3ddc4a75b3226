"""The digest as mail: the HTML alone (.mail.html), or a message with a text part (.eml).

Mail programs drop style sheets, scripts, grids and `<details>`, so every style is inline and the
layout is paragraphs.
"""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import TYPE_CHECKING

from tagstract.labels.storage.atomic import atomic_writer
from tagstract.serving.output.digest import Digest, make_digest
from tagstract.serving.output.fields import Papers
from tagstract.serving.output.formats import Format
from tagstract.serving.output.formats.markdown import lines_of

if TYPE_CHECKING:
    from tagstract.labels import Taxonomy

_TEMPLATE = Path(__file__).with_name("mail.jinja")


def write(path: Path, tagged: Papers, taxonomy: Taxonomy, heading: str) -> None:
    """Write the mail; a message has a subject, but no sender and no recipient yet."""
    digest = make_digest(tagged, taxonomy, heading)
    html = _html(digest)
    with atomic_writer(path, "wb") as file:
        if path.suffix.lower() == ".eml":
            file.write(_message(digest, html).as_bytes(policy=SMTP))
        else:
            file.write(html.encode())


def _html(digest: Digest) -> str:
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(_TEMPLATE.read_text(encoding="utf-8")).render(digest=digest)


def _message(digest: Digest, html: str) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["Subject"] = digest.heading[:200] or "Papers"
    message["X-Unsent"] = "1"  # mail programs open it as a draft
    message.set_content("\n".join(lines_of(digest)) + "\n", cte="quoted-printable")
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    # A boundary of chance would make two runs on the same papers differ.
    message.set_boundary("=_tagstract_digest")
    return message


FORMAT = Format("mail", (".mail.html", ".eml"), write)
