// SPDX-License-Identifier: BSL-1.0
#include "support/bytes.hpp"
#include "support/recorded.hpp"
#include "support/recorder.hpp"
#include "support/requests.hpp"
#include <vethpp/message/bridge_fields.hpp>
#include <vethpp/message/link_fields.hpp>
#include <vethpp/netlink/deletion.hpp>
#include <vethpp/netlink/links.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace vethpp::message;
using namespace vethpp;
using namespace vethpp_test;
using vethpp::netlink::Session;
using vethpp::wire::Bytes;

bool reads_link(Bytes payload, LinkState& state) {
    const ByteVector exact = vethpp_test::copy(payload);
    return wire::read_message(exact, state);
}
LinkState read(std::string_view dump) {
    LinkState state;
    REQUIRE(reads_link(payload_of(dump), state));
    return state;
}

const std::string header = "0000 0100 03000000 43100100 00000000 ";

using Objects = std::vector<std::pair<std::uint16_t, ByteVector>>;

ByteVector only(std::vector<ByteVector> messages) {
    REQUIRE(messages.size() == 1);
    return std::move(messages[0]);
}

}  // namespace

TEST_CASE("LinkAttributes: a request to set every one") {
    const ByteVector message = only(sent_by([](Session& session) {
        Failure failure;
        vethpp_test::set_link(session, 3, every_attribute("veth0"), 0, IFF_UP, failure);
    }));
    const std::string dump = std::string{R"(
        e8000000 1300 0500 00000000 00000000  # RTM_SETLINK, REQUEST ACK
        00 00 0000 03000000                   # family, type, index
        00000000 01000000                     # flags, mask
        0a00 0300 "veth0" 00 0000)"} +
                             std::string{vethpp_test::every_attribute_but_the_name};
    CHECK(hex(message) == hex(dump));

    const Request<ifinfomsg> request{bytes(dump)};
    CHECK(request.header.nlmsg_type == RTM_SETLINK);
    CHECK(request.header.nlmsg_flags == (NLM_F_REQUEST | NLM_F_ACK));
    CHECK(request.fixed.ifi_index == 3);
    CHECK(request.fixed.ifi_flags == 0);
    CHECK(request.fixed.ifi_change == IFF_UP);
    CHECK(request.get<LinkAttributes>() == every_attribute("veth0"));
}

TEST_CASE("LinkAttributes: requests to set one thing") {
    const auto set = [](const LinkAttributes& attributes, unsigned flags, unsigned mask) {
        return hex(only(sent_by([&](Session& session) {
            Failure failure;
            vethpp_test::set_link(session, 3, attributes, flags, mask, failure);
        })));
    };
    CHECK(set({}, IFF_UP, IFF_UP) == hex(R"(
        20000000 1300 0500 00000000 00000000
        00 00 0000 03000000 01000000 01000000)"));
    CHECK(set({.mtu = 1400}, 0, 0) == hex(R"(
        28000000 1300 0500 00000000 00000000
        00 00 0000 03000000 00000000 00000000
        0800 0400 78050000)"));
    CHECK(set({.master = 0}, 0, 0) == hex(R"(
        28000000 1300 0500 00000000 00000000
        00 00 0000 03000000 00000000 00000000
        0800 0a00 00000000)"));
    CHECK(set({.alias = ""}, 0, 0) == hex(R"(
        28000000 1300 0500 00000000 00000000
        00 00 0000 03000000 00000000 00000000
        0500 1400 00 000000                   # an alias is removed by an empty one)"));
    CHECK(set({.name = "eth0", .netns_fd = 9}, 0, 0) == hex(R"(
        34000000 1300 0500 00000000 00000000
        00 00 0000 03000000 00000000 00000000
        0900 0300 "eth0" 00 000000
        0800 1c00 09000000)"));
}

TEST_CASE("LinkAttributes: requests for alternative names") {
    const auto change = [](std::uint16_t type) {
        return only(sent_by([&](Session& session) {
            Failure failure;
            vethpp::netlink::change_alternative_names(session, type, 3, {"uplink"}, failure);
        }));
    };
    const std::string_view add = R"(
        30000000 6c00 0506 00000000 00000000  # RTM_NEWLINKPROP, REQUEST ACK EXCL CREATE
        00 00 0000 03000000 00000000 00000000
        1000 3480
          0b00 3500 "uplink" 00 00
        )";
    CHECK(hex(change(RTM_NEWLINKPROP)) == hex(add));
    const Request<ifinfomsg> request{bytes(add)};
    CHECK(request.get<LinkAttributes>() ==
          LinkAttributes{.alternative_names = std::vector<std::string>{"uplink"}});
    CHECK(hex(change(RTM_DELLINKPROP)) == hex(R"(
        30000000 6d00 0500 00000000 00000000
        00 00 0000 03000000 00000000 00000000
        1000 3480
          0b00 3500 "uplink" 00 00)"));
}

TEST_CASE("Links: requests to delete one, or a group") {
    CHECK(hex(only(sent_by([](Session& session) {
              Failure failure;
              vethpp::netlink::delete_link(session, 3, failure);
          }))) == hex(R"(
        20000000 1100 0500 00000000 00000000  # RTM_DELLINK
        00 00 0000 03000000 00000000 00000000)"));
    const ByteVector group = only(sent_by([](Session& session) {
        Failure failure;
        vethpp::netlink::delete_marked(session, {.group = 0x40000001}, failure);
    }));
    CHECK(hex(group) == hex(R"(
        28000000 1100 0500 00000000 00000000
        00 00 0000 00000000 00000000 00000000
        0800 1b00 01000040                    # group)"));
    CHECK(Request<ifinfomsg>{group}.get<LinkAttributes>() == LinkAttributes{.group = 0x40000001});
}

TEST_CASE("Links: requests to get one") {
    const auto get = [](const vethpp::netlink::LinkQuery& query) {
        return only(sent_by(
            [&](Session& session) {
                Failure failure;
                const LinkState state = vethpp::netlink::get_link(session, query, failure);
                CHECK_FALSE(failure);
                CHECK(state.index == 3);
            },
            Objects{{RTM_NEWLINK, bytes(header)}}));
    };
    CHECK(hex(get({.index = 3})) == hex(R"(
        20000000 1200 0500 00000000 00000000  # RTM_GETLINK
        00 00 0000 03000000 00000000 00000000)"));
    CHECK(hex(get({.name = "veth0"})) == hex(R"(
        2c000000 1200 0500 00000000 00000000
        00 00 0000 00000000 00000000 00000000
        0a00 0300 "veth0" 00 0000             # a name of up to 15 bytes)"));
    CHECK(hex(get({.name = "a-name-of-16-byt"})) == hex(R"(
        38000000 1200 0500 00000000 00000000
        00 00 0000 00000000 00000000 00000000
        1500 3500 "a-name-of-16-byt" 00 000000  # a longer one is an alternative name)"));
    CHECK(hex(get({.index = 3, .target_netnsid = 1})) == hex(R"(
        28000000 1200 0500 00000000 00000000
        00 00 0000 03000000 00000000 00000000
        0800 2e00 01000000                    # in the namespace of that number)"));
}

TEST_CASE("Links: a request to list them") {
    const ByteVector message = only(sent_by([](Session& session) {
        Failure failure;
        CHECK(vethpp::netlink::list_links(session, failure).empty());
        CHECK_FALSE(failure);
    }));
    CHECK(hex(message) == hex(R"(
        20000000 1200 0503 00000000 00000000  # RTM_GETLINK, REQUEST ACK DUMP
        00 00 0000 00000000 00000000 00000000)"));
}

TEST_CASE("Links: a request to create one without data, and the question for its index") {
    const auto create = [](Session& session) {
        Failure failure;
        const auto created = vethpp_test::create_link<NoData>(session,
                                                              vethpp::netlink::link_header(0),
                                                              {.name = "d0"},
                                                              "dummy",
                                                              std::nullopt,
                                                              failure);
        CHECK(created.sent);
    };
    const std::string question = R"(
        30000000 1200 0500 00000000 00000000  # RTM_GETLINK
        00 00 0000 00000000 00000000 00000000
        0700 0300 "d0" 00 00
        0800 1d00 08000000                    # ext_mask: no statistics)";
    // No echo came: ask.
    const auto messages = sent_by(create);
    REQUIRE(messages.size() == 2);
    CHECK(hex(messages[0]) == hex(R"(
        38000000 1000 0d06 00000000 00000000
        00 00 0000 00000000 00000000 00000000
        0700 0300 "d0" 00 00
        1000 1280
          0a00 0100 "dummy" 00 0000)"));
    CHECK(hex(messages[1]) == hex(question));

    // No echo is expected: both in one datagram.
    auto record = std::make_shared<vethpp_test::Recorder::Record>();
    Session session{std::make_unique<vethpp_test::Recorder>(record)};
    session.expect_echo(false);
    create(session);
    CHECK(record->datagrams == 1);
    REQUIRE(record->messages.size() == 2);
    CHECK(hex(record->messages[0]) == hex(messages[0]));
    CHECK(hex(record->messages[1]) == hex(question));
}

TEST_CASE("link_attribute_at: the name of the attribute at every offset of a request") {
    const ByteVector payload = bytes(header + R"(
        0600 0300 "a" 00 0000      # 16 name
        0c00 3480                  # 24 alternative names
          0800 3500 "alt" 00
        0800 1280                  # 36 linkinfo
          0400 0100                # 40 linkinfo.kind
        )");
    vethpp_test::check_paths(link_request_names,
                             payload,
                             {{0, ""},
                              {16, "name"},
                              {22, "alternative_names"},
                              {36, "linkinfo"},
                              {40, "linkinfo.kind"}});
    CHECK(link_request_names.at({}, 0).empty());
    CHECK(link_request_names.at(Bytes{payload}.first(10), 20).empty());
}

TEST_CASE("read_link: a bridge as a real kernel reports it") {
    const LinkState state = read(vethpp_test::recorded_bridge);
    CHECK(state.index == 2);
    CHECK(state.name == "br0");
    CHECK(state.type == 1);
    CHECK(state.flags == 0x11043);
    CHECK(state.is_up());
    CHECK_FALSE(state.is_loopback());
    CHECK(state.operstate == Operstate::up);
    CHECK(state.mtu == 1400);
    CHECK(state.min_mtu == 68);
    CHECK(state.max_mtu == 65535);
    CHECK(state.mac == MacAddress{"02:00:00:00:00:0b"});
    CHECK(state.broadcast == MacAddress{"ff:ff:ff:ff:ff:ff"});
    CHECK(state.txqlen == 1000);
    CHECK(state.alias == "the switch");
    CHECK(state.alternative_names ==
          std::vector<std::string>{"the-other-name-of-the-switch", "br0-alt"});
    CHECK_FALSE(state.master);
    CHECK_FALSE(state.link);
    CHECK_FALSE(state.link_netnsid);
    CHECK(state.carrier);
    CHECK(state.carrier_changes == 4);
    CHECK(state.carrier_up_count == 2);
    CHECK(state.carrier_down_count == 2);
    CHECK(state.linkmode == 0);
    CHECK_FALSE(state.protocol_down);
    CHECK(state.promiscuity == 0);
    CHECK(state.allmulti == 0);
    CHECK(state.tx_queues == 1);
    CHECK(state.rx_queues == 1);
    CHECK(state.gso_max_size == 65536);
    CHECK(state.gso_max_segs == 65535);
    CHECK(state.gro_max_size == 65536);
    CHECK(state.gso_ipv4_max_size == 65536);
    CHECK(state.gro_ipv4_max_size == 65536);
    CHECK(state.tso_max_size == 524280);
    CHECK(state.tso_max_segs == 65535);
    CHECK(state.qdisc == "noqueue");
    CHECK(state.statistics.rx_packets == 2);
    CHECK(state.statistics.tx_packets == 2);
    CHECK(state.statistics.rx_bytes == 132);
    CHECK(state.statistics.tx_bytes == 180);
    CHECK(state.statistics.multicast == 2);
    CHECK(state.kind() == "bridge");
    CHECK(state.port_kind().empty());
    CHECK(state.data<vethpp::BridgeSettings>());
    CHECK_FALSE(state.port_data<vethpp::BridgePortSettings>());
}

TEST_CASE("read_link: a veth end, port of a bridge, as a real kernel reports it") {
    const LinkState state = read(vethpp_test::recorded_port);
    CHECK(state.index == 4);
    CHECK(state.name == "veth0");
    CHECK(state.kind() == "veth");
    CHECK(state.port_kind() == "bridge");
    CHECK(state.group == 77);
    CHECK(state.master == 2U);
    CHECK(state.link == 3U);
    CHECK_FALSE(state.link_netnsid);
    CHECK(state.alias == "a port");
    CHECK(state.txqlen == 500);
    CHECK(state.tx_queues == 2);
    CHECK(state.rx_queues == 2);
    CHECK(state.promiscuity == 1);
    CHECK(state.allmulti == 1);
    CHECK(state.statistics.rx_bytes == 160);
    CHECK(state.statistics.tx_bytes == 500);
    CHECK_FALSE(state.data<vethpp::BridgeSettings>());
    CHECK(state.port_data<vethpp::BridgePortSettings>());
}

TEST_CASE("read_link: the loopback, which is of no kind") {
    const LinkState state = read(vethpp_test::recorded_loopback);
    CHECK(state.index == 1);
    CHECK(state.name == "lo");
    CHECK(state.type == 772);
    CHECK(state.is_loopback());
    CHECK(state.kind().empty());
    CHECK(state.operstate == Operstate::unknown);
    CHECK(state.mac.is_zero());
    CHECK(state.mtu == 65536);
}

TEST_CASE("read_link: reading what was written gives the same link") {
    for (const auto dump : {vethpp_test::recorded_bridge,
                            vethpp_test::recorded_port,
                            vethpp_test::recorded_veth,
                            vethpp_test::recorded_loopback}) {
        const LinkState state = read(dump);
        LinkState back;
        REQUIRE(vethpp_test::reads(vethpp_test::written(state), back));
        CHECK(back.name == state.name);
        CHECK(back.info == state.info);
        CHECK(hex(vethpp_test::written(back)) == hex(vethpp_test::written(state)));
    }
}

TEST_CASE("read_link: a prefix is malformed, or ends between two attributes") {
    for (const auto dump : {vethpp_test::recorded_bridge, vethpp_test::recorded_port}) {
        const ByteVector whole = payload_of(dump);
        std::vector<bool> boundary(whole.size() + 4);
        boundary[sizeof(ifinfomsg)] = true;
        std::size_t at = sizeof(ifinfomsg);
        vethpp::wire::Attributes list{Bytes{whole}.subspan(at)};
        for (const auto& attribute : list) {
            const std::size_t end = at + sizeof(nlattr) + attribute.payload.size();
            at = vethpp::wire::align(end);
            for (std::size_t i = end; i <= at; ++i) boundary[i] = true;  // padding may be missing
        }
        for (std::size_t n = 0; n <= whole.size(); ++n) {
            CAPTURE(n);
            LinkState state;
            REQUIRE(reads_link(Bytes{whole}.first(n), state) == boundary[n]);
        }
    }
}

TEST_CASE("read_link: statistics of an older and of a newer kernel") {
    const auto with_statistics = [](std::size_t size) {
        ByteVector payload = bytes(header);
        ByteVector statistics(size, std::byte{1});
        ByteVector buffer(1024);
        vethpp::wire::Writer writer{buffer};
        writer.attribute(IFLA_STATS64, statistics.data(), statistics.size());
        const vethpp::wire::Bytes written = writer.written();
        payload.insert(payload.end(), written.begin(), written.end());
        LinkState state;
        REQUIRE(reads_link(payload, state));
        return state.statistics;
    };
    const std::uint64_t ones = 0x0101010101010101;
    CHECK(with_statistics(sizeof(vethpp::LinkStatistics)).rx_nohandler == ones);
    CHECK(with_statistics(sizeof(vethpp::LinkStatistics) + 16).rx_nohandler == ones);
    CHECK(with_statistics(184).rx_packets == ones);  // Linux 4.5
    CHECK(with_statistics(184).rx_nohandler == 0);
    CHECK(with_statistics(0).rx_packets == 0);
}

TEST_CASE("read_link: addresses that are no MAC addresses fail nothing") {
    LinkState state;
    // InfiniBand: 20 bytes. A tunnel: 4 bytes. A tun: none.
    CHECK(reads_link(bytes(header + R"(1800 0100 0102030405060708090a 0b0c0d0e0f1011121314)"),
                     state));
    CHECK(state.mac.is_zero());
    CHECK(reads_link(bytes(header + "0a00 0100 020000000001 0000 0800 0100 0a000001"), state));
    CHECK(state.mac.is_zero());
    CHECK(reads_link(bytes(header + "0400 0100"), state));
    CHECK(state.mac.is_zero());
    CHECK(reads_link(bytes(header + "0a00 0200 020000000001 0000"), state));
    CHECK(state.broadcast == MacAddress{"02:00:00:00:00:01"});
}

TEST_CASE("read_link: malformed messages are refused") {
    LinkState state;
    CHECK_FALSE(reads_link({}, state));
    CHECK_FALSE(reads_link(bytes("0000 0100 03000000 43100100 000000"), state));
    CHECK_FALSE(reads_link(bytes(header + "0600 0400 7805"), state));       // a short MTU
    CHECK_FALSE(reads_link(bytes(header + "0800 0400 7805"), state));       // cut
    CHECK_FALSE(reads_link(bytes(header + "0400 1000"), state));            // no operstate in it
    CHECK_FALSE(reads_link(bytes(header + "0800 1280 ff00 0100"), state));  // a child too long
    CHECK_FALSE(reads_link(bytes(header + "0800 3480 0000 3500"), state));  // a child too short
    CHECK(reads_link(bytes(header + "0800 0400 78050000 0800 0400 dc050000"), state));
    CHECK(state.mtu == 1500);
}

TEST_CASE("read_link: a kind's data that does not parse costs the data, not the link") {
    LinkState state;
    REQUIRE(reads_link(bytes(header + R"(
        1c00 1280
          0b00 0100 "bridge" 00 00
          0c00 0280 0600 0100 dc05 0000   # two bytes of a forward delay)"),
                       state));
    CHECK(state.kind() == "bridge");
    CHECK_FALSE(state.data<vethpp::BridgeSettings>());
}

TEST_CASE("read_link: a kind without its NUL, as iproute2 sends it") {
    LinkState state;
    REQUIRE(reads_link(bytes(header + "0c00 1280 0800 0100 \"veth\""), state));
    CHECK(state.kind() == "veth");
}

TEST_CASE("Operstate: words") {
    CHECK(to_string(Operstate::up) == "up");
    CHECK(to_string(Operstate::lower_layer_down) == "lower layer down");
    CHECK(to_string(Operstate::not_present) == "not present");
    CHECK(to_string(static_cast<Operstate>(99)) == "unknown");
    CHECK(fmt::format("{:>8}", Operstate::down) == "    down");
}

TEST_CASE("XDP: what a link says of its programs, and what is asked") {
    LinkState link;
    CHECK(reads_link(bytes(header + "0c002b00 05000200 00000000"), link));
    CHECK(link.xdp == XdpState{});
    const std::string one = R"(
        05000200 02000000                           # attached, generic
        08000400 0c000000                           # the only one
        08000600 0c000000                           # of that mode)";
    CHECK(reads_link(bytes(header + "1c002b00" + one), link));
    CHECK(link.xdp.generic_id == 12);
    CHECK(to_string(link.xdp) == "prog/xdp id 12");
    CHECK(hex(written(link.xdp)) == hex(one));
    XdpState both;
    REQUIRE(reads(bytes(R"(
        05000200 04000000                           # attached, several
        08000500 07000000 08000700 08000000         # native, offload)"),
                  both));
    CHECK(both.mode == XdpMode::several);
    CHECK(to_string(both) == "prog/xdpdrv id 7 prog/xdpoffload id 8");
    CHECK(hex(written(XdpRequest{.program = 5, .flags = XDP_FLAGS_SKB_MODE, .expected = 6})) ==
          hex(R"(
        08000100 05000000                           # fd
        08000300 02000000                           # flags
        08000800 06000000                           # expected_fd)"));
    CHECK(hex(written(XdpRequest{})) == hex("08000100 ffffffff 08000300 00000000"));
}
