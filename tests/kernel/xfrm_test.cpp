// SPDX-License-Identifier: BSL-1.0
// States need a kernel with ESP, as that of the emulated machine; policies do not.
#include "support/catch.hpp"
#include "support/live.hpp"
#include "support/oracle.hpp"
#include "support/patience.hpp"
#include "support/skip.hpp"
#include <vethpp/base/unique_fd.hpp>
#include <vethpp/netns.hpp>
#include <vethpp/ping.hpp>
#include <vethpp/routes.hpp>
#include <vethpp/veth_pair.hpp>
#include <vethpp/xfrm.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <linux/udp.h>
#include <linux/xfrm.h>
#include <netinet/in.h>
#include <regex>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using namespace vethpp;
using namespace vethpp_test;

const std::string key16 = "0x00112233445566778899aabbccddeeff";
const std::string key20 = key16 + "00112233";
const std::string key32 = key16 + key16.substr(2);

XfrmAlgorithm gcm() { return {"rfc4106(gcm(aes))", key20, 128}; }

XfrmState simple() {
    return {.source = "10.0.0.1", .destination = "10.0.0.2", .spi = 0x100, .aead = gcm()};
}

void need_esp() {
    const Netns netns = Netns::create("esp");
    error_code ec;
    XfrmStates{netns}.add(simple(), ec);
    if (ec == boost::system::errc::protocol_not_supported ||
        ec == boost::system::errc::function_not_supported)
        vethpp_test::skip("the kernel has no ESP with AES");
    REQUIRE_FALSE(ec);
}

// What ip(8) prints, on one line, with indexes instead of links' names. Left out is what we do not
// print: counters, and the address in an encapsulation.
std::string printed_by_ip(const Netns& netns, const std::string& arguments) {
    std::string text = shell(netns, "ip xfrm " + arguments).text;
    for (const auto& [pattern, instead] :
         {std::pair{R"(anti-replay context:[^\n]*)", ""},
          std::pair{R"(anti-replay esn context:[^\n]*\n[^\n]*\n[^\n]*(\s+[0-9a-f]{8}\b)+)", ""},
          std::pair{R"( addr (0\.0\.0\.0|::))", ""},
          std::pair{" dev lo", " dev 1"},
          // In the header, which says nothing of the longer ones.
          std::pair{"replay-window 0 flag esn", "replay-window 128 flag esn"},
          std::pair{R"(\s+)", " "}})
        text = std::regex_replace(text, std::regex{pattern}, instead);
    return text;
}
template <class T>
std::string printed(const std::vector<T>& list) {
    std::string out;
    for (const T& one : list) out += one.to_string() + ' ';
    return out;
}

// Two hosts, each with an address of a network behind it.
struct Fixture {
    Netns a = Netns::create("a");
    Netns b = Netns::create("b");
    VethPair pair{
        {.netns = a, .name = "eth0", .addresses = {"10.1.1.1/24", "fd01::1/64"}, .up = true},
        {.netns = b, .name = "eth0", .addresses = {"10.1.1.2/24", "fd01::2/64"}, .up = true}};

    Fixture() {
        for (const char* address : {"10.8.0.1/32", "fd08::1/128"})
            a.link("lo").add_address(address);
        for (const char* address : {"10.9.0.1/32", "fd09::1/128"})
            b.link("lo").add_address(address);
        pair.wait_ready(long_enough);
        Routes{a}.add({.destination = "10.9.0.0/24", .via = "10.1.1.2"});
        Routes{a}.add({.destination = "fd09::/64", .via = "fd01::2"});
        Routes{b}.add({.destination = "10.8.0.0/24", .via = "10.1.1.1"});
        Routes{b}.add({.destination = "fd08::/64", .via = "fd01::1"});
    }
    // At both ends, in both directions.
    void protect(const XfrmState& there, const XfrmPolicy& policy) const {
        XfrmState back = there;
        std::swap(*back.source, back.destination);
        back.spi += 1;
        XfrmPolicy reply = policy;
        std::swap(reply.selector.source, reply.selector.destination);
        for (XfrmTemplate& each : reply.templates) std::swap(each.source, each.destination);
        for (const Netns* netns : {&a, &b}) {
            XfrmStates{*netns}.add(there);
            XfrmStates{*netns}.add(back);
            XfrmPolicy out = netns == &a ? policy : reply;
            XfrmPolicy in = netns == &a ? reply : policy;
            out.direction = XfrmDirection::out;
            in.direction = XfrmDirection::in;
            XfrmPolicies{*netns}.add(out);
            XfrmPolicies{*netns}.add(in);
        }
    }
    void flush() const {
        for (const Netns* netns : {&a, &b}) {
            XfrmStates{*netns}.flush();
            XfrmPolicies{*netns}.flush();
        }
    }
};

struct Case {
    const char* name;
    XfrmState state;  // from a to b
    const char* from;
    const char* to;
};

std::vector<Case> cases() {
    const auto v4 = [](XfrmMode mode) {
        return XfrmState{.source = "10.1.1.1",
                         .destination = "10.1.1.2",
                         .spi = 0x100,
                         .mode = mode,
                         .request_id = 7};
    };
    const auto v6 = [](XfrmMode mode) {
        return XfrmState{.source = "fd01::1",
                         .destination = "fd01::2",
                         .spi = 0x100,
                         .mode = mode,
                         .request_id = 7};
    };
    std::vector<Case> all{
        {"transport", v4(XfrmMode::transport), "10.1.1.1", "10.1.1.2"},
        {"tunnel", v4(XfrmMode::tunnel), "10.8.0.1", "10.9.0.1"},
        {"transport, IPv6", v6(XfrmMode::transport), "fd01::1", "fd01::2"},
        {"tunnel, IPv6", v6(XfrmMode::tunnel), "fd08::1", "fd09::1"},
        {"IPv6 in IPv4", v4(XfrmMode::tunnel), "fd08::1", "fd09::1"},
        {"AH", v4(XfrmMode::transport), "10.1.1.1", "10.1.1.2"},
    };
    all[0].state.aead = gcm();
    all[1].state.authentication = XfrmAlgorithm{"hmac(sha256)", key32, 128};
    all[1].state.encryption = XfrmAlgorithm{"cbc(aes)", key16};
    all[1].state.replay.window = 32;
    all[2].state.authentication = XfrmAlgorithm{"hmac(sha1)", key20};
    all[2].state.encryption = XfrmAlgorithm{"cbc(aes)", "a key of 16 byte"};
    all[3].state.aead = gcm();
    all[3].state.replay = {.window = 128, .extended = true};
    all[4].state.aead = gcm();
    all[4].state.flags = XFRM_STATE_AF_UNSPEC;
    all[5].state.protocol = XfrmProtocol::ah;
    all[5].state.authentication = XfrmAlgorithm{"hmac(sha256)", key32, 128};
    return all;
}

XfrmPolicy policy_of(const Case& c) {
    const bool tunnel = c.state.mode == XfrmMode::tunnel;
    const auto outer = [&](const IpAddress& address) {
        return tunnel ? std::optional{address} : std::nullopt;
    };
    return {.selector = {.source = c.from, .destination = c.to},
            .templates = {{.source = outer(*c.state.source),
                           .destination = outer(c.state.destination),
                           .protocol = c.state.protocol,
                           .mode = c.state.mode,
                           .request_id = c.state.request_id}}};
}

}  // namespace

TEST_CASE("xfrm: what is protected arrives, and nothing else", "[only_vm][xfrm]") {
    need_esp();
    const Fixture f;
    for (const Case& c : cases()) {
        CAPTURE(c.name);
        const PingOptions from{.timeout = long_enough, .source = c.from};
        const PingOptions briefly{.timeout = 200ms, .source = c.from};
        f.protect(c.state, policy_of(c));
        CHECK(ping(f.a, c.to, from).received == 1);
        for (const Netns* netns : {&f.a, &f.b}) {
            const auto states = XfrmStates{*netns}.list();
            CHECK(std::count_if(states.begin(), states.end(), [](const XfrmState& one) {
                      return one.use.packets > 0 && one.use.bytes > 56;
                  }) == 2);
        }
        CHECK(XfrmStates{f.b}.get(c.state).replay.window == c.state.replay.window);
        CHECK(XfrmStates{f.b}.get(c.state).replay.sequence ==
              (c.state.replay.window == 0 ? 0U : 1U));
        // The other end does not know the state, then knows another key.
        XfrmStates{f.b}.remove(c.state);
        CHECK(ping(f.a, c.to, briefly).received == 0);
        XfrmState other = c.state;
        if (other.aead) other.aead->key = "another key: 20 byte";
        if (other.authentication) other.authentication->key = "another key of any length";
        XfrmStates{f.b}.add(other);
        CHECK(ping(f.a, c.to, briefly).received == 0);
        CHECK(XfrmStates{f.b}.get(c.state).use.integrity_failed == 1);
        // What is not protected is not taken.
        XfrmPolicy out = policy_of(c);
        XfrmPolicies{f.a}.remove(out);
        CHECK(ping(f.a, c.to, briefly).received == 0);
        f.flush();
        CHECK(XfrmStates{f.a}.list().empty());
        CHECK(XfrmPolicies{f.a}.list().empty());
        CHECK(ping(f.a, c.to, from).received == 1);
    }
}

TEST_CASE("xfrm: ESP inside UDP", "[only_vm][xfrm]") {
    need_esp();
    const Fixture f;
    Case c = cases()[1];
    c.state.encapsulation = XfrmEncapsulation{};
    f.protect(c.state, policy_of(c));
    // Nobody takes it out.
    CHECK(ping(f.a, c.to, {.timeout = 200ms, .source = c.from}).received == 0);
    const auto listen = [] {
        vethpp::detail::UniqueFd socket{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
        sockaddr_in any{};
        any.sin_family = AF_INET;
        any.sin_port = htons(4500);
        REQUIRE(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any) == 0);
        const int type = UDP_ENCAP_ESPINUDP;
        REQUIRE(::setsockopt(socket.get(), IPPROTO_UDP, UDP_ENCAP, &type, sizeof type) == 0);
        return socket;
    };
    const auto at_a = f.a.run(listen);
    const auto at_b = f.b.run(listen);
    CHECK(ping(f.a, c.to, {.timeout = long_enough, .source = c.from}).received == 1);
    CHECK(XfrmStates{f.b}.get(c.state).encapsulation == XfrmEncapsulation{});
}

TEST_CASE("xfrm: states are added, updated, listed as ip prints them", "[only_vm][xfrm]") {
    need_esp();
    const Netns netns = Netns::create("netns");
    need(netns, "ip");
    const XfrmStates states{netns};
    const XfrmState full{.source = "10.0.0.1",
                         .destination = "10.0.0.2",
                         .spi = 0x105,
                         .mode = XfrmMode::tunnel,
                         .request_id = 7,
                         .authentication = XfrmAlgorithm{"hmac(sha256)", key32, 128},
                         .encryption = XfrmAlgorithm{"cbc(aes)", key16},
                         .encapsulation = XfrmEncapsulation{.source_port = 4501},
                         .replay = {.window = 32},
                         .mark = XfrmMark{5, 0xff},
                         .if_id = 0x1f,
                         .selector = {.source = "10.9.0.0/24",
                                      .destination = "10.8.0.0/24",
                                      .protocol = IPPROTO_UDP,
                                      .source_port = 5,
                                      .destination_port = 7,
                                      .link = 1},
                         .flags = XFRM_STATE_ALIGN4 | XFRM_STATE_NOPMTUDISC,
                         .extra_flags = XFRM_SA_XFLAG_DONT_ENCAP_DSCP,
                         .limits = {.soft_bytes = 1000, .hard_packets = 9, .hard_time = 1h},
                         .output_mark = 0x33,
                         .output_mark_mask = 0xff};
    states.add(full);
    states.add(simple());
    states.add({.source = "fd00::1",
                .destination = "fd00::2",
                .spi = 0x101,
                .aead = gcm(),
                .replay = {.window = 128, .extended = true},
                .selector = {.protocol = IPPROTO_ICMPV6, .source_port = 128}});
    states.add({.source = "fd00::1",
                .destination = "fd00::2",
                .protocol = XfrmProtocol::ah,
                .spi = 0x102,
                .authentication = XfrmAlgorithm{"hmac(sha1)", key20}});
    states.add({.destination = "10.0.0.2",
                .protocol = XfrmProtocol::compression,
                .spi = 0x103,
                .compression = XfrmAlgorithm{"deflate"}});
    states.add({.source = "10.0.0.1",
                .destination = "10.0.0.2",
                .spi = 0x104,
                .mode = XfrmMode::beet,
                .encryption = XfrmAlgorithm{"ecb(cipher_null)"},
                .selector = {.source = "10.3.3.3", .destination = "10.3.3.4"}});
    // Which older versions of ip do not print.
    const std::string extra =
        std::regex_replace(printed(states.list()), std::regex{" extra_flag dont-encap-dscp"}, "");
    CHECK(extra == std::regex_replace(printed_by_ip(netns, "state list nokeys"),
                                      std::regex{" extra_flag dont-encap-dscp"},
                                      ""));
    CHECK(states.list().size() == 6);
    CHECK(printed(states.list()).find("0011") == std::string::npos);

    // Everything comes back.
    XfrmState expected = full;
    CHECK(states.get(full) == expected);
    states.update([&] {
        expected.limits = {.hard_bytes = 5000};
        return expected;
    }());
    CHECK(states.get(full) == expected);
    CHECK_THAT(
        shell(netns, "ip -s xfrm state get dst 10.0.0.2 proto esp spi 0x105 mark 5 mask 255").text,
        contains("limit: soft (INF)(bytes), hard 5000(bytes)"));
    states.remove(full);
    CHECK(states.list().size() == 5);
    states.flush(XfrmProtocol::ah);
    CHECK(states.list().size() == 4);
    states.flush();
    CHECK(states.list().empty());
    states.flush();
}

TEST_CASE("xfrm: requests for states are those of ip", "[only_vm][xfrm]") {
    need_esp();
    const Oracle oracle;
    const auto add = [&](const std::string& arguments, const XfrmState& state) {
        return oracle.request("ip xfrm state add " + arguments,
                              XFRM_MSG_NEWSA,
                              sizeof(xfrm_usersa_info),
                              wire::message_names<XfrmState>,
                              [&](const Netns& netns) { XfrmStates{netns}.add(state); });
    };
    const std::string ends = "src 10.0.0.1 dst 10.0.0.2 proto esp ";
    CHECK(add(ends + "spi 0x100 aead 'rfc4106(gcm(aes))' " + key20 + " 128", simple()) ==
          Differences{});
    CHECK(add(ends +
                  "spi 0x101 reqid 7 mode tunnel flag align4 replay-window 32 mark 5 mask 0xff "
                  "if_id 9 auth-trunc 'hmac(sha256)' " +
                  key32 + " 128 enc 'cbc(aes)' " + key16 +
                  " encap espinudp 4500 4501 0.0.0.0 output-mark 0x33 mask 0xff limit byte-hard "
                  "4000 limit time-soft 60 replay-seq 6 replay-oseq 7 "
                  "sel src 10.9.0.0/24 dst 10.8.0.0/24 proto tcp sport 5 dport 7 dev lo",
              {.source = "10.0.0.1",
               .destination = "10.0.0.2",
               .spi = 0x101,
               .mode = XfrmMode::tunnel,
               .request_id = 7,
               .authentication = XfrmAlgorithm{"hmac(sha256)", key32, 128},
               .encryption = XfrmAlgorithm{"cbc(aes)", key16},
               .encapsulation = XfrmEncapsulation{.destination_port = 4501},
               .replay = {.window = 32, .sequence = 6, .out_sequence = 7},
               .mark = XfrmMark{5, 0xff},
               .if_id = 9,
               .selector = {.source = "10.9.0.0/24",
                            .destination = "10.8.0.0/24",
                            .protocol = IPPROTO_TCP,
                            .source_port = 5,
                            .destination_port = 7,
                            .link = 1},
               .flags = XFRM_STATE_ALIGN4,
               .limits = {.hard_bytes = 4000, .soft_time = 60s},
               .output_mark = 0x33,
               .output_mark_mask = 0xff}) == Differences{});
    CHECK(add("src fd00::1 dst fd00::2 proto esp spi 0x102 aead 'rfc4106(gcm(aes))' " + key20 +
                  " 128 replay-window 100 flag esn",
              {.source = "fd00::1",
               .destination = "fd00::2",
               .spi = 0x102,
               .aead = gcm(),
               .replay = {.window = 100, .extended = true}}) == Differences{});
    CHECK(oracle.request("ip xfrm state delete " + ends + "spi 0x101 mark 5 mask 0xff",
                         XFRM_MSG_DELSA,
                         sizeof(xfrm_usersa_id),
                         wire::message_names<message::XfrmStateKey>,
                         [](const Netns& netns) {
                             XfrmState state = simple();
                             state.spi = 0x101;
                             state.mark = XfrmMark{5, 0xff};
                             XfrmStates{netns}.remove(state);
                         }) == Differences{});
    CHECK(oracle.request("ip xfrm state flush proto esp",
                         XFRM_MSG_FLUSHSA,
                         sizeof(xfrm_usersa_flush),
                         wire::message_names<XfrmState>,
                         [](const Netns& netns) { XfrmStates{netns}.flush(XfrmProtocol::esp); }) ==
          Differences{});
}

TEST_CASE("xfrm: requests for policies are those of ip", "[xfrm]") {
    const Oracle oracle;
    const auto request = [&](const char* arguments, std::uint16_t type, auto&& body) {
        const bool whole = type != XFRM_MSG_DELPOLICY;
        return oracle.request(
            std::string{"ip xfrm policy "} + arguments,
            type,
            whole ? sizeof(xfrm_userpolicy_info) : sizeof(xfrm_userpolicy_id),
            whole ? wire::message_names<XfrmPolicy> : wire::message_names<message::XfrmPolicyKey>,
            body);
    };
    const XfrmPolicy policy{
        .direction = XfrmDirection::forward,
        .selector = {.source = "fd00::/64", .protocol = IPPROTO_ICMPV6, .source_port = 128},
        .priority = 100,
        .action = XfrmAction::block,
        .mark = XfrmMark{5, 0xff},
        .if_id = 9,
        .templates = {{.source = "10.0.0.1",
                       .destination = "10.0.0.2",
                       .mode = XfrmMode::tunnel,
                       .request_id = 7},
                      {.source = "10.0.0.1",
                       .destination = "10.0.0.2",
                       .protocol = XfrmProtocol::ah,
                       .spi = 0x100,
                       .optional = true}},
        .flags = XFRM_POLICY_ICMP | XFRM_POLICY_LOCALOK,
        .limits = {.hard_time = 100s},
        .index = 0x7a};
    CHECK(request("add src fd00::/64 proto ipv6-icmp type 128 dir fwd mark 5 mask 0xff index 0x7a "
                  "action block priority 100 flag localok icmp if_id 9 limit time-hard 100 "
                  "tmpl src 10.0.0.1 dst 10.0.0.2 proto esp mode tunnel reqid 7 "
                  "tmpl src 10.0.0.1 dst 10.0.0.2 proto ah spi 0x100 level use",
                  XFRM_MSG_NEWPOLICY,
                  [&](const Netns& netns) { XfrmPolicies{netns}.add(policy); }) == Differences{});
    CHECK(request("delete src fd00::/64 proto ipv6-icmp type 128 dir fwd mark 5 mask 0xff if_id 9",
                  XFRM_MSG_DELPOLICY,
                  [&](const Netns& netns) {
                      XfrmPolicy same = policy;
                      same.index = 0;
                      XfrmPolicies{netns}.remove(same);
                  }) == Differences{});
    CHECK(request("update dst 10.0.0.0/8 dir out ptype sub",
                  XFRM_MSG_UPDPOLICY,
                  [&](const Netns& netns) {
                      XfrmPolicies{netns}.update({.selector = {.destination = "10.0.0.0/8"},
                                                  .type = XFRM_POLICY_TYPE_SUB});
                  }) == Differences{});
}

TEST_CASE("xfrm: policies are added, updated, listed as ip prints them", "[xfrm]") {
    const Netns netns = Netns::create("netns");
    need(netns, "ip");
    const XfrmPolicies policies{netns};
    const XfrmPolicy first{.selector = {.source = "10.9.0.0/24",
                                        .destination = "10.8.0.0/24",
                                        .protocol = IPPROTO_UDP,
                                        .source_port = 5},
                           .priority = 100,
                           .mark = XfrmMark{5, 0xff},
                           .if_id = 9,
                           .templates = {{.source = "10.0.0.1",
                                          .destination = "10.0.0.2",
                                          .mode = XfrmMode::tunnel,
                                          .request_id = 7}},
                           .limits = {.soft_packets = 7}};
    policies.add(first);
    policies.add(
        {.direction = XfrmDirection::forward,
         .selector = {.destination = "fd00:1::/64", .link = 1},
         .action = XfrmAction::block,
         .templates =
             {{.source = "fd00::1", .destination = "fd00::2", .spi = 0x101, .optional = true}},
         .flags = XFRM_POLICY_ICMP});
    policies.add({.direction = XfrmDirection::in,
                  .templates = {{.source = "fd00::1", .destination = "fd00::2"}}});
    policies.add({.direction = XfrmDirection::in, .templates = {{}}});
    CHECK(printed(policies.list()) == printed_by_ip(netns, "policy"));
    CHECK(policies.list().size() == 4);

    const auto read = [&] {
        XfrmPolicy found = policies.get(first);
        CHECK(found.index != 0);
        found.index = 0;
        CHECK(found.type.value_or(0) == XFRM_POLICY_TYPE_MAIN);
        found.type.reset();
        return found;
    };
    CHECK(read() == first);
    XfrmPolicy changed = first;
    changed.templates.clear();
    changed.priority = 7;
    changed.limits = {};
    policies.update(changed);
    CHECK(read() == changed);
    CHECK(policies.list().size() == 4);
    policies.remove(first);
    CHECK(policies.list().size() == 3);
    policies.flush();
    CHECK(policies.list().empty());
    error_code ec;
    policies.add({.type = XFRM_POLICY_TYPE_SUB}, ec);
    policies.flush();
    CHECK(policies.list().empty());
}

TEST_CASE("xfrm: a policy without a state loses packets", "[xfrm]") {
    const Fixture f;
    const Case c = cases()[0];
    const XfrmPolicy policy = policy_of(c);
    XfrmPolicies{f.a}.add(policy);
    CHECK(ping(f.a, c.to, {.timeout = 200ms}).received == 0);
    XfrmPolicies{f.a}.remove(policy);
    CHECK(ping(f.a, c.to, {.timeout = long_enough}).received == 1);
    XfrmPolicy block{.direction = XfrmDirection::in,
                     .selector = {.source = c.from},
                     .action = XfrmAction::block};
    XfrmPolicies{f.b}.add(block);
    CHECK(ping(f.a, c.to, {.timeout = 200ms}).received == 0);
    block.action = XfrmAction::allow;
    XfrmPolicies{f.b}.update(block);
    CHECK(ping(f.a, c.to, {.timeout = long_enough}).received == 1);
}

TEST_CASE("xfrm: what is wrong with a policy is said", "[xfrm]") {
    const Netns netns = Netns::create("netns");
    const XfrmPolicies policies{netns};
    const auto add = [&](const XfrmPolicy& policy) {
        return failure_of([&](OnError e) { policies.add(policy, e); });
    };
    const XfrmPolicy policy{.selector = {.destination = "10.0.0.0/8"}};
    const std::string place =
        "add the IPsec policy: src 0.0.0.0/0 dst 10.0.0.0/8 dir out in netns: ";
    policies.add(policy);
    check_error(
        add(policy),
        EEXIST,
        place + "File exists (there is a policy of that direction, selector, mark and if_id)");
    for (const bool remove : {true, false})
        CHECK_THAT(std::string{failure_of([&](OnError e) {
                                   const XfrmPolicy other{.selector = {.source = "fd00::1"}};
                                   if (remove)
                                       policies.remove(other, e);
                                   else
                                       (void)policies.get(other, e);
                               }).what()},
                   contains("the IPsec policy: src fd00::1/128 dst ::/0 dir out in netns: No such "
                            "file or directory (there is no policy of that direction, selector, "
                            "mark and if_id)"));
    struct Wrong {
        void (*change)(XfrmPolicy&);
        const char* sentence;
    };
    for (const auto& [change, sentence] :
         {Wrong{[](auto& p) { p.selector.source = "fd00::/64"; },
                "invalid option (the selector is IPv4 at one end and IPv6 at the other)"},
          Wrong{[](auto& p) { p.selector.destination = "10.0.0.0/33"; },
                "invalid address (\"10.0.0.0/33\": an IPv4 prefix has at most 32 bits)"},
          Wrong{[](auto& p) { p.selector.protocol = 256; },
                "invalid option (an IP protocol is 0 to 255)"},
          Wrong{[](auto& p) { p.selector.source_port = 65536; },
                "invalid option (a port is 0 to 65535)"},
          Wrong{[](auto& p) { p.limits.hard_time = -1s; }, "invalid option (a limit in time"},
          Wrong{[](auto& p) { p.flags = 256; }, "invalid option (a number is out of range)"},
          Wrong{[](auto& p) { p.type = 256; }, "invalid option (the type of a policy is 0 to 255)"},
          Wrong{[](auto& p) { p.templates = std::vector<XfrmTemplate>(7); },
                "invalid option (a policy has at most 6 templates)"},
          Wrong{[](auto& p) { p.templates = {{.mode = XfrmMode::tunnel}}; },
                "invalid option (a template of a tunnel says where it ends)"},
          Wrong{[](auto& p) { p.templates = {{.source = "10.0.0.1", .destination = "fd00::1"}}; },
                "invalid option (the addresses of a template are not of the same family)"},
          Wrong{[](auto& p) { p.templates = {{.source = "nowhere"}}; },
                "invalid address (\"nowhere\" is no IPv4 or IPv6 address)"},
          Wrong{[](auto& p) { p.templates = {{.protocol = XfrmProtocol{3}}}; }, "Invalid argument"},
          Wrong{[](auto& p) { p.direction = XfrmDirection{9}; }, "Invalid argument"}}) {
        XfrmPolicy wrong = policy;
        change(wrong);
        CHECK_THAT(std::string{add(wrong).what()}, contains(sentence));
    }
    CHECK(policies.list().size() == 1);
    check_error(failure_of([&](OnError e) { (void)XfrmPolicies{NetnsRef::none()}.list(e); }),
                errc::no_such_namespace,
                "list the IPsec policies: no namespace to act on");
    const ::pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        error_code ec;
        policies.flush(ec);
        ::_exit(ec == make_error_code(errc::used_after_fork) ? 0 : 1);
    }
    int status = -1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
}

TEST_CASE("xfrm: what is wrong with a state is said, and never a key", "[xfrm]") {
    const Netns netns = Netns::create("netns");
    const XfrmStates states{netns};
    struct Wrong {
        void (*change)(XfrmState&);
        const char* sentence;
    };
    const auto check = [&](const Wrong& wrong) {
        XfrmState state = simple();
        state.spi = 0x999;
        wrong.change(state);
        const std::string what = failure_of([&](OnError e) { states.add(state, e); }).what();
        CHECK_THAT(what, contains("add the IPsec state: src ") && contains(wrong.sentence));
        CHECK(what.find("0011") == std::string::npos);
    };
    for (const Wrong& wrong :
         {Wrong{[](auto& s) { s.source = "fd00::1"; },
                "source and destination are not of the same family"},
          Wrong{[](auto& s) { s.destination = "there"; },
                "dst \"there\" proto esp spi 0x00000999 in netns: invalid address (\"there\" is no "
                "IPv4 or IPv6 address)"},
          Wrong{[](auto& s) { s.aead->key = "0x123"; },
                "invalid option (a key is 0x and pairs of hexadecimal digits, or text)"},
          Wrong{[](auto& s) { s.aead->key = "0x00112g"; }, "a key is 0x and pairs"},
          Wrong{[](auto& s) { s.aead->key = std::string(513, 'k'); },
                "a key has at most 512 bytes"},
          Wrong{[](auto& s) { s.aead->name = std::string(64, 'n'); }, "at most 63 bytes"},
          Wrong{[](auto& s) {
                    s.encryption = XfrmAlgorithm{"cbc(aes)", key16, 96};
                },
                "the algorithm has no other length than that of its key"},
          Wrong{[](auto& s) { s.replay.window = 4097; },
                "a replay window has at most 4096 packets"},
          Wrong{[](auto& s) { s.replay.sequence = 1ULL << 32U; },
                "sequence numbers of more than 32 bits are the extended ones"},
          Wrong{[](auto& s) { s.flags = 256; }, "flags are XFRM_STATE_*"},
          Wrong{[](auto& s) { s.output_mark_mask = 1; }, "a mask, but no output mark"},
          Wrong{[](auto& s) {
                    s.protocol = XfrmProtocol::ah;
                    s.encapsulation = XfrmEncapsulation{};
                },
                "only ESP goes inside UDP"}})
        check(wrong);
    check({[](auto& s) { s.aead->name = "rot13"; },
           "Function not implemented (the kernel knows no algorithm of that name; see "
           "/proc/crypto)"});
    // Without ESP, the sentence says so.
    error_code ec;
    const auto null = [](XfrmState& s) {
        s.aead.reset();
        s.encryption = XfrmAlgorithm{"ecb(cipher_null)"};
    };
    XfrmState plain = simple();
    null(plain);
    states.add(plain, ec);
    if (ec == boost::system::errc::protocol_not_supported)
        check({null,
               "Protocol not supported (the kernel has no such protocol: CONFIG_INET_ESP, "
               "CONFIG_INET6_ESP)"});
}

TEST_CASE("xfrm: what the kernel finds wrong with a state is explained", "[only_vm][xfrm]") {
    need_esp();
    const Netns netns = Netns::create("netns");
    const XfrmStates states{netns};
    const auto add = [&](const XfrmState& state) {
        return failure_of([&](OnError e) { states.add(state, e); });
    };
    const std::string name =
        "the IPsec state: src 10.0.0.1 dst 10.0.0.2 proto esp spi 0x00000100 "
        "in netns: ";
    states.add(simple());
    check_error(add(simple()),
                EEXIST,
                "add " + name +
                    "File exists (there is a state of that destination, protocol, SPI and mark)");
    XfrmState other = simple();
    other.spi = 0x101;
    for (const bool aead : {true, false}) {
        XfrmState wrong = other;
        if (aead)
            wrong.aead->key = key16;
        else
            wrong.encryption = XfrmAlgorithm{"cbc(aes)", "0x0011"};
        if (!aead) wrong.aead.reset();
        CHECK_THAT(
            std::string{add(wrong).what()},
            contains("Invalid argument (most often a key of a length that the algorithm does "
                     "not take)"));
    }
    XfrmState v6_inside = other;
    v6_inside.selector.source = "fd00::1";
    CHECK(std::string{add(v6_inside).what()}.find("CONFIG_INET_ESP") == std::string::npos);
    const std::string none =
        "No such process (there is no state of that destination, protocol, SPI and mark)";
    states.remove(simple());
    check_error(
        failure_of([&](OnError e) { states.remove(simple(), e); }), ESRCH, "remove " + name + none);
    check_error(
        failure_of([&](OnError e) { (void)states.get(simple(), e); }), ESRCH, "get " + name + none);
    check_error(
        failure_of([&](OnError e) { states.update(simple(), e); }), ESRCH, "update " + name + none);
}
