// SPDX-License-Identifier: BSL-1.0
// Into a namespace and back: two setns(2), the same with a look at where the thread is, and
// NetnsGuard.
//
//     guard [ROUNDS]
#include "support/bare.hpp"
#include "support/measure.hpp"
#include "support/private_namespaces.hpp"
#include <vethpp/netns.hpp>

namespace {

constexpr int times = 1000;  // in each round

template <class F>
double each(F&& f) {
    return bench::seconds([&] {
               for (int i = 0; i < times; ++i) f();
           }) /
           times;
}

}  // namespace

int main(int argc, char** argv) {
    bench::enter_private_namespaces();
    const int rounds = bench::rounds(argc, argv, 100);
    const int origin = bare::open_own_namespace();
    const auto netns = vethpp::Netns::create("ns");
    const int target = netns.native_handle();

    const auto there_and_back = [&](int back) {
        bare::must(::setns(target, CLONE_NEWNET), "setns");
        bare::must(::setns(back, CLONE_NEWNET), "setns back");
    };
    const auto floor = [&] { there_and_back(origin); };
    // What it takes where the thread may be in any namespace.
    const auto floor_that_looks = [&] {
        const int here = bare::open_own_namespace();
        there_and_back(here);
        ::close(here);
    };
    const auto home = vethpp::Netns::current();
    const auto told = [&] { const vethpp::NetnsGuard inside{netns, home}; };
    const auto untold = [&] { const vethpp::NetnsGuard inside{netns}; };

    std::vector<double> by_floor;
    std::vector<double> by_looking;
    std::vector<double> by_told;
    std::vector<double> by_untold;
    each(untold);
    for (int i = 0; i < rounds; ++i) {
        by_floor.push_back(each(floor));
        by_told.push_back(each(told));
        by_looking.push_back(each(floor_that_looks));
        by_untold.push_back(each(untold));
    }
    bench::print_ratio("guard that knows home / two setns", by_told, by_floor, "at most 1.10");
    bench::print_ratio("guard that looks / open, two setns", by_untold, by_looking, "at most 1.10");
    bench::print_ratio("guard that looks / two setns", by_untold, by_floor);
}
