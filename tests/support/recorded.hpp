// SPDX-License-Identifier: BSL-1.0
// Replies of a real kernel (Linux 6.18, little-endian), one netlink message each, annotated.
// Sequence number and port id are set to 1 and 0, and IFLA_STATS and IFLA_AF_SPEC (1 KiB of zeroes)
// are cut out.
#pragma once

#include <string_view>

namespace vethpp_test {

/// A bridge with a fixed MAC, an alias and two alternative names.
inline constexpr std::string_view recorded_bridge = R"(
08040000 10000000 01000000 00000000                 # nlmsghdr
00000100 02000000 43100100 00000000                 # ifinfomsg
08000300 62723000                                   # ifname
08000d00 e8030000                                   # txqlen
05001000 06000000                                   # operstate
05001100 00000000                                   # linkmode
05004300 01000000                                   # netns_immutable
08000400 78050000                                   # mtu
08003200 44000000                                   # min_mtu
08003300 ffff0000                                   # max_mtu
08001b00 9f367345                                   # group
08001e00 00000000                                   # promiscuity
08003d00 00000000                                   # allmulti
08001f00 01000000                                   # num_tx_queues
08002800 ffff0000                                   # gso_max_segs
08002900 00000100                                   # gso_max_size
08003a00 00000100                                   # gro_max_size
08003f00 00000100                                   # gso_ipv4_max_size
08004000 00000100                                   # gro_ipv4_max_size
08003b00 f8ff0700                                   # tso_max_size
08003c00 ffff0000                                   # tso_max_segs
08004200 00000000                                   # max_pacing_offload_horizon
08002000 01000000                                   # num_rx_queues
05002100 01000000                                   # carrier
0f001400 74686520 73776974 63680000                 # ifalias
08002300 04000000                                   # carrier_changes
08002f00 02000000                                   # carrier_up_count
08003000 02000000                                   # carrier_down_count
06004400 00000000                                   # headroom
06004500 00000000                                   # tailroom
05002700 00000000                                   # proto_down
0a000100 02000000 000b0000                          # address
0a000200 ffffffff ffff0000                          # broadcast
cc001700 02000000 00000000 02000000 00000000        # stats64
    84000000 00000000 b4000000 00000000 00000000
    00000000 00000000 00000000 00000000 00000000
    00000000 00000000 02000000 00000000 00000000
    00000000 00000000 00000000 00000000 00000000
    00000000 00000000 00000000 00000000 00000000
    00000000 00000000 00000000 00000000 00000000
    00000000 00000000 00000000 00000000 00000000
    00000000 00000000 00000000 00000000 00000000
    00000000 00000000 00000000 00000000 00000000
    00000000
0c002b00 05000200 00000000                          # xdp
9c011200                                            # linkinfo
  0b000100 62726964 67650000                        # kind
  8c010200                                          # data
    0c001000 00000000 00000000                      # hello_timer
    0c001100 00000000 00000000                      # tcn_timer
    0c001200 00000000 00000000                      # topology_change_timer
    0c001300 0a000000 00000000                      # gc_timer
    08000100 dc050000                               # forward_delay
    08000200 c8000000                               # hello_time
    08000300 d0070000                               # max_age
    08000400 30750000                               # ageing_time
    08000500 00000000                               # stp_state
    06000600 00100000                               # priority
    05000700 00000000                               # vlan_filtering
    06000900 00000000                               # group_fwd_mask
    0c000b00 10000200 0000000b                      # bridge_id
    0c000a00 10000200 0000000b                      # root_id
    06000c00 00000000                               # root_port
    08000d00 00000000                               # root_path_cost
    05000e00 00000000                               # topology_change
    05000f00 00000000                               # topology_change_detected
    0a001400 0180c200 00000000                      # group_addr
    0c002e00 00000000 1f000000                      # multi_boolopt
    08003000 01000000                               # fdb_n_learned
    08003100 00000000                               # fdb_max_learned
    05001600 01000000                               # mcast_router
    05001700 01000000                               # mcast_snooping
    05001800 00000000                               # mcast_query_use_ifaddr
    05001900 00000000                               # mcast_querier
    05002a00 00000000                               # mcast_stats_enabled
    08001a00 10000000                               # hash_elasticity
    08001b00 00100000                               # hash_max
    08001c00 02000000                               # last_member_cnt
    08001d00 02000000                               # startup_query_cnt
    05002b00 02000000                               # igmp_version
    05002c00 01000000                               # mld_version
    0c001e00 64000000 00000000                      # last_member_intvl
    0c001f00 90650000 00000000                      # membership_intvl
    0c002000 9c630000 00000000                      # querier_intvl
    0c002100 d4300000 00000000                      # query_intvl
    0c002200 e8030000 00000000                      # query_response_intvl
    0c002300 340c0000 00000000                      # startup_query_intvl
    05002400 00000000                               # nf_call_iptables
    05002500 00000000                               # nf_call_ip6tables
    05002600 00000000                               # nf_call_arptables
0c000600 6e6f7175 65756500                          # qdisc
24000e00 00000000 00000000 00000000 00000000        # map
    00000000 00000000 00000000 00000000
34003480                                            # prop_list
  21003500 7468652d 6f746865 722d6e61 6d652d6f      # alt_ifname
      662d7468 652d7377 69746368 00000000
  0c003500 6272302d 616c7400                        # alt_ifname
04003e80                                            # devlink_port
04004180                                            # dpll_pin
)";

/// A veth end that is a port of that bridge.
inline constexpr std::string_view recorded_port = R"(
b4030000 10000000 01000000 00000000                 # nlmsghdr
00000100 04000000 43100100 00000000                 # ifinfomsg
0a000300 76657468 30000000                          # ifname
08000d00 f4010000                                   # txqlen
05001000 06000000                                   # operstate
05001100 00000000                                   # linkmode
05004300 00000000                                   # netns_immutable
08000400 78050000                                   # mtu
08003200 44000000                                   # min_mtu
08003300 ffff0000                                   # max_mtu
08001b00 4d000000                                   # group
08001e00 01000000                                   # promiscuity
08003d00 01000000                                   # allmulti
08001f00 02000000                                   # num_tx_queues
08002800 ffff0000                                   # gso_max_segs
08002900 00000100                                   # gso_max_size
08003a00 00000100                                   # gro_max_size
08003f00 00000100                                   # gso_ipv4_max_size
08004000 00000100                                   # gro_ipv4_max_size
08003b00 f8ff0700                                   # tso_max_size
08003c00 ffff0000                                   # tso_max_segs
08004200 00000000                                   # max_pacing_offload_horizon
08002000 02000000                                   # num_rx_queues
08000a00 02000000                                   # master
05002100 01000000                                   # carrier
0b001400 6120706f 72740000                          # ifalias
08002300 02000000                                   # carrier_changes
08002f00 01000000                                   # carrier_up_count
08003000 01000000                                   # carrier_down_count
06004400 00000000                                   # headroom
06004500 00000000                                   # tailroom
05002700 00000000                                   # proto_down
0a000100 02000000 00010000                          # address
0a000200 ffffffff ffff0000                          # broadcast
cc001700 02000000 00000000 06000000 00000000        # stats64
    a0000000 00000000 f4010000 00000000 00000000
    00000000 00000000 00000000 00000000 00000000
    00000000 00000000 00000000 00000000 00000000
    00000000 00000000 00000000 00000000 00000000
    00000000 00000000 00000000 00000000 00000000
    00000000 00000000 00000000 00000000 00000000
    00000000 00000000 00000000 00000000 00000000
    00000000 00000000 00000000 00000000 00000000
    00000000 00000000 00000000 00000000 00000000
    00000000
0c002b00 05000200 00000000                          # xdp
6c011200                                            # linkinfo
  09000100 76657468 00000000                        # kind
  0b000400 62726964 67650000                        # slave_kind
  50010500                                          # slave_data
    05000100 03000000                               # state
    06000200 05000000                               # priority
    08000300 04000000                               # cost
    05000400 01000000                               # mode
    05000500 00000000                               # guard
    05000600 00000000                               # protect
    05000700 00000000                               # fast_leave
    05001c00 00000000                               # mcast_to_ucast
    05000800 01000000                               # learning
    05000900 01000000                               # unicast_flood
    05001b00 01000000                               # mcast_flood
    05001e00 01000000                               # bcast_flood
    05000a00 00000000                               # proxyarp
    05000c00 00000000                               # proxyarp_wifi
    0c000d00 10000200 0000000b                      # root_id
    0c000e00 10000200 0000000b                      # bridge_id
    06000f00 01140000                               # designated_port
    06001000 00000000                               # designated_cost
    06001100 01140000                               # id
    06001200 01000000                               # no
    05001300 00000000                               # topology_change_ack
    05001400 00000000                               # config_pending
    05001d00 00000000                               # vlan_tunnel
    06001f00 00000000                               # group_fwd_mask
    05002000 00000000                               # neigh_suppress
    05002300 00000000                               # mrp_ring_open
    05002400 00000000                               # mrp_in_open
    05002100 00000000                               # isolated
    05002700 00000000                               # locked
    05002800 00000000                               # mab
    05002b00 00000000                               # ?
    0c001500 00000000 00000000                      # message_age_timer
    0c001600 dc050000 00000000                      # forward_delay_timer
    0c001700 00000000 00000000                      # hold_timer
    05001900 01000000                               # multicast_router
    08002500 00020000                               # mcast_eht_hosts_limit
    08002600 00000000                               # mcast_eht_hosts_cnt
    08002900 01000000                               # neigh_vlan_suppress
    08002a00 00000000                               # backup_nhid
08000500 03000000                                   # link
0c000600 6e6f7175 65756500                          # qdisc
24000e00 00000000 00000000 00000000 00000000        # map
    00000000 00000000 00000000 00000000
04003e80                                            # devlink_port
04004180                                            # dpll_pin
)";

/// The other end of it.
inline constexpr std::string_view recorded_veth = R"(
44020000 10000000 01000000 00000000                 # nlmsghdr
00000100 03000000 43100100 00000000                 # ifinfomsg
0a000300 76657468 31000000                          # ifname
08000d00 e8030000                                   # txqlen
05001000 06000000                                   # operstate
05001100 00000000                                   # linkmode
05004300 00000000                                   # netns_immutable
08000400 dc050000                                   # mtu
08003200 44000000                                   # min_mtu
08003300 ffff0000                                   # max_mtu
08001b00 4b33e541                                   # group
08001e00 00000000                                   # promiscuity
08003d00 00000000                                   # allmulti
08001f00 02000000                                   # num_tx_queues
08002800 ffff0000                                   # gso_max_segs
08002900 00000100                                   # gso_max_size
08003a00 00000100                                   # gro_max_size
08003f00 00000100                                   # gso_ipv4_max_size
08004000 00000100                                   # gro_ipv4_max_size
08003b00 f8ff0700                                   # tso_max_size
08003c00 ffff0000                                   # tso_max_segs
08004200 00000000                                   # max_pacing_offload_horizon
08002000 02000000                                   # num_rx_queues
05002100 01000000                                   # carrier
08002300 02000000                                   # carrier_changes
08002f00 01000000                                   # carrier_up_count
08003000 01000000                                   # carrier_down_count
06004400 00000000                                   # headroom
06004500 00000000                                   # tailroom
05002700 00000000                                   # proto_down
0a000100 02000000 00020000                          # address
0a000200 ffffffff ffff0000                          # broadcast
cc001700 06000000 00000000 02000000 00000000        # stats64
    f4010000 00000000 a0000000 00000000 00000000
    00000000 00000000 00000000 00000000 00000000
    00000000 00000000 00000000 00000000 00000000
    00000000 00000000 00000000 00000000 00000000
    00000000 00000000 00000000 00000000 00000000
    00000000 00000000 00000000 00000000 00000000
    00000000 00000000 00000000 00000000 00000000
    00000000 00000000 00000000 00000000 00000000
    00000000 00000000 00000000 00000000 00000000
    00000000
0c002b00 05000200 00000000                          # xdp
10001200                                            # linkinfo
  09000100 76657468 00000000                        # kind
08000500 04000000                                   # link
0c000600 6e6f7175 65756500                          # qdisc
24000e00 00000000 00000000 00000000 00000000        # map
    00000000 00000000 00000000 00000000
04003e80                                            # devlink_port
04004180                                            # dpll_pin
)";

/// The loopback.
inline constexpr std::string_view recorded_loopback = R"(
28020000 10000000 01000000 00000000                 # nlmsghdr
00000403 01000000 49000100 00000000                 # ifinfomsg
07000300 6c6f0000                                   # ifname
08000d00 e8030000                                   # txqlen
05001000 00000000                                   # operstate
05001100 00000000                                   # linkmode
05004300 01000000                                   # netns_immutable
08000400 00000100                                   # mtu
08003200 00000000                                   # min_mtu
08003300 00000000                                   # max_mtu
08001b00 00000000                                   # group
08001e00 00000000                                   # promiscuity
08003d00 00000000                                   # allmulti
08001f00 01000000                                   # num_tx_queues
08002800 ffff0000                                   # gso_max_segs
08002900 00000100                                   # gso_max_size
08003a00 00000100                                   # gro_max_size
08003f00 00000100                                   # gso_ipv4_max_size
08004000 00000100                                   # gro_ipv4_max_size
08003b00 f8ff0700                                   # tso_max_size
08003c00 ffff0000                                   # tso_max_segs
08004200 00000000                                   # max_pacing_offload_horizon
08002000 01000000                                   # num_rx_queues
05002100 01000000                                   # carrier
08002300 00000000                                   # carrier_changes
08002f00 00000000                                   # carrier_up_count
08003000 00000000                                   # carrier_down_count
06004400 00000000                                   # headroom
06004500 00000000                                   # tailroom
05002700 00000000                                   # proto_down
0a000100 00000000 00000000                          # address
0a000200 00000000 00000000                          # broadcast
cc001700 00000000 00000000 00000000 00000000        # stats64
    00000000 00000000 00000000 00000000 00000000
    00000000 00000000 00000000 00000000 00000000
    00000000 00000000 00000000 00000000 00000000
    00000000 00000000 00000000 00000000 00000000
    00000000 00000000 00000000 00000000 00000000
    00000000 00000000 00000000 00000000 00000000
    00000000 00000000 00000000 00000000 00000000
    00000000 00000000 00000000 00000000 00000000
    00000000 00000000 00000000 00000000 00000000
    00000000
0c002b00 05000200 00000000                          # xdp
0c000600 6e6f7175 65756500                          # qdisc
24000e00 00000000 00000000 00000000 00000000        # map
    00000000 00000000 00000000 00000000
04003e80                                            # devlink_port
04004180                                            # dpll_pin
)";

/// 10.1.1.2/24 on veth1.
inline constexpr std::string_view recorded_v4 = R"(
50000000 14002200 01000000 00000000                 # nlmsghdr
02188000 03000000                                   # ifaddrmsg
08000100 0a010102                                   # address
08000200 0a010102                                   # local
0a000300 76657468 31000000                          # label
08000800 80000000                                   # flags
14000600 ffffffff ffffffff 81a00d00 81a00d00        # cacheinfo
)";

/// fd00::2/64 on veth1, preferred for 1000 s.
inline constexpr std::string_view recorded_v6 = R"(
48000000 14002200 01000000 00000000                 # nlmsghdr
0a408200 03000000                                   # ifaddrmsg
14000100 fd000000 00000000 00000000 00000002        # address
14000600 e8030000 ffffffff 81a00d00 81a00d00        # cacheinfo
08000800 82000000                                   # flags
)";

/// Of a state with everything, and of a policy (Linux 6.1).
inline constexpr std::string_view recorded_xfrm_state = R"(
88020000 10000200 5b8f9de4 88000000                   # XFRM_MSG_NEWSA
0a080000 00000000 00000000 00000000 0a090000 00000000 # selector
00000000 00000000 0007ffff 0005ffff 02001818 11000000
00000000 00000000
0a000002 00000000 00000000 00000000 00000100 32000000 # destination, SPI, protocol
0a000001 00000000 00000000 00000000                   # source
e8030000 00000000 ffffffff ffffffff ffffffff ffffffff # limits
ffffffff ffffffff 00000000 00000000 3c000000 00000000
00000000 00000000 00000000 00000000
00000000 00000000 00000000 00000000 1ef00a6b 00000000 # used so far
00000000 00000000
00000000 00000000 00000000                            # statistics
00000000 07000000 02000100 c0000000 00000000          # sequence, request, family, mode, flags
68000100 686d6163 28736861 32353629 00000000 00000000 # auth
00000000 00000000 00000000 00000000 00000000 00000000
00000000 00000000 00000000 00000000 00000000 00010000
00112233 44556677 8899aabb ccddeeff 00112233 44556677
8899aabb ccddeeff
6c001400 686d6163 28736861 32353629 00000000 00000000 # auth, with the length of the digest
00000000 00000000 00000000 00000000 00000000 00000000
00000000 00000000 00000000 00000000 00000000 00010000
80000000 00112233 44556677 8899aabb ccddeeff 00112233
44556677 8899aabb ccddeeff
58000200 63626328 61657329 00000000 00000000 00000000 # enc
00000000 00000000 00000000 00000000 00000000 00000000
00000000 00000000 00000000 00000000 00000000 80000000
00112233 44556677 8899aabb ccddeeff
1c000400 02001194 11940000 00000000 00000000 00000000 # encap
00000000
0c001500 05000000 ff000000                            # mark
08001d00 33000000                                     # output_mark
08001e00 ff000000                                     # output_mark_mask
2c001700 04000000 00000000 00000000 00000000 00000000 # replay_esn
80000000 00000000 00000000 00000000 00000000
08001f00 09000000                                     # if_id
)";
inline constexpr std::string_view recorded_xfrm_policy = R"(
5c010000 13000200 deecb49d 88000000                   # XFRM_MSG_NEWPOLICY
fd000001 00000000 00000000 00000000 fd000000 00000000 # selector
00000000 00000000 00000000 00000000 0a004040 00000000
00000000 00000000
ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff # limits
ffffffff ffffffff 00000000 00000000 00000000 00000000
00000000 00000000 00000000 00000000
00000000 00000000 00000000 00000000 1ef00a6b 00000000 # used so far
00000000 00000000
64000000 01000000 01000000 00000000                   # priority, index, direction
84000500 fd000000 00000000 00000000 00000002 00000000 # templates
32000000 0a000000 fd000000 00000000 00000000 00000001
07000000 01000000 ffffffff ffffffff ffffffff 00000000
00000000 00000000 00000000 00000000 32000000 0a000000
00000000 00000000 00000000 00000000 00000000 00000100
ffffffff ffffffff ffffffff
0a001000 00000000 00000000                            # type
0c001500 05000000 ff000000                            # mark
08001f00 09000000                                     # if_id
)";

/// What `ip route add 10.0.1.0/24 via 10.0.2.1 metric 50` made.
inline constexpr std::string_view recorded_route = R"(
44000000 18002200 01000000 00000000                 # nlmsghdr
02180000 fe030001 00000000                          # rtmsg: main, boot, universe, unicast
08000f00 fe000000                                   # table
08000100 0a000100                                   # destination
08000600 32000000                                   # metric
08000500 0a000201                                   # via
08000400 02000000                                   # link
)";

/// What `ip neigh add 10.0.0.5 lladdr 02:00:00:00:00:01 dev eth0 extern_learn protocol 33` made.
inline constexpr std::string_view recorded_neighbour = R"(
54000000 1c002200 01000000 00000000                 # nlmsghdr
02000000 03000000 80001003                          # ndmsg: permanent, extern_learn
08000100 0a000005                                   # address
0a000200 02000000 00010000                          # mac
08000400 00000000                                   # probes
14000300 02000000 02000000 02000000 00000000        # ages
05000c00 21000000                                   # protocol
)";

/// What `ip rule add` made, from 10.0.0.0/24 to 10.1.0.0/16 iif eth0 oif eth1 fwmark 0x10/0xff
/// prio 500 lookup 1000 tos 0x10.
inline constexpr std::string_view recorded_rule = R"(
74000000 20000200 01000000 00000000                 # nlmsghdr
02101810 fc000001 00000000                          # fib_rule_hdr: compat, to_table
08000f00 e8030000                                   # table
08000e00 ffffffff                                   # suppress_prefix_length: none
05001500 00000000                                   # protocol
09000300 65746830 00000000                          # iif
09001100 65746831 00000000                          # oif
08000600 f4010000                                   # priority
08000a00 10000000                                   # mark
08001000 ff000000                                   # mask
08000100 0a010000                                   # to
08000200 0a000000                                   # from
)";

/// What `bridge fdb replace 02:00:00:00:00:06 dev vx0 dst 10.0.0.9` made of a VXLAN's entry.
inline constexpr std::string_view recorded_fdb_entry = R"(
44000000 1c000200 01000000 00000000                 # nlmsghdr
07000000 05000000 c0000201                          # ndmsg: AF_BRIDGE, permanent, self
0a000200 02000000 00060000                          # mac
08000100 0a000009                                   # destination
14000300 00000000 16000000 0a000000 00000000        # ages
)";

/// The multicast database of a bridge with two entries of one port.
inline constexpr std::string_view recorded_mdb = R"(
98000000 56000200 01000000 00000000                 # nlmsghdr: RTM_GETMDB
00000000 02000000                                   # br_port_msg
80000100                                            # MDBA_MDB
  34000100                                          #   MDBA_MDB_ENTRY
    30000100                                        #     MDBA_MDB_ENTRY_INFO
      04000000 01000000 01005e01 02030000           #       br_mdb_entry: permanent, a MAC address
      00000000 00000000 00000000
      08000100 00000000                             #       timer
      05000500 04000000                             #       protocol
  48000100
    44000100
      04000000 00000000 ff0e0000 00000000           #       temporary, ff0e::1
      00000000 00000001 86dd0000
      08000100 88650000                             #       timer
      14000400 20010db8 00000000 00000000 00000001  #       source
      05000500 04000000                             #       protocol
)";

}  // namespace vethpp_test
