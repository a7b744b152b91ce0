// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/base/text.hpp>
#include <vethpp/link/make_link.hpp>
#include <vethpp/make_link.hpp>
#include <vethpp/value/attempt.hpp>

#include <string>
#include <utility>

namespace vethpp {

VETHPP_INLINE Link make_link(LinkOptions options, std::string_view kind, OnError on_error) {
    const std::string operation = detail::concat({"create the ", kind});
    const std::string name = options.name;
    const NetnsRef netns = options.netns;
    return detail::attempt(
        {operation.c_str(), name, netns.label()}, on_error, [&](Failure& failure) {
            if (kind.empty() || kind.find('\0') != kind.npos)
                failure.fail(errc::invalid_option, "no kind of link");
            return Link{detail::make_link(std::move(options), kind, {}, {}, failure)};
        });
}

}  // namespace vethpp
