"""What the model under test takes, as the catalog of this version of rookery has it."""

from __future__ import annotations

from rookery.catalog.lookup import Catalog
from rookery.catalog.model import Model
from rookery.testing.conformance.check import Skipped
from rookery.testing.conformance.target import Target


class Facts:
    """The model's row of the catalog, in the words of the checks."""

    def __init__(self, model: Model) -> None:
        """Read the row."""
        self.model = model
        self.forces_tools = model.forced_tool_choice
        self.thinks = tuple(kind for kind in model.thinking.types if kind != "disabled")
        self.structured = "structured_outputs" in model.features


def facts(target: Target) -> Facts:
    """Return the facts of the target's model. Raises Skipped where the catalog has none."""
    found = Catalog.builtin().find(target.model)
    if found is None:
        raise Skipped(f"nothing is known of the model {target.model}")
    return Facts(found)
