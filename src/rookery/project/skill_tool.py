"""The tool `skill`: loads a skill, or a file of one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from rookery.errors import ToolError
from rookery.project.skills import Skill
from rookery.tools import read_file
from rookery.tools.base import ToolContext
from rookery.tools.function import FunctionTool, tool


def skill_tool(skills: Mapping[str, Skill]) -> FunctionTool[..., str]:
    """Return the tool for those of these skills that a model may ask for."""
    known = {name: one for name, one in skills.items() if not one.for_people}

    @tool(name="skill", read_only=True)
    def load(
        context: ToolContext,
        name: Annotated[str, "The skill"],
        arguments: Annotated[str, "What it is to be applied to, if it wants to know"] = "",
        file: Annotated[str, "A file that the skill mentions, instead of the skill itself"] = "",
    ) -> str:
        """Load a skill: how something is to be done here."""
        skill = known.get(name)
        if skill is None:
            raise ToolError(f"There is no skill {name!r}. Skills: {', '.join(known)}.")
        return _file(skill, file, context) if file else skill.text(arguments)

    return load


def _file(skill: Skill, file: str, context: ToolContext) -> str:
    """Return a file of a skill, where the rules about reading files let it be had."""
    place = skill.files.workspace.place(file)
    if context.permissions is not None:
        context.permissions.permit(read_file, {"path": place.path}, context)
    return skill.files.read(place.path)
