// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>

namespace vethpp::detail {

/// 64 bits that nobody else draws. From getrandom(2); where a seccomp filter refuses that, from
/// /dev/urandom; where that cannot be opened either, from what differs between processes, threads,
/// calls and moments: nothing secret, but still no number twice.
[[nodiscard]] std::uint64_t random_bits() noexcept;

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/base/random.ipp>
#endif
