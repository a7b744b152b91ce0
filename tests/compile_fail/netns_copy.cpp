// expect: use of deleted function|call to deleted|implicitly[- ]deleted
// A namespace has one owner.
#include <vethpp/netns.hpp>

#include <utility>

vethpp::Netns copied(vethpp::Netns& netns) {
#ifdef VETHPP_OK
    return std::move(netns);
#else
    return netns;
#endif
}
