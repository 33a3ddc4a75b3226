"""YAML that people write: parsed with the line of each mapping, and refused in one clear line."""

from __future__ import annotations

from typing import Any

import yaml

from tagstract.labels.errors import InputError
from tagstract.labels.files import shown

__all__ = ["parse"]


class _Loader(yaml.SafeLoader):
    """Keeps the line of every mapping and refuses a key given twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node)
            line = key_node.start_mark.line + 1
            if not isinstance(key, str):
                raise InputError("a key must be text, such as 'id'", self.name, line)
            if key in seen:
                raise InputError(f"the key '{shown(key)}' is given twice", self.name, line)
            seen.add(key)
        mapping = super().construct_mapping(node, deep=True)
        mapping["__line__"] = node.start_mark.line + 1
        return mapping


def parse(text: str, source: str) -> Any:
    """The document, with `__line__` in every mapping.

    Raises:
        InputError: no YAML, a key given twice, a key that is no text; names the line.
    """
    try:
        loader = _Loader(text)
        loader.name = source
        return loader.get_single_data()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "it has characters that YAML does not allow"
        raise InputError(f"not YAML: {problem}", source, mark.line + 1 if mark else None) from error
    except RecursionError as error:
        raise InputError("not YAML: it is nested too deep", source) from error
    except ValueError as error:  # of a value that looks like a date or a number and is none
        raise InputError(f"not YAML: {shown(str(error))}; quote the value", source) from error
