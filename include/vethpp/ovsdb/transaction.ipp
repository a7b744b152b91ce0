// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/ovsdb/transaction.hpp>

#include <utility>

namespace vethpp {
namespace detail {

[[nodiscard]] inline boost::json::object table_operation(std::string_view name,
                                                         std::string_view table) {
    return {{"op", boost::json::string{name}}, {"table", boost::json::string{table}}};
}

}  // namespace detail

namespace ovsdb {

VETHPP_INLINE std::size_t Transaction::append(json::object&& operation) {
    operations_.push_back(std::move(operation));
    return operations_.size() - 1;
}

VETHPP_INLINE std::size_t Transaction::insert(std::string_view table,
                                              json::object row,
                                              std::string_view name) {
    json::object op = detail::table_operation("insert", table);
    op["row"] = std::move(row);
    if (!name.empty()) op["uuid-name"] = json::string{name};
    return append(std::move(op));
}

VETHPP_INLINE std::size_t Transaction::select(std::string_view table,
                                              json::array where,
                                              json::array columns) {
    json::object op = detail::table_operation("select", table);
    op["where"] = std::move(where);
    if (!columns.empty()) op["columns"] = std::move(columns);
    return append(std::move(op));
}

VETHPP_INLINE std::size_t Transaction::update(std::string_view table,
                                              json::array where,
                                              json::object row) {
    json::object op = detail::table_operation("update", table);
    op["where"] = std::move(where);
    op["row"] = std::move(row);
    return append(std::move(op));
}

VETHPP_INLINE std::size_t Transaction::mutate(std::string_view table,
                                              json::array where,
                                              json::array mutations) {
    json::object op = detail::table_operation("mutate", table);
    op["where"] = std::move(where);
    op["mutations"] = std::move(mutations);
    return append(std::move(op));
}

VETHPP_INLINE std::size_t Transaction::erase(std::string_view table, json::array where) {
    json::object op = detail::table_operation("delete", table);
    op["where"] = std::move(where);
    return append(std::move(op));
}

VETHPP_INLINE std::size_t Transaction::wait(std::string_view table,
                                            json::array where,
                                            json::array columns,
                                            std::string_view until,
                                            json::array rows,
                                            std::chrono::milliseconds timeout) {
    json::object op = detail::table_operation("wait", table);
    op["timeout"] = timeout.count();
    op["where"] = std::move(where);
    op["columns"] = std::move(columns);
    op["until"] = json::string{until};
    op["rows"] = std::move(rows);
    return append(std::move(op));
}

VETHPP_INLINE std::size_t Transaction::comment(std::string_view text) {
    return append({{"op", "comment"}, {"comment", json::string{text}}});
}

VETHPP_INLINE std::size_t Transaction::abort() { return append({{"op", "abort"}}); }

VETHPP_INLINE json::array Transaction::parameters() const {
    json::array all;
    all.reserve(operations_.size() + 1);
    all.emplace_back(json::string{database_});
    all.insert(all.end(), operations_.begin(), operations_.end());
    return all;
}

VETHPP_INLINE std::string Transaction::describe(std::size_t index) const {
    if (index >= size()) return "the commit";
    const json::object& op = operations_[index].get_object();
    std::string out = text(column(op, "op"));
    if (const std::string table = text(column(op, "table")); !table.empty())
        (out += out == "insert" ? " into " : " of ") += table;
    return out;
}

VETHPP_INLINE std::string OperationError::to_string() const {
    return details.empty() ? error : error + ": " + details;
}

VETHPP_INLINE std::optional<OperationError> error_in(const json::array& results) {
    for (std::size_t i = 0; i < results.size(); ++i) {
        const json::object* result = results[i].if_object();
        const json::value* error = result != nullptr ? result->if_contains("error") : nullptr;
        if (error == nullptr || error->is_null()) continue;
        return OperationError{
            .index = i, .error = text(*error), .details = text(column(*result, "details"))};
    }
    return std::nullopt;
}

}  // namespace ovsdb
}  // namespace vethpp
