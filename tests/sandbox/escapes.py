"""Ways out of a sandbox, by the guarantee that they would break. Every sandbox is held to them.

A row is a script of bash that knows the scene by variables: OUT (a folder outside with `secret`,
`victim`, `folder` and the socket `s`), TCP and UDP (ports on the loopback), TOKEN (the name of
an abstract socket, and of files that must not appear), PARENT (the process that started it), LONG
(seconds to sleep for what shall be left behind), OWNER_HOME. The workspace has a socket `s`, too.
Nothing here harms a machine whose sandbox does not hold.
"""

from __future__ import annotations

from typing import NamedTuple


class Escape(NamedTuple):
    name: str
    guarantee: str
    script: str


def _python(code: str) -> str:
    return (
        f"python3 -I - <<'CODE'\nimport ctypes, os, socket, sys, time\nE = os.environ\n{code}\nCODE"
    )


def _connect(family: str, address: str, kind: str = "STREAM") -> str:
    return _python(
        f"s = socket.socket(socket.{family}, socket.SOCK_{kind})\ns.settimeout(2)\n"
        f"s.connect({address})\ns.send(b'x')"
    )


_WRITES = {
    "new file": 'echo x >"$OUT/new"',
    "overwritten": 'echo x >"$OUT/victim"',
    "appended": 'echo x >>"$OUT/victim"',
    "truncated": 'truncate -s 0 "$OUT/victim"',
    "removed": 'rm -f "$OUT/victim"',
    "renamed": 'mv "$OUT/victim" "$OUT/moved"',
    "moved in": 'mv "$OUT/victim" .',
    "folder made": 'mkdir "$OUT/made"',
    "folder removed": 'rmdir "$OUT/folder"',
    "link made": 'ln -s x "$OUT/link"',
    "mode": 'chmod 777 "$OUT/victim"',
    "owner": 'chown 1:1 "$OUT/victim"',
    "time": 'touch -d 2001-01-01 "$OUT/victim"',
    "attribute": _python("os.setxattr(E['OUT'] + '/victim', 'user.x', b'y')"),
    "rights of the owner": (
        "cp /bin/true u1; chmod u+s u1; [ -u u1 ] && echo ESCAPED\n"
        + _python(
            "opened = os.open('u2', os.O_CREAT)\n"
            "for make in (\n"
            "  lambda: os.fchmod(opened, 0o4755),\n"
            "  lambda: os.open('u3', os.O_CREAT, 0o4755),\n"
            "  lambda: os.mknod('u4', 0o104755),\n"
            "):\n"
            "  try: make()\n"
            "  except OSError: pass\n"
            "rights = [os.stat(name).st_mode for name in os.listdir() if name[0] == 'u']\n"
            "print('ESCAPED' if any(mode & 0o4000 for mode in rights) else '')"
        )
    ),
    "over a link": 'ln -s "$OUT/victim" l1; echo x >l1',
    "over a linked folder": 'ln -s "$OUT" l2; echo x >l2/new; rm -f l2/victim',
    "over a hard link": 'ln "$OUT/victim" l3 && echo x >l3',
    "dots": 'cd "$PWD" && echo x >"../outside/new"',
    "system folders": 'for d in /etc /usr / /var/tmp; do echo x >"$d/$TOKEN"; done',
    "the host's tmp": 'echo x >"/tmp/$TOKEN"',
    "the home": 'echo x >>"$OWNER_HOME/$TOKEN"',
    "root of proc": 'for p in self 1 $PPID $PARENT; do echo x >"/proc/$p/root$OUT/new"; done',
    "cwd of others": 'for p in 1 $PPID $PARENT; do echo x >"/proc/$p/cwd/../outside/new"; done',
    "open files": 'for f in /proc/self/fd/*; do echo x >"$f/../outside/new"; done 2>&1 | cat',
    "mounts": (
        'mkdir m1; mount --bind "$OUT" m1 && echo x >m1/new; mount -o remount,rw "$OUT"; '
        'mount -o remount,rw /; echo x >"$OUT/new"'
    ),
    "namespaces": (
        'mkdir m2; unshare -Urm sh -c "mount --bind \\"$OUT\\" m2 && echo x >m2/new"; '
        'unshare -rm sh -c "echo x >\\"$OUT/new\\""; '
        'nsenter -t 1 -m sh -c "echo x >\\"$OUT/new\\""; '
        'nsenter -t "$PARENT" -m -U sh -c "echo x >\\"$OUT/new\\""'
    ),
    "unmounted": 'umount -l "$PWD"; umount -l /tmp; umount -l /; echo x >"$OUT/new"',
    "chroot": 'chroot /proc/1/root sh -c "echo x >\\"$OUT/new\\""',
    "device files": (
        "for d in /dev/mem /dev/kmem /dev/sda /dev/vda /dev/nvme0n1; do "
        'head -c 1 "$d" >/dev/null 2>&1 && echo ESCAPED; done; '
        "mknod node b 254 0 && head -c 1 node >/dev/null && echo ESCAPED; "
        "mknod kmem c 1 1 && head -c 1 kmem >/dev/null && echo ESCAPED"
    ),
    "other users": (
        'sudo -n sh -c "echo x >\\"$OUT/new\\""; su -c "echo x >\\"$OUT/new\\"" </dev/null'
    ),
    "settings of the kernel": (
        "for f in kernel/core_pattern vm/swappiness; do "
        'cat "/proc/sys/$f" >as-it-was && cat as-it-was >"/proc/sys/$f" && echo ESCAPED; done'
    ),
}
_READS = {
    "a file": 'cat "$OUT/secret"',
    "over a link": 'ln -s "$OUT/secret" r1; cat r1',
    "over a linked folder": 'ln -s "$OUT" r2; cat r2/*; cat r2/../outside/secret',
    "over a hard link": 'ln "$OUT/secret" r3; cat r3',
    "dots": "cat ../outside/secret ../*/secret",
    "the home": 'cat "$OWNER_HOME/$TOKEN"',
    "shared memory": 'cat "/dev/shm/$TOKEN"',
    "passwords": "cat /etc/shadow /etc/shadow- /etc/gshadow",
    "the environment": "env; cat /proc/self/environ | tr '\\0' '\\n'",
    "environment of others": "cat /proc/[0-9]*/environ | tr '\\0' '\\n'",
    "environment of the parent": 'cat "/proc/$PARENT/environ" "/proc/$PPID/environ"',
    "root of proc": 'for p in self 1 $PPID $PARENT; do cat "/proc/$p/root$OUT/secret"; done',
    "cwd of others": 'for p in 1 $PPID $PARENT; do cat "/proc/$p/cwd/../outside/secret"; done',
    "open files": "cat /proc/self/fd/[3-9]* /proc/self/fd/*/../outside/secret </dev/null",
    "open files of others": 'for f in /proc/[0-9]*/fd/*; do timeout 1 cat "$f/secret"; done',
    "memory of the parent": _python(
        "with open(f\"/proc/{E['PARENT']}/mem\", 'rb') as f:\n    f.read(1)\nprint('ESCAPED')"
    ),
    "traced parent": _python(
        "c = ctypes.CDLL(None, use_errno=True)\n"
        "if c.ptrace(0x4206, int(E['PARENT']), 0, 0) == 0: print('ESCAPED')"
    ),
    "memory by the kernel": _python(
        "c = ctypes.CDLL(None)\nb = ctypes.create_string_buffer(8)\n"
        "v = (ctypes.c_void_p * 2)(ctypes.addressof(b), 8)\n"
        "m = [l for l in open(f\"/proc/{E['PARENT']}/maps\")][0].split('-')[0]\n"
        "r = (ctypes.c_void_p * 2)(int(m, 16), 8)\n"
        "if c.process_vm_readv(int(E['PARENT']), v, 1, r, 1, 0) > 0: print('ESCAPED')"
    ),
    "handles": _python(
        "c = ctypes.CDLL(None)\nh = ctypes.create_string_buffer(136)\n"
        "ctypes.c_uint.from_buffer(h).value = 128\nm = ctypes.c_int()\n"
        "p = E['OUT'].encode() + b'/secret'\n"
        "if c.name_to_handle_at(-100, p, h, ctypes.byref(m), 0) == 0:\n"
        "    fd = c.open_by_handle_at(os.open('.', 0), h, 0)\n"
        "    print(os.read(fd, 100))"
    ),
    "mounts": 'mkdir m3; mount --bind "$OUT" m3; cat m3/secret; unshare -Urm cat "$OUT/secret"',
}
_NET = {
    "tcp": 'exec 3<>"/dev/tcp/127.0.0.1/$TCP" && echo x >&3',
    "udp": 'echo x >"/dev/udp/127.0.0.1/$UDP"',
    "tcp of python": _connect("AF_INET", "('127.0.0.1', int(E['TCP']))"),
    "udp of python": _connect("AF_INET", "('127.0.0.1', int(E['UDP']))", "DGRAM"),
    "tcp over IPv6": _connect("AF_INET6", "('::ffff:127.0.0.1', int(E['TCP']))"),
    "udp without connecting": _python(
        "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
        "s.sendto(b'x', ('127.0.0.1', int(E['UDP'])))"
    ),
    "fast open": _python(
        "s = socket.socket()\ns.sendto(b'x', 0x20000000, ('127.0.0.1', int(E['TCP'])))"
    ),
    "abstract socket": _connect("AF_UNIX", "'\\0' + E['TOKEN']"),
    "socket outside": _connect("AF_UNIX", "E['OUT'] + '/s'"),
    "socket in the workspace": _connect("AF_UNIX", "'s'"),
    "datagram to a socket": _python(
        "s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)\ns.sendto(b'x', E['OUT'] + '/s')"
    ),
    "the parent's network": (
        'nsenter -t "$PARENT" -n bash -c "echo x >/dev/tcp/127.0.0.1/$TCP"; '
        'unshare -Urn bash -c "echo x >/dev/tcp/127.0.0.1/$TCP"'
    ),
    "packets": _python(
        "s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 3)\ns.bind(('eth0', 0))\n"
        "print('ESCAPED')"
    ),
    "virtual machines": _python(
        "s = socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM)\nprint('ESCAPED')"
    ),
}
_TREE = {
    "background": 'sleep "$LONG" &',
    "nohup": 'nohup sleep "$LONG" >/dev/null 2>&1 &',
    "session": 'setsid sleep "$LONG" >/dev/null 2>&1 </dev/null &',
    "session, forked": 'setsid -f sleep "$LONG" >/dev/null 2>&1 </dev/null',
    "session and nohup, disowned": 'setsid -f nohup sleep "$LONG" >/dev/null 2>&1 & disown -a',
    "signals ignored": "(trap '' TERM HUP INT; exec sleep \"$LONG\") >/dev/null 2>&1 &",
    "forked twice": _python(
        "if os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n"
        "        os.execvp('sleep', ['sleep', E['LONG']])\n    os._exit(0)"
    ),
    "forked again and again": _python(
        "if os.fork() == 0:\n    os.setsid()\n    end = time.monotonic() + 20\n"
        "    while time.monotonic() < end:\n        if os.fork(): os._exit(0)\n"
        "        os.setsid()\n        time.sleep(0.001)\n"
        "        if time.monotonic() > end - 19.9: os.execvp('sleep', ['sleep', E['LONG']])"
    ),
    "signal to the parent": 'kill -USR1 "$PARENT"',
    "signal to the parent's group": _python("os.killpg(os.getpgid(int(E['PARENT'])), 10)"),
    "signal by pidfd": _python(
        "import signal\nsignal.pidfd_send_signal(os.pidfd_open(int(E['PARENT'])), 10)"
    ),
    "signal by an owner": _python(
        "import fcntl\na, b = socket.socketpair()\nfcntl.fcntl(a, 8, int(E['PARENT']))\n"
        "fcntl.fcntl(a, 10, 10)\nfcntl.fcntl(a, 4, fcntl.fcntl(a, 3) | 0o20000)\n"
        "b.send(b'x')\ntime.sleep(0.05)"
    ),
}

ESCAPES = tuple(
    Escape(f"{guarantee}: {name}", guarantee, script)
    for guarantee, rows in (
        ("fs_write", _WRITES),
        ("fs_read", _READS),
        ("net", _NET),
        ("kill_tree", _TREE),
    )
    for name, script in rows.items()
)
"""All of them; names are unique."""
