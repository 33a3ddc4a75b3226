"""Model versions to and from the Hugging Face Hub, or a server of its kind (`HF_ENDPOINT`)."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tagstract.labels import InputError, Taxonomy, load_taxonomy
from tagstract.labels.storage.workspace import workspace
from tagstract.model_folder import format as files
from tagstract.model_folder.facts import ModelFacts
from tagstract.model_folder.store.versions import register

__all__ = ["hub_card", "pull", "push"]

SHARED = (*files.FILES, *(name for name in files.OPTIONAL if name != files.HELD_OUT))
"""The files that go to the Hub, where a folder has them, beside `model.json`."""

README = "README.md"
"""What the Hub shows as the model card; its head is YAML that the Hub's search reads."""

_REPO = re.compile(r"[\w.-]{1,96}/[\w.-]{1,96}")

_LICENCES = {"apache-2.0", "mit", "bsd-3-clause", "cc-by-4.0", "cc0-1.0"}
"""Licences that the Hub knows by these names; others are "other"."""


def push(folder: Path, repo: str, private: bool = False) -> str:
    """Copy a model folder into a repository of the Hub, which is made where it is missing.

    The held-out papers stay here: they are the user's texts. Each version gets a tag of its name.

    Args:
        folder: a whole model folder.
        repo: "OWNER/NAME".

    Returns: the address of the repository.

    Raises:
        InputError: no model folder, or the Hub can't be reached or refuses.
    """
    facts = files.check(folder)
    taxonomy = load_taxonomy(folder / files.TAXONOMY)
    metrics = files.read_json(folder / files.METRICS)
    with _hub(repo) as api, workspace(_temporary()) as aside:
        for name in SHARED:
            if (folder / name).is_file():
                shutil.copyfile(folder / name, aside / name)
        files.seal(aside, facts)
        text = (folder / files.CARD).read_text(encoding="utf-8")
        card = hub_card(facts, taxonomy, metrics, text)
        (aside / README).write_text(card, encoding="utf-8")
        made = api.create_repo(repo, private=private, exist_ok=True)
        commit = api.upload_folder(
            repo_id=repo, folder_path=aside, commit_message=f"Add {facts.tag}"
        )
        api.create_tag(repo, tag=facts.version, revision=commit.oid, exist_ok=True)
    return str(made)


def pull(repo: str, revision: str | None = None) -> str:
    """Copy a model from the Hub into the model store; returns its tag.

    Only the files of a model folder are taken, and only with the digests that `model.json` has.

    Args:
        repo: "OWNER/NAME".
        revision: a tag, a branch or a commit; None: the newest.

    Raises:
        InputError: the Hub can't be reached, has no such model, or a damaged one; or the version
            is in the model store already.
    """
    with _hub(repo) as api, workspace(_temporary()) as aside:
        api.snapshot_download(
            repo,
            revision=revision,
            local_dir=aside / "download",
            allow_patterns=[*SHARED, files.FACTS],
        )
        folder = aside / "model"
        folder.mkdir()
        for name in (*SHARED, files.FACTS):
            source = aside / "download" / name
            if not source.is_file():
                if name in files.OPTIONAL:
                    continue
                raise InputError(f"has no Tagstract model: {name} is missing", repo)
            source.rename(folder / name)
        try:
            facts = files.check(folder)
        except InputError as error:
            raise InputError(f"is damaged: {error}", repo) from error
        return register(folder, facts)


def hub_card(facts: ModelFacts, taxonomy: Taxonomy, metrics: Mapping[str, Any], text: str) -> str:
    """The model card with the head that the Hub reads (huggingface.co/docs/hub/model-cards)."""
    import yaml

    licence = (facts.licence or "").lower()
    head: dict[str, Any] = {
        "language": "en",
        "license": licence if licence in _LICENCES else "other",
        "library_name": "tagstract",
        "pipeline_tag": "text-classification",
        "tags": ["tagstract", "multi-label-classification", "scientific-abstracts", "onnx"],
        "model-index": [_index(facts, taxonomy, metrics)],
    }
    if facts.base and _REPO.fullmatch(facts.base):
        head["base_model"] = facts.base
    use = (
        "```bash\n"
        "tagstract models pull OWNER/NAME      # this repository\n"
        f"tagstract models promote {facts.tag}\n"
        "```\n"
    )
    top = yaml.safe_dump(head, sort_keys=False, allow_unicode=True)
    return f"---\n{top}---\n\n{text}\n## Use\n\n{use}"


def _index(facts: ModelFacts, taxonomy: Taxonomy, metrics: Mapping[str, Any]) -> dict[str, Any]:
    """The figures as the Hub lists them; none where none were measured."""
    figures = metrics.get("model") or {}
    names = {"micro_f1": "Micro-F1", "macro_f1": "Macro-F1", "precision_at_1": "Precision at 1"}
    return {
        "name": facts.tag,
        "results": [
            {
                "task": {"type": "text-classification", "name": "Multi-label classification"},
                "dataset": {"name": f"labelled abstracts, {taxonomy.name}", "type": "own"},
                "metrics": [
                    {"type": key, "name": name, "value": round(float(figures[key]), 4)}
                    for key, name in names.items()
                    if figures.get(key) is not None
                ],
            }
        ]
        if figures
        else [],
    }


def _temporary() -> Path:
    import tempfile

    return Path(tempfile.gettempdir())


@contextmanager
def _hub(repo: str) -> Iterator[Any]:
    """The Hub's client; what goes wrong there comes out as one line."""
    if not _REPO.fullmatch(repo):
        raise InputError("is not a Hub repository; use OWNER/NAME", repo)
    for variable in ("HF_HUB_DISABLE_TELEMETRY", "HF_HUB_DISABLE_PROGRESS_BARS"):
        os.environ.setdefault(variable, "1")
    try:
        import httpx
        from huggingface_hub import HfApi
        from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError
    except ImportError as error:
        problem = "needs the package huggingface_hub; install it with: pip install huggingface_hub"
        raise InputError(problem, repo) from error
    endpoint = os.environ.get("HF_ENDPOINT") or "https://huggingface.co"
    try:
        yield HfApi(endpoint=endpoint)
    except HfHubHTTPError as error:
        status = error.response.status_code if error.response is not None else "?"
        hints = {
            401: "; log in with `hf auth login` or set HF_TOKEN",
            403: "; the token lacks permission",
        }
        hints[404] = "; there is no such repository or revision, or it is private"
        reason = (error.server_message or str(error).splitlines()[0])[:200]
        problem = f"{endpoint} returned {status}: {reason}{hints.get(status, '')}"
        raise InputError(problem, repo) from error
    except (httpx.HTTPError, LocalEntryNotFoundError, ConnectionError) as error:
        raise InputError(f"{endpoint} can't be reached: {_first_line(error)}", repo) from error
    except ValueError as error:
        raise InputError(_first_line(error), repo) from error


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
