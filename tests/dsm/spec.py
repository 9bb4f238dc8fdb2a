#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0-only
# host: timeout=20
"""
doc/netlink/dsm.yaml and <linux/dsm.h> say the same.
"""
import os
import sys

sys.path.append(os.environ.get("TESTLIB", os.path.join(
    os.path.dirname(os.path.abspath(__file__)), "../lib")))

# pylint: disable=wrong-import-position
import netlink_spec
import tap


def main():
    """The test."""
    spec = netlink_spec.Spec("dsm", "dsm.h", "dsm_policy.h")
    spec.sets({"dsm": "DSM_A_", "event": "DSM_EV_", "stats": "DSM_ST_",
               "reasons": "DSM_REASON_"})
    spec.enums({"reason": "DSM_REASON_", "op": "DSM_OP_",
                "attach": "DSM_ATTACH_", "class": "DSM_CLASS_",
                "peer-action": "DSM_PEER_"})
    spec.commands("DSM_CMD_")
    tap.end()


if __name__ == "__main__":
    main()
