// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The notation of OVSDB for values that JSON has no word for: UUIDs, sets and maps (RFC
/// 7047, 5.1).
namespace vethpp::ovsdb {

namespace json = boost::json;

using TextMap = std::map<std::string, std::string>;

/// A row by its UUID.
[[nodiscard]] inline json::value uuid(std::string_view text) {
    return json::array{"uuid", json::string{text}};
}
/// A row that is inserted by the same transaction, by the name given there.
[[nodiscard]] inline json::value named_uuid(std::string_view name) {
    return json::array{"named-uuid", json::string{name}};
}
[[nodiscard]] inline json::value set(json::array elements) {
    return json::array{"set", std::move(elements)};
}
[[nodiscard]] inline json::value map(const TextMap& pairs) {
    json::array list;
    for (const auto& [key, value] : pairs)
        list.push_back(json::array{json::string{key}, json::string{value}});
    return json::array{"map", std::move(list)};
}
/// A clause of a "where": column, function ("==", "!=", "includes", ...) and value. A mutation is
/// written alike: column, mutator ("insert", "delete", "+=", ...) and value.
[[nodiscard]] inline json::value clause(std::string_view column,
                                        std::string_view function,
                                        json::value value) {
    // Not as an array: compilers differ on whether `json::array{one_array}` is a list of one or a
    // copy (CWG 2137).
    return json::array{json::string{column}, json::string{function}, std::move(value)};
}

/// The second element of ["set", [...]] and the like; null for other values.
[[nodiscard]] inline const json::value* tagged(const json::value& value,
                                               std::string_view tag) noexcept {
    const json::array* pair = value.if_array();
    if (pair == nullptr || pair->size() != 2) return nullptr;
    const json::string* first = (*pair)[0].if_string();
    return first != nullptr && *first == tag ? &(*pair)[1] : nullptr;
}

/// The elements of a column: of a set, or the one value that stands for a set of one.
[[nodiscard]] inline std::vector<json::value> elements(const json::value& column) {
    if (const json::value* list = tagged(column, "set")) {
        if (const json::array* array = list->if_array()) return {array->begin(), array->end()};
        return {};
    }
    return {column};
}

/// The first element as text; empty if there is none, or if it is no text.
[[nodiscard]] inline std::string text(const json::value& column) {
    for (const json::value& element : elements(column))
        if (const json::string* found = element.if_string()) return {found->data(), found->size()};
    return {};
}
/// The first element as a number; empty if there is none.
[[nodiscard]] inline std::optional<std::int64_t> number(const json::value& column) {
    for (const json::value& element : elements(column)) {
        if (const auto* found = element.if_int64()) return *found;
        if (const auto* large = element.if_uint64()) return static_cast<std::int64_t>(*large);
    }
    return std::nullopt;
}
/// The UUIDs among the elements.
[[nodiscard]] inline std::vector<std::string> uuids(const json::value& column) {
    std::vector<std::string> found;
    // A single UUID is an array of two itself.
    const json::value* one = tagged(column, "uuid");
    const std::vector<json::value> all =
        one != nullptr ? std::vector<json::value>{column} : elements(column);
    for (const json::value& element : all)
        if (const json::value* id = tagged(element, "uuid"); id && id->is_string())
            found.emplace_back(id->get_string().data(), id->get_string().size());
    return found;
}
/// The pairs of a map; what is no text is written as JSON.
[[nodiscard]] inline TextMap text_map(const json::value& column) {
    const auto word = [](const json::value& value) {
        if (const json::string* text = value.if_string())
            return std::string{text->data(), text->size()};
        return json::serialize(value);
    };
    TextMap pairs;
    const json::value* list = tagged(column, "map");
    const json::array* array = list != nullptr ? list->if_array() : nullptr;
    if (array == nullptr) return pairs;
    for (const json::value& entry : *array)
        if (const json::array* pair = entry.if_array(); pair && pair->size() == 2)
            pairs[word((*pair)[0])] = word((*pair)[1]);
    return pairs;
}

/// A column of a row; null if it is not there.
[[nodiscard]] inline json::value column(const json::object& row, std::string_view name) {
    const json::value* found = row.if_contains(name);
    return found != nullptr ? *found : json::value{};
}

/// The rows that a "select" found.
[[nodiscard]] inline std::vector<json::object> rows(const json::value& result) {
    std::vector<json::object> found;
    const json::object* object = result.if_object();
    const json::value list = object != nullptr ? column(*object, "rows") : json::value{};
    if (const json::array* array = list.if_array())
        for (const json::value& row : *array)
            if (const json::object* one = row.if_object()) found.push_back(*one);
    return found;
}

}  // namespace vethpp::ovsdb
