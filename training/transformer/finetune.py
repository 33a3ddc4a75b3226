"""Fine-tuning: from papers and their areas to a trained network, through kills and restarts."""

from __future__ import annotations

import errno
import math
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from tagstract.labels import InputError
from tagstract.training.transformer.batches import Examples, epoch_batches, repeated
from tagstract.training.transformer.forward import device_to_use, has_bf16, score_of
from tagstract.training.transformer.network import Loss, Network, cross_entropy, parameter_groups
from tagstract.training.transformer.pace import SCORING, TIMED_STEPS, Pace, tokens_in
from tagstract.training.transformer.recipe import Recipe

CHECKPOINT, BEST = "checkpoint.pt", "best.pt"
SECONDS_BETWEEN_CHECKPOINTS = 60.0
STEPS_BETWEEN_LOSSES = 50


@dataclass
class Progress:
    """Where a training stands; this and the weights are what a checkpoint keeps.

    `history` has a row an epoch: mean loss, score on held-out papers, seconds.
    """

    epoch: int = 0
    batch: int = 0
    losses: list[float] = field(default_factory=list)
    best_score: float = -1.0
    best_epoch: int = -1
    seconds: float = 0.0
    history: list[dict[str, float]] = field(default_factory=list)


def finetune(
    network: Network,
    train: Examples,
    held_out: Examples,
    recipe: Recipe,
    folder: Path,
    log: Callable[[str], None],
    loss: Loss = cross_entropy,
    watch: Callable[[], None] | None = None,
) -> tuple[Network, Progress]:
    """Train a network; returns it with the averaged weights of its best epoch, on the CPU.

    The same call on the same folder goes on where a killed one stood, and on the same processor
    ends with the very weights that an unbroken one ends with.

    Args:
        train: an unlabelled paper comes in `recipe.passes` epochs only, a labelled one in all.
        held_out: choose the epoch.
        folder: holds the checkpoints.
        log: is given one line an epoch.
        loss: what is made small.
        watch: is called after each epoch; what it raises ends the training.
    """
    # A student that agrees with its teacher has gradients too small for ordinary arithmetic.
    torch.set_flush_denormal(True)
    torch.manual_seed(recipe.network_seed)
    run = _Run(network, train, recipe, folder, loss)
    run.resume(log)
    run.pace = Pace(log, SCORING * tokens_in(held_out.tokens, recipe.max_tokens))
    while run.progress.epoch < recipe.epochs:
        since_best = run.progress.epoch - 1 - run.progress.best_epoch
        if run.progress.history and since_best >= recipe.patience:
            log(f"no better score for {recipe.patience} epochs: stopping")
            break
        run.epoch()
        score = score_of(run.averaged, held_out.tokens, held_out.targets, run.device)
        run.finish_epoch(score, log)
        if watch is not None:
            watch()
    run.network.load_state_dict(torch.load(folder / BEST, weights_only=True))
    return run.network.cpu().eval(), run.progress


class _Run:
    """One training: the network, its moving average, the optimiser and where they stand."""

    def __init__(
        self,
        network: Network,
        train: Examples,
        recipe: Recipe,
        folder: Path,
        loss: Loss,
    ) -> None:
        self.device = device_to_use()
        self.network = network.to(self.device)
        self.averaged = torch.optim.swa_utils.AveragedModel(
            self.network, multi_avg_fn=moving_average(recipe.average, lambda: self.steps)
        )
        groups = parameter_groups(
            self.network,
            recipe.encoder_rate,
            recipe.head_rate,
            recipe.layer_decay,
            recipe.weight_decay,
        )
        self.optimizer = torch.optim.AdamW(groups, fused=True)
        self.tokens, self.recipe, self.folder = train.tokens, recipe, folder
        self.targets = torch.from_numpy(train.targets)
        self.progress = Progress()
        self.labelled = len(train) if train.labelled is None else train.labelled
        self.counts = train.counts
        self.loss = loss
        self.unread: list[Tensor] = []
        self.pace: Pace | None = None
        self.epoch_sizes = [
            math.ceil(len(self.epoch_rows(epoch)) / recipe.batch) for epoch in range(recipe.epochs)
        ]

    @property
    def steps(self) -> int:
        """Batches done, of all epochs."""
        return sum(self.epoch_sizes[: self.progress.epoch]) + self.progress.batch

    def epoch_rows(self, epoch: int) -> NDArray[np.int64]:
        """The labelled papers that come in this epoch, and its share of the unlabelled ones."""
        labelled = np.arange(self.labelled)
        if self.counts is not None:
            labelled = repeated(self.counts, epoch)
        unlabelled = np.arange(self.labelled, len(self.tokens))
        turn = (epoch - (unlabelled - self.labelled)) % self.recipe.epochs
        return np.concatenate([labelled, unlabelled[turn < self.recipe.passes]])

    def resume(self, log: Callable[[str], None]) -> None:
        """Take up the checkpoint in the folder, if there is one and it is whole."""
        path = self.folder / CHECKPOINT
        if not path.is_file():
            return
        try:
            state = torch.load(path, weights_only=True, map_location=self.device)
            progress = Progress(**state["progress"])
            if progress.history:
                torch.load(self.folder / BEST, weights_only=True)
        except Exception:  # torch raises nearly anything on damaged files
            log("the checkpoint is damaged: starting over")
            return
        self.progress = progress
        self.network.load_state_dict(state["network"])
        self.averaged.load_state_dict(state["averaged"])
        self.optimizer.load_state_dict(state["optimizer"])
        random, *devices = (one.cpu() for one in state["random"])
        torch.set_rng_state(random)
        torch.cuda.set_rng_state_all(devices)
        log(f"continuing after batch {self.progress.batch} of epoch {self.progress.epoch + 1}")

    def checkpoint(self) -> None:
        """Everything that is needed to go on; a kill while writing leaves the one before."""
        self.read_losses()
        state = {
            "network": self.network.state_dict(),
            "averaged": self.averaged.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "progress": vars(self.progress),
            "random": [torch.get_rng_state(), *torch.cuda.get_rng_state_all()],
        }
        _save(state, self.folder / CHECKPOINT)

    def epoch(self) -> None:
        """The batches of one epoch that are still to do."""
        from tqdm import tqdm

        progress, recipe = self.progress, self.recipe
        most = min(recipe.train_tokens, recipe.max_tokens)
        rows = self.epoch_rows(progress.epoch)
        seed = recipe.network_seed
        batches = epoch_batches(self.tokens, rows, recipe.batch, seed, progress.epoch)
        started = saved = time.monotonic()
        before = progress.seconds
        bar = tqdm(
            total=len(batches),
            initial=progress.batch,
            desc=f"epoch {progress.epoch + 1}/{recipe.epochs}",
            disable=not sys.stderr.isatty(),
            leave=False,
        )
        self.network.train()
        for batch in batches[progress.batch :]:
            self.unread.append(self.step(batch, most))
            progress.batch += 1
            if self.pace is not None:
                if self.pace.steps in (0, TIMED_STEPS - 1):
                    self.read_losses()  # a GPU has only been given the work, it may not be done
                self.pace.step(
                    self.padded(batch, most),
                    lambda: self.tokens_left(batches, most),
                    recipe.epochs - progress.epoch,
                )
            progress.seconds = before + time.monotonic() - started
            bar.update()
            if len(self.unread) >= STEPS_BETWEEN_LOSSES:
                self.read_losses()
                loss = f"{np.mean(progress.losses[-STEPS_BETWEEN_LOSSES:]):.4f}"
                bar.set_postfix(loss=loss, score=f"{progress.best_score:.3f}")
            if time.monotonic() - saved > SECONDS_BETWEEN_CHECKPOINTS:
                self.checkpoint()
                saved = time.monotonic()
        bar.close()
        self.read_losses()

    def padded(self, rows: NDArray[np.int64], most: int) -> int:
        """Tokens of a batch, padding included."""
        return len(rows) * min(most, max(len(self.tokens.ids[row]) for row in rows))

    def tokens_left(self, batches: list[NDArray[np.int64]], most: int) -> float:
        """Of all batches to come; later epochs are like this one."""
        whole = sum(self.padded(rows, most) for rows in batches)
        here = sum(self.padded(rows, most) for rows in batches[self.progress.batch :])
        return here + whole * (self.recipe.epochs - self.progress.epoch - 1)

    def read_losses(self) -> None:
        """Seldom: a processor that is asked for a number must first have done all it was given.

        Raises:
            InputError: the training has run away.
        """
        if self.unread:
            self.progress.losses += torch.stack(self.unread).tolist()
            self.unread = []
            if not math.isfinite(self.progress.losses[-1]):
                raise InputError("the loss is NaN; use a smaller learning rate")

    def step(self, rows: NDArray[np.int64], most: int) -> Tensor:
        """One batch forward, back and into the weights; returns its loss."""
        rate = self._rate()
        for group in self.optimizer.param_groups:
            group["lr"] = group["peak"] * rate
        ids, mask = self.tokens.batch(rows, most)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=has_bf16(self.device)):
            logits = self.network(
                torch.from_numpy(ids).to(self.device), torch.from_numpy(mask).to(self.device)
            )
        loss = self.loss(logits, self.targets[torch.from_numpy(rows)].to(self.device))
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.averaged.update_parameters(self.network)
        return loss.detach()

    def finish_epoch(self, score: float, log: Callable[[str], None]) -> None:
        """Note the score, keep the best weights, and write a checkpoint."""
        progress = self.progress
        if score > progress.best_score:
            progress.best_score, progress.best_epoch = score, progress.epoch
            _save(self.averaged.module.state_dict(), self.folder / BEST)
        loss = float(np.mean(progress.losses))
        progress.history.append({"loss": loss, "score": score, "seconds": progress.seconds})
        progress.epoch += 1
        progress.batch, progress.losses = 0, []
        log(
            f"epoch {progress.epoch}/{self.recipe.epochs}: loss {loss:.3f}, average precision "
            f"{score:.4f} on held-out papers, {progress.seconds:.0f} s"
        )
        self.checkpoint()

    def _rate(self) -> float:
        """Share of the peak rate: up in a straight line, then down to 0."""
        total = sum(self.epoch_sizes)
        warm = max(1, round(total * self.recipe.warmup))
        return min((self.steps + 1) / warm, (total - self.steps) / max(1, total - warm))


def moving_average(decay: float, steps: Callable[[], int]) -> Callable[[Any, Any, Any], None]:
    """A moving average for `AveragedModel` that is short at first: a training of few steps would
    else end with the weights it began with.

    Args:
        steps: done so far. The third argument of an update says that too, but on the processor
            that trains, which would have to be waited for.
    """

    @torch.no_grad()
    def update(averaged: list[Tensor], current: list[Tensor], _: Tensor | int) -> None:
        keep = min(decay, (1 + steps()) / (10 + steps()))
        torch._foreach_lerp_(averaged, current, 1 - keep)

    return update


def _save(state: Any, path: Path) -> None:
    """Write a file whole or not at all.

    Raises:
        OSError: it can't be written.
    """
    temporary = path.with_suffix(".new")
    try:
        with temporary.open("wb") as file:
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except RuntimeError as error:  # what torch makes of a full disk
        raise OSError(
            errno.EIO, "a checkpoint could not be written; is the disk full?", str(path)
        ) from error
    finally:
        temporary.unlink(missing_ok=True)
