// SPDX-License-Identifier: BSL-1.0
// What tests against the kernel share: both forms of a call, raw requests, and a look from outside.
#pragma once

#include "catch.hpp"
#include <vethpp/message/link.hpp>
#include <vethpp/netns.hpp>
#include <vethpp/netns/system.hpp>

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vethpp_test {

/// Calls f(OnError) in both of its forms. Both must fail with the same code; returns the Error.
template <class F>
vethpp::Error failure_of(F&& f) {
    vethpp::error_code stored;
    f(vethpp::OnError{stored});
    std::optional<vethpp::Error> thrown;
    try {
        f(vethpp::OnError{});
    } catch (const vethpp::Error& error) {
        thrown = error;
    }
    REQUIRE(thrown);
    INFO(thrown->what());
    CHECK(stored == thrown->code());
    return std::move(*thrown);
}

/// Calls f(OnError) in both of its forms. Both must succeed, and the code must be cleared.
template <class F>
void succeeds(F&& f) {
    vethpp::error_code stored = make_error_code(vethpp::errc::malformed_reply);
    f(vethpp::OnError{stored});
    CHECK(stored == vethpp::error_code{});
    CHECK_NOTHROW(f(vethpp::OnError{}));
}

/// Fails the test unless the error is this errno and its sentence is this one.
inline void check_error(const vethpp::Error& error, int number, const std::string& sentence) {
    CHECK(error.code() == vethpp::error_code{number, boost::system::system_category()});
    CHECK(std::string{error.what()} == sentence);
}
inline void check_error(const vethpp::Error& error,
                        vethpp::errc code,
                        const std::string& sentence) {
    CHECK(error.code() == code);
    CHECK(std::string{error.what()} == sentence);
}

/// How a sentence ends where the kernel gives a reason of its own since that version, and vethpp
/// makes up for it before.
inline std::string reason(unsigned since, const std::string& kernel, const std::string& hint) {
    return vethpp::System{}.kernel_version() < since ? " (" + hint + ")" : "; kernel: " + kernel;
}

inline vethpp::netlink::Session& session(const vethpp::Netns& netns) {
    return vethpp::NetnsRef{netns}.state()->session;
}

/// The names of the links of a namespace, sorted; without those that the kernel puts into every new
/// one: the loopback, and, once its module is loaded, GRE's.
inline std::vector<std::string> names(const vethpp::Netns& netns) {
    std::vector<std::string> found;
    for (const vethpp::LinkState& link : netns.links())
        if (!link.is_loopback() && link.name != "gre0" && link.name != "gretap0" &&
            link.name != "erspan0")
            found.push_back(link.name);
    std::sort(found.begin(), found.end());
    return found;
}
using Names = std::vector<std::string>;

/// Makes a link as another program would: of a given index and group, unknown to vethpp.
inline void make_foreign(const vethpp::Netns& netns,
                         std::uint32_t index,
                         const std::string& name,
                         std::uint32_t group = 0,
                         std::string_view kind = "bridge") {
    vethpp::Failure failure;
    vethpp::message::LinkAttributes attributes{.name = name, .group = group};
    vethpp::netlink::create_link<vethpp::message::NoData>(session(netns),
                                                          vethpp::message::link_header(index),
                                                          attributes,
                                                          kind,
                                                          std::nullopt,
                                                          failure);
    INFO(failure.code.message());
    REQUIRE_FALSE(failure);
}

}  // namespace vethpp_test
