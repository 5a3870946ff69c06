"""grep: lines that match a regular expression."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from rookery.errors import ToolError
from rookery.tools.base import current_context
from rookery.tools.function import tool
from rookery.tools.process import Deadline, finish
from rookery.tools.ripgrep import files_with
from rookery.tools.search import REFUSED, Request

# The process is started without installed packages (-S: quicker, and nothing of them runs), so it
# is told where rookery is; at the end of the path, where it cannot shadow the standard library.
_RUN = "import sys; sys.path.append(sys.argv[1]); from rookery.tools.search import main; main()"
_PACKAGES = str(Path(__file__).parents[2])


@tool(read_only=True)
def grep(
    pattern: Annotated[str, "A regular expression of Python, searched in each line"],
    path: Annotated[str, "The file or folder to search, relative to the workspace"] = ".",
    *,
    glob: Annotated[str | None, "Only search files like this, such as *.py or src/**/*.ts"] = None,
    ignore_case: bool = False,
    context: Annotated[int, Meta(ge=0, le=50), "Lines to show before and after each match"] = 0,
    max_results: Annotated[int, Meta(ge=1, le=1000), "How many matches to show at most"] = 100,
) -> str:
    """Search files for lines that match a regular expression. Each line of the answer is
    path:LINE:text; lines of context are path-LINE-text. Binary files and folders such as .git and
    node_modules are skipped.
    """
    here = current_context()
    place = here.workspace.place(path)
    deadline = Deadline(here.time_limit, here.cancellation)
    files = files_with(pattern, place, ignore_case=ignore_case, deadline=deadline)
    request = Request(
        root=place.root,
        prefix=place.prefix,
        parts=place.parts,
        pattern=pattern,
        glob=glob,
        ignore_case=ignore_case,
        context=context,
        max_results=max_results,
        cpu_seconds=math.ceil(here.time_limit) + 1,
        files=files,
        unread=here.unread,
    )
    return _run(request, deadline) or f"No matches in {place}."


def _run(request: Request, deadline: Deadline) -> str:
    command = [sys.executable, "-I", "-S", "-c", _RUN, _PACKAGES]
    done = finish(command, json.dumps(request._asdict()).encode(), deadline)
    if done.stopped:
        return _cut_short(done.output, deadline.seconds)
    if done.status == REFUSED:
        raise ToolError(done.problem.decode())
    if done.status != 0:
        raise ToolError(f"The search failed: {done.problem.decode().strip().splitlines()[-1:]}")
    return done.output.decode().removesuffix("\n")


def _cut_short(output: bytes, seconds: float) -> str:
    advice = "use a simpler pattern (no nested repetitions), or narrow path or glob"
    if not output:
        raise ToolError(f"The search was stopped after {seconds:g} s without a match; {advice}.")
    return f"{output.decode('utf-8', 'ignore')}(stopped after {seconds:g} s; {advice})"
