// expect: could not convert|cannot convert|no viable conversion|no matching|no known conversion
// A master is a link, not a namespace.
#include <vethpp/veth.hpp>

void join(vethpp::Link& link, const vethpp::Bridge& bridge, const vethpp::Netns& netns) {
#ifdef VETHPP_OK
    link.set_master(bridge);
    (void)netns;
#else
    link.set_master(netns);
    (void)bridge;
#endif
}
