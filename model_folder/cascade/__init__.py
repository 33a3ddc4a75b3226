"""Cheap stages before the full model: they answer the papers they are sure of."""

from tagstract.labels.speed import Speed
from tagstract.model_folder.cascade.cascade import Cascade

__all__ = ["Cascade", "Speed"]
