"""Answer questions about the documents of a company, with a link to the source."""

from __future__ import annotations

import sys
from pathlib import Path

import backend
from rookery import Agent
from rookery.tools import grep, read_file


class KnowledgeAssistant:
    """Finds answers in a folder of documents."""

    def __init__(self, docs_dir: str) -> None:
        """Answer from the documents of a folder, and reach nothing outside of it."""
        docs_dir = str(Path(docs_dir).resolve())
        self.agent = Agent(
            model="claude-sonnet-4-6",
            system=f"""You're the company's internal knowledge assistant.
            Help employees find answers in {docs_dir}.
            Always link to the source document, as path:line.""",
            tools=[read_file, grep],
            workspace=docs_dir,
            provider=backend.offline(),
        )

    def answer_question(self, question: str) -> str:
        """Answer questions about company knowledge base."""
        return str(self.agent.run(question))


# With a folder and a question of your own: knowledge_assistant.py /internal/docs "How ...?"
given = sys.argv[1:] or [str(backend.DATA / "handbook"), "How do we handle multi-tenant isolation?"]
assistant = KnowledgeAssistant(given[0])
answer = assistant.answer_question(given[1])
print(answer)
