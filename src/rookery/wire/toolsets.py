"""Sets of tools that one entry of `tools` brings: a computer, a browser."""

from __future__ import annotations

from typing import ClassVar, Literal

from msgspec import Struct

from rookery.rules.rule import Rule
from rookery.rules.types import NAMED_TOOLSET
from rookery.wire.shapes import Absent, Cached, Record

Callers = list[
    Literal[
        "direct",
        "code_execution_20250825",
        "code_execution_20260120",
        "code_execution_20260521",
    ]
]
"""Who may call a tool."""


class ApiTool(
    Struct,
    frozen=True,
    kw_only=True,
    tag_field="type",
    forbid_unknown_fields=True,
    omit_defaults=True,
):
    """A tool, or a set of them, that the API defines."""

    cache_control: Cached | None = None


class MemberConfig(Record, frozen=True):
    """Whether one tool of a set is offered."""

    defer_loading: bool | None = None
    enabled: bool | None = None


class ComputerConfigs(Record, frozen=True):
    """The tools of the computer."""

    cursor_position: MemberConfig | None = None
    double_click: MemberConfig | None = None
    hold_key: MemberConfig | None = None
    key: MemberConfig | None = None
    left_click: MemberConfig | None = None
    left_click_drag: MemberConfig | None = None
    left_mouse_down: MemberConfig | None = None
    left_mouse_up: MemberConfig | None = None
    middle_click: MemberConfig | None = None
    mouse_move: MemberConfig | None = None
    right_click: MemberConfig | None = None
    screenshot: MemberConfig | None = None
    scroll: MemberConfig | None = None
    triple_click: MemberConfig | None = None
    type: MemberConfig | None = None
    wait: MemberConfig | None = None
    zoom: MemberConfig | None = None


class BrowserConfigs(Record, frozen=True):
    """The tools of the browser."""

    close_tab: MemberConfig | None = None
    double_click: MemberConfig | None = None
    file_upload: MemberConfig | None = None
    find: MemberConfig | None = None
    form_input: MemberConfig | None = None
    get_page_text: MemberConfig | None = None
    hold_key: MemberConfig | None = None
    hover: MemberConfig | None = None
    javascript_exec: MemberConfig | None = None
    key: MemberConfig | None = None
    left_click: MemberConfig | None = None
    left_click_drag: MemberConfig | None = None
    left_mouse_down: MemberConfig | None = None
    left_mouse_up: MemberConfig | None = None
    list_tabs: MemberConfig | None = None
    middle_click: MemberConfig | None = None
    mouse_move: MemberConfig | None = None
    navigate: MemberConfig | None = None
    new_tab: MemberConfig | None = None
    read_console: MemberConfig | None = None
    read_network: MemberConfig | None = None
    read_page: MemberConfig | None = None
    right_click: MemberConfig | None = None
    screenshot: MemberConfig | None = None
    scroll: MemberConfig | None = None
    scroll_to: MemberConfig | None = None
    switch_tab: MemberConfig | None = None
    triple_click: MemberConfig | None = None
    type: MemberConfig | None = None
    wait: MemberConfig | None = None
    zoom: MemberConfig | None = None


class Toolset(ApiTool, frozen=True):
    """A set whose tools have names of their own; it takes none."""

    extra_rules: ClassVar[dict[str, Rule]] = {"name": NAMED_TOOLSET}
    """What the API says of a field that it does not have, where that is not the usual."""

    allowed_callers: Absent[Callers] = None


class ComputerToolset(Toolset, frozen=True, tag="computer_toolset_20260801"):
    """A computer with a screen, a mouse and a keyboard."""

    configs: ComputerConfigs | None = None


class BrowserToolset(Toolset, frozen=True, tag="browser_toolset_20260801"):
    """A browser with tabs."""

    configs: BrowserConfigs | None = None
