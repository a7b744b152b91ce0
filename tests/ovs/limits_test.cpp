// SPDX-License-Identifier: BSL-1.0
// Open vSwitch where something runs out: descriptors, time, a link in the middle of it.
#include "support/catch.hpp"
#include "support/live.hpp"
#include "support/netns_watch.hpp"
#include "support/ovs.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <fcntl.h>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

using namespace std::chrono_literals;
using namespace vethpp;
using namespace vethpp_test;

// Leaves this process so many more descriptors, while it lives.
class FewDescriptors {
public:
    explicit FewDescriptors(rlim_t more) {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        // Those below the highest count as taken.
        while (::fcntl(static_cast<int>(next_), F_GETFD) >= 0) ++next_;
        rlimit limit = before_;
        limit.rlim_cur = next_ + more;
        ::setrlimit(RLIMIT_NOFILE, &limit);
    }
    FewDescriptors(const FewDescriptors&) = delete;
    FewDescriptors& operator=(const FewDescriptors&) = delete;
    ~FewDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

private:
    rlimit before_{};
    rlim_t next_ = 0;
};

// A pair whose second end is in the namespace of a switch.
VethPair pair_into(const Switch& sw, const Netns& from, const std::string& name) {
    return {{.netns = from, .name = name, .up = true},
            {.netns = sw.netns, .name = "to-" + name, .up = true}};
}

std::string show(const Switch& sw) { return vsctl(sw.ovs, "show"); }

}  // namespace

TEST_CASE("ovs limits: with every number of descriptors", "[ovs]") {
    (void)Switch{};
    const Ended ended = in_child([] {
        Switch sw;
        const Netns host = Netns::create("host");
        VethPair pair = pair_into(sw, host, "p");
        const std::vector<std::string> before = rows_in(sw.ovs.database());
        const std::map<std::string, std::function<void(error_code&)>> operations{
            {"a bridge",
             [&](error_code& ec) {
                 const OvsBridge bridge{sw.options("br1"), ec};
             }},
            {"a link",
             [&](error_code& ec) {
                 sw.br0.add_port(pair.second(), {}, ec);
                 if (!ec) sw.br0.remove_port("to-p", ec);
             }},
            {"an internal port",
             [&](error_code& ec) {
                 sw.br0.add_internal_port("i0", {}, ec);
                 if (!ec) sw.br0.remove_port("i0", ec);
             }},
            {"the list", [&](error_code& ec) { (void)sw.br0.ports(ec); }}};
        int number = 0;
        for (const auto& [name, operation] : operations) {
            number += 10;
            bool good = false;
            for (rlim_t more = 0; more < 20 && !good; ++more) {
                error_code ec;
                {
                    const FewDescriptors few{more};
                    operation(ec);
                }
                if (ec && ec != boost::system::errc::too_many_files_open) return number + 1;
                if (rows_in(sw.ovs.database()) != before) return number + 2;
                good = !ec;
            }
            if (!good) return number + 3;
        }
        return 0;
    });
    INFO(ended.output << ended.status);
    CHECK(ended.exited(0));
}

TEST_CASE("ovs limits: a bridge goes also where no descriptor is left", "[ovs]") {
    (void)Switch{};
    const Ended ended = in_child([] {
        Switch sw;
        const Netns host = Netns::create("host");
        const VethPair pair = pair_into(sw, host, "p");
        const std::vector<std::string> before = rows_in(sw.ovs.database());
        for (const bool with_port : {false, true}) {
            std::optional<OvsBridge> br1{sw.options("br1")};
            if (with_port) br1->add_port(pair.second());
            {
                const FewDescriptors none{0};
                if (::dup(0) >= 0) return 1;
                br1.reset();
            }
            if (rows_in(sw.ovs.database()) != before) return 2;
        }
        return 0;
    });
    INFO(ended.output);
    CHECK(ended.exited(0));
}

TEST_CASE("ovs limits: a link that goes while it is made a port", "[ovs]") {
    Switch sw;
    const Netns host = Netns::create("host");
    // Sooner or later than all of it, as long as it takes here and now.
    std::chrono::microseconds usual{0};
    for (int i = 0; i < 3; ++i) {
        VethPair pair = pair_into(sw, host, "p");
        usual = std::max<std::chrono::microseconds>(
            usual, duration_of([&] { sw.br0.add_port(pair.second()); }));
        sw.br0.remove_port("to-p");
    }
    std::mt19937 random{12345};
    std::uniform_int_distribution<std::chrono::microseconds::rep> delay{0, 2 * usual.count()};
    int refused = 0;
    constexpr int rounds = 40;
    for (int round = 0; round < rounds; ++round) {
        VethPair pair = pair_into(sw, host, "p");
        std::thread remover{[&, wait = std::chrono::microseconds{delay(random)}] {
            std::this_thread::sleep_for(wait);
            error_code ec;
            Link{sw.netns, pair.second().index(), "to-p"}.remove(ec);
        }};
        error_code ec;
        sw.br0.add_port(pair.second(), {}, ec);
        remover.join();
        if (ec) {
            ++refused;
            INFO(ec.message());
            CHECK(ec == boost::system::errc::no_such_device);
            CHECK(sw.br0.ports().empty());
        }
        CHECK(comes_true([&] { return sw.br0.ports().empty(); }));
    }
    CAPTURE(refused);
    CHECK(rows_in(sw.ovs.database()).size() == 3);
}

TEST_CASE("ovs limits: one deadline for a destructor, however many links are gone", "[ovs]") {
    Switch sw;
    const Netns host = Netns::create("host");
    std::vector<VethPair> pairs;
    OvsBridgeOptions options = sw.options("br1");
    options.timeout = enough_for_the_database(sw.ovs) * 2;
    const bool adopted = GENERATE(false, true);
    std::optional<OvsBridge> owner;
    if (adopted) owner.emplace(sw.options("br1"));
    options.existing = OvsExisting::adopt;
    std::optional<OvsBridge> br1{options};
    constexpr int many = 8;
    for (int i = 0; i < many; ++i) {
        pairs.push_back(pair_into(sw, host, "p" + std::to_string(i)));
        br1->add_port(pairs.back().second());
    }
    std::chrono::milliseconds took{0};
    {
        const Stopped stopped{process_in(sw.ovs.directory(), "ovsdb-server")};
        pairs.clear();
        took = duration_of([&] { br1.reset(); });
    }
    // One for each link would be as many times as long.
    CHECK(took < options.timeout * (many / 2));
    CHECK(comes_true([&] { return vsctl(sw.ovs, "list-br") == (adopted ? "br0\nbr1" : "br0"); }));
}

TEST_CASE("ovs limits: ports of many links that go at once go in one transaction", "[ovs]") {
    Switch sw;
    const Netns host = Netns::create("host");
    std::vector<VethPair> pairs;
    for (int i = 0; i < 8; ++i) {
        pairs.push_back(pair_into(sw, host, "p" + std::to_string(i)));
        sw.br0.add_port(pairs.back().second());
    }
    const auto configurations = [&] {
        return std::stoll(vsctl(sw.ovs, "get Open_vSwitch . next_cfg"));
    };
    {
        const Stopped stopped{process_in(sw.ovs.directory(), "ovsdb-server")};
        pairs.clear();
    }
    const auto before = configurations();
    CHECK(comes_true([&] { return rows_in(sw.ovs.database()).size() == 3; }));
    // The thread may have seen some of them before the others.
    CHECK(configurations() - before <= 2);
}

TEST_CASE("ovs limits: no time at all, and all the time there is", "[ovs]") {
    Switch sw;
    const Netns host = Netns::create("host");
    const VethPair pair = pair_into(sw, host, "p");
    OvsBridgeOptions options = sw.options("br1");
    for (const auto ever : {std::chrono::milliseconds::max(),
                            std::chrono::milliseconds{std::chrono::hours{300 * 365 * 24}}}) {
        options.timeout = ever;
        OvsBridge br1{options};
        CHECK(br1.add_port(pair.second()).ofport > 0);
        br1.remove_port("to-p");
        br1.remove();
        const OvsBridge gone{options};
    }
    CHECK(vsctl(sw.ovs, "list-br") == "br0");
    const std::string before = show(sw);
    for (const auto never : {0ms, -1ms, std::chrono::milliseconds::min()}) {
        options.timeout = never;
        const Error error = failure_of([&](OnError on_error) {
            (void)OvsBridge{options, on_error};
        });
        CHECK(error.code() == boost::system::errc::timed_out);
        CHECK(error.context().object == "br1");
    }
    CHECK(show(sw) == before);
}

TEST_CASE("ovs limits: an operation waits for its turn no longer than for the rest", "[ovs]") {
    Switch sw;
    OvsBridgeOptions options = sw.options("br1");
    options.timeout = enough_for_the_database(sw.ovs);
    OvsBridge br1{options};
    std::array<error_code, 8> ends{};
    std::chrono::milliseconds took{0};
    {
        const Stopped stopped{process_in(sw.ovs.directory(), "ovsdb-server")};
        took = duration_of([&] {
            std::vector<std::thread> threads;
            for (error_code& ec : ends)
                threads.emplace_back([&] { br1.add_internal_port("i0", {}, ec); });
            for (std::thread& thread : threads) thread.join();
        });
    }
    CHECK(took < options.timeout * (static_cast<int>(ends.size()) / 2));
    for (const error_code& ec : ends) CHECK(ec == boost::system::errc::timed_out);
    CHECK(br1.ports().empty());
}

TEST_CASE("ovs limits: a port that is taken back leaves its link as it was", "[ovs]") {
    Switch sw;
    const Netns host = Netns::create("host");
    VethPair pair = pair_into(sw, host, "p");
    const auto arp = [&] {
        return sw.netns.run([] {
            std::string value;
            std::ifstream{"/proc/sys/net/ipv4/conf/to-p/arp_ignore"} >> value;
            return value;
        });
    };
    write_sysctl(sw.netns, "ipv4/conf/to-p/arp_ignore", "2");
    const Offloads offloads = pair.first().offloads();
    const auto check = [&](const OvsPortOptions& options) {
        error_code ec;
        sw.br0.add_port(pair.second(), options, ec);
        CHECK(ec.failed());
        CHECK(pair.first().offloads() == offloads);
        CHECK(arp() == "2");
        CHECK(sw.br0.ports().empty());
    };
    check({.tag = 5000});
    check({.mtu = 10});
    check({.mtu = 70000});
    check({.mac = "02:00:00:00:00:01"});
    sw.br0.add_port(pair.second());
    const bool userspace = sw.ovs.datapath() != OvsDatapath::kernel;
    CHECK(pair.first().offloads().tx_checksum == !userspace);
    CHECK(arp() == (userspace ? "1" : "2"));
}

TEST_CASE("ovs limits: what cannot be read back as it was asked for is an error", "[ovs]") {
    Switch sw;
    const Netns host = Netns::create("host");
    VethPair pair = pair_into(sw, host, "p");
    const std::string before = show(sw);
    const auto refused = [&](const std::function<void(OnError)>& add) {
        const Error error = failure_of(add);
        CHECK(error.context().object == "br0");
        CHECK(show(sw) == before);
        return std::pair{error.code(), error.context().hint};
    };
    const auto internal = [&](const OvsPortOptions& options) {
        return refused([&](OnError e) { sw.br0.add_internal_port("i0", options, e); });
    };
    using Refusal = std::pair<error_code, std::string>;
    const auto failed = [](const std::string& why) {
        return Refusal{make_error_code(errc::ovs_port_failed), why};
    };
    const auto invalid = [](const std::string& why) {
        return Refusal{make_error_code(errc::invalid_option), why};
    };
    if (sw.has_taps()) {
        CHECK(internal({.mtu = 70000}) == failed("its MTU is 1500, and not 70000"));
        CHECK(internal({.mtu = 10}) == failed("its MTU is 1500, and not 10"));
    }
    CHECK(refused([&](OnError e) { sw.br0.add_port(pair.second(), {.mtu = 70000}, e); }) ==
          failed("its MTU is 1500, and not 70000"));
    const Refusal unicast = invalid("mac: a port's address is unicast, and not zero");
    CHECK(internal({.mac = "01:00:5e:00:00:01"}) == unicast);
    CHECK(internal({.mac = MacAddress{}}) == unicast);
    const MacAddress mac{"02:00:00:00:00:01"};
    CHECK(refused([&](OnError e) { sw.br0.add_port(pair.second(), {.mac = mac}, e); }) ==
          invalid("mac: only an internal port takes one; a link has its own"));
    CHECK(refused([&](OnError e) { sw.br0.add_patch_port("x", "y", {.mtu = 1400}, e); }) ==
          invalid("mtu: only a link and an internal port have one"));
    CHECK(refused([&](OnError e) { sw.br0.add_patch_port("x", "x", {}, e); }) ==
          failed("x: patch peer must not be self"));
    CHECK(refused([&](OnError e) { sw.br0.add_patch_port("x", "br0", {}, e); }) ==
          failed("its peer br0 is not a patch port to x"));
    CHECK(refused([&](OnError e) { sw.br0.add_patch_port("x", "y", {.tag = 4096}, e); }) ==
          invalid("a VLAN is 0 to 4095"));
    CHECK(refused([&](OnError e) {
              sw.br0.add_port(sw.netns.link("lo"), {}, e);
          }).second.find("ovs-vswitchd has to be") == std::string::npos);
    const Refusal not_text = refused([&](OnError e) { sw.br0.add_patch_port("\xff", "y", {}, e); });
    CHECK(not_text ==
          Refusal{make_error_code(errc::invalid_name), "Open vSwitch takes only UTF-8"});

    CHECK(sw.br0.add_internal_port("i1", {.mtu = 1400, .ofport = 42, .mac = mac}).mac ==
          mac.to_string());
    CHECK(sw.br0.port("i1").mtu == 1400);
    const Error taken =
        failure_of([&](OnError e) { sw.br0.add_internal_port("i2", {.ofport = 42}, e); });
    CHECK(taken.code() == errc::ovs_port_failed);
    CHECK_THAT(taken.context().hint,
               contains("its OpenFlow port number is ") && contains(", and not 42"));
    // The first end of a patch says what is missing, and the second completes it.
    OvsBridge br1{sw.options("br1")};
    CHECK_THAT(sw.br0.add_patch_port("p0", "p1").error, contains("No usable peer"));
    CHECK(br1.add_patch_port("p1", "p0").error.empty());
    CHECK(comes_true([&] { return sw.br0.port("p0").error.empty(); }));
    check_error(failure_of([&](OnError e) { br1.add_patch_port("p2", "p0", {}, e); }),
                errc::ovs_port_failed,
                "add a port to: br1 (p2): Open vSwitch could not set it up (its peer p0 is not a "
                "patch port to p2)");
}

TEST_CASE("ovs limits: a port of a spanning tree tells whether it forwards", "[ovs]") {
    Switch sw;
    const Netns host = Netns::create("host");
    OvsBridgeOptions options = sw.options("br1");
    const bool rapid = GENERATE(false, true);
    (rapid ? options.rstp : options.stp) = true;
    if (!rapid) options.other_config["stp-forward-delay"] = "4";  // the least, in seconds
    OvsBridge br1{options};
    const VethPair pair = pair_into(sw, host, "p");
    br1.add_port(pair.second());
    CHECK(comes_true([&] { return br1.port("to-p").stp_state == "forwarding"; }));
    const VethPair other = pair_into(sw, host, "q");
    sw.br0.add_port(other.second());
    CHECK(sw.br0.port("to-q").stp_state.empty());
}

TEST_CASE("ovs limits: 8 threads add, remove and delete", "[ovs]") {
    Switch sw;
    const Netns host = Netns::create("host");
    OvsBridge br1{sw.options("br1")};
    std::vector<std::thread> threads;
    std::atomic<int> odd = 0;
    std::array<error_code, 8> ends{};
    std::vector<VethPair> pairs;
    for (std::size_t i = 0; i < ends.size(); ++i)
        pairs.push_back(pair_into(sw, host, "p" + std::to_string(i)));
    for (std::size_t i = 0; i < ends.size(); ++i)
        threads.emplace_back([&, i] {
            error_code ec;
            for (int round = 0; round < 2; ++round) {
                br1.add_port(pairs[i].second(), {}, ec);
                if (ec && ec != errc::ovsdb_refused) ++odd;
                br1.remove_port("to-p" + std::to_string(i), ec);
                if (ec && ec != errc::ovsdb_refused) ++odd;
            }
            br1.add_port(pairs[i].second(), {}, ec);
            br1.remove(ends[i]);
        });
    for (std::thread& thread : threads) thread.join();
    CHECK(odd == 0);
    CHECK(std::count(ends.begin(), ends.end(), error_code{}) == 1);
    CHECK(std::count(ends.begin(), ends.end(), make_error_code(errc::ovsdb_refused)) == 7);
    CHECK(rows_in(sw.ovs.database()).size() == 3);
}
