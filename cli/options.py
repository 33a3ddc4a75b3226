"""Arguments that several commands take, each with one wording."""

from __future__ import annotations

import argparse

from tagstract.labels.speed import Speed

__all__ = ["add_format", "add_mapping", "add_model", "add_speed", "add_taxonomy"]


def add_model(parser: argparse.ArgumentParser) -> None:
    """--model: the one to use."""
    help = "NAME:VERSION, NAME or a model folder; default: the live version, else the shipped model"
    parser.add_argument("--model", metavar="NAME_OR_DIR", help=help)


def add_speed(parser: argparse.ArgumentParser, default: Speed | None = Speed.BEST) -> None:
    """--speed: which stages of the model may answer; `default` None where a setting may say it."""
    parser.add_argument(
        "--speed",
        choices=[speed.value for speed in Speed],
        default=default and default.value,
        help="balanced and fast settle easy papers in smaller models first and lose about 0.1 "
        "and 0.5 points of micro-F1 on held-out papers (default: best)",
    )


def add_format(parser: argparse.ArgumentParser) -> None:
    """--from: the input format."""
    help = "input format; default: detected from the content"
    parser.add_argument("--from", dest="format", metavar="NAME", help=help)


def add_mapping(parser: argparse.ArgumentParser, fields: str) -> None:
    """--map: which column holds a field, of those that `fields` names."""
    parser.add_argument(
        "--map",
        dest="mapping",
        action="append",
        metavar="FIELD=COLUMN",
        default=[],
        help=f"read FIELD ({fields}) from COLUMN",
    )


def add_taxonomy(parser: argparse.ArgumentParser) -> None:
    """--taxonomy: the areas, where no model gives them."""
    parser.add_argument("--taxonomy", metavar="FILE", help="default: the shipped taxonomy")
