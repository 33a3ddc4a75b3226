"""The stages in order: each answers the papers that it is sure of and passes the rest on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tagstract.labels.speed import Speed
from tagstract.model_folder import format as files
from tagstract.model_folder.arrays import save_arrays
from tagstract.model_folder.cascade.bag import Bag
from tagstract.model_folder.cascade.certainty import expected_loss
from tagstract.model_folder.cascade.short_text import ShortText
from tagstract.model_folder.encoder import Encoder
from tagstract.model_folder.products import by_row
from tagstract.model_folder.scale import sigmoid

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Stage:
    """How a stage's logits become probabilities, and when it answers.

    Attributes:
        mix: (inputs,), the weight of each input's logits.
        slope, offset: (areas,): probability is sigmoid(slope * logit + offset).
        certainty: (signs,), weights of the expected loss; see `certainty.py`.
        limits: by speed, the expected loss up to which the stage answers.
    """

    mix: Floats
    slope: Floats
    offset: Floats
    certainty: Floats
    limits: Mapping[Speed, float]

    def probabilities(self, *logits: NDArray[Any]) -> Floats:
        """Of the mixed logits, each (papers, areas)."""
        mixed = sum(weight * one for weight, one in zip(self.mix, logits, strict=True))
        return sigmoid(np.asarray(mixed, np.float64) * self.slope + self.offset)

    def is_sure(
        self,
        probabilities: Floats,
        thresholds: Floats,
        speed: Speed,
        before: Floats | None = None,
    ) -> NDArray[np.bool_]:
        """(papers,): whether the stage answers; `before` is what the stage before it said."""
        loss = expected_loss(self.certainty, probabilities, thresholds, before)
        return np.asarray(loss <= self.limits[speed])

    def arrays(self, name: str) -> dict[str, NDArray[Any]]:
        """By name, for an .npz file."""
        limits = np.array([self.limits[one] for one in _LIMITED])
        return {
            f"{name}_mix": self.mix,
            f"{name}_scale": np.stack([self.slope, self.offset]),
            f"{name}_certainty": self.certainty,
            f"{name}_limits": limits,
        }

    @classmethod
    def of(cls, arrays: Mapping[str, NDArray[Any]], name: str) -> Stage:
        """Raises KeyError where an array is missing."""
        slope, offset = arrays[f"{name}_scale"]
        limits = dict(zip(_LIMITED, arrays[f"{name}_limits"].tolist(), strict=True))
        mix, certainty = arrays[f"{name}_mix"], arrays[f"{name}_certainty"]
        return cls(mix, slope, offset, certainty, limits)


_LIMITED = (Speed.BALANCED, Speed.FAST)


class Cascade:
    """The two cheap stages of a model folder; the full model answers what they pass on.

    Attributes:
        bag: the first stage.
        short: what the second stage reads; `encoder` and `head` are its network.
        first, second: the stages. Both mix in the lexical head; the second one the bag, too.
    """

    def __init__(
        self,
        bag: Bag,
        short: ShortText,
        encoder: Encoder,
        head: tuple[NDArray[np.float32], NDArray[np.float32]],
        first: Stage,
        second: Stage,
    ) -> None:
        self.bag, self.short, self.encoder, self.head = bag, short, encoder, head
        self.first, self.second = first, second
        # Papers so far, and how many each encoder read. One read by both, so that `cost` starts
        # from above.
        self._papers = self._small_papers = self._full_papers = 1

    @classmethod
    def load(cls, folder: Path, threads: int | None = None, polite: bool = False) -> Cascade | None:
        """The cascade of a checked model folder; None where it has none.

        Raises:
            InputError: `cascade.onnx` is no ONNX model.
            KeyError, ValueError, OSError: `cascade.npz` is damaged.
        """
        if not (folder / files.CASCADE).is_file():
            return None
        with np.load(folder / files.CASCADE, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        short = ShortText.of(arrays)
        encoder = Encoder(
            folder / files.CASCADE_ENCODER,
            None,
            short.max_tokens,
            threads,
            polite,
            short.embeddings,
        )
        first, second = (Stage.of(arrays, name) for name in ("first", "second"))
        head = arrays["head_weight"].astype(np.float32), arrays["head_bias"]
        return cls(Bag.of(arrays), short, encoder, head, first, second)

    def answer(
        self,
        tokens: Sequence[Sequence[int]],
        lexical: NDArray[np.float32],
        thresholds: Floats,
        speed: Speed,
    ) -> tuple[Floats, NDArray[np.bool_]]:
        """Probabilities, (papers, areas), and which papers the stages are sure of, (papers,).

        Args:
            tokens: ids of whole papers.
            lexical: logits of the lexical head, (papers, areas).
            thresholds: (areas,), of the full model.
        """
        bag = self.bag.logits(tokens)
        probabilities = self.first.probabilities(bag, lexical)
        sure = self.first.is_sure(probabilities, thresholds, speed)
        rest = np.flatnonzero(~sure)
        if len(rest):
            small = self._small([tokens[row] for row in rest.tolist()])
            second = self.second.probabilities(bag[rest], lexical[rest], small)
            sure[rest] = self.second.is_sure(second, thresholds, speed, probabilities[rest])
            probabilities[rest] = second
        # Threads may lose a count of each other here; a share does not mind.
        self._papers += len(tokens)
        self._small_papers += len(rest)
        self._full_papers += int((~sure).sum())
        return probabilities, sure

    def cost(self, full: Encoder) -> float:
        """Runs of the full model's encoder that a paper took so far, on average."""
        share = self._small_papers * full.pace / self.encoder.pace if self.encoder.pace else 0.0
        return min((self._full_papers + share) / self._papers, 1.0)

    def _small(self, tokens: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        """Of the small encoder, (papers, areas)."""
        weight, bias = self.head
        embeddings = self.encoder.embed_tokens([self.short.cut(ids).tolist() for ids in tokens])
        return by_row(embeddings, weight) + bias


def write_cascade(
    folder: Path,
    bag: Bag,
    short: ShortText,
    head: tuple[NDArray[np.float32], NDArray[np.float32]],
    stages: tuple[Stage, Stage],
) -> None:
    """Write `cascade.npz`; `cascade.onnx` is copied beside it, and the folder is sealed anew."""
    arrays: dict[str, Any] = {
        **bag.arrays(),
        **short.arrays(),
        "head_weight": head[0].astype(np.float16),
        "head_bias": head[1],
        **stages[0].arrays("first"),
        **stages[1].arrays("second"),
    }
    save_arrays(folder / files.CASCADE, arrays)
