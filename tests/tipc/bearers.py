#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
# vm: timeout=150
"""
Ethernet bearers: offload in all its forms, VLANs and bonds, interfaces that
change under traffic.
"""
import socket
import threading
import time

import tap
import xdp
from cable import (AT, SIZES, burst, counters, disable, echoes, enable,
                   linked, set_up)
from lab import load, run, says, until

ETH = 0x88ca


# ---- offload ------------------------------------------------------------------

def offload():
    """As it is, and with each part of it turned off."""
    enable("v0", "v1")
    tap.ok(until(lambda: linked("v0", "v1")), "a link comes up")
    tap.ok(until(lambda: "23000" in run("tipc nametable show")), "with names")
    tap.equal(echoes(SIZES), [], "whole packets come back")
    tap.ok(counters()["rx_batches"] < counters()["rx_packets"] or
           counters()["tx_packets"] > 0, "and are counted", counters())
    for what, near, far in (
            ("cut by the kernel", "tx-gso-list off", None),
            ("cut by the kernel and chained again", "tso off", "gro on"),
            ("cut at once", "gso off", "gso off")):
        done = says(f"ethtool -K v0 {near}")[-1]
        for way in filter(None, (near, far)):
            done |= says(AT + f"ethtool -K v1 {way}")[-1]
        tap.equal(done, 0, f"{what}: set")
        tap.equal(echoes(SIZES), [], f"{what}: they come back")
    for way in ("gso on", "tx-gso-list on", "gro off", "tso on"):
        run(f"ethtool -K v0 {way}", check=False)
        run(AT + f"ethtool -K v1 {way}", check=False)
    linear()
    tapped = socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                           socket.ntohs(ETH))
    tapped.bind(("v0", ETH))
    tapped.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
    tap.equal(echoes(SIZES), [], "with somebody who listens")
    tapped.close()
    short_cut()
    mixed_mtus()


def linear():
    """A program of the generic XDP gets chains linear."""
    with xdp.on("v1", AT) as program:
        tap.ok(program, "a program that gets all linear")
        tap.equal(echoes(SIZES), [], "linear: whole packets come back")
        before = counters("eth:v1", AT)
        good, sent, again = burst("v0", "v1")
        after = counters("eth:v1", AT)
        tap.ok(good and again < sent, "linear: no chain loses packets",
               good, sent, again)
        tap.ok(after["rx_batches"] - before["rx_batches"] <
               after["rx_packets"] - before["rx_packets"],
               "and there are chains", before, after)


def short_cut():
    """From one namespace of a host to another, without the cable."""
    before = counters()["tx_short_cut"]
    run("sysctl -qw net.tipc.short_cut=1")
    tap.equal(echoes(SIZES), [], "one end wants the short cut")
    tap.equal(counters()["tx_short_cut"], before, "and does not get it")
    run(AT + "sysctl -qw net.tipc.short_cut=1")
    tap.equal(echoes(SIZES), [], "both ends do")
    tap.ok(counters()["tx_short_cut"] > before and
           counters("eth:v1", AT)["tx_short_cut"] > 0, "and it is taken",
           counters())
    run("ip link set v0 down")
    tap.ok(until(lambda: not linked("v0", "v1")),
           "without a cable there is no link, and no short cut")
    run("ip link set v0 up")
    tap.ok(until(lambda: linked("v0", "v1")), "until it is back")
    tap.ok(until(lambda: "23000" in run("tipc nametable show")), "with names")
    tap.equal(echoes(SIZES), [], "and messages")
    run("sysctl -qw net.tipc.short_cut=0;" + AT +
        "sysctl -qw net.tipc.short_cut=0")


def mixed_mtus():
    """An interface whose packets become smaller, and larger, under traffic."""
    stop = threading.Event()
    seen = []

    def traffic():
        while not stop.is_set():
            seen.append(echoes((30000,)))

    t = threading.Thread(target=traffic)
    t.start()
    for mtu in (1280, 9000, 1500):
        run(f"ip link set v0 mtu {mtu}; ip -n far link set v1 mtu {mtu}")
        tap.ok(until(lambda: linked("v0", "v1")), f"MTU {mtu}: linked")
    stop.set()
    t.join()
    tap.equal(echoes(SIZES), [], "after other MTUs all come back")
    run("ip link set v0 mtu 900")
    tap.equal(says("tipc bearer list"), [0], "with 900 the bearer ends")
    run("ip link set v0 mtu 1500")
    disable("v0", "v1")


# ---- interfaces ------------------------------------------------------------------

def other_interfaces():
    """VLANs, a bond, a name that changes, an interface that goes."""
    run("ip link add link v0 name v0.7 type vlan id 7; ip link set v0.7 up")
    run("ip -n far link add link v1 name v1.7 type vlan id 7; "
        "ip -n far link set v1.7 up")
    enable("v0.7", "v1.7")
    tap.ok(until(lambda: linked("v0.7", "v1.7")), "a link over a VLAN")
    tap.equal(echoes(SIZES), [], "carries all sizes")
    disable("v0.7", "v1.7")
    run("ip link del v0.7; ip -n far link del v1.7")
    run("ip link add w0 type veth peer name w1 netns far")
    bond = "mode active-backup miimon 50"
    for at, a, b in (("ip", "v0", "w0"), ("ip -n far", "v1", "w1")):
        run(f"{at} link set {a} down; {at} link set {b} down; "
            f"{at} link add bo{a} type bond {bond} && "
            f"{at} link set {a} master bo{a} && "
            f"{at} link set {b} master bo{a} && {at} link set bo{a} up")
    enable("bov0", "bov1")
    tap.ok(until(lambda: linked("bov0", "bov1")), "a link over a bond")
    run("ip link set v0 down")
    tap.equal(echoes(SIZES), [], "that carries when one leg is gone")
    disable("bov0", "bov1")
    run("ip link del bov0; ip -n far link del bov1; ip link del w0")
    run("ip link set v0 up; ip -n far link set v1 up")
    enable("v0", "v1")
    tap.ok(until(lambda: linked("v0", "v1")), "a link again")
    run("ip link set v0 down; ip link set v0 name u0; ip link set u0 up")
    tap.equal(says("tipc bearer list"), [0], "a new name ends the bearer")
    run("ip link set u0 down; ip link set u0 name v0; ip link set v0 up")
    run("tipc bearer enable media eth device v0")
    tap.ok(until(lambda: linked("v0", "v1")), "and it is linked once more")


load()
with set_up() as services:
    services.stdout.readline()
    offload()
    other_interfaces()
    began = time.monotonic()
    disable("v0", "v1")
    enable("v0", "v1")
    tap.ok(until(lambda: linked("v0", "v1")), "linked at last")
    tap.note(f"{time.monotonic() - began:.2f} s with the programs")
    services.stdin.close()
run("ip netns del far")
tap.end()
