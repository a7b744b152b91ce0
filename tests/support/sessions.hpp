// SPDX-License-Identifier: BSL-1.0
// What tests of sessions share, against the kernel and against one that says what it is told.
#pragma once

#include "catch.hpp"
#include <vethpp/netlink/session.hpp>

#include <cstddef>
#include <cstdint>
#include <map>

namespace vethpp_test {

/// What a batch of requests came to: its failures, each of which is reported once.
using Failures = std::map<std::size_t, vethpp::Failure>;

inline Failures batch(vethpp::netlink::Session& session,
                      const vethpp::netlink::RequestType& type,
                      std::size_t count,
                      vethpp::netlink::Session::WritePayload write) {
    Failures out;
    vethpp::Failure first;
    const auto keep = [&](std::size_t i, const vethpp::Failure& failure) {
        CHECK(i < count);
        CHECK(failure);
        CHECK(out.emplace(i, failure).second);
    };
    session.batch(type, count, write, keep, first);
    CHECK(first.code == (out.empty() ? vethpp::error_code{} : out.begin()->second.code));
    return out;
}

/// The one thing about a session that cannot be brought about from outside: its sequence number
/// begins at random, and the end of them is four thousand million requests away.
inline std::uint32_t& sequence_of(vethpp::netlink::Session& session);

template <auto Member>
struct Reach {
    friend std::uint32_t& sequence_of(vethpp::netlink::Session& session) { return session.*Member; }
};
template struct Reach<&vethpp::netlink::Session::sequence_>;

}  // namespace vethpp_test
