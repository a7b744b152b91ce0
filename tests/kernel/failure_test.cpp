// SPDX-License-Identifier: BSL-1.0
// Every call to the kernel fails, one after the other: what was wanted is then complete, or an
// Error says why not and nothing of it is left.
#include "support/catch.hpp"
#include "support/faulty.hpp"
#include "support/live.hpp"
#include "support/netns_watch.hpp"
#include "support/patience.hpp"
#include <vethpp/bridge.hpp>
#include <vethpp/netns.hpp>
#include <vethpp/veth_pair.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <sys/mount.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

using namespace vethpp;
using namespace vethpp_test;

using Errnos = std::vector<int>;
const Errnos every_errno{
    EAGAIN, ENOMEM, ENOBUFS, EINTR, EMFILE, EPERM, ENOSPC, EBUSY, ENODEV, EEXIST, EINVAL};
// EINTR means to try again, so for ever it is no failure but a hang.
const Errnos lasting{EAGAIN, ENOMEM, EMFILE, EPERM, ENOSPC, EBUSY, ENODEV, EEXIST, EINVAL};

using Calls = std::shared_ptr<const FaultySystem>;
Calls failing(unsigned kernel = 0) { return std::make_shared<FaultySystem>(kernel); }

// How much of the seed's network 3.2: all of it, or its bridge with one pair.
enum class Extent { all, half };

// Its links, ready for use. A wait that a fault cuts short must end by the next event.
class Links {
public:
    Links(Faults& faults,
          const NetnsRef& ns1,
          const NetnsRef& ns2,
          const NetnsRef& fabric,
          Extent extent,
          bool keep = false)
        : keep_{keep} {
        try {
            br0.emplace(vethpp::LinkOptions{.netns = fabric, .name = "br0", .up = true});
            pair0.emplace(join(ns1, "veth0", "10.1.1.2/24", fabric, "br-veth0"));
            if (extent == Extent::all)
                pair1.emplace(join(ns2, "veth1", "10.1.1.3/24", fabric, "br-veth1"));
            faults.mark();
            pair0->wait_ready(long_enough);
            if (pair1) pair1->wait_ready(long_enough);
        } catch (const Error&) {
            leave();
            throw;
        }
    }
    Links(const Links&) = delete;
    Links& operator=(const Links&) = delete;
    ~Links() { leave(); }

    void check_complete() const {
        check_complete(*pair0, "10.1.1.2/24");
        if (pair1) check_complete(*pair1, "10.1.1.3/24");
        CHECK(br0->state().is_up());
    }

    std::optional<Bridge> br0{};
    std::optional<VethPair> pair0{};
    std::optional<VethPair> pair1{};

private:
    [[nodiscard]] VethPair join(const NetnsRef& netns,
                                const char* name,
                                const char* address,
                                const NetnsRef& fabric,
                                const char* port) const {
        return VethPair{{.netns = netns, .name = name, .addresses = {address}, .up = true},
                        {.netns = fabric, .name = port, .master = *br0, .up = true}};
    }

    void check_complete(const VethPair& pair, const char* address) const {
        const LinkState near = pair.first().state();
        const LinkState far = pair.second().state();
        CHECK(near.is_up());
        CHECK(near.operstate == vethpp::Operstate::up);
        CHECK(far.is_up());
        CHECK(far.master == br0->index());
        const auto addresses = pair.first().addresses();
        CHECK(std::count_if(addresses.begin(), addresses.end(), [&](const auto& one) {
                  return one.to_string() == address;
              }) == 1);
    }

    // Where the namespaces end anyway, removing one link after the other would only take time.
    void leave() {
        if (!keep_) return;
        if (br0) br0->release();
        if (pair0) pair0->release();
        if (pair1) pair1->release();
    }

    bool keep_;
};

// Namespaces that are there before and afterwards, with links of somebody else.
struct Places {
    explicit Places(Calls calls) : system{std::move(calls)} {
        for (const Netns* netns : {&ns1, &ns2, &fabric}) make_foreign(*netns, 1000, "other");
    }
    void check_empty() const {
        for (const Netns* netns : {&ns1, &ns2, &fabric}) {
            INFO("in " << netns->label());
            CHECK(names(*netns) == Names{"other"});
        }
    }

    Calls system;
    Netns ns1 = Netns::create("ns1");
    Netns ns2 = Netns::create("ns2");
    Netns fabric = Netns::create("fabric");
    NetnsRef in_ns1 = through(system, ns1);
    NetnsRef in_ns2 = through(system, ns2);
    NetnsRef in_fabric = through(system, fabric);
};

// What came of one run: what failed, if it was reached, and what was thrown.
struct Outcome {
    std::optional<Call> hit{};
    std::optional<Error> error{};
};

vethpp::error_code code_of(int number) { return {number, boost::system::system_category()}; }

void judge(const Fault& fault, const Outcome& outcome) {
    if (!outcome.error || !outcome.hit) {
        CHECK_FALSE(outcome.error);
        return;
    }
    const vethpp::error_code code = outcome.error->code();
    const bool replying = *outcome.hit == Call::receive;
    if (replying && fault.lose_reply) {
        // What was lost is the whole answer, or the object that comes ahead of it.
        const bool lost = code == errc::reply_lost || code == errc::malformed_reply;
        CHECK(lost);
    } else if (fault.times > 1) {
        // The first failure is the reason, unless only a later one is.
        const bool known = code == code_of(fault.error) || code == errc::reply_lost;
        CHECK(known);
    } else {
        CHECK_FALSE((fault.error == EINTR && (replying || *outcome.hit == Call::send)));
        CHECK_FALSE((fault.error == ENOBUFS && replying));  // the reply is still there
        if (replying && fault.error == EAGAIN)
            CHECK(code == errc::reply_lost);
        else
            CHECK(code == code_of(fault.error));
    }
    CHECK_FALSE(outcome.error->context().operation.empty());
}

Outcome run(Faults& faults, const Fault& fault, const std::function<void()>& body) {
    Outcome outcome;
    faults.arm(fault);
    try {
        body();
    } catch (const Error& error) {
        outcome.error = error;
    }
    faults.pause();
    if (faults.hits() != 0) outcome.hit = faults.calls().at(faults.first_hit() - 1);
    return outcome;
}

// Some failures say that all is as it should be, and so are none.
bool means_failure(Call call, int error) {
    if (call == Call::make_directory) return error != EEXIST;  // somebody else has made it
    if (call == Call::mount) return error != EINVAL;           // it is no mount point yet
    return true;
}

bool is_netlink(const std::optional<Call>& call) {
    return call == Call::send || call == Call::receive;
}

struct Plan {
    const Errnos& errnos = every_errno;
    Fault kind{};                // how it fails
    std::optional<Call> only{};  // which calls fail
    std::size_t passes = 1;
};

// Runs body with its first call failing, then with the second, and so on until a run has no such
// call. In each pass every call fails once, with the errnos by turns, so that each kind of call
// meets as many of them as it has calls; a request that puts up with one of them meets the next
// one, too. VETHPP_TEST_ALL_FAULTS makes it every call with every errno.
void fail_each(const Calls& system,
               const Plan& plan,
               const std::function<void()>& body,
               const std::function<void()>& check_nothing_left) {
    Faults& faults = system->faults();
    REQUIRE_FALSE(run(faults, {}, body).error);
    check_nothing_left();
    const std::vector<Call> calls = faults.calls();
    // At the end come the calls of a wait, which may be others every time.
    const std::size_t certain = faults.marked() != 0 ? faults.marked() : calls.size();
    REQUIRE(certain > 3);
    const bool all = std::getenv("VETHPP_TEST_ALL_FAULTS") != nullptr;
    const std::size_t passes = all ? plan.errnos.size() : plan.passes;
    std::size_t hits = 0;
    std::size_t errors = 0;
    for (std::size_t pass = 0; pass < passes; ++pass) {
        bool reached = true;
        for (std::size_t k = 1; reached; ++k) {
            REQUIRE(k < 1000);
            const Call expected = calls.at(std::min(k, calls.size()) - 1);
            if (k <= calls.size() && plan.only && expected != *plan.only) continue;
            std::size_t turn = k + pass;
            bool harmless = true;
            for (int attempt = 0; reached && harmless && attempt < 3; ++attempt) {
                Fault fault = plan.kind;
                fault.first = k;
                do fault.error = plan.errnos[turn++ % plan.errnos.size()];
                while (!means_failure(expected, fault.error));
                const Outcome outcome = run(faults, fault, body);
                reached = outcome.hit.has_value();
                INFO("call " << k << (reached ? std::string{", "} + name_of(*outcome.hit) : "")
                             << ": " << std::strerror(fault.error) << "; "
                             << (outcome.error ? outcome.error->what() : "no error"));
                judge(fault, outcome);
                check_nothing_left();
                hits += reached && attempt == 0;
                errors += outcome.error.has_value();
                harmless = !outcome.error && is_netlink(outcome.hit);
            }
        }
    }
    const auto wanted = plan.only ? std::count(calls.begin(),
                                               calls.begin() + static_cast<std::ptrdiff_t>(certain),
                                               *plan.only)
                                  : static_cast<std::ptrdiff_t>(certain);
    CHECK(hits >= static_cast<std::size_t>(wanted) * passes);
    CHECK(errors > 0);
}

void build_all(const Calls& system, Extent extent) {
    const Netns ns1 = Netns::create("ns1", {.system = system});
    const Netns ns2 = Netns::create("ns2", {.system = system});
    const Netns fabric = Netns::create("fabric", {.system = system});
    const Links links{system->faults(), ns1, ns2, fabric, extent, true};
    system->faults().pause();
    links.check_complete();
}

void build_in(const Places& places, Extent extent) {
    // An echo that was lost has made the session ask from then on.
    for (const NetnsRef* netns : {&places.in_ns1, &places.in_ns2, &places.in_fabric})
        netns->state()->session.expect_echo(true);
    Faults& faults = places.system->faults();
    const Links links{faults, places.in_ns1, places.in_ns2, places.in_fabric, extent};
    faults.pause();
    links.check_complete();
}

}  // namespace

TEST_CASE("failures: a network with its namespaces", "[kernel][failure]") {
    const Calls system = failing();
    const Ledger before = Ledger::now();
    fail_each(
        system, {}, [&] { build_all(system, Extent::all); }, [&] { before.check_unchanged(); });
}

TEST_CASE("failures: a network in namespaces that stay", "[kernel][failure]") {
    const Places places{failing()};
    const Ledger before = Ledger::now();
    fail_each(
        places.system,
        {},
        [&] { build_in(places, Extent::all); },
        [&] {
            places.check_empty();
            before.check_unchanged();
        });
}

TEST_CASE("failures: likewise on a kernel that does not echo what it made",
          "[kernel][failure][only_vm]") {
    const Places places{failing(6001)};
    const Ledger before = Ledger::now();
    fail_each(
        places.system,
        {},
        [&] { build_in(places, Extent::half); },
        [&] {
            places.check_empty();
            before.check_unchanged();
        });
    CHECK_FALSE(places.in_fabric.state()->session.expects_echo());
}

TEST_CASE("failures: the kernel acts, and its reply is lost", "[kernel][failure]") {
    const unsigned kernel = GENERATE(0U, 6001U);
    const Places places{failing(kernel)};
    const Ledger before = Ledger::now();
    static const Errnos losses{EAGAIN, ENOBUFS};
    fail_each(
        places.system,
        {.errnos = losses, .kind = {.lose_reply = true}, .only = Call::receive},
        [&] { build_in(places, Extent::half); },
        [&] {
            places.check_empty();
            before.check_unchanged();
        });
}

TEST_CASE("failures: they last, also while what was made is taken back", "[kernel][failure]") {
    const std::size_t times = GENERATE(2U, 100000U);
    const Calls system = failing();
    const Ledger before = Ledger::now();
    fail_each(
        system,
        {.errnos = lasting, .kind = {.times = times}},
        [&] { build_all(system, Extent::half); },
        [&] { before.check_unchanged(); });
}

TEST_CASE("failures: a destructor throws nothing and hits nobody else", "[kernel][failure]") {
    const std::size_t times = GENERATE(1U, 100000U);
    const Places places{failing()};
    Faults& faults = places.system->faults();
    const Ledger before = Ledger::now();
    std::size_t left = 0;
    bool reached = true;
    for (std::size_t k = 1; reached; ++k) {
        REQUIRE(k < 100);
        for (const int error : times == 1 ? Errnos{EINTR, ENODEV, EPERM} : Errnos{ENOBUFS, EBADF}) {
            CAPTURE(k, error);
            auto links = std::make_unique<Links>(
                faults, places.in_ns1, places.in_ns2, places.in_fabric, Extent::half);
            faults.arm({.first = k, .times = times, .error = error});
            links.reset();
            faults.pause();
            reached = faults.hits() != 0;
            // What it could not remove is still whole; with one failure, that is one thing at most.
            Names found = names(places.fabric);
            CHECK(std::erase(found, "other") == 1);
            CHECK(names(places.ns1).size() + names(places.ns2).size() ==
                  2 + found.size() -
                      static_cast<std::size_t>(std::count(found.begin(), found.end(), "br0")));
            if (times == 1) CHECK(found.size() <= 1);
            if (error == EINTR || !reached) CHECK(found.empty());
            left += found.size();
            for (const std::string& name : found) places.fabric.link(name).remove();
            places.check_empty();
        }
    }
    CHECK(left > 0);
    before.check_unchanged();
}

TEST_CASE("failures: publishing leaves neither a file nor a mount", "[kernel][failure]") {
    with_own_run([] {
        const bool fresh = GENERATE(true, false);
        const Calls system = failing();
        Netns::create("first").publish("first");
        const Ledger before = Ledger::now();
        const auto listed = [] {
            return std::distance(std::filesystem::directory_iterator{"/run/netns"}, {});
        };
        fail_each(
            system,
            {.passes = every_errno.size()},
            [&] {
                system->faults().pause();
                Netns netns = Netns::create("lab", {.system = system});
                if (fresh) {
                    REQUIRE(::umount2("/run/netns", MNT_DETACH) == 0);
                    REQUIRE(::rmdir("/run/netns") == 0);
                }
                system->faults().resume();
                netns.publish("one");
                system->faults().pause();
                CHECK(listed() == 1);
                CHECK(Netns::open("one") == netns);
            },
            [&] {
                if (std::filesystem::exists("/run/netns")) CHECK(listed() == 0);
                if (fresh) Netns::create("again").publish("again");  // a mount point as before
                before.check_unchanged();
            });
    });
}

TEST_CASE("failures: a name that cannot be taken back", "[kernel][failure]") {
    with_own_run([] {
        const Calls system = failing();
        Faults& faults = system->faults();
        std::size_t left = 0;
        bool reached = true;
        for (std::size_t k = 1; reached; ++k) {
            REQUIRE(k < 100);
            for (const int error : every_errno) {
                CAPTURE(k, error);
                auto netns = std::make_unique<Netns>(Netns::create("lab", {.system = system}));
                netns->publish("one");
                faults.arm({.first = k, .error = error});
                netns.reset();
                faults.pause();
                reached = faults.hits() != 0;
                const bool there = std::filesystem::exists("/run/netns/one");
                CHECK((reached || !there));
                if (!there) continue;
                ++left;
                ::umount2("/run/netns/one", MNT_DETACH);  // unless it was the file that stayed
                REQUIRE(::unlink("/run/netns/one") == 0);
            }
        }
        CHECK(left > 0);
    });
}
