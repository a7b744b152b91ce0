// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/wire/writer.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace vethpp::wire {

struct Names;

/// What naming needs of a field; below is null unless the attribute has attributes inside.
struct NamedField {
    std::uint16_t id = 0;
    std::string_view name{};
    const Names* below = nullptr;
};

/// The names of the attributes in a payload, as data, so that they can be put together at run time:
/// those of a link and those of its kind.
struct Names {
    std::size_t header = 0;  ///< the bytes of the fixed header before the attributes
    std::span<const NamedField> fields{};
    const Names* also = nullptr;  ///< further fields

    [[nodiscard]] const NamedField* find(std::uint16_t id) const noexcept;
    /// The dotted name of the attribute at an offset into a payload, "linkinfo.data.peer.mtu";
    /// numbers stand for attributes that are not among the fields, nothing for none.
    [[nodiscard]] std::string at(Bytes payload, std::size_t offset) const;
};

}  // namespace vethpp::wire

#ifndef VETHPP_SEPARATE_COMPILATION
#include <vethpp/wire/names.ipp>
#endif
