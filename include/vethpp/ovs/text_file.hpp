// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <string>

namespace vethpp::detail {

/// What a file says; as much of it as can be read. Streams throw where reading fails, as it does of
/// /proc when a process has just ended.
[[nodiscard]] std::string read_text_file(const std::string& path);

}  // namespace vethpp::detail

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/ovs/text_file.ipp>
#endif
