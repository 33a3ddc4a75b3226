"""Cheap stages before the full model: they answer the papers they are sure of."""

from tagstract.model_folder.cascade.cascade import Cascade
from tagstract.model_folder.cascade.speed import Speed

__all__ = ["Cascade", "Speed"]
