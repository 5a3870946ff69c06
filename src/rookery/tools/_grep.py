"""grep: lines that match a regular expression."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from rookery.errors import ToolError
from rookery.tools.base import current_context
from rookery.tools.function import tool
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
    request = Request(
        str(here.workspace.root),
        pattern,
        "/".join(here.workspace.parts(path)),
        glob,
        ignore_case,
        context,
        max_results,
        math.ceil(here.time_limit) + 1,
    )
    found = _run(request, here.time_limit)
    return found or f"No matches in {here.workspace.relative(path)}."


def _run(request: Request, seconds: float) -> str:
    try:
        process = _start()
    except OSError as error:
        raise ToolError(f"The search could not be started: {error.strerror}.") from error
    with process:
        try:
            output, problem = process.communicate(json.dumps(request._asdict()).encode(), seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            return _cut_short(process.communicate()[0], seconds)
        except BaseException:
            process.kill()
            raise
    if process.returncode == REFUSED:
        raise ToolError(problem.decode())
    if process.returncode != 0:
        raise ToolError(f"The search failed: {problem.decode().strip().splitlines()[-1:]}")
    return output.decode().removesuffix("\n")


def _start() -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 -- no shell, and nothing of the model's in the command
        [sys.executable, "-I", "-S", "-c", _RUN, _PACKAGES],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # Its own session: Ctrl-C is for the program, which then ends the search itself.
        start_new_session=True,
    )


def _cut_short(output: bytes, seconds: float) -> str:
    advice = "use a simpler pattern (no nested repetitions), or narrow path or glob"
    if not output:
        raise ToolError(f"The search was stopped after {seconds:g} s without a match; {advice}.")
    return f"{output.decode('utf-8', 'ignore')}(stopped after {seconds:g} s; {advice})"
