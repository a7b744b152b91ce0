// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/link/foundation.hpp>
#include <vethpp/link/held_link.hpp>
#include <vethpp/link/options.hpp>
#include <vethpp/message/any_data.hpp>
#include <vethpp/value/error.hpp>

#include <string_view>

namespace vethpp::detail {

/// Makes a link that is one link, as VethPair makes two. The sentence of a failure names it.
/// exists: what EEXIST means of this kind where the name is free; its name may have become free.
[[nodiscard]] HeldLink make_link(LinkOptions options,
                                 std::string_view kind,
                                 const Foundation& foundation,
                                 const message::AnyData& data,
                                 Failure& failure,
                                 std::string_view exists = {});

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/link/make_link.ipp>
#endif
