#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The digsig chapter, guest side: a stock kernel, root's shell, nothing loaded.
cd /root || exit
. /demo/stage.sh
export DEMO_COLOUR=1

works 'uname -r; cat /sys/kernel/security/lsm; echo'
works 'modprobe digsig_lsm && digsig status'
say 'The module is loaded and does nothing yet. It gets the certificate. In log
mode everything runs, and what would be refused is written down.'
works 'digsig key add /etc/digsig/keys.d/admin.der'
works 'digsig catalog load /etc/digsig/catalogs.d/scripts.dgc'
works 'digsig mode log'
works './hello'
works 'digsig denied'

say 'Before it enforces, the kernel checks every program that runs, so that nobody
locks himself out. An unsigned program is running: refused, with its name.'
works 'cp /usr/bin/sleep idle && digsig strip idle'
works './idle 1000 >/dev/null 2>&1 & echo $! > /run/idle.pid'
refused 'digsig mode enforce'
works 'kill $(cat /run/idle.pid)'
works 'digsig mode enforce'

say 'From here on the kernel refuses. What was signed runs as ever.'
works 'ls -l /etc/digsig'
works 'python3 -c "import json, sys; print(json.dumps(sys.version_info[:2]))"'
refused './hello'

say 'One byte of ls is changed. (The file has to be copied for that: the one that
runs cannot be written to.)'
works 'cp /usr/bin/ls tampered-ls && printf "\xcc" | dd of=tampered-ls bs=1 seek=30000 conv=notrunc status=none'
refused './tampered-ls'
refused 'digsig check ./tampered-ls'

say 'An unsigned library does not get in either, whichever door it takes.'
shows 'cannot be preloaded' 'LD_PRELOAD=./evil.so ls -d /root'
refused 'python3 -c "import ctypes; ctypes.CDLL(\"./evil.so\")"'
refused 'cp hello /dev/shm/hello && /dev/shm/hello'
refused 'python3 -c "import os; fd = os.memfd_create(\"x\"); os.write(fd, open(\"hello\", \"rb\").read()); os.execve(fd, [\"x\"], {})"'

say 'Scripts carry no signature. Those in the catalog run.'
works './backup.sh'
refused './intruder.sh'

say 'A program that runs cannot be written to. An upgrade puts a new file in its
place, as dpkg does, and that works.'
refused 'dd if=/dev/zero of=$(realpath /lib/x86_64-linux-gnu/libc.so.6) count=1 conv=notrunc'
works 'cp /usr/bin/ls ls.new && mv ls.new /usr/bin/ls && ls -d /root'

say 'A version of a program turns out to be dangerous: it is revoked on every node,
at once, though its signature is good.'
works './report'
works 'digsig revoke create --key /etc/digsig/admin.key --number 1 --file report --output /run/1.dgr'
works 'digsig revoke load /run/1.dgr'
refused './report'

say 'The key is due to be replaced. The new one is trusted beside the old one, the
programs are signed with it, and then the old one is retired. Nothing stops.'
works 'digsig key add /etc/digsig/next.der'
works 'digsig sign --key /etc/digsig/next.key --no-sync /usr /root/report'
works 'digsig catalog create --key /etc/digsig/next.key --name scripts --output /run/scripts.dgc backup.sh && digsig catalog load /run/scripts.dgc'
works 'digsig key list'
works 'digsig key del $(digsig key list | grep admin | cut -d " " -f 1)'
works './backup.sh; digsig mode'
say 'The revoked version stays refused, though it was signed again.'
refused './report'

say 'What happened, as the node saw it:'
works 'digsig -s status'
works 'digsig denied'

say 'And for good: locked mode. No way back until the node reboots.'
works 'digsig mode locked'
refused 'digsig mode off'
refused 'rmmod digsig_lsm'
