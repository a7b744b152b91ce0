// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/function_ref.hpp>
#include <vethpp/message/any_data.hpp>

namespace vethpp::message {

/// The data of kind "veth": the other end, a whole link message inside the attribute, whose
/// attributes `end` writes. It refers to that function.
[[nodiscard]] AnyData veth_data(const detail::FunctionRef<void(wire::Writer&)>& end) noexcept;

}  // namespace vethpp::message

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/message/veth.ipp>
#endif
