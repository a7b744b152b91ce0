// expect: ignoring return(ed)? value
// A namespace that nobody keeps is gone at once. (-Werror is not given: this is about the word.)
#include <vethpp/netns.hpp>

#ifndef VETHPP_OK
#pragma GCC diagnostic error "-Wunused-result"
#endif

void work() {
#ifdef VETHPP_OK
    (void)vethpp::Netns::create();
#else
    vethpp::Netns::create();
#endif
}
