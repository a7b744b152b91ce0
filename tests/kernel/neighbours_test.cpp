// SPDX-License-Identifier: BSL-1.0
// Neighbours, and the databases of bridges: against ip(8) and bridge(8), against the kernel, and
// what is refused.
#include "support/catch.hpp"
#include "support/live.hpp"
#include "support/oracle.hpp"
#include "support/patience.hpp"
#include <vethpp/neighbours.hpp>
#include <vethpp/netns.hpp>
#include <vethpp/ping.hpp>
#include <vethpp/veth_pair.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <string>
#include <vector>

namespace {

using namespace std::chrono_literals;
using namespace vethpp;
using namespace vethpp_test;

using Lines = std::vector<std::string>;

template <class T>
Lines lines(const std::vector<T>& entries) {
    Lines found;
    for (const T& one : entries) found.push_back(one.to_string());
    return found;
}

// What a program prints, line by line, without what stands at the end of a line.
Lines lines_of(const Netns& netns, const std::string& command) {
    Lines found;
    const std::string text = shell(netns, command).text;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        std::string line = text.substr(at, end - at);
        line.erase(line.find_last_not_of(' ') + 1);
        found.push_back(line);
        at = end + 1;
    }
    return found;
}

struct Fixture {
    Netns a = Netns::create("a");
    Netns b = Netns::create("b");
    VethPair pair{
        {.netns = a, .name = "eth0", .addresses = {"10.0.0.1/24", "fd00::1/64"}, .up = true},
        {.netns = b, .name = "eth0", .addresses = {"10.0.0.2/24", "fd00::2/64"}, .up = true}};
    Neighbours there{a};
    Neighbours here{pair.first()};

    Fixture() { pair.wait_ready(long_enough); }
};

}  // namespace

TEST_CASE("neighbours: the requests of ip(8)", "[kernel][neighbours]") {
    const Oracle oracle;
    oracle.both("link add eth0 type veth peer name eth1");
    oracle.both("link set eth0 up");
    const auto differences = [&](const std::string& command, std::uint16_t type, auto&& act) {
        return oracle.request("ip neighbour " + command,
                              type,
                              sizeof(ndmsg),
                              wire::message_names<Neighbour>,
                              [&](const Netns& netns) {
                                  const Link eth0 = netns.link("eth0");
                                  act(Neighbours{eth0}, Neighbours{netns}, eth0);
                              });
    };
    using N = Neighbours;
    using L = Link;
    const char* const mac = "02:00:00:00:00:01";
    CHECK(differences("add 10.0.0.2 lladdr 02:00:00:00:00:01 dev eth0",
                      RTM_NEWNEIGH,
                      [&](const N& of_link, const N&, const L&) {
                          of_link.add({.address = "10.0.0.2", .mac = mac});
                      }) == Differences{});
    CHECK(differences("replace fd00::2 lladdr 02:00:00:00:00:01 dev eth0 nud reachable router",
                      RTM_NEWNEIGH,
                      [&](const N&, const N& all, const L& eth0) {
                          all.replace({.address = "fd00::2",
                                       .mac = mac,
                                       .link = eth0,
                                       .state = NeighbourState::reachable,
                                       .router = true});
                      }) == Differences{});
    CHECK(differences("add 10.0.0.5 lladdr 02:00:00:00:00:01 dev eth0 extern_learn protocol 33",
                      RTM_NEWNEIGH,
                      [&](const N&, const N& all, const L& eth0) {
                          all.add({.address = "10.0.0.5",
                                   .mac = mac,
                                   .link = eth0.index(),
                                   .extern_learn = true,
                                   .protocol = 33});
                      }) == Differences{});
    CHECK(differences("add proxy 10.0.0.6 dev eth0",
                      RTM_NEWNEIGH,
                      [&](const N& of_link, const N&, const L&) {
                          of_link.add({.address = "10.0.0.6", .proxy = true});
                      }) == Differences{});
    CHECK(differences("replace 10.0.0.4 dev eth0 use",
                      RTM_NEWNEIGH,
                      [&](const N& of_link, const N&, const L&) {
                          of_link.replace({.address = "10.0.0.4", .use = true});
                      }) == Differences{});
    CHECK(differences("replace 10.0.0.7 dev eth0 managed",
                      RTM_NEWNEIGH,
                      [&](const N& of_link, const N&, const L&) {
                          of_link.replace({.address = "10.0.0.7", .managed = true});
                      }) == Differences{});
    CHECK(differences(
              "del 10.0.0.2 dev eth0", RTM_DELNEIGH, [&](const N& of_link, const N&, const L&) {
                  of_link.remove({.address = "10.0.0.2"});
              }) == Differences{});
    CHECK(differences("del proxy 10.0.0.6 dev eth0",
                      RTM_DELNEIGH,
                      [&](const N& of_link, const N&, const L&) {
                          of_link.remove({.address = "10.0.0.6", .proxy = true});
                      }) == Differences{});
}

TEST_CASE("neighbours: added, changed, found, listed as ip(8) prints them, removed",
          "[kernel][neighbours]") {
    const Fixture f;
    const MacAddress mac{"02:00:00:00:00:09"};
    f.here.add({.address = "10.0.0.9", .mac = mac});
    f.there.add({.address = "fd00::9",
                 .mac = mac,
                 .link = f.pair.first(),
                 .state = NeighbourState::noarp,
                 .router = true});
    f.here.add({.address = "10.0.0.10", .mac = mac, .extern_learn = true, .protocol = 188});
    CHECK(f.here.find("10.0.0.9").to_string() ==
          "10.0.0.9 dev eth0 lladdr 02:00:00:00:00:09 PERMANENT");
    f.here.replace(
        {.address = "10.0.0.9", .mac = "02:00:00:00:00:0a", .state = NeighbourState::stale});
    const Neighbour found = f.there.find("10.0.0.9");
    CHECK(found.mac == MacAddress{"02:00:00:00:00:0a"});
    CHECK(found.state == NeighbourState::stale);
    CHECK(found.link == LinkIndex{f.pair.first()});
    CHECK(found.ages.has_value());
    f.there.add({.address = "10.0.1.1", .link = f.pair.first(), .proxy = true});
    f.there.add({.address = "fd00:1::1", .link = f.pair.first(), .proxy = true});
    CHECK(lines(f.there.list({.proxies = true})) ==
          Lines{"10.0.1.1 dev eth0 proxy", "fd00:1::1 dev eth0 proxy"});
    CHECK(lines(f.there.list({.family = Family::ipv6, .proxies = true})) ==
          Lines{"fd00:1::1 dev eth0 proxy"});

    // Those that are there without us, of IPv6's router solicitations, come and go.
    const auto ours = [&](Lines all) {
        std::erase_if(all, [](const std::string& line) {
            return line.find("00:09") == line.npos && line.find("00:0a") == line.npos;
        });
        std::sort(all.begin(), all.end());
        return all;
    };
    const Lines all = ours(lines(f.there.list({.all = true})));
    CHECK(all ==
          Lines{"10.0.0.10 dev eth0 lladdr 02:00:00:00:00:09 extern_learn PERMANENT proto 188",
                "10.0.0.9 dev eth0 lladdr 02:00:00:00:00:0a STALE",
                "fd00::9 dev eth0 lladdr 02:00:00:00:00:09 router NOARP"});
    if (shell(f.a, "command -v ip").status == 0) {
        CHECK(ours(lines_of(f.a, "ip -N neighbour show nud all")) == all);
        CHECK(lines_of(f.a, "ip neighbour show proxy") == lines(f.there.list({.proxies = true})));
    }
    f.here.remove({.address = "10.0.0.9"});
    CHECK(failure_of([&](OnError e) { (void)f.here.find("10.0.0.9", e); }).code() ==
          boost::system::errc::no_such_file_or_directory);
    f.there.remove({.address = "10.0.1.1", .link = f.pair.first(), .proxy = true});
    CHECK(f.there.flush({.proxies = true}) == 1);
    CHECK(f.there.list({.proxies = true}).empty());
}

TEST_CASE("neighbours: listed by link, family, master, state and prefix", "[kernel][neighbours]") {
    const Fixture f;
    make_foreign(f.a, 0, "br0");
    const VethPair port{{.netns = f.a, .name = "port", .master = f.a.link("br0"), .up = true},
                        {.netns = f.a, .name = "far", .up = true}};
    const Neighbours of_port{port.first()};
    const MacAddress mac{"02:00:00:00:00:09"};
    using State = NeighbourState;
    f.here.add({.address = "10.0.0.9", .mac = mac, .state = State::noarp});
    f.here.add({.address = "10.0.0.10", .mac = mac, .state = State::stale});
    f.here.add({.address = "fd00::9", .mac = mac});
    of_port.add({.address = "10.0.0.9", .mac = mac});
    const auto count = [&](const Neighbours& where, NeighbourFilter filter) {
        const auto found = where.list(filter);
        return std::count_if(
            found.begin(), found.end(), [&](const Neighbour& one) { return one.mac == mac; });
    };
    CHECK(count(f.there, {}) == 3);
    CHECK(count(f.there, {.all = true}) == 4);
    CHECK(count(f.here, {.all = true}) == 3);
    CHECK(count(of_port, {}) == 1);
    CHECK(count(f.there, {.link = port.first()}) == 1);
    CHECK(count(f.there, {.master = f.a.link("br0")}) == 1);
    CHECK(count(f.there, {.family = Family::ipv4, .all = true}) == 3);
    CHECK(count(f.there, {.family = Family::ipv6}) == 1);
    CHECK(count(f.there, {.states = {State::noarp, State::stale}}) == 2);
    CHECK(count(f.there, {.to = "10.0.0.8/30", .all = true}) == 3);
    CHECK(count(f.there, {.to = "10.0.0.9", .all = true}) == 2);
    CHECK(count(f.there, {.to = "fd00::/64"}) == 1);
    CHECK(count(f.there, {.to = "0.0.0.0/0"}) == 2);

    CHECK(f.here.flush({.to = "10.0.0.0/24"}) == 1);  // the stale one
    CHECK(count(f.there, {.all = true}) == 3);
    CHECK(f.there.flush({.to = "10.0.0.0/24", .states = {State::failed}}) == 0);
    CHECK(f.there.flush({.link = f.pair.first(), .to = "10.0.0.0/24", .all = true}) == 1);
    CHECK(count(f.there, {.all = true}) == 2);
    CHECK(count(of_port, {}) == 1);
}

TEST_CASE("neighbours: flush() after a negative check", "[kernel][neighbours]") {
    Fixture f;
    f.here.add({.address = "10.0.0.99", .mac = "02:00:00:00:00:63"});
    CHECK(ping(f.a, "10.0.0.2", {.timeout = long_enough}).received == 1);
    solicit_once(f.a, f.pair.first());
    CHECK(ping(f.a, "10.0.0.50", {.timeout = 100ms}).received == 0);
    const auto state = [&](const char* address) {
        error_code ec;
        const Neighbour found = f.here.find(address, ec);
        return ec ? std::string{"none"} : std::string{to_string(*found.state)};
    };
    CHECK(state("10.0.0.2") != "none");
    CHECK((state("10.0.0.50") == "FAILED" || state("10.0.0.50") == "INCOMPLETE"));
    CHECK(f.there.flush() >= 2);
    CHECK(state("10.0.0.2") == "none");
    CHECK(state("10.0.0.50") == "none");
    CHECK(state("10.0.0.99") == "PERMANENT");
    // Somebody is there now.
    f.pair.second().add_address("10.0.0.50/24");
    CHECK(ping(f.a, "10.0.0.50", {.timeout = long_enough}).received == 1);
}

TEST_CASE("pin_neighbours: each end knows the other for ever", "[kernel][neighbours]") {
    Fixture f;
    pin_neighbours(f.pair);
    const auto check = [&](const Netns& netns, const char* v4, const char* v6, const Link& other) {
        const std::string mac = other.state().mac.to_string();
        Lines pinned = lines(Neighbours{netns}.list({.states = {NeighbourState::permanent}}));
        std::sort(pinned.begin(), pinned.end());
        REQUIRE(pinned.size() == 3);
        const std::string end = " dev eth0 lladdr " + mac + " PERMANENT";
        CHECK(pinned[0] == v4 + end);
        CHECK(pinned[1] == v6 + end);
        CHECK_THAT(pinned[2], contains("fe80::"));
        CHECK_THAT(pinned[2], contains(end));
    };
    check(f.a, "10.0.0.2", "fd00::2", f.pair.second());
    check(f.b, "10.0.0.1", "fd00::1", f.pair.first());
    pin_neighbours(f.pair);  // again is the same
    for (const char* to : {"10.0.0.2", "fd00::2"}) {
        CHECK(ping(f.a, to, {.timeout = long_enough}).received == 1);
        CHECK(f.here.find(to).state == NeighbourState::permanent);
    }
    // Nobody asks any more: what the other end is called now is not found out.
    f.pair.second().set_mac("02:00:00:00:00:77");
    CHECK(ping(f.a, "10.0.0.2", {.timeout = 50ms}).received == 0);
    pin_neighbours(f.pair);
    CHECK(ping(f.a, "10.0.0.2", {.timeout = long_enough}).received == 1);
}

TEST_CASE("pin_neighbours: links that share a wire, and what cannot be told",
          "[kernel][neighbours]") {
    Fixture f;
    const Netns c = Netns::create("c");
    const VethPair other{{.netns = c, .name = "eth0", .addresses = {"10.0.0.3/24"}, .up = true},
                         {.netns = c, .name = "eth1", .mtu = 1000, .ipv6 = false}};
    pin_neighbours({f.pair.first(), f.pair.second(), other.first()});
    for (const Netns* netns : std::initializer_list<const Netns*>{&f.a, &f.b, &c})
        CHECK(Neighbours{*netns}
                  .list({.family = Family::ipv4, .states = {NeighbourState::permanent}})
                  .size() == 2);
    pin_neighbours(other);  // without IPv6 on one end there is nothing to know there

    const Netns gone = Netns::create("gone");
    Link moved = std::move(f.pair.second());
    check_error(failure_of([&](OnError e) { pin_neighbours(f.pair, e); }),
                errc::no_such_link,
                "pin the neighbours of the pair (second end): no link to act on (the object refers "
                "to no link)");
    check_error(failure_of([&](OnError e) {
                    pin_neighbours({moved, c.link("lo")}, e);
                }),
                errc::invalid_option,
                "pin the neighbours: lo in c: invalid option (the link has no MAC address)");
    moved.remove();
    CHECK(failure_of([&](OnError e) {
              pin_neighbours({f.pair.first(), other.first()}, e);
          }).code() == boost::system::errc::no_such_device);
}

TEST_CASE("neighbours: what is refused is said", "[kernel][neighbours]") {
    const Fixture f;
    const auto sentence = [&](const Neighbours& where, const Neighbour& neighbour) {
        return std::string{failure_of([&](OnError e) { where.add(neighbour, e); }).what()};
    };
    const MacAddress mac{"02:00:00:00:00:09"};
    f.here.add({.address = "10.0.0.9", .mac = mac});
    CHECK(sentence(f.here, {.address = "10.0.0.9", .mac = mac}) ==
          "add the neighbour: 10.0.0.9 dev eth0 lladdr 02:00:00:00:00:09 in a: File exists (the "
          "link has an entry for that address)");
    CHECK(sentence(f.here, {.mac = mac}) ==
          "add the neighbour: no address dev eth0 lladdr 02:00:00:00:00:09 in a: invalid option (a "
          "neighbour has an address)");
    CHECK(sentence(f.there, {.address = "10.0.0.8", .mac = mac}) ==
          "add the neighbour: 10.0.0.8 lladdr 02:00:00:00:00:09 in a: invalid option (a neighbour "
          "is one of a link)");
    CHECK(sentence(f.there, {.address = "10.0.0.8", .mac = mac, .link = f.pair.second()}) ==
          "add the neighbour: 10.0.0.8 dev eth0 lladdr 02:00:00:00:00:09 in a: invalid option (the "
          "link, eth0, is in another namespace, b)");
    CHECK(sentence(f.there, {.address = "10.0.0.8", .mac = mac, .link = Link{}}) ==
          "add the neighbour: 10.0.0.8 dev if0 lladdr 02:00:00:00:00:09 in a: no link to act on "
          "(the link refers to nothing)");
    CHECK(sentence(f.there, {.address = "10.0.0.8", .mac = mac, .link = 4711}) ==
          "add the neighbour: 10.0.0.8 dev if4711 lladdr 02:00:00:00:00:09 in a: No such device "
          "(the link is gone)");
    CHECK(
        sentence(f.here, {.address = "nowhere", .mac = mac}) ==
        R"(add the neighbour: "nowhere" dev eth0 lladdr 02:00:00:00:00:09 in a: invalid address ("nowhere" is no IPv4 or IPv6 address))");
    CHECK_THAT(sentence(f.here, {.address = "10.0.0.8", .mac = "02:00"}),
               contains(R"("02:00")") && contains("invalid address"));
    CHECK(sentence(f.here, {.address = "10.0.0.8"}) ==
          "add the neighbour: 10.0.0.8 dev eth0 in a: Invalid argument" +
              reason(5003, "No link layer address given", "it needs a MAC address"));
    // Of which the kernel would keep an entry that says nothing.
    CHECK(f.here.list({.to = "10.0.0.8", .all = true}).empty());
    CHECK_THAT(sentence(f.here, {.address = "10.0.0.8", .mac = mac, .protocol = 256}),
               contains("invalid option (the number is out of range) [protocol]"));
    const VethPair small{{.netns = f.a, .name = "small", .mtu = 1000, .up = true}, {.netns = f.b}};
    CHECK_THAT(sentence(Neighbours{small.first()}, {.address = "fd00::8", .mac = mac}),
               contains("IPv6"));
    check_error(failure_of([&](OnError e) { f.here.remove({.address = "10.0.0.8"}, e); }),
                ENOENT,
                "remove the neighbour: 10.0.0.8 dev eth0 in a: No such file or directory (there is "
                "no entry for that address)");
    check_error(failure_of([&](OnError e) { (void)f.here.find("10.0.0.8", e); }),
                ENOENT,
                "find the neighbour: 10.0.0.8 in a: No such file or directory (there is no entry "
                "for that address)");
    check_error(failure_of([&](OnError e) { (void)f.there.list({.link = f.pair.second()}, e); }),
                errc::invalid_option,
                "list the neighbours in a: invalid option (the link, eth0, is in another "
                "namespace, b)");
    check_error(
        failure_of([&](OnError e) { (void)f.there.flush({.to = "10.0.0.0/33"}, e); }),
        errc::invalid_address,
        R"(flush the neighbours in a: invalid address ("10.0.0.0/33": an IPv4 prefix has at most 32 bits))");
    check_error(failure_of([&](OnError e) { (void)Neighbours{NetnsRef::none()}.list({}, e); }),
                errc::no_such_namespace,
                "list the neighbours: no namespace to act on");
}
