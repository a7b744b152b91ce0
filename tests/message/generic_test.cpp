// SPDX-License-Identifier: BSL-1.0
// Generic netlink: how a family is found and asked, and the bytes of the messages that it carries.
#include "support/requests.hpp"
#include "support/scripted.hpp"
#include <vethpp/base/text.hpp>
#include <vethpp/ethtool.hpp>
#include <vethpp/fou.hpp>
#include <vethpp/kinds/wireguard.hpp>
#include <vethpp/message/ethtool.hpp>
#include <vethpp/message/fou.hpp>
#include <vethpp/message/mptcp.hpp>
#include <vethpp/message/wireguard.hpp>
#include <vethpp/mptcp.hpp>
#include <vethpp/netlink/generic.hpp>

#include <cerrno>
#include <string>
#include <vector>

namespace {

using namespace vethpp;
using namespace vethpp_test;
using message::EthtoolBits;
using message::EthtoolFeatures;
using message::EthtoolTarget;

constexpr std::uint16_t family = 0x15;

// The answer to the question for a family.
ByteVector number_of_family() {
    return raw_message({GENL_ID_CTRL, 0}, bytes(R"(
        01 02 00 00           # CTRL_CMD_NEWFAMILY
        0c00 0200 "ethtool" 00
        0600 0100 1500 0000   # id
        0800 0300 01000000    # version
    )"));
}

template <class T>
void check_both_ways(const T& value, const char* dump) {
    CHECK(hex(written(value)) == hex(dump));
    T back{};
    REQUIRE(reads(bytes(dump), back));
    CHECK(back == value);
}

}  // namespace

TEST_CASE("Generic: the family is found first, and then asked") {
    const ByteVector object = bytes("01 01 00 00  0800 0600 02000000");
    ScriptedSession kernel{{datagrams({number_of_family(), ack(0)}),
                            datagrams({raw_message({family, 0}, object),
                                       raw_message({family + 1, 0}, object),  // of somebody else
                                       ack(0)}),
                            datagrams({ack(0)}),
                            datagrams({raw_message({family, 0, NLM_F_MULTI}, object),
                                       raw_message({family, 0, NLM_F_MULTI}, object),
                                       done(0)})}};
    Failure failure;
    netlink::Generic generic{kernel.session, {.name = "ethtool"}, failure};
    const auto write = [](wire::Writer& w) { wire::write(w, Channels{.rx = 2}); };
    std::vector<Channels> found;
    generic.request(
        {17},
        write,
        [&](wire::Bytes bytes) { CHECK(wire::read(bytes, found.emplace_back())); },
        failure);
    CHECK(found == std::vector<Channels>{{.rx = 2}});
    generic.request({18}, {}, failure);
    CHECK(generic.list<Channels>({17}, {}, failure) == std::vector<Channels>{{.rx = 2}, {.rx = 2}});
    CHECK_FALSE(failure);
    REQUIRE(kernel.script->sent.size() == 4);
    const auto sent = [&](std::size_t n) { return kernel.script->sent[n].at(0); };
    CHECK(hex(payload_of(sent(0))) == hex(R"(
        03 01 00 00             # CTRL_CMD_GETFAMILY
        0c00 0200 "ethtool" 00)"));
    CHECK(header_of(sent(0)).nlmsg_type == GENL_ID_CTRL);
    CHECK(hex(payload_of(sent(1))) == hex("11 01 00 00  0800 0600 02000000"));
    CHECK(header_of(sent(1)).nlmsg_type == family);
    CHECK(header_of(sent(1)).nlmsg_flags == (NLM_F_REQUEST | NLM_F_ACK));
    CHECK(hex(payload_of(sent(2))) == hex("12 01 00 00"));
    CHECK(header_of(sent(3)).nlmsg_flags == (NLM_F_REQUEST | NLM_F_ACK | NLM_F_DUMP));
}

TEST_CASE("Generic: what goes wrong") {
    const auto refused = [](std::vector<Replies> replies) {
        ScriptedSession kernel{std::move(replies)};
        Failure failure;
        netlink::Generic generic{kernel.session, {.name = "ethtool", .needs = "more"}, failure};
        generic.request(
            {1, &message::generic_names_with<EthtoolTarget, Channels>},
            [](wire::Writer& w) {
                wire::write(w, EthtoolTarget{{.index = 3}});
                wire::write(w, Channels{.rx = 2});
            },
            failure);
        (void)generic.list<Channels>({1}, {}, failure);
        CHECK(failure);
        return failure;
    };
    const Failure none = refused({datagrams({ack(0, -ENOENT)})});
    CHECK(none.code == boost::system::errc::no_such_file_or_directory);
    CHECK(none.context.hint == "the kernel has no generic netlink family \"ethtool\": more");
    CHECK(refused({datagrams({ack(0, -EPERM)})}).code ==
          boost::system::errc::operation_not_permitted);
    // An answer without the number.
    CHECK(refused({datagrams({raw_message({GENL_ID_CTRL, 0}, bytes("01020000")), ack(0)})}).code ==
          errc::malformed_reply);
    CHECK(refused({datagrams({ack(0)})}).code == errc::malformed_reply);
    // The kernel points at an attribute: "rx" stands behind the two headers and the link.
    const Failure attribute = refused(
        {datagrams({number_of_family(), ack(0)}),
         datagrams({ack(0, -EINVAL, bytes("0800 0200 20000000  0900 0100 \"wrong\" 000000"))})});
    CHECK(attribute.context.attribute == "rx");
    CHECK(attribute.context.kernel_message == "wrong");
    CHECK(refused({datagrams({number_of_family(), ack(0)}),
                   datagrams({ack(0)}),
                   datagrams(
                       {raw_message({family, 0}, bytes("01010000 0700 0600 02000000")), done(0)})})
              .code == errc::malformed_reply);
}

TEST_CASE("Generic: a request is not repeated for the number of its family") {
    // 0x16 & 3 == 2, by which rtnetlink's types tell that they ask.
    ByteVector number = number_of_family();
    number[sizeof(nlmsghdr) + 4 + 12 + 4] = std::byte{0x16};
    ScriptedSession kernel{{datagrams({number, ack(0)}),
                            datagrams({raw_message({0x16, 0}, ByteVector(40000)), ack(0)})}};
    Failure failure;
    netlink::Generic generic{kernel.session, {.name = "ethtool"}, failure};
    generic.request({18}, {}, failure);
    CHECK(failure.code == errc::truncated_reply);
    CHECK(kernel.script->sent.size() == 2);
}

TEST_CASE("Ethtool: bytes of the features") {
    check_both_ways(
        EthtoolFeatures{.header = {.index = 3, .flags = ETHTOOL_FLAG_OMIT_REPLY},
                        .wanted = EthtoolBits{.bits = {{.name = "rx-gro-list", .value = true},
                                                       {.name = "rx-gro"}}}},
        R"(
        1400 0180                        # header
          0800 0100 03000000             #   index
          0800 0300 02000000             #   flags
        3000 0380                        # wanted
          2c00 0380                      #   bits
            1800 0180                    #     bit
              1000 0200 "rx-gro-list" 00 #       name
              0400 0300                  #       value: on
            1000 0180                    #     bit, off
              0b00 0200 "rx-gro" 00 00   #       name
        )");
    // As the kernel answers.
    EthtoolFeatures answer;
    REQUIRE(reads(bytes(R"(
        1800 0180 0800 0100 03000000 0a00 0200 "veth0" 00 0000
        3000 0280
          0800 0200 40000000             # size
          2400 0380
            2000 0180
              0800 0100 00000000         #   index
              1400 0200 "tx-scatter-gathe" # name, without its NUL
        1c00 0480
          0400 0100                      # no mask
          1400 0380
            1000 0180 0800 0100 00000000 0400 0300
        )"),
                  answer));
    CHECK(
        answer ==
        EthtoolFeatures{
            .header = {.index = 3, .name = "veth0"},
            .hardware = EthtoolBits{.size = 64, .bits = {{.index = 0, .name = "tx-scatter-gathe"}}},
            .active = EthtoolBits{.no_mask = true, .bits = {{.index = 0, .value = true}}}});
    check_paths(message::generic_names<EthtoolFeatures>,
                bytes(R"(00000000 0c00 0180 0800 0100 03000000
                         1400 0380 1000 0380 0c00 0180 0800 0200 "abc" 00)"),
                {{0, ""},
                 {4, "header"},
                 {8, "header.index"},
                 {16, "wanted"},
                 {20, "wanted.bits"},
                 {24, "wanted.bits.bit"},
                 {28, "wanted.bits.bit.name"}});
}

TEST_CASE("Ethtool: bytes of channels and rings") {
    check_both_ways(Channels{.rx = 1, .tx = 2, .other = 3, .combined = 4},
                    "0800 0600 01000000  0800 0700 02000000  0800 0800 03000000"
                    "0800 0900 04000000");
    check_both_ways(Rings{.rx = 1, .rx_mini = 2, .rx_jumbo = 3, .tx = 4},
                    "0800 0600 01000000  0800 0700 02000000  0800 0800 03000000"
                    "0800 0900 04000000");
    CHECK(to_string(Channels{.rx = 1, .tx = 2}) == "{rx=1 tx=2}");
    CHECK(Feature{.name = "rx-lro", .fixed = true}.to_string() == "rx-lro: off [fixed]");
    CHECK(Feature{.name = "rx-gro", .wanted = true}.to_string() == "rx-gro: off [requested on]");
}

TEST_CASE("WireGuardKey: base64, both ways") {
    WireGuardKey::Bytes bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<std::uint8_t>(i * 9 + 250);
    const WireGuardKey key{bytes};
    // As coreutils' base64 writes them.
    CHECK(key.to_string() == "+gMMFR4nMDlCS1RdZm94gYqTnKWut8DJ0tvk7fb/CBE=");
    CHECK(WireGuardKey{"+gMMFR4nMDlCS1RdZm94gYqTnKWut8DJ0tvk7fb/CBE="} == key);
    CHECK(WireGuardKey{}.to_string() == "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    CHECK(WireGuardKey{}.is_zero());
    for (const char* wrong : {"",
                              "key",
                              "+gMMFR4nMDlCS1RdZm94gYqTnKWut8DJ0tvk7fb/CBE",   // no mark
                              "+gMMFR4nMDlCS1RdZm94gYqTnKWut8DJ0tvk7fb/CBEA",  // another digit
                              "+gMMFR4nMDlCS1RdZm94gYqTnKWut8DJ0tvk7fb/CBF=",  // 2 bits too many
                              "+gMMFR4nMDlCS1RdZm94gYqTnKWut8DJ0tvk7fb_CBE=",  // another alphabet
                              "+gMMFR4nMDlCS1RdZm94 YqTnKWut8DJ0tvk7fb/CBE=",
                              "=gMMFR4nMDlCS1RdZm94gYqTnKWut8DJ0tvk7fb/CBE="}) {
        CAPTURE(wrong);
        CHECK_FALSE(WireGuardKey{wrong}.is_valid());
        CHECK(WireGuardKey{wrong}.is_zero());
    }
    for (int i = 0; i < 20; ++i) {
        const WireGuardKey made = WireGuardKey::generate();
        CHECK(WireGuardKey{made.to_string()} == made);
        CHECK((made.bytes().front() & 7U) == 0);
        CHECK((made.bytes().back() & 0xc0U) == 0x40U);
        CHECK(made != WireGuardKey::generate());
        const WireGuardKey shared = WireGuardKey::generate_preshared();
        CHECK(WireGuardKey{shared.to_string()} == shared);
        CHECK(shared != WireGuardKey::generate_preshared());
    }
}

TEST_CASE("UdpEndpoint: text, both ways") {
    for (const char* text : {"10.0.0.2:51820", "[fd00::2]:1", "0.0.0.0:0", "[::]:65535"}) {
        CHECK(UdpEndpoint{text}.is_valid());
        CHECK(UdpEndpoint{text}.to_string() == text);
    }
    CHECK(UdpEndpoint{"10.0.0.2", 51820} == UdpEndpoint{"10.0.0.2:51820"});
    CHECK(UdpEndpoint{"fd00::2", 7}.to_string() == "[fd00::2]:7");
    const auto problem = [](const UdpEndpoint& endpoint) {
        Failure failure;
        detail::check_endpoint(endpoint, failure);
        CHECK(failure.code == errc::invalid_address);
        return failure.context.hint.substr(0, failure.context.hint.find(" is no"));
    };
    for (const char* text : {"",
                             ":",
                             "10.0.0.2",
                             "10.0.0.2:",
                             "10.0.0.2:65536",
                             "10.0.0.2:-1",
                             "10.0.0.2:1x",
                             "fd00::2:1",
                             "[fd00::2]",
                             "[10.0.0.2]:1",
                             "host:1"}) {
        CAPTURE(text);
        CHECK(problem(text) == detail::quoted(text));
    }
    CHECK(problem({"10.0.0.2", 65536}) == "10.0.0.2:65536");
    CHECK(problem({"nowhere", 1}) == "\"nowhere\":1");
}

namespace {

WireGuardKey key_of(std::uint8_t byte) {
    WireGuardKey::Bytes bytes;
    bytes.fill(byte);
    return WireGuardKey{bytes};
}

}  // namespace

TEST_CASE("WireGuard: bytes") {
    using message::WireGuardMessage;
    check_both_ways(
        WireGuardMessage{
            .index = 3,
            .private_key = key_of(0x11),
            .flags = WGDEVICE_F_REPLACE_PEERS,
            .listen_port = 51820,
            .mark = 7,
            .peers = {{.public_key = key_of(0x22),
                       .preshared_key = key_of(0x33),
                       .flags = WGPEER_F_REPLACE_ALLOWEDIPS,
                       .endpoint = UdpEndpoint{"10.0.0.2:51820"},
                       .keepalive = std::uint16_t{25},
                       .allowed = {{.family = AF_INET, .address = "10.9.0.2", .length = 32},
                                   {.family = AF_INET6, .address = "fd00::", .length = 64}}},
                      {.public_key = key_of(0x44), .endpoint = UdpEndpoint{"[fd00::2]:1"}}}},
        R"(
        0800 0100 03000000                # index
        2400 0300 11111111 11111111 11111111 11111111 11111111 11111111 11111111 11111111
        0800 0500 01000000                # flags
        0600 0600 6cca 0000               # listen_port
        0800 0700 07000000                # mark
        0401 0880                         # peers
          b800 0080                       #   peer
            2400 0100 22222222 22222222 22222222 22222222 22222222 22222222 22222222 22222222
            2400 0200 33333333 33333333 33333333 33333333 33333333 33333333 33333333 33333333
            0800 0300 02000000            #     flags
            1400 0400 0200 ca6c 0a000002 00000000 00000000
            0600 0500 1900 0000           #     keepalive
            4800 0980                     #     allowed_addresses
              1c00 0080                   #       allowed
                0600 0100 0200 0000       #         family
                0800 0200 0a090002        #         address
                0500 0300 20 000000       #         length
              2800 0080
                0600 0100 0a00 0000
                1400 0200 fd000000 00000000 00000000 00000000
                0500 0300 40 000000
          4800 0080
            2400 0100 44444444 44444444 44444444 44444444 44444444 44444444 44444444 44444444
            2000 0400 0a00 0001 00000000 fd000000 00000000 00000000 00000002 00000000
                                          #     endpoint, and the rest of a sockaddr_in6
        )");
    WireGuardMessage answer;
    REQUIRE(reads(bytes(R"(
        6000 0880 5c00 0080
          2400 0100 22222222 22222222 22222222 22222222 22222222 22222222 22222222 22222222
          1400 0600 01000000 00000000 02000000 00000000       # last_handshake
          0c00 0700 0500000000000000                          # rx_bytes
          0c00 0800 0600000000000000                          # tx_bytes
          0800 0a00 01000000                                  # the version of the protocol
        )"),
                  answer));
    CHECK(answer.peers ==
          std::vector<message::WireGuardPeerMessage>{{.public_key = key_of(0x22),
                                                      .last_handshake = message::Moment{1, 2},
                                                      .rx_bytes = std::uint64_t{5},
                                                      .tx_bytes = std::uint64_t{6}}});
    // An endpoint of no family that there is, and one that is cut short.
    for (const char* wrong : {"2000 0880 1c00 0080 1400 0400 0300 ca6c 0a000002 00000000 00000000",
                              "1000 0880 0c00 0080 0800 0400 0200 ca6c",
                              "0c00 0880 0800 0080 0400 0400"})
        CHECK_FALSE(reads(bytes(wrong), answer));
}

TEST_CASE("WireGuard: a long configuration is many messages, and so is a long listing") {
    message::WireGuardMessage all{
        .index = 3, .private_key = key_of(1), .flags = WGDEVICE_F_REPLACE_PEERS, .listen_port = 1};
    // Peers with none, few and very many addresses.
    for (std::uint8_t i = 1; i < 200; ++i) {
        message::WireGuardPeerMessage peer{.public_key = key_of(i),
                                           .preshared_key = key_of(i),
                                           .flags = WGPEER_F_REPLACE_ALLOWEDIPS,
                                           .endpoint = UdpEndpoint{"[fd00::2]:51820"},
                                           .keepalive = std::uint16_t{1}};
        for (unsigned n = 0; n < (i % 50 == 0 ? 1000U : i % 7U); ++n)
            peer.allowed.push_back({.family = AF_INET6,
                                    .address = boost::asio::ip::address_v6{{{i, 1, 2}}},
                                    .length = std::uint8_t(n % 129)});
        all.peers.push_back(std::move(peer));
    }
    for (const std::size_t most : {std::size_t{512}, std::size_t{4000}, std::size_t{16320}}) {
        const auto parts = message::split(all, most);
        CHECK(parts.size() > 10);
        std::vector<message::WireGuardPeerMessage> peers;
        for (std::size_t i = 0; i < parts.size(); ++i) {
            CHECK(written(parts[i]).size() <= most);
            CHECK(parts[i].index == 3);
            CHECK(parts[i].flags.has_value() == (i == 0));
            CHECK(parts[i].private_key.has_value() == (i == 0));
            if (i != 0) CHECK_FALSE(parts[i].peers.empty());
            auto more = parts[i].peers;
            for (std::size_t n = 0; n < more.size(); ++n)  // only what goes on lacks the rest
                if (!more[n].flags) CHECK((n == 0 && i != 0));
            message::append_peers(peers, std::move(more));
        }
        CHECK(peers == all.peers);
    }
    CHECK(message::split({.index = 3, .flags = 1}, 512) ==
          std::vector<message::WireGuardMessage>{{.index = 3, .flags = 1}});
}

TEST_CASE("WireGuard: how settings print, without secrets") {
    CHECK(WireGuardSettings{.private_key = key_of(1),
                            .listen_port = 51820,
                            .mark = 255,
                            .peers = {{.public_key = key_of(0),
                                       .preshared_key = key_of(1),
                                       .endpoint = "10.0.0.2:51820",
                                       .allowed_addresses = {"10.9.0.2/32", "fd00::/64"},
                                       .keepalive = std::chrono::seconds{25}}}}
              .to_string() ==
          "private-key (hidden) listen-port 51820 fwmark 0x000000ff peer "
          "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= preshared-key (hidden) endpoint "
          "10.0.0.2:51820 allowed-ips 10.9.0.2/32,fd00::/64 persistent-keepalive 25");
    CHECK(WireGuardSettings{}.to_string().empty());
}

TEST_CASE("MptcpEndpoint: bytes") {
    check_both_ways(message::MptcpMessage{message::MptcpAddress{.family = AF_INET,
                                                                .id = 9,
                                                                .v4 = "10.0.2.1",
                                                                .port = 8080,
                                                                .flags = MPTCP_PM_ADDR_FLAG_SIGNAL,
                                                                .link = 3}},
                    R"(
        3400 0180                  # endpoint
          0600 0100 0200 0000      #   family
          0500 0200 09 000000      #   id
          0800 0300 0a000201       #   address
          0600 0500 901f 0000      #   port, in host byte order
          0800 0600 01000000       #   flags
          0800 0700 03000000       #   link
        )");
    check_both_ways(
        message::MptcpMessage{message::MptcpAddress{.family = AF_INET6, .v6 = "fd00::1"}}, R"(
        2000 0180
          0600 0100 0a00 0000
          1400 0400 fd000000 00000000 00000000 00000001
        )");
    check_both_ways(MptcpLimits{.add_addr_accepted = 1, .subflows = 2},
                    "0800 0200 01000000  0800 0300 02000000");
    CHECK(
        MptcpEndpoint{
            .address = "10.0.0.1", .port = 8080, .id = 1, .link = 3, .signal = true, .backup = true}
            .to_string() == "10.0.0.1 port 8080 id 1 signal backup dev if3");
    CHECK(MptcpEndpoint{.id = 1}.to_string() == "id 1");
}

TEST_CASE("FouPort: bytes") {
    check_both_ways(message::FouMessage{.port = 5555,
                                        .family = std::uint8_t{AF_INET},
                                        .protocol = 4,
                                        .type = std::uint8_t{FOU_ENCAP_DIRECT},
                                        .local_v4 = "10.0.0.1",
                                        .peer_v4 = "10.0.0.2",
                                        .peer_port = 7,
                                        .link = 3},
                    R"(
        0600 0100 15b3 0000        # port, in network byte order
        0500 0200 02 000000        # family
        0500 0300 04 000000        # protocol
        0500 0400 01 000000        # encapsulation
        0800 0600 0a000001         # local
        0800 0800 0a000002         # peer
        0600 0a00 0007 0000        # peer_port
        0800 0b00 03000000         # link
        )");
    CHECK(FouPort{.port = 5555, .protocol = 4}.to_string() == "port 5555 ipproto 4");
    CHECK(FouPort{.port = 1,
                  .encapsulation = FouEncapsulation::gue,
                  .ipv6 = true,
                  .local = "fd00::1",
                  .peer = "fd00::2",
                  .peer_port = 2,
                  .link = 3}
              .to_string() == "port 1 gue -6 local fd00::1 peer fd00::2 peer_port 2 dev if3");
}
