// SPDX-License-Identifier: BSL-1.0
// Replies damaged at random, the same in every run.
#pragma once

#include "scripted.hpp"

#include <algorithm>
#include <cerrno>
#include <random>
#include <utility>

namespace vethpp_test {

/// mt19937 is the same everywhere; the distributions of the standard library are not.
class Random {
public:
    explicit Random(std::uint32_t seed) : engine_{seed} {}
    std::size_t below(std::size_t n) { return engine_() % n; }

private:
    std::mt19937 engine_;
};

/// Damages one of the deliveries, or their order.
inline void mutate(Replies& replies, Random& random) {
    if (replies.empty()) return;
    const std::size_t at = random.below(replies.size());
    const auto here = replies.begin() + static_cast<std::ptrdiff_t>(at);
    ByteVector& data = here->data;
    switch (random.below(9)) {
        case 0:  // a byte in a header
        case 1:
            if (!data.empty())
                data[random.below(std::min<std::size_t>(data.size(), 24))] =
                    static_cast<std::byte>(random.below(256));
            break;
        case 2:  // a bit anywhere
            if (!data.empty())
                data[random.below(data.size())] ^= static_cast<std::byte>(1U << random.below(8));
            break;
        case 3:
            data.resize(random.below(data.size() + 1));
            break;
        case 4:
            replies.erase(here);
            break;
        case 5: {
            const Delivery again = *here;
            replies.insert(replies.begin() + static_cast<std::ptrdiff_t>(random.below(at + 1)),
                           again);
            break;
        }
        case 6:
            std::swap(*here, replies[random.below(replies.size())]);
            break;
        case 7: {
            const ByteVector more = replies[random.below(replies.size())].data;
            data.insert(data.end(), more.begin(), more.end());
            break;
        }
        default: {
            static constexpr int errors[] = {EINTR, ENOBUFS, ENOMEM, EAGAIN};
            if (random.below(2) == 0)
                here->error = errors[random.below(4)];
            else
                here->sender = static_cast<std::uint32_t>(random.below(2));
        }
    }
}

}  // namespace vethpp_test
