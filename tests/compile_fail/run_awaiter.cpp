// expect: Netns::run needs a plain function
#include <vethpp/netns.hpp>

#include <coroutine>

void work(const vethpp::Netns& netns) {
#ifdef VETHPP_OK
    netns.run([] { return 0; });
#else
    netns.run([] { return std::suspend_always{}; });
#endif
}
