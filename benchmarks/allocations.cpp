// SPDX-License-Identifier: BSL-1.0
// How often a request asks for memory: every operator new of this program counts.
#include "support/measure.hpp"
#include "support/private_namespaces.hpp"
#include <vethpp/veth.hpp>

#include <new>

namespace {

long allocations = 0;

constexpr int times = 100;

// The mean over calls after a first one, which may fill what is kept.
template <class Before, class Call>
void count(std::string_view what, Before&& before, Call&& call, std::string_view aim) {
    double sum = 0;
    for (int i = -1; i < times; ++i) {
        before();
        const long start = allocations;
        call();
        if (i >= 0) sum += static_cast<double>(allocations - start);
    }
    bench::print_count(what, fmt::format("{:.2f} allocations", sum / times), aim);
}

}  // namespace

// GCC sees free() next to a new expression and takes the pair for a mismatch.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

void* operator new(std::size_t size) {
    ++allocations;
    if (void* memory = std::malloc(size)) return memory;
    throw std::bad_alloc{};
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

#pragma GCC diagnostic pop

int main() {
    bench::enter_private_namespaces();
    const auto ns = vethpp::Netns::create("ns");
    vethpp::VethPair pair{{.netns = ns, .name = "veth0", .up = true},
                          {.netns = ns, .name = "veth1", .up = true}};
    vethpp::Link& link = pair.first();
    const vethpp::InterfaceAddress v4{"10.1.1.2/24"};
    const vethpp::InterfaceAddress v6{"fd00::2/64"};
    const auto nothing = [] {};
    std::uint32_t mtu = 1400;

    count(
        "set_mtu", nothing, [&] { link.set_mtu(++mtu); }, "0");
    count(
        "set_up", nothing, [&] { link.set_up(); }, "0");
    count(
        "add_address, IPv4", [&] { link.flush_addresses(); }, [&] { link.add_address(v4); }, "0");
    count(
        "add_address, IPv6", [&] { link.flush_addresses(); }, [&] { link.add_address(v6); }, "0");
    count(
        "refused set_mtu, error_code",
        nothing,
        [&] {
            vethpp::error_code ec;
            link.set_mtu(10, ec);
        },
        "");
    count(
        "state", nothing, [&] { (void)link.state(); }, "the user's values");
    count(
        "NetnsGuard", nothing, [&] { const vethpp::NetnsGuard inside{ns}; }, "0");
    count(
        "Netns::create", nothing, [&] { (void)vethpp::Netns::create("ns2"); }, "");
    const auto other = vethpp::Netns::create("ns2");
    count(
        "VethPair, with an address each",
        nothing,
        [&] {
            const vethpp::VethPair cable{{.netns = ns, .name = "veth2", .addresses = {v4}},
                                         {.netns = other, .name = "veth3", .addresses = {v4}}};
        },
        "");
}
