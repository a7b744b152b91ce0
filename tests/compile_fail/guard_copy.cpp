// expect: use of deleted function|call to deleted
// Guards nest in order, which a second one for the same block would break.
#include <vethpp/netns.hpp>

void work(const vethpp::Netns& netns) {
    const vethpp::NetnsGuard inside{netns};
#ifndef VETHPP_OK
    const vethpp::NetnsGuard copy{inside};
#endif
}
