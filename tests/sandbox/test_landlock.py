"""The sandbox that needs nothing installed: what it does beyond the escapes of all sandboxes."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rookery.errors import SandboxError
from rookery.sandbox import cgroup, choose
from rookery.sandbox.base import MIB, Bounds, ResourceLimits, Sandbox
from rookery.sandbox.environment import kept
from rookery.sandbox.landlock import Landlock
from rookery.sandbox.messages import END, Message, send
from rookery.sandbox.spawner import Spawned
from tests.sandbox.common import bash, bounds_in, run

FOUND = choose.probe("landlock")
pytestmark = pytest.mark.skipif(not FOUND.works, reason=f"{FOUND.problem}; {FOUND.remedy}")


@pytest.fixture
def sandbox() -> Sandbox:
    return choose.tier("landlock")


@pytest.fixture
def bounds(tmp_path: Path) -> Bounds:
    return bounds_in(tmp_path)


@pytest.fixture
def own() -> Iterator[Landlock]:
    """A sandbox whose processes belong to one test."""
    made = Landlock()
    yield made
    made.close()


def until(condition: Callable[[], bool], seconds: float = 20) -> bool:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def parent_of(pid: int) -> int:
    with contextlib.suppress(OSError):
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return 0


def groups() -> list[Path]:
    return [path for parent in cgroup.parents() for path in parent.folder.glob("rookery-*")]


def long_one(sandbox: Sandbox, bounds: Bounds, script: str = "exec sleep 100") -> Spawned:
    """Start something that runs for long, with nothing for its output."""
    child = sandbox.start(
        ["/bin/bash", "-c", script],
        bounds,
        cwd=bounds.workspace,
        env=kept(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    assert isinstance(child, Spawned)
    return child


def test_a_kernel_without_landlock_is_told_of() -> None:
    found = Landlock(version=0).probe()
    assert not found.works
    assert "no Landlock" in found.problem
    assert "lsm=" in found.remedy


def test_a_kernel_without_landlock_runs_nothing(bounds: Bounds) -> None:
    with pytest.raises(SandboxError, match="no Landlock"):
        bash(Landlock(version=0), "true", bounds)


@pytest.mark.parametrize("version", range(1, 7))
def test_older_kernels_guarantee_less_and_say_so(version: int) -> None:
    older = Landlock(version=version)
    try:
        found = older.probe()
    finally:
        older.close()
    assert found.works
    assert found.guarantees.fs_read
    assert found.guarantees.net
    assert found.guarantees.kill_tree
    assert found.guarantees.fs_write == (version >= 3)
    assert ("truncated" in found.problem) == (version < 3)
    assert ("signals" in found.problem) == (version < 6)


def test_without_scopes_of_signals_supervisors_are_guarded(bounds: Bounds) -> None:
    older = Landlock(version=5)
    script = """
    zygote=$(ps -o ppid= $PPID)
    for pid in $PPID $zygote -1 -$PPID; do kill -9 -- $pid 2>/dev/null && echo "sent $pid"; done
    sleep 60 & kill $! && echo own
    """
    try:
        done = bash(older, script, bounds)
    finally:
        older.close()
    assert done.output == "own\n"


ATTRIBUTES = """
import os, sys
inside, outside = "f", sys.argv[1]
open(inside, "w").close()
os.symlink(outside, "to-outside"); os.symlink(inside, "to-inside")
folder, far = os.open(".", os.O_RDONLY), os.open(os.path.dirname(outside), os.O_PATH)
here = os.open(inside, os.O_RDONLY)
me, group = os.getuid(), os.getgid()
def tell(call, *arguments, **options):
    try:
        call(*arguments, **options)
    except OSError as error:
        print(call.__name__, arguments, options, error.errno)
for path in (inside, "to-inside", os.path.abspath(inside), here, f"/proc/self/fd/{here}"):
    tell(os.chmod, path, 0o640)
    tell(os.chown, path, me, group)
    tell(os.utime, path, (1, 2))
    tell(os.utime, path)
    tell(os.setxattr, path, "user.a", b"b")
    tell(os.removexattr, path, "user.a")
tell(os.chmod, inside, 0o604, dir_fd=folder)
tell(os.utime, inside, ns=(10**9, 2 * 10**9 + 5), dir_fd=folder)
tell(os.chown, inside, me, group, dir_fd=folder)
tell(os.lchown, "to-outside", me, group)
tell(os.utime, "to-outside", (1, 2), follow_symlinks=False)
print("--")
name = os.path.basename(outside)
for path in (outside, "to-outside", "../outside/victim"):
    tell(os.chmod, path, 0o777)
    tell(os.chown, path, me, group)
    tell(os.utime, path, (1, 2))
    tell(os.setxattr, path, "user.a", b"b")
tell(os.chmod, name, 0o777, dir_fd=far)
tell(os.utime, name, (1, 2), dir_fd=far)
print("--")
tell(os.chmod, "nothing", 0o600)
tell(os.chmod, "", 0o600)
tell(os.chmod, inside + "/x", 0o600)
tell(os.chmod, "x" * 5000, 0o600)
tell(os.chmod, 77, 0o600)
"""


def test_attributes_change_in_the_workspace_and_nowhere_else(
    sandbox: Sandbox, bounds: Bounds, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    victim = outside / "victim"
    victim.write_text("x")
    victim.chmod(0o644)
    before = victim.stat()
    done = run(sandbox, ["/usr/bin/python3", "-I", "-c", ATTRIBUTES, str(victim)], bounds)
    assert done.problem == ""
    inside, refused, wrong = (part.splitlines() for part in done.output.split("--\n"))
    assert inside == []
    assert len(refused) == 3 * 4 + 2
    assert all(line.endswith(" 1") for line in refused)  # EPERM
    assert [line.rsplit(" ", 1)[1] for line in wrong] == ["2", "2", "20", "36", "9"]
    after = victim.stat()
    assert (before.st_mode, before.st_mtime_ns, before.st_uid) == (
        after.st_mode,
        after.st_mtime_ns,
        after.st_uid,
    )
    made = (bounds.workspace / "f").stat()
    assert stat.S_IMODE(made.st_mode) == 0o604
    assert made.st_mtime_ns == 2 * 10**9 + 5


def test_a_file_that_is_open_for_reading_gives_no_way_to_its_attributes(
    sandbox: Sandbox, bounds: Bounds
) -> None:
    script = "import os; f = os.open('/etc/passwd', os.O_RDONLY); os.fchmod(f, 0o666)"
    done = run(sandbox, ["/usr/bin/python3", "-I", "-c", script], bounds)
    assert "Operation not permitted" in done.problem
    done = run(
        sandbox,
        ["/usr/bin/python3", "-I", "-c", script.replace("fchmod(f, 0o666)", "utime(f, (1, 2))")],
        bounds,
    )
    assert "Operation not permitted" in done.problem


RACE = """
import os, sys, threading
outside, stop = sys.argv[1], threading.Event()
open("mine", "w").close()
os.mkdir("folder"); open("folder/victim", "w").close()
def swap():
    while not stop.is_set():
        for name, target in (("file", "mine"), ("file", outside), ("way", "folder"),
                             ("way", os.path.dirname(outside))):
            os.symlink(target, "new"); os.rename("new", name)
def change(path):
    done = refused = 0
    for _ in range(400):
        try:
            os.chmod(path, 0o777); done += 1
        except OSError: refused += 1
    print(path, done + refused == 400)
threading.Thread(target=swap, daemon=True).start()
threads = [threading.Thread(target=change, args=(p,)) for p in ("file", "way/victim") * 2]
[t.start() for t in threads]; [t.join() for t in threads]; stop.set()
"""


def test_links_that_are_swapped_meanwhile_lead_to_no_attributes_outside(
    sandbox: Sandbox, bounds: Bounds, tmp_path: Path
) -> None:
    victim = tmp_path / "outside/victim"
    victim.parent.mkdir()
    victim.touch(mode=0o640)
    argv = ["/usr/bin/python3", "-I", "-c", RACE, str(victim)]
    done = run(sandbox, argv, bounds)
    assert (done.output.count("True"), done.problem) == (4, "")
    assert stat.S_IMODE(victim.stat().st_mode) == 0o640
    assert stat.S_IMODE((bounds.workspace / "mine").stat().st_mode) == 0o777


CHEATS = """
import ctypes, os, resource, socket, sys
libc = ctypes.CDLL(None, use_errno=True)
class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]
allow = Program(1, (6).to_bytes(2, "little") + b"\\0\\0" + (0x7FFF0000).to_bytes(4, "little"))
number = {"x86_64": 317, "aarch64": 277}[os.uname().machine]
print("listener", libc.syscall(number, 1, 8, ctypes.byref(allow)), ctypes.get_errno())
def tell(name, call):
    try:
        print(name, call())
    except OSError as error:
        print(name, error.errno)
pid = int(sys.argv[1])
tell("limit", lambda: resource.prlimit(pid, resource.RLIMIT_CPU, (1, 1)))
tell("datagrams", lambda: socket.socketpair(type=socket.SOCK_DGRAM)[0].sendto(b"x", sys.argv[2]))
"""


def test_ways_around_the_filter(sandbox: Sandbox, bounds: Bounds, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "s"))
        listener.setblocking(False)
        argv = ["/usr/bin/python3", "-I", "-c", CHEATS, str(os.getpid()), str(tmp_path / "s")]
        done = run(sandbox, argv, bounds)
        with pytest.raises(BlockingIOError):
            listener.recv(1)
    assert done.output == "listener -1 16\nlimit 1\ndatagrams 13\n"  # EBUSY, EPERM, EACCES


def test_a_tree_that_changes_attributes_all_the_time_is_ended(
    sandbox: Sandbox, bounds: Bounds
) -> None:
    script = "for i in 1 2 3 4; do (touch $i; while :; do chmod 600 $i; done) & done; wait"
    child = long_one(sandbox, bounds, script)
    assert until((bounds.workspace / "4").exists)
    child.kill()
    assert child.wait() == 137
    assert not alive(child.pid)


def test_ordinary_tools_work(sandbox: Sandbox, bounds: Bounds) -> None:
    script = """
    set -e
    git init -q . && git config user.name a && git config user.email a@b.c
    echo x >file && git add . && git commit -qm one && git mv file other && git status --short
    mkdir -p a/b && cp -rp other a/b/ && tar cf t.tar a && rm -r a && tar xf t.tar && cat a/b/other
    install -m 755 other bin && ./bin 2>/dev/null || true
    seq 3 | sort -r | (read first; echo $first) && diff <(echo a) <(echo a) && echo same
    mktemp >/dev/null && echo $((6 * 7)) >/dev/null && date -u +%Y >/dev/null
    """
    done = bash(sandbox, script, bounds, env={**kept(), "PATH": "/usr/bin:/bin"})
    assert (done.status, done.problem) == (0, "")
    assert done.output == "R  file -> other\nx\n3\nsame\n"


def test_a_program_inherits_three_descriptors_and_no_signal_settings(
    sandbox: Sandbox, bounds: Bounds, tmp_path: Path
) -> None:
    with (tmp_path / "open").open("w") as extra:
        os.set_inheritable(extra.fileno(), True)
        script = (
            "exec /usr/bin/python3 -I -c 'import os; print(sorted(os.listdir(\"/proc/self/fd\")))'"
        )
        done = bash(sandbox, script + "; ", bounds)
    assert done.output.strip() == "['0', '1', '2', '3']"  # the last is the listing itself
    done = bash(
        sandbox, "grep -E 'Sig(Blk|Ign)|NoNewPrivs|CapEff|Seccomp:' /proc/self/status", bounds
    )
    values = dict(line.split(":\t") for line in done.output.splitlines())
    ignored = int(values["SigIgn"], 16) & 0x7FFFFFFF  # above are those of the C library
    assert int(values["SigBlk"], 16) == ignored == int(values["CapEff"], 16) == 0
    assert (values["NoNewPrivs"], values["Seccomp"]) == ("1", "2")


def test_home_and_temporary_files_are_private(sandbox: Sandbox, bounds: Bounds) -> None:
    done = bash(sandbox, 'echo "$HOME $TMPDIR" && mktemp', bounds)
    tmp = str(bounds.tmp)
    home, _, rest = done.output.partition(" ")
    assert home == tmp
    assert rest.startswith(f"{tmp}\n{tmp}/")


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["/nothing/here"], "the program: No such file"),
        (["/etc/passwd"], "the program: Permission denied"),
        (["/bin/echo", "a\0b"], "null byte"),
    ],
)
def test_what_cannot_be_started_is_told_of(
    sandbox: Sandbox, bounds: Bounds, argv: list[str], said: str
) -> None:
    with pytest.raises(SandboxError, match=said):
        run(sandbox, argv, bounds)


def test_a_variable_without_a_name_is_told_of(sandbox: Sandbox, bounds: Bounds) -> None:
    with pytest.raises(SandboxError, match="illegal environment variable"):
        bash(sandbox, "true", bounds, env={"": "x"})


def test_a_program_outside_of_the_bounds_is_not_run(
    sandbox: Sandbox, bounds: Bounds, tmp_path: Path
) -> None:
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\necho ran\n")
    program.chmod(0o755)
    with pytest.raises(SandboxError, match="Permission denied"):
        run(sandbox, [str(program)], bounds)


def test_domains_are_refused(sandbox: Sandbox, tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="bubblewrap"):
        bash(sandbox, "true", bounds_in(tmp_path, allow_domains=("example.org",)))


def test_a_workspace_that_was_made_anew_is_the_workspace(sandbox: Sandbox, bounds: Bounds) -> None:
    for _ in range(2):
        assert bash(sandbox, "echo x >file && cat file", bounds).output == "x\n"
        (bounds.workspace / "file").unlink()
        bounds.workspace.rmdir()
        with pytest.raises(SandboxError, match=r"cannot be used|take the bounds"):
            bash(sandbox, "true", bounds, cwd=bounds.tmp)
        bounds.workspace.mkdir()


def test_status_is_that_of_a_shell(sandbox: Sandbox, bounds: Bounds) -> None:
    assert bash(sandbox, "exit 3", bounds).status == 3
    assert bash(sandbox, "kill -TERM $$", bounds).status == 143


def test_waiting_and_killing(sandbox: Sandbox, bounds: Bounds) -> None:
    child = long_one(sandbox, bounds)
    assert child.wait(0) is None
    assert alive(child.pid)
    waiting = [threading.Thread(target=child.wait, args=(20,)) for _ in range(3)]
    for thread in waiting:
        thread.start()
    child.kill()
    child.kill()
    assert child.wait() == 137
    assert not alive(child.pid)
    for thread in waiting:
        thread.join(20)
        assert not thread.is_alive()


def test_a_late_wish_for_the_end_of_another_command_is_not_heard(
    own: Landlock, bounds: Bounds
) -> None:
    child = long_one(own, bounds)
    send(child._control, Message(END, child.pid + 1))
    assert child.wait(0.2) is None
    child.kill()


def test_a_command_that_is_forgotten_ends(own: Landlock, bounds: Bounds) -> None:
    pid = long_one(own, bounds).pid
    gc.collect()
    assert until(lambda: not alive(pid))


def test_many_at_once_and_children_of_others_are_left_alone(
    sandbox: Sandbox, bounds: Bounds
) -> None:
    other = subprocess.Popen(["sleep", "100"])

    async def both() -> None:
        mine = await asyncio.create_subprocess_exec("sleep", "0.5")
        with ThreadPoolExecutor(8) as pool:
            script = "setsid sleep 90 & echo $0 $$"
            jobs = [pool.submit(bash, sandbox, script, bounds_at(n)) for n in range(24)]
            said = [await asyncio.wrap_future(job) for job in jobs]
        assert all(done.status == 0 and done.output for done in said)
        assert await mine.wait() == 0
        assert other.poll() is None
        other.kill()
        assert other.wait() == -signal.SIGKILL

    def bounds_at(number: int) -> Bounds:
        folder = bounds.tmp / str(number)
        folder.mkdir()
        return bounds_in(folder)

    asyncio.run(both())


PARENT = """
import os, subprocess, sys, time
from pathlib import Path
from rookery.sandbox.landlock import Landlock
from tests.sandbox.test_landlock import bounds_in, long_one
bounds = bounds_in(Path(sys.argv[1]))
script = "setsid nohup sleep 300 & (setsid sh -c 'sleep 300 & sleep 300' &); exec sleep 300"
child = long_one(Landlock(), bounds, script)
print(child.pid, flush=True)
time.sleep(100)
"""


def _confined(pid: int) -> list[int]:
    """Return the processes that work in the folder of this one."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if (entry / "cwd").readlink() == Path(f"/proc/{pid}/cwd").readlink():
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


def test_nothing_is_left_of_a_program_that_was_killed(tmp_path: Path) -> None:
    before = set(groups())
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
        text=True,
    )
    assert parent.stdout is not None
    with parent.stdout:
        pid = int(parent.stdout.readline())
    assert until(lambda: len(_confined(pid)) >= 4)
    tree = _confined(pid)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    assert until(lambda: not any(map(alive, tree)))
    assert until(lambda: set(groups()) <= before)


def test_nothing_is_left_when_a_supervisor_is_killed(own: Landlock, bounds: Bounds) -> None:
    child = long_one(own, bounds, "setsid sleep 300 & echo x >x; exec sleep 300")
    assert until(lambda: len(_confined(child.pid)) >= 2)
    tree = _confined(child.pid)
    os.kill(parent_of(child.pid), signal.SIGKILL)
    assert child.wait(20) == 137
    assert until(lambda: not any(map(alive, tree)))
    assert bash(own, "echo on", bounds).output == "on\n"


def test_a_zygote_that_was_killed_is_replaced(own: Landlock, bounds: Bounds) -> None:
    assert bash(own, "true", bounds).status == 0
    zygote = own._spawner._process
    assert zygote is not None
    zygote.kill()
    zygote.wait()
    for _ in range(6):
        assert bash(own, "echo on", bounds).output == "on\n"


def test_supervisors_that_went_while_idle_are_replaced(own: Landlock, bounds: Bounds) -> None:
    assert bash(own, "true", bounds).status == 0
    zygote = own._spawner._process
    assert zygote is not None
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and parent_of(int(entry.name)) == zygote.pid:
            os.kill(int(entry.name), signal.SIGKILL)
    for _ in range(6):
        assert bash(own, "echo on", bounds).output == "on\n"


def test_a_forked_process_has_a_zygote_of_its_own(own: Landlock, bounds: Bounds) -> None:
    assert bash(own, "true", bounds).status == 0
    script = f"""
import os, sys
from pathlib import Path
from rookery.sandbox.landlock import Landlock
from rookery.sandbox.messages import END, Message, send
from rookery.sandbox.spawner import Spawned
from tests.sandbox.common import bash, bounds_in
bounds, sandbox = bounds_in(Path({str(bounds.tmp)!r})), Landlock()
print(bash(sandbox, "echo one", bounds).output, flush=True)
pid = os.fork()
said = bash(sandbox, "echo two", bounds).output
if pid == 0:
    os._exit(0 if said == "two\\n" else 1)
assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0 and said == "two\\n"
"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=Path(__file__).parents[2], timeout=60, check=False
    )
    assert done.returncode == 0


limited = pytest.mark.skipif(
    not FOUND.guarantees.limits, reason="no control group can be made here"
)


@limited
def test_a_fork_bomb_meets_the_limit(sandbox: Sandbox, tmp_path: Path) -> None:
    bounds = bounds_in(tmp_path, limits=ResourceLimits(processes=30))
    child = long_one(sandbox, bounds, "for i in $(seq 200); do sleep 60 & done; wait")
    try:
        assert until(lambda: len(_confined(child.pid)) >= 30)
        assert len(_confined(child.pid)) == 30
    finally:
        child.kill()
    assert not alive(child.pid)


@limited
def test_memory_of_the_tree_is_limited(sandbox: Sandbox, tmp_path: Path) -> None:
    bounds = bounds_in(tmp_path, limits=ResourceLimits(memory=64 * MIB))
    hog = "python3 -I -c \"x = b'x' * (48 << 20); import time; time.sleep(1); print('had it')\""
    script = f"ulimit -v 400000; {hog} & {hog} & wait"
    done = bash(sandbox, script, bounds, env={**kept(), "PATH": "/usr/bin:/bin"})
    assert done.output.count("had it") <= 1
    alone = bash(
        sandbox, f"ulimit -v 400000; {hog}", bounds, env={**kept(), "PATH": "/usr/bin:/bin"}
    )
    assert alone.output == "had it\n"


def test_files_and_time_of_a_processor_are_limited(sandbox: Sandbox, tmp_path: Path) -> None:
    bounds = bounds_in(tmp_path, limits=ResourceLimits(file_size=MIB, cpu_seconds=1))
    done = bash(sandbox, "head -c 3000000 /dev/zero >big; stat -c %s big", bounds)
    assert done.output == f"{MIB}\n"
    assert bash(sandbox, "ulimit -c; while :; do :; done", bounds, seconds=20).status == 128 + 24


@limited
def test_groups_are_removed(bounds: Bounds) -> None:
    before = set(groups())
    own = Landlock()
    assert bash(own, "true", bounds).status == 0
    assert set(groups()) > before
    own.close()
    assert until(lambda: set(groups()) <= before)


@limited
def test_groups_of_processes_that_are_gone_are_swept(bounds: Bounds) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    namespace = Path("/proc/self/ns/pid").readlink().name.strip("pid:[]")
    stale = [parent.folder / f"rookery-{namespace}-{gone.pid}-1-1" for parent in cgroup.parents()]
    other = [parent.folder / f"rookery-1-{gone.pid}-1-1" for parent in cgroup.parents()]
    for folder in (*stale, *other):
        folder.mkdir()
    sleeper = subprocess.Popen(["sleep", "100"])
    (stale[0] / "cgroup.procs").write_text(str(sleeper.pid))
    own = Landlock()
    try:
        assert bash(own, "true", bounds).status == 0
        assert sleeper.wait(20) == -signal.SIGKILL
        assert until(lambda: not any(folder.exists() for folder in stale))
        assert all(folder.exists() for folder in other)  # of another namespace: who knows
    finally:
        own.close()
        for folder in other:
            folder.rmdir()
