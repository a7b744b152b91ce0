// SPDX-License-Identifier: BSL-1.0
// What it takes github.com/vishvananda/netlink to delete a veth pair: the median, in seconds.
package main

import (
	"fmt"
	"os"
	"sort"
	"strconv"
	"time"

	"github.com/vishvananda/netlink"
)

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	rounds, err := strconv.Atoi(os.Args[1])
	must(err)
	var times []float64
	for i := 0; i < rounds; i++ {
		attributes := netlink.NewLinkAttrs()
		attributes.Name = "one0"
		pair := &netlink.Veth{LinkAttrs: attributes, PeerName: "one1"}
		must(netlink.LinkAdd(pair))
		start := time.Now()
		must(netlink.LinkDel(pair))
		times = append(times, time.Since(start).Seconds())
	}
	sort.Float64s(times)
	fmt.Println(times[len(times)/2])
}
