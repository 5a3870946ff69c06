"""Folders with conventions in them."""

from __future__ import annotations

from pathlib import Path

from rookery import Project


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def told(project: Project, kind: str) -> list[str]:
    return [str(note) for note in project.notes if note.kind == kind]


def agent_file(head: str, body: str = "You review.") -> str:
    return f"---\n{head}\n---\n{body}\n"
