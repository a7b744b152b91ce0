// expect: a namespace \(.netns\) is a Netns, and no text: Netns::open
// A namespace is no name.
#include <vethpp/veth.hpp>

void build(const vethpp::Netns& netns) {
#ifdef VETHPP_OK
    const vethpp::VethPair pair{{.netns = netns}, {.netns = netns}};
#else
    const vethpp::VethPair pair{{.netns = "ns1"}, {.netns = netns}};
#endif
}
