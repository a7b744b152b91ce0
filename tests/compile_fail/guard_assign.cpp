// expect: use of deleted function|overload resolution selected deleted operator
#include <vethpp/netns.hpp>

void work(const vethpp::Netns& a, const vethpp::Netns& b) {
    vethpp::NetnsGuard first{a};
    const vethpp::NetnsGuard second{b};
#ifndef VETHPP_OK
    first = second;
#endif
}
