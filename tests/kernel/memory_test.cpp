// SPDX-License-Identifier: BSL-1.0
// Every operation of the core with each of its allocations failing in turn. Whether std::bad_alloc
// comes out or not: nothing is left behind, and the thread is where it was.
#include "support/catch.hpp"
#include "support/failing_new.hpp"
#include "support/live.hpp"
#include "support/netns_watch.hpp"
#include "support/skip.hpp"
#include <vethpp/bridge.hpp>
#include <vethpp/kinds/ifb.hpp>
#include <vethpp/kinds/macvlan.hpp>
#include <vethpp/netns.hpp>
#include <vethpp/ping.hpp>
#include <vethpp/routes.hpp>
#include <vethpp/veth_pair.hpp>

#include <chrono>
#include <fcntl.h>
#include <functional>
#include <memory>
#include <optional>
#include <sched.h>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

using namespace std::chrono_literals;
using namespace vethpp;
using namespace vethpp_test;
using vethpp::detail::UniqueFd;

struct Operation {
    const char* name;
    std::function<void()> run;
};

// A name that is longer than what a string holds without memory.
constexpr const char* long_label = "a namespace with a label of some length";

// What an operation that is to fail may do; what it must not is anything else.
template <class F>
void failing_as_it_should(F&& f) {
    bool failed = false;
    try {
        f();
    } catch (const Error&) {
        failed = true;
    }
    if (!failed) throw std::logic_error{"it did not fail"};
}

// Two namespaces that stay, with a bridge in the first and a pair between them, and what is to be
// as before after each run: their links, and everything of the Ledger.
struct Fixture {
    Netns a = Netns::create("a");
    Netns b = Netns::create("b");
    Bridge bridge{{.netns = a, .name = "switch", .up = true}};
    VethPair pair{{.netns = a, .name = "left", .addresses = {"10.0.0.1/24"}, .up = true},
                  {.netns = b, .name = "right", .addresses = {"10.0.0.2/24"}, .up = true}};
    std::optional<Ledger> before{};
    Names in_a{};
    Names in_b{};

    void note() {
        before = Ledger::now();
        in_a = names(a);
        in_b = names(b);
    }
    void check() const {
        REQUIRE(names(a) == in_a);
        REQUIRE(names(b) == in_b);
        before->check_unchanged();
    }

    void exhaust(const std::vector<Operation>& operations) {
        note();
        for (const Operation& one : operations) {
            INFO(one.name);
            one.run();  // which works, and has buffers grown that stay
            check();
            at_each_allocation(one.run, [&] { check(); });
            check();
        }
    }

    // Everything that can be said of a link.
    [[nodiscard]] LinkOptions everything(std::string name) const {
        return {.netns = a,
                .name = std::move(name),
                .mac = "02:00:00:00:00:42",
                .mtu = 1400,
                .txqlen = 100,
                .group = 4711,
                .tx_queues = 2,
                .rx_queues = 2,
                .alias = "a text for people that is long enough",
                .alternative_names = {"an-alternative-name-of-some-length", "another"},
                .addresses = {"10.9.0.1/24", "fd09::1/64"},
                .arp = true,
                .multicast = true,
                .promiscuous = true,
                .up = true};
    }
    [[nodiscard]] LinkOptions port(std::string name) const {
        LinkOptions options = everything(std::move(name));
        options.master = bridge;
        options.port = BridgePortSettings{.cost = 7, .hairpin = true};
        return options;
    }
};

}  // namespace

TEST_CASE("no memory: each allocation fails once, in turn", "[kernel][memory]") {
    std::size_t checked = 0;
    // Or the compiler does without the allocations.
    [[maybe_unused]] static const int* volatile seen = nullptr;
    const auto two = [] {
        const auto one = std::make_unique<int>(1);
        seen = one.get();
        const auto other = std::make_unique<int>(*one);
        seen = other.get();
    };
    CHECK(at_each_allocation(two, [&] { ++checked; }) == 2);
    CHECK(checked == 2);
    CHECK_FALSE(FailingNew{1}.has_failed());
}

TEST_CASE("no memory: namespaces", "[kernel][memory]") {
    with_own_run([] {
        Fixture f;
        const UniqueFd socket{
            f.b.run([] { return UniqueFd{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)}; })};
        f.a.publish("known");
        error_code ec;
        f.exhaust({
            {"create", [] { (void)Netns::create(long_label); }},
            {"create, with an error_code", [&] { (void)Netns::create(long_label, ec); }},
            {"open", [] { (void)Netns::open("known"); }},
            {"open none",
             [&] {
                 (void)Netns::open("a-name-that-nobody-has-given", ec);
                 failing_as_it_should([] { (void)Netns::open("a-name-that-nobody-has-given"); });
             }},
            {"open_path", [] { (void)Netns::open_path("/run/netns/known"); }},
            {"open_path, something else",
             [] { failing_as_it_should([] { (void)Netns::open_path("/dev/null"); }); }},
            {"of_process", [] { (void)Netns::of_process(::getpid()); }},
            {"of_socket", [&] { (void)Netns::of_socket(socket.get()); }},
            {"of_descriptor", [&] { (void)Netns::of_descriptor(f.b.native_handle()); }},
            {"current", [] { (void)Netns::current(); }},
            {"current, of another", [&] { f.b.run([] { (void)Netns::current(); }); }},
            {"publish",
             [] {
                 Netns made = Netns::create(long_label);
                 made.publish("one-name-that-is-long");
                 made.publish("another-name-that-is-long");
                 failing_as_it_should([&] { made.publish("known"); });
             }},
            {"publish again", [&] { f.a.publish("known"); }},
            {"links", [&] { (void)f.a.links(); }},
            {"link", [&] { (void)f.a.link("left"); }},
            {"link by index", [&] { (void)f.a.link(1); }},
            {"link that is none",
             [&] {
                 (void)f.a.link("none", ec);
                 failing_as_it_should([&] { (void)f.a.link("none"); });
             }},
            {"id", [&] { (void)(f.a.id() + (f.a == f.b ? 1 : 0)); }},
            {"run", [&] { (void)f.a.run([] { return std::string(100, 'x'); }); }},
            {"guards",
             [&] {
                 const NetnsGuard outer{f.a};
                 const NetnsGuard inner{f.b, f.a};
                 const NetnsGuard same{NetnsRef{}};
             }},
            {"guard of none",
             [] { failing_as_it_should([] { const NetnsGuard guard{NetnsRef::none()}; }); }},
            {"wait_ready", [&] { f.a.wait_ready(long_enough); }},
        });
        f.pair.second().set_down();
        f.note();
        f.exhaust({
            {"wait_ready, not ready",
             [&] {
                 f.a.wait_ready(1ms, ec);
                 failing_as_it_should([&] { f.a.wait_ready(1ms); });
             }},
            {"wait_ready of a pair, not ready",
             [&] { failing_as_it_should([&] { f.pair.wait_ready(1ms); }); }},
            {"wait_ready of a bridge, not ready",
             [&] {
                 VethPair port{{.netns = f.a, .name = "p", .master = f.bridge, .up = true},
                               {.netns = f.a, .name = "q"}};
                 failing_as_it_should([&] { f.bridge.wait_ready(1ms); });
             }},
        });
    });
}

TEST_CASE("no memory: links are made", "[kernel][memory]") {
    Fixture f;
    error_code ec;
    f.exhaust({
        {"a pair of everything",
         [&] {
             LinkOptions second = f.everything("two");
             second.netns = f.b;
             second.group.reset();
             const VethPair made{f.port("one"), std::move(second)};
         }},
        {"the same with the second end as port",
         [&] {
             LinkOptions first = f.everything("one");
             first.netns = f.b;
             const VethPair made{std::move(first), f.port("two")};
         }},
        {"a pair in one namespace, without names",
         [&] {
             const VethPair made{{.netns = f.b}, {.netns = f.b}};
         }},
        {"a pair here",
         [] {
             const VethPair made{LinkOptions{}, LinkOptions{}};
         }},
        {"a pair, with an error_code",
         [&] {
             const VethPair made{{.netns = f.a, .name = "a-long-name-001", .up = true},
                                 {.netns = f.b, .name = "a-long-name-002", .up = true},
                                 ec};
         }},
        {"a pair whose name is taken",
         [&] {
             const VethPair none{{.netns = f.a}, {.netns = f.b, .name = "right"}, ec};
             failing_as_it_should([&] {
                 const VethPair made{{.netns = f.a}, {.netns = f.b, .name = "right"}};
             });
         }},
        {"a pair whose address is refused",
         [&] {
             failing_as_it_should([&] {
                 const VethPair made{
                     {.netns = f.a},
                     {.netns = f.b, .addresses = {"10.8.0.1/24", "10.8.0.1/24"}, .up = true}};
             });
         }},
        {"a pair that is moved and removed",
         [&] {
             VethPair made{{.netns = f.a, .name = "one"}, {.netns = f.b, .name = "two"}};
             VethPair other{std::move(made)};
             made = std::move(other);
             (void)made.to_string();
             made.remove();
         }},
        {"a bridge",
         [&] {
             Bridge made{f.everything("bridge"),
                         {.stp = false,
                          .forward_delay = 3s,
                          .ageing_time = 100s,
                          .priority = 4096,
                          .multicast_snooping = false,
                          .group_address = "01:80:c2:00:00:04"}};
             made.configure({.hello_time = 2s});
             (void)made.settings();
             (void)made.status();
             VethPair port{{.netns = f.a, .name = "port", .up = true},
                           {.netns = f.b, .name = "two", .up = true}};
             made.add_port(port.first());
             (void)made.ports();
             made.wait_ready(long_enough);
         }},
        {"a bridge that is refused",
         [&] {
             failing_as_it_should([&] {
                 const Bridge made{{.netns = f.a, .name = "bridge"},
                                   {.group_address = "01:80:c2:00:00:01"}};
             });
         }},
    });
}

TEST_CASE("no memory: links of further kinds", "[kernel][memory]") {
    Fixture f;
    error_code refused;
    { const Ifb probe{{.netns = f.a}, refused}; }
    if (!refused) f.exhaust({{"an ifb", [&] { const Ifb made{f.everything("ifb")}; }}});
    { const Macvlan probe{{.netns = f.a}, {.lower = f.pair.first()}, refused}; }
    if (refused) vethpp_test::skip("this kernel has no macvlan");
    f.exhaust({
        {"a macvlan",
         [&] {
             LinkOptions options = f.everything("macvlan");
             Macvlan made{std::move(options),
                          {.lower = f.pair.first(), .mode = MacvlanMode::bridge}};
             (void)made.settings();
             made.configure({.mode = MacvlanMode::private_});
         }},
        {"a macvlan elsewhere",
         [&] {
             const Macvlan made{{.netns = f.b,
                                 .name = "macvlan",
                                 .alias = "a text for people that is long enough"},
                                {.lower = f.pair.first(), .mode = MacvlanMode::bridge}};
         }},
    });
}

TEST_CASE("no memory: links are changed, asked and moved", "[kernel][memory]") {
    Fixture f;
    VethPair other{{.netns = f.a, .name = "one"}, {.netns = f.b, .name = "two"}};
    Link& link = other.first();
    link.set_alias("a text for people that is long enough");
    std::vector<Operation> operations{
        {"flags",
         [&] {
             link.set_up();
             link.set_promiscuous(true);
             link.set_multicast(false);
             link.set_all_multicast(true);
             link.set_arp(false);
             link.set_down();
         }},
        {"set_mtu", [&] { link.set_mtu(1300); }},
        {"set_mtu, refused", [&] { failing_as_it_should([&] { link.set_mtu(7); }); }},
        {"set_mac", [&] { link.set_mac("02:00:00:00:00:43"); }},
        {"set_group, set_txqlen",
         [&] {
             f.pair.first().set_txqlen(17);
             f.pair.first().set_group(4711);
         }},
        {"set_alias", [&] { link.set_alias("another text that is long enough"); }},
        {"alternative names",
         [&] {
             error_code ec;
             link.remove_alternative_name("an-alternative-name-of-some-length", ec);
             link.add_alternative_name("an-alternative-name-of-some-length");
             link.remove_alternative_name("an-alternative-name-of-some-length");
         }},
        {"a master, and the port",
         [&] {
             link.set_master(f.bridge);
             link.set_port({.cost = 9, .hairpin = true});
             (void)link.port();
             link.clear_master();
         }},
        {"a master that is none",
         [&] { failing_as_it_should([&] { link.set_master(f.pair.first()); }); }},
        {"state", [&] { (void)link.state(); }},
        {"peers",
         [&] {
             (void)link.peer_state();
             (void)link.peer();
             (void)link.peer(f.b);
             failing_as_it_should([&] { (void)link.peer(f.a); });
         }},
        {"addresses",
         [&] {
             error_code ec;
             link.remove_address("10.7.0.1/24", ec);
             link.add_address("10.7.0.1/24");
             link.replace_address(
                 {"fd07::1/64", {.valid_lifetime = 200s, .preferred_lifetime = 100s}});
             (void)link.addresses();
             link.remove_address("10.7.0.1/24");
             link.flush_addresses();
         }},
        {"an address that is refused",
         [&] { failing_as_it_should([&] { link.remove_address("10.7.0.99/24"); }); }},
        {"offloads",
         [&] {
             (void)link.offloads();
             link.set_offloads({.tx_checksum = false, .tso = false});
         }},
        {"wait_ready", [&] { f.pair.first().wait_ready(long_enough); }},
        {"ping", [&] { (void)ping(f.a, "10.0.0.2", {.timeout = long_enough}); }},
        {"ping of one that is not reachable",
         [&] { failing_as_it_should([&] { (void)ping(f.a, "192.0.2.1"); }); }},
        {"ping of what is no address",
         [&] { failing_as_it_should([&] { (void)ping(f.a, "what is no address"); }); }},
        {"routes",
         [&] {
             const Routes routes{f.a};
             routes.replace({.destination = "10.66.0.0/16", .via = "10.0.0.2"});
             (void)routes.list();
             (void)routes.find("10.66.0.1");
             routes.remove({.destination = "10.66.0.0/16"});
         }},
    };
    f.exhaust(operations);
}

TEST_CASE("no memory: links that are renamed, moved or removed are still known",
          "[kernel][memory]") {
    Fixture f;
    f.exhaust({
        {"rename",
         [&] {
             VethPair made{{.netns = f.a, .name = "one"}, {.netns = f.b, .name = "two"}};
             made.first().rename("a-long-name-001");
             Bridge bridge{{.netns = f.a, .name = "bridge", .group = 4711}};
             bridge.rename("a-long-name-002");
         }},
        {"move_to",
         [&] {
             VethPair made{{.netns = f.a, .name = "one"}, {.netns = f.b, .name = "two"}};
             made.first().move_to(f.b, "a-long-name-001");
             made.first().move_to(f.a);
             failing_as_it_should([&] { made.first().move_to(f.b, "right"); });
         }},
        {"move_to, of both ends and of one with a group",
         [&] {
             VethPair made{{.netns = f.a, .name = "one", .group = 4711},
                           {.netns = f.a, .name = "two", .group = 4712}};
             made.first().move_to(f.b, "a-long-name-001");
             made.second().move_to(f.b, "a-long-name-002");
         }},
        {"remove",
         [&] {
             Bridge bridge{{.netns = f.a, .name = "bridge"}};
             bridge.remove();
             failing_as_it_should([&] { bridge.set_up(); });
         }},
    });
}

TEST_CASE("no memory: where another thread has to do it", "[kernel][memory]") {
    // A process that could leave its own namespace, and not come back.
    const Ended ended = in_child([] {
        if (::unshare(CLONE_NEWUSER) != 0) return 77;
        const ::ino_t home = here();
        const auto signals = blocked_signals();
        const auto make = [] { (void)Netns::create(long_label); };
        make();
        for (std::size_t nth = 1;; ++nth) {
            bool failed = false;
            {
                const FailingNew failing{nth};
                try {
                    make();
                } catch (const std::bad_alloc&) {
                    failed = true;
                }
                failed = failed || FailingNew::has_failed();
            }
            if (here() != home) return 1;
            if (blocked_signals() != signals) return 2;
            if (!failed) return nth > 3 ? 0 : 3;
        }
    });
    CAPTURE(ended.status, ended.output);
    if (ended.exited(77)) vethpp_test::skip("this machine refuses a user namespace");
    CHECK(ended.exited(0));
}
