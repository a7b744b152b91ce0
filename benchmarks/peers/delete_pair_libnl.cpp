// SPDX-License-Identifier: BSL-1.0
// What it takes libnl-route-3 to delete a veth pair: the median, in seconds.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <netlink/netlink.h>
#include <netlink/route/link.h>
#include <netlink/route/link/veth.h>
#include <unistd.h>
#include <vector>

namespace {

void must(int error) {
    if (error >= 0) return;
    std::fprintf(stderr, "libnl: %s\n", nl_geterror(error));
    std::exit(1);
}

}  // namespace

int main(int, char** argv) {
    nl_sock* const socket = nl_socket_alloc();
    must(nl_connect(socket, NETLINK_ROUTE));
    std::vector<double> times;
    for (int i = 0; i < std::atoi(argv[1]); ++i) {
        must(rtnl_link_veth_add(socket, "one0", "one1", ::getpid()));
        rtnl_link* const link = rtnl_link_alloc();
        rtnl_link_set_name(link, "one0");
        const auto start = std::chrono::steady_clock::now();
        must(rtnl_link_delete(socket, link));
        times.push_back(
            std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
        rtnl_link_put(link);
    }
    nl_socket_free(socket);
    std::sort(times.begin(), times.end());
    std::printf("%g\n", times[times.size() / 2]);
}
