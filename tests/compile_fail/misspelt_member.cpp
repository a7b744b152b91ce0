// expect: no non-static data member named .*address|designator .*address.* does not refer
// A compiler that reads a bare brace says only that nothing fits; given the type, it names the
// member.
#include <vethpp/veth.hpp>

void build(const vethpp::Netns& netns) {
    using vethpp::LinkOptions;
#ifdef VETHPP_OK
    const vethpp::VethPair pair{LinkOptions{.netns = netns, .addresses = {"10.1.1.1/24"}}, {}};
#else
    const vethpp::VethPair pair{LinkOptions{.netns = netns, .address = {"10.1.1.1/24"}}, {}};
#endif
}
