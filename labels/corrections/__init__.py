"""Corrections: labels that people give papers while the service runs, kept in a database."""

from tagstract.labels.corrections.correction import Conflict, Correction
from tagstract.labels.corrections.store import (
    Corrections,
    Outcome,
    check_place,
    default_place,
)

__all__ = ["Conflict", "Correction", "Corrections", "Outcome", "check_place", "default_place"]
