"""Print the table of formats of the users' guide."""

from tagstract.labels.io.formats import formats


def table() -> str:
    rows = ["| format | `--from` | detected by | what is kept |", "| --- | --- | --- | --- |"]
    for format in sorted(formats(), key=lambda format: format.title.lower()):
        rows.append(f"| {format.title} | `{format.name}` | {format.detected} | {format.kept} |")
    return "\n".join(rows)


if __name__ == "__main__":
    print(table())
