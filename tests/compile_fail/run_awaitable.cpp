// expect: Netns::run needs a plain function
// A coroutine would resume outside the namespace, on whatever thread.
#include <vethpp/netns.hpp>

#include <boost/asio/awaitable.hpp>

boost::asio::awaitable<void> serve();

void work(const vethpp::Netns& netns) {
#ifdef VETHPP_OK
    netns.run([] { (void)serve(); });
#else
    netns.run([] { return serve(); });
#endif
}
