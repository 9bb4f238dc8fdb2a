# SPDX-License-Identifier: GPL-2.0-only
"""
What digsig's guests measure on: programs, keys, a disk signed twice.

The same files carry both signatures: first ours inside the file, then IMA's
over the result, in the extended attribute. So each of the two judges the same
bytes, in the same page cache, of the same file system.
"""
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import quiet  # noqa: E402  pylint: disable=wrong-import-position

TOP = quiet.TOP
HERE = os.path.join(TOP, "bench", "digsig")
SIGNER = os.path.join(TOP, "build", "tools", "digsig")
FSUUID = "6d0f6cd1-4c4c-4a8b-9a5b-c61d5c000001"

# Where the dynamic program finds its loader and library in the guest.
LOADER = "/t/ld-linux-x86-64.so.2"

# The policy that is written in the guest: this disk and nothing else is
# appraised, or the guest's own RAM disk would be locked out.
IMA_POLICY = "".join(f"appraise func={func} fsuuid={FSUUID} "
                     "appraise_type=imasig\n"
                     for func in ("BPRM_CHECK", "MMAP_CHECK"))


class Missing(Exception):
    """Something of ours that is not built."""


class Refused(Exception):
    """A program of the host failed; the text has its first line."""


def run(*words, **more):
    """Runs a program of the host; its output is shown only when it fails."""
    done = subprocess.run(words, capture_output=True, text=True, check=False,
                          **more)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines() or [""]
        raise Refused(f"{' '.join(words[:2])}: {said[0]}")
    return done.stdout


def compile_tools(folder):
    """The programs that measure, static; returns their paths by name."""
    made = {}
    for name in ("map", "spawn", "parallel", "imakey"):
        made[name] = os.path.join(folder, name)
        run("gcc", "-O2", "-Wall", "-Wextra", "-static", "-o", made[name],
            f"{HERE}/{name}.c")
    return made


def compile_targets(folder):
    """The programs that are run; those on the disk, by name."""
    bare = ["gcc", "-nostdlib", "-static", "-Wl,--build-id=none",
            "-Wl,-z,noseparate-code"]
    run(*bare, "-DPAD=8192", "-o", f"{folder}/true-9kb", f"{HERE}/true.S")
    run(*bare, f"-DPAD={10 << 20}", "-o", f"{folder}/true-10mb",
        f"{HERE}/true.S")
    run("gcc", "-O2", "-static", "-o", f"{folder}/true-760kb",
        f"{HERE}/true.c")
    run("gcc", "-O2", "-Wl,-rpath,/t", f"-Wl,--dynamic-linker={LOADER}",
        "-o", f"{folder}/true-dynamic", f"{HERE}/true.c")
    shared = run("ldd", "/bin/true")
    for path in re.findall(r"(/\S*/(?:libc\.so\.6|ld-linux-x86-64\.so\.2)) ",
                           shared):
        shutil.copy(os.path.realpath(path),
                    os.path.join(folder, os.path.basename(path)))
    shutil.copy(f"{folder}/true-9kb", f"{folder}/unsigned")


def make_keys(folder):
    """An RSA-2048 key and its certificate, as PEM and DER, for both."""
    if os.path.exists(f"{folder}/key.der"):
        return
    with open(f"{folder}/key.cnf", "w", encoding="ascii") as out:
        out.write("[req]\ndistinguished_name = dn\nx509_extensions = ext\n"
                  "prompt = no\n[dn]\nCN = bench\n[ext]\n"
                  "basicConstraints = critical,CA:FALSE\n"
                  "keyUsage = digitalSignature\n"
                  "subjectKeyIdentifier = hash\n"
                  "authorityKeyIdentifier = keyid\n")
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-sha256",
        "-days", "3650", "-config", f"{folder}/key.cnf", "-keyout",
        f"{folder}/key.pem", "-out", f"{folder}/key.crt")
    run("openssl", "x509", "-in", f"{folder}/key.crt", "-outform", "DER",
        "-out", f"{folder}/key.der")


def sign_command(folder):
    """The words that sign with the key below @folder, without the files."""
    return [SIGNER, "sign", "--key", f"{folder}/key.pem"]


def sign_ours(folder, *paths):
    """Signs files in place with our signer."""
    if not os.path.exists(SIGNER):
        raise Missing("the signer is not built (make tools)")
    run(*sign_command(folder), *paths)


def ima_signature(folder, path):
    """What the extended attribute of @path has to hold, in a file."""
    run("evmctl", "ima_sign", "--sigfile", "--hashalgo", "sha256", "--key",
        f"{folder}/key.pem", "--keyid-from-cert", f"{folder}/key.crt", path)
    return path + ".sig"


def make_disk(folder, image, ours=True):
    """
    An ext4 image of the targets, each signed by both except "unsigned".

    The attributes are written by debugfs, which takes no privilege and no
    mount. @ours False leaves our signature out, for trying IMA alone.
    """
    tree = f"{folder}/disk"
    shutil.rmtree(tree, ignore_errors=True)
    os.makedirs(tree)
    compile_targets(tree)
    signed = [n for n in sorted(os.listdir(tree)) if n != "unsigned"]
    if ours:
        sign_ours(folder, *[f"{tree}/{n}" for n in signed])
    commands = []
    for name in signed:
        made = ima_signature(folder, f"{tree}/{name}")
        os.rename(made, f"{folder}/{name}.ima")
        commands.append(f"ea_set -f {folder}/{name}.ima /{name} security.ima\n")
    if os.path.exists(image):
        os.unlink(image)
    run("mke2fs", "-q", "-t", "ext4", "-U", FSUUID, "-d", tree, image, "64m")
    with open(f"{folder}/ea_set", "w", encoding="ascii") as out:
        out.writelines(commands)
    run("debugfs", "-w", "-f", f"{folder}/ea_set", image)


# What the guest's shell does to have the module enforcing, and to be rid of it.
ENFORCE = """\
insmod /digsig_lsm.ko || exit 1
digsig key add /key.der || exit 1
digsig mode enforce || exit 1"""
RELEASE = """\
digsig mode off || exit 1
rmmod digsig_lsm || exit 1"""

# The same for IMA, for the rest of the boot.
IMA = """\
imakey /key.der || exit 1
cat /policy > /sys/kernel/security/ima/policy || exit 1"""


class Inputs:
    """A kernel, the files of the RAM disk, and the disk."""

    def __init__(self, kernel, files, disk):
        self.kernel, self.files, self.disk = kernel, files, disk


def our_files(kernel):
    """
    Our module and our tool with its libraries, by their names in the guest;
    Missing when they are not built.
    """
    module = f"{TOP}/build/{kernel.release}/mod/digsig/digsig_lsm.ko"
    for path in (module, SIGNER):
        if not os.path.exists(path):
            raise Missing(f"{os.path.relpath(path, TOP)} is not built")
    files = {"digsig_lsm.ko": module, "bin/digsig": SIGNER}
    for path in re.findall(r"(/\S+) \(0x", run("ldd", SIGNER)):
        files[path.strip("/")] = os.path.realpath(path)
    return files


def prepare(folder, name):
    """
    Inputs for a guest of the kernel @name below @folder, and why ours is not
    among them, or None.
    """
    kernel = quiet.machine.Kernel(name)
    make_keys(folder)
    files = {f"bin/{n}": p for n, p in compile_tools(folder).items()}
    files["bin/busybox"] = f"{folder}/busybox"
    shutil.copy(quiet.machine.BUSYBOX, files["bin/busybox"])
    why = None
    try:
        ours = our_files(kernel)
        files.update(private_copies(folder, ours))
        sign_ours(folder, *[p for p in files.values() if is_elf(p)])
    except (Missing, Refused) as error:
        # The peer's figures are worth having without ours.
        why = str(error)
    with open(f"{folder}/policy", "w", encoding="ascii") as out:
        out.write(IMA_POLICY)
    files["policy"] = f"{folder}/policy"
    files["key.der"] = f"{folder}/key.der"
    disk = f"{folder}/image"
    make_disk(folder, disk, ours=not why)
    return Inputs(kernel, files, disk), why


def private_copies(folder, files):
    """Copies of @files that may be signed without touching the host's."""
    copies = {}
    for name, path in files.items():
        copies[name] = f"{folder}/{name.replace('/', '_')}"
        shutil.copy(path, copies[name])
    return copies


def is_elf(path):
    """True for programs and libraries, not for objects and modules."""
    with open(path, "rb") as stream:
        head = stream.read(18)
    return head[:4] == b"\x7fELF" and head[16:18] in (b"\2\0", b"\3\0")
