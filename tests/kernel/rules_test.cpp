// SPDX-License-Identifier: BSL-1.0
// Rules: against ip(8), by what sockets meet, and what is refused.
#include "support/catch.hpp"
#include "support/live.hpp"
#include "support/oracle.hpp"
#include "support/patience.hpp"
#include <vethpp/base/unique_fd.hpp>
#include <vethpp/netns.hpp>
#include <vethpp/routes.hpp>
#include <vethpp/rules.hpp>
#include <vethpp/veth_pair.hpp>

#include <algorithm>
#include <cerrno>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace {

using namespace vethpp;
using namespace vethpp_test;

using Lines = std::vector<std::string>;

Lines lines(const std::vector<Rule>& rules) {
    Lines found;
    for (const Rule& rule : rules) found.push_back(rule.to_string());
    return found;
}

// What ip(8) prints, with a space where it has a tab.
Lines lines_of(const Netns& netns, const std::string& command) {
    std::string text = shell(netns, command).text;
    std::replace(text.begin(), text.end(), '\t', ' ');
    Lines found;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        found.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return found;
}

const Lines kernels_own{"0: from all lookup local",
                        "32766: from all lookup main",
                        "32767: from all lookup default",
                        "0: from all lookup local",
                        "32766: from all lookup main"};

// How connect(2) of a datagram socket to an address ends: an errno, or 0.
struct Attempt {
    IpAddress to{};
    IpAddress from{};
    std::uint32_t mark = 0;
    std::uint16_t port = 7;
};
sockaddr_storage endpoint(const IpAddress& address, std::uint16_t port) {
    sockaddr_storage storage{};
    if (address.is_v6()) {
        auto& v6 = reinterpret_cast<sockaddr_in6&>(storage);
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(port);
        const auto bytes = address.to_v6().to_bytes();
        std::copy(bytes.begin(), bytes.end(), v6.sin6_addr.s6_addr);
    } else {
        auto& v4 = reinterpret_cast<sockaddr_in&>(storage);
        v4.sin_family = AF_INET;
        v4.sin_port = htons(port);
        v4.sin_addr.s_addr = htonl(address.to_v4().to_uint());
    }
    return storage;
}
int outcome(const Netns& netns, const Attempt& attempt) {
    return netns.run([&] {
        const int family = attempt.to.is_v6() ? AF_INET6 : AF_INET;
        const detail::UniqueFd fd{::socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
        REQUIRE(fd);
        const auto go = [&](auto call, const IpAddress& address, std::uint16_t port) {
            const sockaddr_storage where = endpoint(address, port);
            return call(fd.get(), reinterpret_cast<const sockaddr*>(&where), sizeof where);
        };
        if (attempt.mark != 0)
            REQUIRE(::setsockopt(
                        fd.get(), SOL_SOCKET, SO_MARK, &attempt.mark, sizeof attempt.mark) == 0);
        if (attempt.from != IpAddress{}) REQUIRE(go(::bind, attempt.from, 0) == 0);
        return go(::connect, attempt.to, attempt.port) == 0 ? 0 : errno;
    });
}

struct Fixture {
    Netns a = Netns::create("a");
    Netns b = Netns::create("b");
    VethPair pair{
        {.netns = a,
         .name = "eth0",
         .addresses = {"10.0.0.1/24", "10.0.0.3/24", "fd00::1/64"},
         .up = true},
        {.netns = b, .name = "eth0", .addresses = {"10.0.0.2/24", "fd00::2/64"}, .up = true}};
    Rules rules{a};

    Fixture() { pair.wait_ready(long_enough); }
};

}  // namespace

TEST_CASE("rules: the requests of ip(8)", "[kernel][rules]") {
    const Oracle oracle;
    const auto differences = [&](const std::string& command, const Rule& rule) {
        const bool remove = command.find(" del ") != command.npos;
        return oracle.request("ip " + command,
                              remove ? RTM_DELRULE : RTM_NEWRULE,
                              sizeof(fib_rule_hdr),
                              wire::message_names<Rule>,
                              [&](const Netns& netns) {
                                  if (remove)
                                      Rules{netns}.remove(rule);
                                  else
                                      Rules{netns}.add(rule);
                              });
    };
    struct Case {
        const char* command;
        Rule rule;
    };
    const Case cases[] = {
        {"rule add from 10.0.0.0/24 table 100", {.from = "10.0.0.0/24", .table = 100}},
        {"rule add from 10.0.0.0/24 to 10.1.0.0/16 iif eth0 oif eth1 fwmark 0x10/0xff prio 500 "
         "lookup 1000 tos 0x10",
         {.from = "10.0.0.0/24",
          .to = "10.1.0.0/16",
          .iif = "eth0",
          .oif = "eth1",
          .mark = 0x10,
          .mask = 0xff,
          .priority = 500,
          .table = 1000,
          .tos = 0x10}},
        {"rule add uidrange 0-0 ipproto tcp sport 80 dport 100-200 suppress_prefixlength 0 "
         "suppress_ifgroup 3",
         {.uids = 0,
          .ip_protocol = IPPROTO_TCP,
          .source_ports = 80,
          .destination_ports = {{100, 200}},
          .suppress_prefix_length = 0,
          .suppress_group = 3}},
        {"-6 rule add not from fd00::/64 blackhole",
         {.from = "fd00::/64", .invert = true, .action = RuleAction::blackhole}},
        {"-6 rule add prio 600 goto 700", {.family = Family::ipv6, .priority = 600, .target = 700}},
        {"rule add prio 601 nop", {.priority = 601, .action = RuleAction::nop}},
        {"rule add prio 602 prohibit from 1.2.3.4",
         {.from = "1.2.3.4", .priority = 602, .action = RuleAction::prohibit}},
        {"rule add prio 604 tun_id 77 protocol 33 unreachable",
         {.priority = 604, .action = RuleAction::unreachable, .protocol = 33, .tun_id = 77}},
        {"rule add prio 605 from 10.0.0.0/24 realms 3/4",
         {.from = "10.0.0.0/24", .priority = 605, .realms = 0x30004}},
        {"rule del from 10.0.0.0/24 table 100", {.from = "10.0.0.0/24", .table = 100}},
        {"rule del prio 602", {.priority = 602}},
    };
    for (const Case& one : cases) {
        INFO(one.command);
        CHECK(differences(one.command, one.rule) == Differences{});
    }
    // Both namespaces have the same rules now, and what we read of them is what ip(8) reads.
    for (const Netns* netns : {&oracle.theirs, &oracle.ours}) {
        Lines printed = lines_of(*netns, "ip rule");
        for (std::string& line : lines_of(*netns, "ip -6 rule")) printed.push_back(std::move(line));
        CHECK(printed.size() == kernels_own.size() + 7);
        CHECK(lines(Rules{*netns}.list()) == printed);
    }
    CHECK(Rules{oracle.ours}.list() == Rules{oracle.theirs}.list());
    CHECK(Rules{oracle.ours}.list(Family::ipv6).size() == 4);
    CHECK(Rules{oracle.ours}.flush(Family::ipv6) == 2);
    CHECK(Rules{oracle.ours}.flush() == 5);
    CHECK(lines(Rules{oracle.ours}.list()) == kernels_own);
}

TEST_CASE("rules: l3mdev, where the kernel has it", "[kernel][rules]") {
    const Netns a = Netns::create("a");
    const Rules rules{a};
    error_code ec;
    rules.add({.priority = 900, .l3mdev = true}, ec);
    if (ec) vethpp_test::skip("this kernel has no l3mdev");
    CHECK(lines(rules.list(Family::ipv4))[1] == "900: from all lookup [l3mdev-table]");
    CHECK(rules.flush() == 1);
}

TEST_CASE("rules: a packet finds another table", "[kernel][rules]") {
    const Fixture f;
    const Routes routes{f.a};
    routes.add({.destination = "192.168.9.0/24", .via = "10.0.0.2", .table = 100});
    routes.add({.destination = "fd00:9::/64", .via = "fd00::2", .table = 100});
    const IpAddress v4{"192.168.9.9"};
    const IpAddress v6{"fd00:9::9"};
    const auto reaches = [&](const Attempt& attempt) { return outcome(f.a, attempt) == 0; };
    CHECK(outcome(f.a, {.to = v4}) == ENETUNREACH);
    CHECK(outcome(f.a, {.to = v6}) == ENETUNREACH);

    f.rules.add({.from = "10.0.0.3", .table = 100});
    CHECK(reaches({.to = v4, .from = "10.0.0.3"}));
    CHECK_FALSE(reaches({.to = v4, .from = "10.0.0.1"}));
    CHECK_FALSE(reaches({.to = v4}));
    f.rules.remove({.from = "10.0.0.3"});
    CHECK_FALSE(reaches({.to = v4, .from = "10.0.0.3"}));

    f.rules.add({.mark = 0x10, .mask = 0xf0, .table = 100});
    CHECK(reaches({.to = v4, .mark = 0x1f}));
    CHECK_FALSE(reaches({.to = v4, .mark = 0x2f}));
    CHECK_FALSE(reaches({.to = v6, .mark = 0x1f}));  // the rule is one of IPv4
    f.rules.add({.family = Family::ipv6, .mark = 0x10, .mask = 0xf0, .table = 100});
    CHECK(reaches({.to = v6, .mark = 0x1f}));
    CHECK(f.rules.flush() == 2);

    f.rules.add({.table = 100, .uids = static_cast<std::uint32_t>(::geteuid())});
    CHECK(reaches({.to = v4}));
    CHECK(f.rules.flush() == 1);
    f.rules.add({.table = 100, .ip_protocol = IPPROTO_UDP, .destination_ports = {{1000, 1999}}});
    CHECK(reaches({.to = v4, .port = 1999}));
    CHECK_FALSE(reaches({.to = v4, .port = 2000}));
    CHECK(f.rules.flush() == 1);
    f.rules.add({.to = "192.168.9.0/25", .table = 100, .invert = true});
    CHECK_FALSE(reaches({.to = v4}));
    CHECK(reaches({.to = "192.168.9.129"}));
    CHECK(f.rules.flush() == 1);
}

TEST_CASE("rules: actions, and rules that go on elsewhere", "[kernel][rules]") {
    const Fixture f;
    const Routes routes{f.a};
    routes.add({.via = "10.0.0.2"});
    const IpAddress far{"192.168.9.9"};
    CHECK(outcome(f.a, {.to = far}) == 0);
    const std::pair<RuleAction, int> actions[] = {{RuleAction::blackhole, EINVAL},
                                                  {RuleAction::unreachable, ENETUNREACH},
                                                  {RuleAction::prohibit, EACCES},
                                                  {RuleAction::nop, 0}};
    for (const auto& [action, number] : actions) {
        INFO(to_string(action));
        f.rules.add({.to = far.to_string(), .priority = 10, .action = action});
        CHECK(outcome(f.a, {.to = far}) == number);
        CHECK(f.rules.flush() == 1);
    }
    // The default route of "main" does not count for marked packets.
    f.rules.add({.mark = 1, .priority = 10, .table = RT_TABLE_MAIN, .suppress_prefix_length = 0});
    f.rules.add({.mark = 1, .priority = 20, .action = RuleAction::prohibit});
    CHECK(outcome(f.a, {.to = far, .mark = 1}) == EACCES);
    CHECK(outcome(f.a, {.to = "10.0.0.2", .mark = 1}) == 0);
    CHECK(outcome(f.a, {.to = far}) == 0);
    f.rules.add({.priority = 5, .target = 30});
    CHECK(f.rules.list()[1].unresolved);
    f.rules.add({.priority = 30, .action = RuleAction::nop});
    CHECK_FALSE(f.rules.list()[1].unresolved);
    CHECK(outcome(f.a, {.to = far, .mark = 1}) == 0);

    f.rules.add({.iif = "eth0", .priority = 40, .table = 7});
    f.rules.add({.oif = "eth9", .priority = 41, .table = 7});
    const Lines all = lines(f.rules.list(Family::ipv4));
    CHECK(all[5] == "40: from all iif eth0 lookup 7");
    CHECK(all[6] == "41: from all oif eth9 [detached] lookup 7");
}

TEST_CASE("rules: what is refused is said", "[kernel][rules]") {
    const Netns a = Netns::create("a");
    const Rules rules{a};
    const auto added = [&](const Rule& rule) {
        return std::string{failure_of([&](OnError e) { rules.add(rule, e); }).what()};
    };
    const auto removed = [&](const Rule& rule) {
        return std::string{failure_of([&](OnError e) { rules.remove(rule, e); }).what()};
    };
    rules.add({.from = "10.0.0.0/24", .priority = 5, .table = 100});
    CHECK(added({.from = "10.0.0.0/24", .priority = 5, .table = 100}) ==
          "add the rule: 5: from 10.0.0.0/24 lookup 100 in a: File exists (there is such a rule)");
    CHECK(
        added({.from = "10.0.0.0/33"}) ==
        R"(add the rule: from "10.0.0.0/33" lookup main in a: invalid address ("10.0.0.0/33": an IPv4 prefix has at most 32 bits))");
    CHECK(added({.from = "10.0.0.0/24", .to = "fd00::/64"}) ==
          "add the rule: from 10.0.0.0/24 to fd00::/64 lookup main in a: invalid option (a rule is "
          "either of IPv4 or of IPv6)");
    CHECK_THAT(added({.family = Family::ipv6, .from = "10.0.0.0/24"}),
               contains("(a rule is either of IPv4 or of IPv6)"));
    CHECK_THAT(added({.iif = "a name too long for one"}), contains("invalid name"));
    CHECK_THAT(added({.tos = 256}), contains("invalid option (a TOS is 0 to 255)"));
    CHECK_THAT(added({.target = 7, .action = RuleAction::nop}),
               contains("(only a rule of the action go_to has a target)"));
    CHECK_THAT(added({.action = RuleAction::go_to}),
               contains("(a rule of the action go_to has a target)"));
    CHECK_THAT(added({.table = 10, .l3mdev = true}), contains("(a rule of l3mdev has no table"));
    CHECK_THAT(added({.source_ports = {{5, 4}}}),
               contains("(ports are 1 to 65535, the first not above the last) [source_ports]"));
    CHECK_THAT(added({.priority = 100, .target = 50}), contains("Backward goto not supported"));
    CHECK(removed({.priority = 77}) ==
          "remove the rule: 77: from all in a: No such file or directory (there is no such rule)");
    CHECK(removed({.family = Family::ipv6}) ==
          "remove the rule: from all in a: invalid option (nothing says which rule)");
    CHECK(lines(rules.list(Family::ipv4)).size() == 4);
    check_error(failure_of([&](OnError e) { (void)Rules{NetnsRef::none()}.list({}, e); }),
                errc::no_such_namespace,
                "list the rules: no namespace to act on");
}
