// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/function_ref.hpp>
#include <vethpp/message/any_data.hpp>

#include <cstdint>

namespace vethpp::message {

/// The other end of a pair that is made.
struct VethEnd {
    std::uint32_t index = 0;  ///< the kernel's choice for 0
    detail::FunctionRef<void(wire::Writer&)> attributes;
};

/// The data of kind "veth": the other end, a whole link message inside the attribute. It refers to
/// `end`.
[[nodiscard]] AnyData veth_data(const VethEnd& end) noexcept;

}  // namespace vethpp::message

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/message/veth.ipp>
#endif
