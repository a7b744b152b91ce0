// SPDX-License-Identifier: BSL-1.0
// What it costs to take networks down, and what of it comes back when the next one is built: by
// destructors, by release(), by bare system calls in three ways, and by the tools and libraries of
// others where they are installed. `known` is a network that somebody was inside of, so that its
// links are deleted; otherwise they are left to the kernel with their namespaces.
//
//     teardown [ROUNDS]
#include "support/background_delete.hpp"
#include "support/bare_networks.hpp"
#include "support/cleanup.hpp"
#include "support/measure.hpp"
#include "support/private_namespaces.hpp"
#include "support/shell.hpp"
#include <vethpp/veth.hpp>

#include <functional>
#include <optional>
#include <string>
#include <unistd.h>
#include <vector>

namespace {

using bench::seconds;

struct Fixture {
    vethpp::Netns left = vethpp::Netns::create("left");
    vethpp::Netns middle = vethpp::Netns::create("middle");
    vethpp::Netns right = vethpp::Netns::create("right");
    vethpp::VethPair first{
        {.netns = left, .name = "veth0", .addresses = {"10.1.1.1/24"}, .up = true},
        {.netns = middle, .name = "veth0", .addresses = {"10.1.1.2/24"}, .up = true}};
    vethpp::VethPair second{
        {.netns = middle, .name = "veth1", .addresses = {"10.1.2.1/24"}, .up = true},
        {.netns = right, .name = "veth1", .addresses = {"10.1.2.2/24"}, .up = true}};

    void know() {
        left.run([] {});
    }
    void release() {
        second.release();
        first.release();
    }
};

struct Bridged {
    vethpp::Netns ns1 = vethpp::Netns::create("ns1");
    vethpp::Netns ns2 = vethpp::Netns::create("ns2");
    vethpp::Netns fabric = vethpp::Netns::create("fabric");
    std::optional<vethpp::Bridge> br0{
        std::in_place, vethpp::LinkOptions{.netns = fabric, .name = "br0", .up = true}};
    std::optional<vethpp::VethPair> pair0 = join(ns1, "br-veth0", "10.1.1.2/24");
    std::optional<vethpp::VethPair> pair1 = join(ns2, "br-veth1", "10.1.1.3/24");

    void know() {
        ns1.run([] {});
    }
    void release() {
        pair1->release();
        pair0->release();
        br0->release();
    }
    void remove_at_once() { vethpp::remove_links({*pair1, *pair0, *br0}); }

private:
    [[nodiscard]] vethpp::VethPair join(const vethpp::Netns& netns,
                                        const char* port,
                                        const char* address) const {
        return {{.netns = netns, .name = "veth0", .addresses = {address}, .up = true},
                {.netns = fabric, .name = port, .master = *br0, .up = true}};
    }
};

// A square grid of nodes, each joined to its neighbours.
class Mesh {
public:
    explicit Mesh(std::size_t side) {
        for (std::size_t i = 0; i < side * side; ++i) nodes_.push_back(vethpp::Netns::create());
        for (std::size_t row = 0; row < side; ++row)
            for (std::size_t column = 0; column < side; ++column) {
                const std::size_t here = row * side + column;
                if (column + 1 < side) join(here, "east", here + 1, "west");
                if (row + 1 < side) join(here, "south", here + side, "north");
            }
    }
    void know() {
        nodes_.front().run([] {});
    }

private:
    void join(std::size_t one, const char* name, std::size_t other, const char* other_name) {
        pairs_.emplace_back(
            vethpp::LinkOptions{.netns = nodes_[one], .name = name, .up = true},
            vethpp::LinkOptions{.netns = nodes_[other], .name = other_name, .up = true});
    }

    std::vector<vethpp::Netns> nodes_{};
    std::vector<vethpp::VethPair> pairs_{};
};

void take_bridge_down_at_once(bench::Cleanup& cleanup, int rounds) {
    std::vector<double> times;
    for (int i = 0; i < rounds; ++i) {
        cleanup.wait();
        times.push_back(seconds([&] {
            for (int n = 0; n < 20; ++n) {
                Bridged network;
                network.know();
                network.remove_at_once();
            }
        }));
    }
    bench::print_count("20 times 3.2, known, by remove_links",
                       bench::with_unit(bench::median(times)));
}

// So many in a row, from the first being built to the last being gone, kernel included.
template <class Network>
void compare_in_a_row(
    const std::string& what, bench::Cleanup& cleanup, int rounds, int count, const char* aim) {
    for (const bool known : {false, true}) {
        std::vector<double> removed;
        std::vector<double> released;
        const auto row = [&](bool release) {
            cleanup.wait();
            return seconds([&] {
                for (int i = 0; i < count; ++i) {
                    Network network;
                    if (known) network.know();
                    if (release) network.release();
                }
            });
        };
        for (int i = 0; i < rounds; ++i) {
            removed.push_back(row(false));
            released.push_back(row(true));
        }
        bench::print_ratio(
            what + (known ? ", known" : "") + ": removed / released", removed, released, aim);
    }
}

void take_bridge_down(bench::Cleanup& cleanup, int rounds) {
    for (const bool known : {false, true}) {
        std::vector<double> pairs;
        std::vector<double> bridge;
        std::vector<double> rest;
        for (int i = 0; i < rounds; ++i) {
            cleanup.wait();
            std::optional<Bridged> network{std::in_place};
            if (known) network->know();
            pairs.push_back(seconds([&] {
                network->pair1.reset();
                network->pair0.reset();
            }));
            bridge.push_back(seconds([&] { network->br0.reset(); }));
            rest.push_back(seconds([&] { network.reset(); }));
        }
        bench::print_count(std::string{"3.2"} + (known ? ", known" : "") + ": pairs, bridge, rest",
                           fmt::format("{}, {}, {}",
                                       bench::with_unit(bench::median(pairs)),
                                       bench::with_unit(bench::median(bridge)),
                                       bench::with_unit(bench::median(rest))),
                           "pairs 1.5 ms");
    }
}

void take_mesh_down(bench::Cleanup& cleanup, int rounds) {
    for (const bool known : {false, true}) {
        std::vector<double> built;
        std::vector<double> removed;
        for (int i = 0; i < rounds; ++i) {
            cleanup.wait();
            std::optional<Mesh> mesh;
            built.push_back(seconds([&] { mesh.emplace(10); }));
            if (known) mesh->know();
            removed.push_back(seconds([&] { mesh.reset(); }));
        }
        bench::print_count(std::string{"mesh of 100, 180 pairs"} + (known ? ", known" : ""),
                           fmt::format("built {}, removed {}",
                                       bench::with_unit(bench::median(built)),
                                       bench::with_unit(bench::median(removed))),
                           known ? "" : "20 ms");
    }
}

void remove_many(bench::Cleanup& cleanup, int rounds) {
    std::vector<double> each;
    std::vector<double> at_once;
    for (int i = 0; i < rounds; ++i)
        for (const bool together : {false, true}) {
            cleanup.wait();
            const auto a = vethpp::Netns::create();
            const auto b = vethpp::Netns::create();
            a.run([] {});
            std::vector<vethpp::VethPair> pairs;
            pairs.reserve(100);
            for (int n = 0; n < 100; ++n)
                pairs.emplace_back(vethpp::LinkOptions{.netns = a, .up = true},
                                   vethpp::LinkOptions{.netns = b, .up = true});
            (together ? at_once : each).push_back(seconds([&] {
                if (together) vethpp::remove_links(pairs);
                pairs.clear();
            }));
        }
    bench::print_ratio("100 pairs, known: each / remove_links", each, at_once);
}

void same_names(int rounds) {
    for (const bool known : {false, true}) {
        const auto a = vethpp::Netns::create();
        const auto b = vethpp::Netns::create();
        if (known) a.run([] {});
        int taken = 0;
        std::vector<double> times;
        times.reserve(static_cast<std::size_t>(rounds));
        for (int i = 0; i < rounds; ++i)
            times.push_back(seconds([&] {
                vethpp::error_code ec;
                const vethpp::VethPair pair{{.netns = a, .name = "same0", .up = true},
                                            {.netns = b, .name = "same1", .up = true},
                                            ec};
                if (ec == boost::system::errc::file_exists) ++taken;
            }));
        bench::print_count(
            std::string{"the same names"} + (known ? ", known" : ""),
            fmt::format(
                "{} EEXIST of {}, {} each", taken, rounds, bench::with_unit(bench::median(times))),
            "0");
    }
}

// One pair, both ends in the program's own namespace, where others can do it, too.
void one_pair(bench::Cleanup& cleanup, int rounds) {
    bare::NewPair pair{"one0", "one1"};
    const int origin = bare::open_own_namespace();
    const int socket = bare::open_socket();
    using Delete = std::function<void()>;
    const auto measure = [&](const Delete& remove) {
        std::vector<double> times;
        for (int i = 0; i < rounds; ++i) {
            cleanup.wait();
            pair.send(socket, origin);
            times.push_back(seconds(remove));
        }
        return times;
    };
    const auto index = [] { return static_cast<int>(::if_nametoindex("one0")); };
    const auto waiting =
        measure([&] { bare::request(socket, bare::delete_link(index()), "delete"); });
    bench::BackgroundDelete in_background;
    const auto threaded = measure([&] { in_background.by_thread(index()); });
    std::vector<double> uring;
    if (in_background.has_uring()) uring = measure([&] { in_background.by_uring(index()); });
    std::vector<double> library;
    for (int i = 0; i < rounds; ++i) {
        cleanup.wait();
        vethpp::VethPair own{{.name = "one0"}, {.name = "one1"}};
        library.push_back(seconds([&] { own.remove(); }));
    }
    bench::print_ratio("a pair: waiting / thread, bare", waiting, threaded);
    if (!uring.empty())
        bench::print_ratio("a pair: io_uring / thread, bare", uring, threaded);
    else
        bench::print_count("a pair: io_uring", "not allowed here");
    bench::print_ratio("a pair: library / thread, bare", library, threaded);
    const auto by_tool = measure([] { bench::shell("ip link del one0"); });
    bench::print_ratio("a pair: ip link del / library", by_tool, library);
    ::close(socket);
    ::close(origin);
}

}  // namespace

int main(int argc, char** argv) {
    bench::enter_private_namespaces();
    const int rounds = bench::rounds(argc, argv, 20);
    const int origin = bare::open_own_namespace();
    bench::Cleanup cleanup{origin};
    one_pair(cleanup, rounds);
    take_bridge_down(cleanup, rounds);
    compare_in_a_row<Fixture>(
        "100 fixtures of two pairs", cleanup, (rounds + 3) / 4, 100, "at most 1.2");
    compare_in_a_row<Bridged>("20 times 3.2", cleanup, (rounds + 3) / 4, 20, "");
    take_bridge_down_at_once(cleanup, (rounds + 3) / 4);
    take_mesh_down(cleanup, (rounds + 3) / 4);
    remove_many(cleanup, (rounds + 3) / 4);
    same_names(200);
}
