"""The state of a browser, as the application reports it with the result of a browser tool."""

from __future__ import annotations

from rookery.wire.shapes import Absent, Block, Cached, Natural, Record


class Tab(Record, frozen=True):
    """An open tab."""

    tab_id: str
    title: str
    url: str
    active: Absent[bool] = None


class TabOpened(Block, tag="tab_opened"):
    """The call opened a tab."""

    tab_id: str


class DownloadStarted(Block, tag="download_started"):
    """The call started a download."""

    download_id: str
    url: str


class DownloadCompleted(Block, tag="download_completed"):
    """A download is complete."""

    download_id: str
    url: str
    path: str | None = None
    size_bytes: Natural | None = None


class DownloadFailed(Block, tag="download_failed"):
    """A download failed."""

    download_id: str
    url: str
    error: str | None = None


StateChange = TabOpened | DownloadStarted | DownloadCompleted | DownloadFailed


class BrowserState(Block, tag="browser_state"):
    """All open tabs after a call, and what else the call changed."""

    tabs: list[Tab]
    state_changes: list[StateChange] | None = None
    cache_control: Cached | None = None
