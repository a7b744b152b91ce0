# Every header of the library, once, bottom up: a header may include only those of lower floors, and
# of its own floor without a cycle. The file set, the floors test, the inventory test and the
# one-definition test all read this table, so a new header is one line here.
set(VETHPP_FLOORS 0 1 2 3 4 5)

# 0: bytes and handles; std and <linux/*> only
set(VETHPP_FLOOR_0
    detail/awaitable.hpp
    detail/concat.hpp
    detail/function_ref.hpp
    detail/unique_fd.hpp
    wire/codec.hpp
    wire/reader.hpp
    wire/writer.hpp)

# 1: values and errors; Boost.System, asio::ip::address, fmt
set(VETHPP_FLOOR_1
    detail/fresh_thread.hpp
    detail/ping_exchange.hpp
    error.hpp
    interface_address.hpp
    interface_name.hpp
    mac_address.hpp
    ping_options.hpp
    ping_result.hpp)

# 2: what rtnetlink carries; no I/O
set(VETHPP_FLOOR_2
    message/address.hpp
    message/bridge.hpp
    message/format.hpp
    message/link.hpp
    message/local_route.hpp
    message/veth.hpp
    netlink/exchange.hpp)

# 3: the kernel and its seams
set(VETHPP_FLOOR_3
    detail/excursion.hpp
    detail/netns_state.hpp
    detail/ping_socket.hpp
    detail/published_name.hpp
    netlink/addresses.hpp
    netlink/links.hpp
    netlink/namespace_ids.hpp
    netlink/session.hpp
    netlink/socket.hpp
    netlink/transport.hpp
    system.hpp)

# 4: the nouns
set(VETHPP_FLOOR_4
    bridge.hpp
    detail/link_impl.hpp
    detail/link_maker.hpp
    detail/readiness.hpp
    link.hpp
    link_options.hpp
    netns.hpp
    netns_ref.hpp
    offloads.hpp
    ping.hpp
    veth_pair.hpp)

# 5: the umbrella
set(VETHPP_FLOOR_5
    veth.hpp)

# What needs Boost.JSON, by the target vethpp::ovs, on the same floors.
set(VETHPP_OVS_FLOOR_1
    detail/ovs_supervisor.hpp
    ovsdb/client.hpp
    ovsdb/exchange.hpp
    ovsdb/stream.hpp
    ovsdb/transaction.hpp
    ovsdb/value.hpp)
set(VETHPP_OVS_FLOOR_3
    ovsdb/async_client.hpp)
set(VETHPP_OVS_FLOOR_4
    detail/ovs_port_watcher.hpp
    detail/ovs_ports.hpp
    detail/ovs_requests.hpp
    detail/ovs_userspace.hpp
    ovs_bridge.hpp
    ovs_daemon.hpp
    ovs_leftovers.hpp
    ovs_monitor.hpp
    ovs_options.hpp)

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
