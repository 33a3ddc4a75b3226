"""BentoML's model store: versions, which of them is live, and copies from and to the Hub."""

from tagstract.model_folder.store.versions import (
    DEFAULT_FOLDER,
    NAME,
    check_free,
    clean_wrecks,
    register,
    resolve,
    shipped_tag,
    stored,
)

__all__ = [
    "DEFAULT_FOLDER",
    "NAME",
    "check_free",
    "clean_wrecks",
    "register",
    "resolve",
    "shipped_tag",
    "stored",
]
