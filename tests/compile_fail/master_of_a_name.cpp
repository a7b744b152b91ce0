// expect: a link \(.master, .lower, .far_end\) is a Link, such as a Bridge, and no text
// A master is no name.
#include <vethpp/veth.hpp>

void build(const vethpp::Netns& netns, const vethpp::Bridge& br0) {
#ifdef VETHPP_OK
    const vethpp::VethPair pair{{.netns = netns, .master = br0}, {.netns = netns}};
#else
    const vethpp::VethPair pair{{.netns = netns, .master = "br0"}, {.netns = netns}};
    (void)br0;
#endif
}
