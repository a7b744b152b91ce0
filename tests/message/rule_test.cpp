// SPDX-License-Identifier: BSL-1.0
#include "support/described.hpp"
#include "support/recorded.hpp"
#include "support/requests.hpp"
#include <vethpp/message/rule.hpp>

#include <cstdint>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <string>
#include <string_view>
#include <utility>

namespace {

using namespace vethpp;
using namespace vethpp_test;

struct Written {
    std::string bytes{};
    std::string refusal{};
};
Written write(const Rule& rule) {
    ByteVector buffer(1024);
    wire::Writer writer{buffer};
    wire::write_message(writer, rule);
    REQUIRE_FALSE(writer.overflow());
    return {hex(writer.written()), std::string{writer.refusal()}};
}

}  // namespace

TEST_CASE("Rule: what is set goes out, in the header and behind it") {
    CHECK(write({.from = "10.0.0.0/24",
                 .to = "10.1.0.0/16",
                 .iif = "eth0",
                 .oif = "eth1",
                 .mark = 16,
                 .mask = 255,
                 .priority = 500,
                 .table = 1000,
                 .tos = 16,
                 .action = RuleAction::to_table})
              .bytes == hex(R"(
        02 10 18 10  00 00 00 01  00000000    # AF_INET, /16, /24, TOS; to_table
        0800 0100 0a010000                    # to
        0800 0200 0a000000                    # from
        0900 0300 "eth0" 00 000000            # iif
        0900 1100 "eth1" 00 000000            # oif
        0800 0600 f4010000                    # priority
        0800 0a00 10000000                    # mark
        0800 1000 ff000000                    # mask
        0800 0f00 e8030000                    # table, which does not fit into the header)"));
    CHECK(write({.family = Family::ipv6,
                 .table = 255,
                 .uids = NumberRange{100, 200},
                 .ip_protocol = IPPROTO_TCP,
                 .source_ports = 80,
                 .destination_ports = {{100, 200}},
                 .suppress_prefix_length = 0,
                 .suppress_group = 3,
                 .target = 700,
                 .l3mdev = true,
                 .invert = true,
                 .protocol = 33,
                 .tun_id = 0x0102030405060708ULL,
                 .realms = 0x30004})
              .bytes == hex(R"(
        0a 00 00 00  ff 00 00 00  02000000    # AF_INET6; the table; inverted
        0c00 1400 64000000 c8000000           # uids
        0500 1600 06 000000                   # ip_protocol
        0800 1700 5000 5000                   # source_ports
        0800 1800 6400 c800                   # destination_ports
        0800 0e00 00000000                    # suppress_prefix_length
        0800 0d00 03000000                    # suppress_group
        0800 0400 bc020000                    # target
        0500 1300 01 000000                   # l3mdev
        0500 1500 21 000000                   # protocol
        0c00 0c00 01020304 05060708           # tun_id
        0800 0b00 04000300                    # realms)"));
    CHECK(write({.from = "fd00::/64"}).bytes == hex(R"(
        0a 00 40 00  00 00 00 00  00000000
        1400 0200 fd000000 00000000 00000000 00000000)"));
}

TEST_CASE("Rule: what the wire cannot say is refused") {
    const std::string ports = "ports are 1 to 65535, the first not above the last";
    CHECK(write({.source_ports = 0}).refusal == ports);
    CHECK(write({.destination_ports = 65536}).refusal == ports);
    CHECK(write({.destination_ports = {{10, 9}}}).refusal == ports);
    CHECK(write({.destination_ports = {{-3, 9}}}).refusal == ports);
    CHECK(write({.uids = {{0, 0xffffffffLL}}}).refusal ==
          "users are 0 to 4294967294, the first not above the last");
    CHECK(write({.ip_protocol = 256}).refusal == "the number is out of range");
}

TEST_CASE("Rule: as a real kernel lists it") {
    Rule rule;
    const ByteVector payload = payload_of(recorded_rule);
    REQUIRE(wire::read_message(payload, rule));
    CHECK(rule == Rule{.family = Family::ipv4,
                       .from = "10.0.0.0/24",
                       .to = "10.1.0.0/16",
                       .iif = "eth0",
                       .oif = "eth1",
                       .mark = 16,
                       .mask = 255,
                       .priority = 500,
                       .table = 1000,
                       .tos = 16,
                       .action = RuleAction::to_table,
                       .protocol = 0});
    CHECK(rule.to_string() ==
          "500: from 10.0.0.0/24 to 10.1.0.0/16 tos 0x10 fwmark 0x10/0xff iif eth0 oif eth1 "
          "lookup 1000");
    for (std::size_t n = 0; n < payload.size(); ++n) {
        Rule part;
        (void)wire::read_message(copy(wire::Bytes{payload}.first(n)), part);
    }
    Rule none;
    CHECK_FALSE(wire::read_message(bytes("02 10 18 10"), none));
    check_paths(wire::message_names<Rule>,
                payload,
                {{0, ""},
                 {12, "table"},
                 {20, "suppress_prefix_length"},
                 {28, "protocol"},
                 {33, "iif"},
                 {45, "oif"},
                 {57, "priority"},
                 {68, "mark"},
                 {76, "mask"},
                 {84, "to"},
                 {92, "from"}});
}

TEST_CASE("Rule: as text") {
    const auto protocol = [](std::uint32_t number) {
        return Rule{.ip_protocol = number}.to_string();
    };
    CHECK(Rule{}.to_string() == "from all");
    CHECK(Rule{.from = "1.2.3.4", .to = "0.0.0.0/0", .invert = true}.to_string() ==
          "not from 1.2.3.4 to all");
    CHECK(Rule{.from = "fd00::1", .to = "fd00::/64"}.to_string() == "from fd00::1 to fd00::/64");
    CHECK(Rule{.from = "10.0.0.0/33"}.to_string() == R"(from "10.0.0.0/33")");
    CHECK(Rule{.mark = 0xabc}.to_string() == "from all fwmark 0xabc");
    CHECK(Rule{.iif = "a", .oif = "b", .iif_detached = true, .oif_detached = true}.to_string() ==
          "from all iif a [detached] oif b [detached]");
    CHECK(Rule{.uids = 7, .source_ports = 80, .l3mdev = true, .tun_id = 77}.to_string() ==
          "from all lookup [l3mdev-table] uidrange 7-7 sport 80 tun_id 77");
    CHECK(Rule{.priority = 0, .table = 253, .suppress_prefix_length = 0, .suppress_group = 3}
              .to_string() ==
          "0: from all lookup default suppress_prefixlength 0 suppress_ifgroup 3");
    CHECK(Rule{.target = 7, .unresolved = true}.to_string() == "from all goto 7 [unresolved]");
    CHECK(Rule{.action = RuleAction::prohibit, .protocol = 33}.to_string() ==
          "from all prohibit proto 33");
    CHECK(Rule{.table = 254, .realms = 0x30004}.to_string() == "from all lookup main realms 3/4");
    CHECK(Rule{.realms = 4}.to_string() == "from all realms 4");
    for (const auto& [number, word] : {std::pair{int{IPPROTO_TCP}, "tcp"},
                                       {IPPROTO_UDP, "udp"},
                                       {IPPROTO_ICMP, "icmp"},
                                       {IPPROTO_ICMPV6, "ipv6-icmp"},
                                       {IPPROTO_SCTP, "sctp"},
                                       {99, "ipproto-99"}})
        CHECK(protocol(static_cast<std::uint32_t>(number)) ==
              std::string{"from all ipproto "} + word);
    for (const auto& [action, word] : {std::pair{RuleAction::to_table, "lookup"},
                                       {RuleAction::go_to, "goto"},
                                       {RuleAction::nop, "nop"},
                                       {RuleAction::blackhole, "blackhole"},
                                       {RuleAction::unreachable, "unreachable"},
                                       {RuleAction::prohibit, "prohibit"},
                                       {static_cast<RuleAction>(99), "unknown"}})
        CHECK(to_string(action) == std::string_view{word});
}
