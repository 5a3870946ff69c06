"""What a folder says to agents, on the offline engine."""

from pathlib import Path

from rookery import Agent, Project
from rookery.tools import grep, read_file

Path("CLAUDE.md").write_text("Answer in one line. @style.md\n")
Path("style.md").write_text("Name the file.\n")

project = Project(".")
for note in project.notes:
    print(note.kind, note)
agent = Agent("claude-sonnet-4-6", provider="offline", **project.arguments(tools=[grep, read_file]))
print(agent.run("What is 12 * 12?"))
