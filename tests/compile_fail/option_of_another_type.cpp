// expect: could not convert|cannot convert|no viable conversion|no matching|no known conversion
// An MTU is a number, not a text.
#include <vethpp/veth.hpp>

void build(const vethpp::Netns& netns) {
#ifdef VETHPP_OK
    const vethpp::VethPair pair{{.netns = netns, .mtu = 1400}, {.netns = netns}};
#else
    const vethpp::VethPair pair{{.netns = netns, .mtu = "1400"}, {.netns = netns}};
#endif
}
