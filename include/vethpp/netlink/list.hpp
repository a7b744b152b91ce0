// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/netlink/session.hpp>
#include <vethpp/wire/message.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace vethpp::netlink {

/// Which objects: the request that lists them, how its payload is written, and the type of the
/// messages that carry one.
struct Listing {
    RequestType request{};
    Session::WriteOne write;
    std::uint16_t object = 0;
    int attempts = Session::dump_attempts;  ///< while it keeps changing
};

/// Messages one after another, each of which carries an object; wire::next() takes them off.
using RawList = std::vector<std::byte>;

/// The objects that the kernel lists, as they come. Nothing after a failure.
[[nodiscard]] RawList list_raw(Session& session, const Listing& listing, Failure& failure);

/// The objects that the kernel lists, each read by read(); errc::malformed_reply if one is not
/// what read() takes. Nothing after a failure.
template <class T>
[[nodiscard]] std::vector<T> list(Session& session,
                                  const Listing& listing,
                                  bool (*read)(wire::Bytes, T&),
                                  Failure& failure) {
    // Growing step by step costs a long list more than reading it. What is reserved and not used is
    // address space, not memory.
    constexpr std::size_t few = 32;
    constexpr std::size_t many = 4096;
    std::vector<T> objects;
    bool good = true;
    const auto restart = [&] {
        objects.clear();
        good = true;
    };
    const auto keep = [&](const wire::RawMessage& message) {
        if (message.header.nlmsg_type != listing.object) return;
        if (objects.size() == few) objects.reserve(many);
        good = read(message.payload, objects.emplace_back()) && good;
    };
    session.dump(listing.request, listing.write, restart, keep, failure, listing.attempts);
    if (!good) failure.fail(errc::malformed_reply);
    if (failure) objects.clear();
    if (objects.size() < many / 4) objects.shrink_to_fit();
    return objects;
}

/// The same for a type that describes its whole message.
template <wire::Message T>
[[nodiscard]] std::vector<T> list(Session& session, const Listing& listing, Failure& failure) {
    return list<T>(session, listing, &wire::read_message<T>, failure);
}

}  // namespace vethpp::netlink

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/netlink/list.ipp>
#endif
