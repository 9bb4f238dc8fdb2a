#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""
Prints a made-up full table as commands for "mfib -batch".

usage: table.py ROUTES GATEWAY

The lengths of the prefixes are distributed as in the default-free tables of
2023, most of them /24; the addresses are those of a generator with a fixed seed,
so each run gives the same table.
"""
import random
import sys

# Percent of routes by length.
LENGTHS = {8: 0.01, 9: 0.01, 10: 0.04, 11: 0.1, 12: 0.3, 13: 0.6, 14: 1.1,
           15: 1.9, 16: 13.4, 17: 7.9, 18: 12.8, 19: 24.1, 20: 41.9, 21: 45.2,
           22: 102.5, 23: 93.7, 24: 600.0}


def main(routes, gateway):
    """Prints the routes, each once."""
    rng = random.Random(2023)
    seen = set()
    lengths = list(LENGTHS)
    weights = list(LENGTHS.values())
    while len(seen) < routes:
        length = rng.choices(lengths, weights)[0]
        network = rng.randrange(1 << 24, 224 << 24) >> 32 - length << 32 - length
        if network >> 24 in (10, 127, 192) or (network, length) in seen:
            continue
        seen.add((network, length))
        dotted = ".".join(str(network >> s & 255) for s in (24, 16, 8, 0))
        print(f"route add {dotted}/{length} via {gateway} fib 10")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
