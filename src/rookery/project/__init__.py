"""Conventions that a project brings along: instructions, agents, skills, rules, MCP servers."""
