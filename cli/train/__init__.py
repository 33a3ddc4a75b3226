"""Train a new model version from labelled papers: `tagstract train LABELLED...` trains new heads
(head mode), `tagstract train full LABELLED...` fine-tunes the transformer. `--mode head` and
`--mode full` work as well. The other actions are steps of a training on several machines.
"""

from __future__ import annotations

from tagstract.cli.parsing import Parser, module_of

ACTIONS = {
    "head": "train new heads on an existing encoder, in seconds; what plain `train` does",
    "full": "fine-tune the transformer and train heads on it",
    "tune": "fine-tune a network only, for `full --trained` or `--teacher` elsewhere",
    "refit": "fit heads and calibration again around a model's transformer",
    "mpnet": "download all-mpnet-base-v2, a stronger base for teachers",
    "pack": "prepare papers for training on a GPU machine (training/gpu/run.py)",
    "unpack": "turn what the GPU machine trained into a network for `full --trained`",
    "cascade": "add the stages of `tag --speed balanced` and `fast` to a model folder",
    "float": "write a network in bfloat16, as `full --base shipped` starts from",
}
"""What each action does."""

USAGE = "tagstract train [ACTION] LABELLED... [OPTION ...]"

MODES = ("head", "full")


def implied_action(words: list[str]) -> list[str]:
    """A call without an action, as one with the mode that `--mode` names."""
    parser = Parser(prog="tagstract train", add_help=False, allow_abbrev=False)
    parser.add_argument("--mode", choices=MODES, default=MODES[0])
    chosen, rest = parser.parse_known_args(words)
    return [chosen.mode, *rest]


def elsewhere(action: str) -> dict[str, str]:
    """What to say of options that only the other mode takes."""
    if action not in MODES:
        return {}
    other = MODES[1 - MODES.index(action)]
    known = _options(action)
    return {
        name: f"{name} goes with --mode {other}" for name in _options(other) if name not in known
    }


def _options(action: str) -> set[str]:
    parser = Parser()
    module_of("train", action).add_arguments(parser)
    return set(parser._option_string_actions)
