# Every header of the library, once, bottom up: a header may include only those of lower floors, and
# of its own floor without a cycle. The file set, the floors test, the inventory test and the
# one-definition test all read this table, so a new header is one line here.
set(VETHPP_FLOORS 0 1 2 3 4 5)

# 0: bytes and handles; std and <linux/*> only
set(VETHPP_FLOOR_0
    base/awaitable.hpp
    base/text.hpp
    base/function_ref.hpp
    base/unique_fd.hpp
    wire/codec.hpp
    wire/reader.hpp
    wire/writer.hpp)

# 1: values and errors; Boost.System, asio::ip::address, fmt
set(VETHPP_FLOOR_1
    netns/fresh_thread.hpp
    ping/exchange.hpp
    value/error.hpp
    value/interface_address.hpp
    value/interface_name.hpp
    value/mac_address.hpp
    ping/options.hpp
    ping/result.hpp)

# 2: what rtnetlink carries; no I/O
set(VETHPP_FLOOR_2
    message/address.hpp
    message/bridge.hpp
    message/format.hpp
    message/link.hpp
    message/route.hpp
    message/veth.hpp
    netlink/exchange.hpp)

# 3: the kernel and its seams
set(VETHPP_FLOOR_3
    netns/excursion.hpp
    netns/state.hpp
    ping/socket.hpp
    netns/published_name.hpp
    netlink/addresses.hpp
    netlink/links.hpp
    netlink/namespace_ids.hpp
    netlink/session.hpp
    netlink/socket.hpp
    netlink/transport.hpp
    netns/system.hpp)

# 4: the nouns
set(VETHPP_FLOOR_4
    bridge.hpp
    link.ipp
    link/maker.hpp
    link/readiness.hpp
    link.hpp
    link/options.hpp
    netns.hpp
    netns/ref.hpp
    link/offloads.hpp
    ping.hpp
    veth_pair.hpp)

# 5: the umbrella
set(VETHPP_FLOOR_5
    veth.hpp)

# What needs Boost.JSON, by the target vethpp::ovs, on the same floors.
set(VETHPP_OVS_FLOOR_1
    ovs/supervisor.hpp
    ovsdb/client.hpp
    ovsdb/exchange.hpp
    ovsdb/stream.hpp
    ovsdb/transaction.hpp
    ovsdb/value.hpp)
set(VETHPP_OVS_FLOOR_3
    ovsdb/async_client.hpp)
set(VETHPP_OVS_FLOOR_4
    ovs/port_watcher.hpp
    ovs/ports.hpp
    ovs/requests.hpp
    ovs/userspace.hpp
    ovs/bridge.hpp
    ovs/daemon.hpp
    ovs/leftovers.hpp
    ovs/monitor.hpp
    ovs/options.hpp)

set(VETHPP_HEADERS)
foreach(floor IN LISTS VETHPP_FLOORS)
    list(APPEND VETHPP_HEADERS ${VETHPP_FLOOR_${floor}})
endforeach()
set(VETHPP_OVS_HEADERS)
foreach(floor IN LISTS VETHPP_FLOORS)
    list(APPEND VETHPP_OVS_HEADERS ${VETHPP_OVS_FLOOR_${floor}})
    list(APPEND VETHPP_FLOOR_${floor} ${VETHPP_OVS_FLOOR_${floor}})
endforeach()
set(VETHPP_ALL_HEADERS ${VETHPP_HEADERS} ${VETHPP_OVS_HEADERS})
