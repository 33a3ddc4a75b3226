"""List, show, describe, compare, promote, roll back, push and pull model versions."""

ACTIONS = {
    "list": "list all versions of all models; * marks the live one",
    "show": "print a version's training data and scores as JSON",
    "card": "write a model folder's card anew, with how it was trained",
    "promote": "compare a version with the live one and make it live unless it is worse",
    "rollback": "return to the previous live version",
    "diff": "show which papers two versions tag differently, and why",
    "push": "copy a version to the Hugging Face Hub",
    "pull": "copy a version from the Hugging Face Hub into the model store",
}
"""What each action does."""
