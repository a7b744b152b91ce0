// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/ovsdb/value.hpp>

#include <boost/json/serialize.hpp>

#include <cstddef>
#include <utility>

namespace vethpp {
namespace detail {

[[nodiscard]] inline std::string json_text(const boost::json::value& value) {
    if (const boost::json::string* text = value.if_string()) return {text->data(), text->size()};
    return boost::json::serialize(value);
}

// How many bytes the character is long that a text begins with; 0 if it is none of UTF-8.
[[nodiscard]] inline std::size_t utf8_length(std::string_view text) noexcept {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    if (byte(0) < 0x80) return 1;
    const std::size_t length = byte(0) < 0xc2 ? 0 : byte(0) < 0xe0 ? 2 : byte(0) < 0xf0 ? 3 : 4;
    if (length == 0 || byte(0) > 0xf4 || text.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i)
        if ((byte(i) & 0xc0U) != 0x80) return 0;
    // Longer than need be, a surrogate, or beyond the last character.
    if (byte(0) == 0xe0 && byte(1) < 0xa0) return 0;
    if (byte(0) == 0xed && byte(1) > 0x9f) return 0;
    if (byte(0) == 0xf0 && byte(1) < 0x90) return 0;
    if (byte(0) == 0xf4 && byte(1) > 0x8f) return 0;
    return length;
}

}  // namespace detail

namespace ovsdb {

VETHPP_INLINE json::value uuid(std::string_view text) {
    return json::array{"uuid", json::string{text}};
}

VETHPP_INLINE json::value named_uuid(std::string_view name) {
    return json::array{"named-uuid", json::string{name}};
}

VETHPP_INLINE json::value set(json::array elements) {
    return json::array{"set", std::move(elements)};
}

VETHPP_INLINE json::value map(const TextMap& pairs) {
    json::array list;
    for (const auto& [key, value] : pairs)
        list.push_back(json::array{json::string{key}, json::string{value}});
    return json::array{"map", std::move(list)};
}

VETHPP_INLINE json::value clause(std::string_view column,
                                 std::string_view function,
                                 json::value value) {
    // Not as an array: compilers differ on whether `json::array{one_array}` is a list of one or a
    // copy (CWG 2137).
    return json::array{json::string{column}, json::string{function}, std::move(value)};
}

VETHPP_INLINE const json::value* tagged(const json::value& value, std::string_view tag) noexcept {
    const json::array* pair = value.if_array();
    if (pair == nullptr || pair->size() != 2) return nullptr;
    const json::string* first = (*pair)[0].if_string();
    return first != nullptr && *first == tag ? &(*pair)[1] : nullptr;
}

VETHPP_INLINE std::vector<json::value> elements(const json::value& column) {
    const json::value* list = tagged(column, "set");
    if (list == nullptr) return {column};
    const json::array* array = list->if_array();
    if (array == nullptr) return {};
    return {array->begin(), array->end()};
}

VETHPP_INLINE std::string text(const json::value& column) {
    for (const json::value& element : elements(column))
        if (const json::string* found = element.if_string()) return {found->data(), found->size()};
    return {};
}

VETHPP_INLINE std::optional<std::int64_t> number(const json::value& column) {
    for (const json::value& element : elements(column)) {
        if (const auto* found = element.if_int64()) return *found;
        if (const auto* large = element.if_uint64()) return static_cast<std::int64_t>(*large);
    }
    return std::nullopt;
}

VETHPP_INLINE std::vector<std::string> uuids(const json::value& column) {
    std::vector<std::string> found;
    // A single UUID is an array of two itself.
    const json::value* one = tagged(column, "uuid");
    const std::vector<json::value> all =
        one != nullptr ? std::vector<json::value>{column} : elements(column);
    for (const json::value& element : all) {
        const json::value* id = tagged(element, "uuid");
        const json::string* text = id != nullptr ? id->if_string() : nullptr;
        if (text != nullptr) found.emplace_back(text->data(), text->size());
    }
    return found;
}

VETHPP_INLINE TextMap text_map(const json::value& column) {
    TextMap pairs;
    const json::value* list = tagged(column, "map");
    const json::array* array = list != nullptr ? list->if_array() : nullptr;
    if (array == nullptr) return pairs;
    for (const json::value& entry : *array)
        if (const json::array* pair = entry.if_array(); pair != nullptr && pair->size() == 2)
            pairs[detail::json_text((*pair)[0])] = detail::json_text((*pair)[1]);
    return pairs;
}

VETHPP_INLINE json::value column(const json::object& row, std::string_view name) {
    const json::value* found = row.if_contains(name);
    return found != nullptr ? *found : json::value{};
}

VETHPP_INLINE std::vector<json::object> rows(const json::value& result) {
    std::vector<json::object> found;
    const json::object* object = result.if_object();
    const json::value list = object != nullptr ? column(*object, "rows") : json::value{};
    if (const json::array* array = list.if_array())
        for (const json::value& row : *array)
            if (const json::object* one = row.if_object()) found.push_back(*one);
    return found;
}

VETHPP_INLINE std::string_view text_problem(std::string_view text) noexcept {
    while (!text.empty()) {
        if (text.front() == '\0') return "Open vSwitch takes no NUL byte";
        const std::size_t length = detail::utf8_length(text);
        if (length == 0) return "Open vSwitch takes only UTF-8";
        text.remove_prefix(length);
    }
    return {};
}

}  // namespace ovsdb
}  // namespace vethpp
