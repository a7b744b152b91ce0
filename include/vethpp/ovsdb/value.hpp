// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The notation of OVSDB for values that JSON has no word for: UUIDs, sets and maps (RFC
/// 7047, 5.1).
namespace vethpp::ovsdb {

namespace json = boost::json;

using TextMap = std::map<std::string, std::string>;

/// A row by its UUID.
[[nodiscard]] json::value uuid(std::string_view text);
/// A row that is inserted by the same transaction, by the name given there.
[[nodiscard]] json::value named_uuid(std::string_view name);
[[nodiscard]] json::value set(json::array elements);
[[nodiscard]] json::value map(const TextMap& pairs);
/// A clause of a "where": column, function ("==", "!=", "includes", ...) and value. A mutation is
/// written alike: column, mutator ("insert", "delete", "+=", ...) and value.
[[nodiscard]] json::value clause(std::string_view column,
                                 std::string_view function,
                                 json::value value);

/// The second element of ["set", [...]] and the like; null for other values.
[[nodiscard]] const json::value* tagged(const json::value& value, std::string_view tag) noexcept;

/// The elements of a column: of a set, or the one value that stands for a set of one.
[[nodiscard]] std::vector<json::value> elements(const json::value& column);
/// The first element as text; empty if there is none, or if it is no text.
[[nodiscard]] std::string text(const json::value& column);
/// The first element as a number; empty if there is none.
[[nodiscard]] std::optional<std::int64_t> number(const json::value& column);
/// The UUIDs among the elements.
[[nodiscard]] std::vector<std::string> uuids(const json::value& column);
/// The pairs of a map; what is no text is written as JSON.
[[nodiscard]] TextMap text_map(const json::value& column);

/// A column of a row; null if it is not there.
[[nodiscard]] json::value column(const json::object& row, std::string_view name);
/// The rows that a "select" found.
[[nodiscard]] std::vector<json::object> rows(const json::value& result);

/// Why a server would not take a text, such as a name: it is no UTF-8, or has a NUL byte, for which
/// it closes the connection. Empty for a good one.
[[nodiscard]] std::string_view text_problem(std::string_view text) noexcept;

}  // namespace vethpp::ovsdb

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/ovsdb/value.ipp>
#endif
