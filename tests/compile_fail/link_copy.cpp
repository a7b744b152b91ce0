// expect: use of deleted function|call to deleted|implicitly[- ]deleted
// An owned link has one owner.
#include <vethpp/link.hpp>

#include <utility>

vethpp::Link copied(vethpp::Link& link) {
#ifdef VETHPP_OK
    return std::move(link);
#else
    return link;
#endif
}
