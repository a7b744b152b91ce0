// SPDX-License-Identifier: BSL-1.0
// The two networks of the README, built and removed: in bare system calls, by the library, and by a
// shell with ip(8).
//
//     seed_networks [ROUNDS]
#include "support/bare_networks.hpp"
#include "support/cleanup.hpp"
#include "support/measure.hpp"
#include "support/private_namespaces.hpp"
#include "support/shell.hpp"
#include <vethpp/veth.hpp>

#include <optional>

namespace {

struct DirectByLibrary {
    vethpp::Netns ns1 = vethpp::Netns::create("ns1");
    vethpp::Netns ns2 = vethpp::Netns::create("ns2");
    vethpp::VethPair pair{
        {.netns = ns1, .name = "veth0", .addresses = {"10.1.1.2/24"}, .up = true},
        {.netns = ns2, .name = "veth1", .addresses = {"10.1.1.3/24"}, .up = true}};

    void release() { pair.release(); }
};

struct BridgedByLibrary {
    vethpp::Netns ns1 = vethpp::Netns::create("ns1");
    vethpp::Netns ns2 = vethpp::Netns::create("ns2");
    vethpp::Netns fabric = vethpp::Netns::create("fabric");
    vethpp::Bridge br0{{.netns = fabric, .name = "br0", .up = true}};
    vethpp::VethPair pair0{
        {.netns = ns1, .name = "veth0", .addresses = {"10.1.1.2/24"}, .up = true},
        {.netns = fabric, .name = "br-veth0", .master = br0, .up = true}};
    vethpp::VethPair pair1{
        {.netns = ns2, .name = "veth1", .addresses = {"10.1.1.3/24"}, .up = true},
        {.netns = fabric, .name = "br-veth1", .master = br0, .up = true}};

    void release() {
        pair1.release();
        pair0.release();
        br0.release();
    }
};

struct NamespaceByLibrary {
    vethpp::Netns ns = vethpp::Netns::create("ns");

    void release() {}
};

class NamespaceByFloor {
public:
    explicit NamespaceByFloor(int origin) : origin_{origin} {}
    void build() { ns_.create(origin_); }
    void remove() { ns_.drop(); }

private:
    int origin_;
    bare::Namespace ns_;
};

// The seed's commands, in the seed's order.
struct Script {
    const char* build;
    const char* remove;
};

constexpr Script direct_by_shell{
    R"(set -e
ip netns a ns1
ip netns a ns2
ip l a veth0 type veth peer name veth1
ip l s veth0 netns ns1
ip l s veth1 netns ns2
ip netns exec ns1 ip a a 10.1.1.2/24 dev veth0
ip netns exec ns1 ip l s veth0 up
ip netns exec ns2 ip a a 10.1.1.3/24 dev veth1
ip netns exec ns2 ip l s veth1 up)",
    R"(set -e
ip netns del ns1
ip netns del ns2)"};

constexpr Script bridged_by_shell{
    R"(set -e
ip netns a ns1
ip netns a ns2
ip l a br0 type bridge
ip l s br0 up
ip l a veth0 type veth peer name br-veth0
ip l a veth1 type veth peer name br-veth1
ip l s veth0 netns ns1
ip l s br-veth0 master br0
ip l s br-veth0 up
ip l s veth1 netns ns2
ip l s br-veth1 master br0
ip l s br-veth1 up
ip netns exec ns1 ip a a 10.1.1.2/24 dev veth0
ip netns exec ns1 ip l s veth0 up
ip netns exec ns2 ip a a 10.1.1.3/24 dev veth1
ip netns exec ns2 ip l s veth1 up)",
    R"(set -e
ip netns del ns1
ip netns del ns2
ip l d br0)"};

struct Series {
    std::vector<double> built;
    std::vector<double> removed;
    std::vector<double> both;

    template <class Build, class Remove>
    void sample(bench::Cleanup& cleanup, Build&& build, Remove&& remove) {
        cleanup.wait();
        built.push_back(bench::seconds(build));
        removed.push_back(bench::seconds(remove));
        both.push_back(built.back() + removed.back());
    }
};

template <class Library, class Floor>
void compare(const std::string& what,
             bench::Cleanup& cleanup,
             Floor floor,
             const Script* script,
             int rounds) {
    Series by_floor;
    Series by_library;
    Series by_shell;
    Series left_to_kernel;
    std::optional<Library> library;
    const auto run_floor = [&] {
        by_floor.sample(
            cleanup, [&] { floor.build(); }, [&] { floor.remove(); });
    };
    const auto run_library = [&] {
        by_library.sample(
            cleanup, [&] { library.emplace(); }, [&] { library.reset(); });
    };
    const auto run_shell = [&] {
        by_shell.sample(
            cleanup, [&] { bench::shell(script->build); }, [&] { bench::shell(script->remove); });
        // `ip netns del` does not wait until anything is gone. This is the same without a shell:
        // the links go with their namespaces, in the kernel's own time.
        left_to_kernel.sample(
            cleanup,
            [&] { library.emplace(); },
            [&] {
                library->release();
                library.reset();
            });
    };
    for (int i = -1; i < rounds; ++i) {
        if (i % 2 == 0) run_floor();
        run_library();
        if (i % 2 != 0) run_floor();
        if (script != nullptr) run_shell();
        if (i < 0) by_floor = by_library = by_shell = left_to_kernel = {};
    }
    const char* aim = script != nullptr ? "at most 1.10" : "";
    bench::print_ratio(what + " built: library / floor", by_library.built, by_floor.built, aim);
    bench::print_ratio(
        what + ": built, removed / built", by_library.both, by_library.built, "at most 1.30");
    bench::print_ratio(what + " removed: waiting / library", by_floor.removed, by_library.removed);
    if (script == nullptr) return;
    bench::print_ratio(
        what + " built: shell / library", by_shell.built, by_library.built, "at least 30");
    bench::print_ratio(what + " built, dropped: shell / library",
                       by_shell.both,
                       left_to_kernel.both,
                       "at least 30");
    bench::print_ratio(
        what + " built, removed: shell / library", by_shell.both, by_library.both, "at least 30");
}

}  // namespace

int main(int argc, char** argv) {
    bench::enter_private_namespaces();
    const int rounds = bench::rounds(argc, argv, 40);
    const int origin = bare::open_own_namespace();
    bench::Cleanup cleanup{origin};
    compare<NamespaceByLibrary>("namespace", cleanup, NamespaceByFloor{origin}, nullptr, rounds);
    compare<DirectByLibrary>("3.1", cleanup, bare::Direct{origin}, &direct_by_shell, rounds);
    compare<BridgedByLibrary>("3.2", cleanup, bare::Bridged{origin}, &bridged_by_shell, rounds);
}
