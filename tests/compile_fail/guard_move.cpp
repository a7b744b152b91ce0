// expect: use of deleted function|call to deleted
// A guard that moved could end after the one around it, or on another thread.
#include <vethpp/netns.hpp>

#include <utility>

void work(const vethpp::Netns& netns) {
    vethpp::NetnsGuard inside{netns};
#ifndef VETHPP_OK
    const vethpp::NetnsGuard moved{std::move(inside)};
#endif
}
