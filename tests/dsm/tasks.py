#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
# vm: timeout=150
"""
Labels of processes: inherited, changed by exec rules and by the privileged, and
what they mean for AF_UNIX, signals and ptrace. What is denied has its
counterpart that is allowed.
"""
import ctypes
import errno
import os
import shutil
import signal
import socket
import struct
import subprocess
import tempfile

import lab
import nl
import tap

RULES = """
transition system exec {dir}/web owner 0 to web;
transition system exec {dir}/tree/ to db;
transition system digsig;
transition client digsig 12 to db;
allow client -> web : unix_stream {{ connect receive }},
                      unix_dgram {{ send receive }},
                      signal {{ send }}, ptrace {{ read attach }};
allow web -> client : unix_stream {{ receive }};
"""
DENY = """\
default allow tcp { create bind connect listen setopt },
              udp { create bind connect setopt },
              unix_stream { create bind listen setopt },
              unix_dgram { create bind connect setopt };
allow system -> any : all;
allow any -> system : all;
"""
PTRACE_SEIZE = 0x4206
libc = ctypes.CDLL(None, use_errno=True)
folder = tempfile.mkdtemp()
signed = tempfile.mkdtemp(dir="/dev/shm")
PROBE = ("import socket,struct;s=socket.socket(socket.AF_INET,"
         "socket.SOCK_DGRAM);print(struct.unpack('IIII',"
         "s.getsockopt(0,0x6471,16))[0])")


def sid_of(*words, **how):
    """The SID of a program: it prints that of a socket it makes."""
    return int(lab.sh(*words, "-c", PROBE, **how))


def sids():
    """SID by process, as "dsm ps" gets it."""
    return {nl.number(t[lab.N["DSM_A_PID"]]): nl.number(t[lab.N["DSM_A_SID"]])
            for t in lab.ask("TASK_GET", dump=True)}


def python(place):
    """A copy of the interpreter under another path."""
    os.makedirs(os.path.dirname(place), exist_ok=True)
    shutil.copy(os.path.realpath("/usr/bin/python3"), place)
    return place


def labels():
    """Fork, exec, and what was said before."""
    tap.equal(sid_of("/usr/bin/python3"), lab.SYSTEM,
              "a process is of the initial SID")
    tap.equal(lab.run(None, lab.WEB, sid_of, "/usr/bin/python3"), lab.WEB,
              "fork and exec keep the SID")
    p = lab.start(None, lab.WEB, lambda up: (up.say(), up.hear()))
    p.read()
    tap.equal(sids().get(p.pid), lab.WEB, "ps shows it")
    tap.equal(sids().get(1), lab.SYSTEM, "and the others")
    p.tell()
    p.join()
    tap.ok(p.pid not in sids(), "and not those that ended")

    def said():
        lab.ask("EXEC_SET", lab.u32("SID", lab.DB))
        first = sid_of_exec()
        return first, sid_of("/usr/bin/python3")

    def sid_of_exec():
        # A child does not inherit what was said: this task itself has to exec.
        r, w = os.pipe()
        pid = os.fork()
        if pid == 0:
            lab.ask("EXEC_SET", lab.u32("SID", lab.DB))
            os.dup2(w, 1)
            os.execv("/usr/bin/python3", ["python3", "-c", PROBE])
        os.waitpid(pid, 0)
        return int(os.read(r, 100))
    tap.equal(lab.run(None, None, said), (lab.DB, lab.SYSTEM),
              "EXEC_SET: the caller's next program, and nobody else's")


def transitions():
    """By path, owner and folder, and when not."""
    web = python(folder + "/web")
    tap.equal(sid_of(web), lab.WEB, "a path of the right owner")
    tap.equal(sid_of(python(folder + "/tree/x/y")), lab.DB, "below a folder")
    tap.equal(lab.run(None, lab.CLIENT, sid_of, web), lab.CLIENT,
              "not from another SID")
    os.chown(web, 1000, 0)
    tap.equal(sid_of(web), lab.SYSTEM, "not of another owner")
    os.chown(web, 0, 0)

    def mounted():
        libc.unshare(0x10000000 | 0x00020000)   # user and mount namespaces
        libc.mount(b"/usr/bin", (folder + "/tree").encode(), None, 4096, None)
        return sid_of(folder + "/tree/python3")
    with open("/proc/sys/kernel/unprivileged_userns_clone", "w",
              encoding="ascii") as f:
        f.write("1")
    os.chmod(folder, 0o755)
    tap.equal(lab.run(None, None, mounted, uid=1000), lab.SYSTEM,
              "not by a path in a user namespace of one's own")

    def no_new_privs():
        libc.prctl(38, 1, 0, 0, 0)
        return sid_of(web)
    try:
        lab.run(None, None, no_new_privs)
        tap.ok(False, "not after giving up privileges")
    except PermissionError:
        tap.ok(True, "not after giving up privileges")
    env = dict(os.environ, LD_LIBRARY_PATH="/evil")
    got = lab.sh(web, "-c", "import ctypes; print(ctypes.CDLL(None)."
                 "getauxval(23))", env=env)
    tap.equal(int(got), 1, "the environment of a new SID is not trusted")


def signatures():
    """The SID that a signature vouches for, when somebody verifies it."""
    digsig = os.path.join(lab.TOP, "build/tools/digsig")
    good, bad = (python(f"{signed}/{name}") for name in ("good", "bad"))
    key = f"{signed}/k"
    lab.sh(digsig, "keygen", "--alg", "rsa2048", key)
    for name in (good, bad):
        lab.sh(digsig, "sign", "--key", key + ".key", "--sid", "12", name)
    with open(bad, "r+b") as f:
        f.seek(-100000, 2)
        octet = f.read(1)
        f.seek(-1, 1)
        f.write(bytes([octet[0] ^ 1]))
    tap.equal(sid_of(good), lab.SYSTEM,
              "the SID in a signature counts nothing without digsig_lsm")
    lab.sh("modprobe", "digsig_lsm")
    tap.equal(sid_of(good), lab.SYSTEM, "nor when the signer is unknown")
    lab.sh(digsig, "key", "add", key + ".pem")
    tap.equal(sid_of(good), 12, "verified, it is the program's")
    tap.equal(lab.run(None, lab.CLIENT, sid_of, good), lab.DB,
              "or what the policy makes of it")
    tap.equal(lab.run(None, lab.WEB, sid_of, good), lab.WEB,
              "only from where the policy says so")
    tap.equal(sid_of(bad), lab.SYSTEM, "not of a file that was changed")
    lab.sh("rmmod", "digsig_lsm")
    tap.equal(sid_of(good), lab.SYSTEM, "nor when digsig_lsm has gone")


def unix():
    """AF_UNIX between SIDs."""
    stream, dgram = folder + "/stream", folder + "/dgram"

    def server(up):
        s = socket.socket(socket.AF_UNIX)
        s.bind(stream)
        s.listen(4)
        d = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        d.bind(dgram)
        up.say()
        up.hear()
    p = lab.start(None, lab.WEB, server)
    p.read()

    def connect():
        socket.socket(socket.AF_UNIX).connect(stream)

    def send():
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b"x", dgram)
    for func in (connect, send):
        for sid, want in ((lab.CLIENT, 0), (lab.WEB, 0),
                          (lab.STRANGER, errno.EACCES)):
            tap.equal(lab.run(None, sid, lab.error_of, func), want,
                      f"unix {func.__name__} from {sid} to web")
    p.tell()
    p.join()


def signals():
    """Signals and ptrace between SIDs."""
    p = lab.start(None, lab.WEB, lambda up: (up.say(), up.hear()))
    p.read()
    for sid, want in ((lab.CLIENT, 0), (lab.WEB, 0),
                      (lab.STRANGER, errno.EACCES)):
        tap.equal(lab.run(None, sid, lab.error_of, os.kill, p.pid, 0), want,
                  f"a signal from {sid} to web")

    def attach():
        # Not PTRACE_ATTACH: it stops the task, and who ends before it has
        # stopped leaves it so.
        if libc.ptrace(PTRACE_SEIZE, p.pid, 0, 0):
            raise OSError(ctypes.get_errno(), "ptrace")

    def read():
        open(f"/proc/{p.pid}/environ", "rb").read()
    for func, refusal in ((attach, errno.EPERM), (read, errno.EACCES)):
        for sid, want in ((lab.CLIENT, 0), (lab.STRANGER, refusal)):
            got = lab.run(None, sid, lab.error_of, func)
            tap.ok(got == want or (want and got), f"ptrace: {func.__name__} "
                   f"from {sid} to web", got)
    p.tell()
    p.join()


def kept():
    """A socket of another SID is closed when a program changes SID."""
    web = folder + "/web"
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    check = (f"import os\ntry:\n os.fstat({s.fileno()}); print('kept')\n"
             "except OSError: print('closed')")
    tap.equal(lab.sh(web, "-c", check, pass_fds=[s.fileno()]).strip(), "kept",
              "system's socket may be kept by web")
    lab.policy(RULES.format(dir=folder) + "deny system -> web : fd { use };",
               lab.HEAD + DENY)
    tap.equal(lab.sh(web, "-c", check, pass_fds=[s.fileno()]).strip(),
              "closed", "not when the policy denies it")


def events():
    """Who listens is told."""
    fam = nl.Family("dsm")
    fam.sock.setsockopt(270, 1, fam.groups["events"])
    lab.run(None, lab.STRANGER, lab.error_of, os.kill, os.getppid(), 0)
    p = lab.start(None, lab.WEB, lambda up: (up.say(), up.hear()))
    p.read()
    lab.run(None, lab.STRANGER, lab.error_of, os.kill, p.pid, 0)
    fam.sock.settimeout(lab.LIMIT)
    got = {}
    # Packets of others may have been refused meanwhile.
    while got.get("OP") != lab.N["DSM_OP_SIGNAL"]:
        body = fam.sock.recv(1 << 16)[20:]
        event = dict(nl.attrs(dict(nl.attrs(body))[lab.N["DSM_A_EVENT"]]))
        got = {k: nl.number(event[lab.N["DSM_EV_" + k]])
               for k in ("OP", "REASON", "SSID", "TSID", "DENIED")}
    tap.equal(got, {"OP": lab.N["DSM_OP_SIGNAL"], "REASON":
                    lab.N["DSM_REASON_RULE"], "SSID": lab.STRANGER,
                    "TSID": lab.WEB, "DENIED": 1}, "an event says who and why")
    p.tell()
    p.join()


lab.begin()
lab.policy(RULES.format(dir=folder), lab.HEAD + DENY)
for test in (labels, transitions, signatures, unix, signals, kept, events):
    test()
for place in folder, signed:
    shutil.rmtree(place, ignore_errors=True)
tap.end()
