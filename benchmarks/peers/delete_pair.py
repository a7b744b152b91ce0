# SPDX-License-Identifier: BSL-1.0
# What it takes pyroute2 to delete a veth pair: the median, in seconds.
import statistics
import sys
import time

from pyroute2 import IPRoute

times = []
with IPRoute() as ip:
    for _ in range(int(sys.argv[1])):
        ip.link("add", ifname="one0", kind="veth", peer={"ifname": "one1"})
        index = ip.link_lookup(ifname="one0")[0]
        start = time.perf_counter()
        ip.link("del", index=index)
        times.append(time.perf_counter() - start)
print(statistics.median(times))
