// SPDX-License-Identifier: BSL-1.0
// A plugin that is taken out of the program while the kernel is still at what it asked for.
#include <vethpp/veth.hpp>

#include <cstdio>

extern "C" [[gnu::visibility("default")]] int remove_a_pair() {
    try {
        const vethpp::Netns a = vethpp::Netns::create("a");
        const vethpp::Netns b = vethpp::Netns::create("b");
        a.run([] {});  // or nobody could tell whether it has been removed
        vethpp::VethPair pair{{.netns = a, .name = "v0"}, {.netns = b, .name = "v1"}};
        pair.remove();
        return 0;
    } catch (const vethpp::Error& error) {
        std::puts(error.what());
        return 1;
    }
}
