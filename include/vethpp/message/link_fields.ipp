// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/message/format.hpp>
#include <vethpp/message/link_fields.hpp>

namespace vethpp {

VETHPP_INLINE std::string to_string(const LinkState& state) { return detail::text_of(state); }
VETHPP_INLINE std::string to_string(const LinkInfo& info) { return detail::text_of(info); }

VETHPP_INLINE bool operator==(const LinkState& a, const LinkState& b) noexcept {
    return detail::same_fields(a, b, LinkState::Description::header()) &&
           detail::same_fields(a, b, LinkState::Description::fields());
}

}  // namespace vethpp
