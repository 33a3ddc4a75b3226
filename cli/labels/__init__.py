"""Check, describe, choose, export and import labelled papers."""

ACTIONS = {
    "check": "find invalid records, suspect labels and near-duplicates",
    "stats": "count papers by area",
    "suggest": "choose papers that are worth labelling",
    "export": "write papers for Label Studio or Argilla",
    "import": "write corrections to a labelled file",
    "annotations": "join the labels that ship by id with the texts of papers you have",
}
"""What each action does."""
