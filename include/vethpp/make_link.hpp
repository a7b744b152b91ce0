// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/link.hpp>

#include <string_view>

namespace vethpp {

/// Makes a link of any kind that needs no settings, and none below it: "dummy", "nlmon", "vcan", or
/// one that is of today's kernel only (ip-link(8), TYPES). It is owned as those of the classes are.
///
///     const vethpp::Link monitor = vethpp::make_link({.netns = ns, .up = true}, "nlmon");
///
/// **Errors.** EOPNOTSUPP for a kind that this kernel does not have.
[[nodiscard]] Link make_link(LinkOptions options, std::string_view kind, OnError on_error = {});

}  // namespace vethpp

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/make_link.ipp>
#endif
