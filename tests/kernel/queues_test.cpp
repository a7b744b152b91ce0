// RPS and XPS of the queues of a link, in its namespace and never in the caller's.
#include "support/catch.hpp"
#include "support/faulty.hpp"
#include "support/live.hpp"
#include "support/skip.hpp"
#include <vethpp/netns.hpp>
#include <vethpp/queues.hpp>
#include <vethpp/veth_pair.hpp>

#include <fmt/format.h>

#include <cerrno>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace vethpp;
using namespace vethpp_test;
using Numbers = std::vector<std::uint32_t>;

// The same name here and there: what is written by the wrong sysfs is written here.
struct Lab {
    Netns there = Netns::create("there");
    VethPair pair = make(there);

    static VethPair make(const Netns& netns) {
        return VethPair{{.netns = netns, .name = "eth0", .tx_queues = 2, .rx_queues = 2},
                        {.netns = netns, .name = "eth1", .tx_queues = 1, .rx_queues = 1}};
    }
};

// The last of the first two processors, if there are two.
std::uint32_t last() { return std::thread::hardware_concurrency() > 1 ? 1 : 0; }
Numbers both() { return last() == 0 ? Numbers{0} : Numbers{0, 1}; }

bool may_write(const Lab& lab) {
    error_code ec;
    set_rps(lab.pair.first(), {}, ec);
    if (ec && ec != boost::system::errc::operation_not_permitted) FAIL(ec.message());
    return !ec;
}

}  // namespace

TEST_CASE("queues: RPS and XPS are read", "[kernel][queues]") {
    const Lab lab;
    const auto receive = rps(lab.pair.first());
    REQUIRE(receive.size() == 2);
    CHECK(receive[1].queue == 1);
    CHECK(receive[0].cpus == Numbers{});
    CHECK(receive[0].flow_count == 0U);
    CHECK(fmt::format("{}", receive[0]) == "rx-0 cpus=none flow_count=0");
    const auto transmit = xps(lab.pair.first());
    REQUIRE(transmit.size() == 2);
    CHECK(transmit[1].cpus == Numbers{});
    CHECK(transmit[1].rx_queues == Numbers{});
    CHECK(fmt::format("{}", XpsSettings{.queue = 1, .cpus = {0, 33}}) ==
          "tx-1 cpus=0,33 rx_queues=none");
    // A single transmit queue has no XPS.
    REQUIRE(xps(lab.pair.second()).size() == 1);
    CHECK(xps(lab.pair.second())[0].cpus.empty());
    CHECK(lab.there.run([] { return rps(Netns::current().link("eth0")).size(); }) == 2);
}

TEST_CASE("queues: what is set is set there, and not here", "[kernel][queues]") {
    const Lab lab;
    const Netns here = Netns::create("here");
    const NetnsGuard inside{here};
    const VethPair twin = Lab::make(here);
    if (!may_write(lab)) {
        check_error(
            failure_of([&](OnError e) { set_rps(lab.pair.first(), {.cpus = Numbers{0}}, e); }),
            EPERM,
            "set the RPS of: eth0 in there: Operation not permitted (rx-0/rps_cpus: it "
            "takes CAP_NET_ADMIN of the machine, and not of a user namespace)");
        vethpp_test::skip(
            "RPS takes CAP_NET_ADMIN of the machine: it was checked that it is refused");
    }
    succeeds([&](OnError e) {
        set_rps(lab.pair.first(), {.queue = 1, .cpus = both(), .flow_count = 100}, e);
    });
    succeeds([&](OnError e) { set_xps(lab.pair.first(), {.queue = 1, .cpus = {0}}, e); });
    set_xps(lab.pair.first(), {.queue = 0, .rx_queues = {1}});
    CHECK(rps(lab.pair.first()) ==
          std::vector<RpsSettings>{{.queue = 0, .cpus = Numbers{}, .flow_count = 0},
                                   {.queue = 1, .cpus = both(), .flow_count = 128}});
    CHECK(xps(lab.pair.first())[0].rx_queues == Numbers{1});
    CHECK(xps(lab.pair.first())[1].cpus == Numbers{0});
    for (const RpsSettings& one : rps(twin.first())) CHECK(one.cpus == Numbers{});
    set_rps(lab.pair.first(), {.queue = 1, .flow_count = 0});
    CHECK(rps(lab.pair.first())[1].cpus == Numbers{});

    // By its index, whatever its name is now.
    lab.there.link("eth0").rename("wan");
    set_rps(lab.pair.first(), {.cpus = Numbers{last()}});
    CHECK(rps(lab.there.link("wan"))[0].cpus == Numbers{last()});

    const auto refused = [](auto&& f) { return std::string{failure_of(f).what()}; };
    CHECK(refused([&](OnError e) {
              set_rps(lab.pair.second(), {.queue = 7, .cpus = Numbers{0}}, e);
          }) ==
          "set the RPS of: eth1 in there: No such file or directory (rx-7/rps_cpus: the link "
          "has no such queue)");
    CHECK(refused([&](OnError e) { set_xps(lab.pair.second(), {.cpus = Numbers{0}}, e); }) ==
          "set the XPS of: eth1 in there: No such file or directory (tx-0/xps_cpus: the kernel has "
          "none, or not for a link with a single transmit queue)");
    CHECK(refused([&](OnError e) { set_rps(lab.pair.second(), {.cpus = Numbers{20'000}}, e); }) ==
          "set the RPS of: eth1 in there: Value too large for defined data type (rx-0/rps_cpus: a "
          "number is higher than that of any processor or queue)");
    CHECK(refused([&](OnError e) { set_rps(lab.pair.second(), {.cpus = Numbers{~0U}}, e); }) ==
          "set the RPS of: eth1 in there: invalid option (rx-0/rps_cpus: a number is too high)");
    CHECK(failure_of([&](OnError e) { (void)rps(Link{}, e); }).code() == errc::no_such_link);
}

TEST_CASE("queues: every call on the way can fail", "[kernel][queues][failure]") {
    const Lab lab;
    const auto system = std::make_shared<FaultySystem>();
    const Link link{through(system, lab.there), lab.pair.first().index(), "eth0"};
    system->fail(Call::mount, EPERM);
    check_error(failure_of([&](OnError e) {
                    system->fail(Call::mount, EPERM);
                    (void)rps(link, e);
                }),
                EPERM,
                "read the RPS of: eth0 in there: Operation not permitted (a sysfs of the namespace "
                "takes CAP_SYS_ADMIN over it and, in a user namespace, a whole /sys)");
    for (const Call call : {Call::open, Call::read, Call::mount, Call::send, Call::receive}) {
        INFO(name_of(call));
        error_code ec;
        system->fail(call, ENOMEM);
        CHECK(rps(link, ec).empty());
        CHECK(ec == boost::system::errc::not_enough_memory);
    }
    system->fail(Call::count, 0);
    CHECK(rps(link).size() == 2);
}
