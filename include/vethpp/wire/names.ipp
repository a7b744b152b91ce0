// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <vethpp/base/config.hpp>
#include <vethpp/wire/names.hpp>
#include <vethpp/wire/reader.hpp>

namespace vethpp::wire {

VETHPP_INLINE const NamedField* Names::find(std::uint16_t id) const noexcept {
    for (const NamedField& field : fields)
        if (field.id == id) return &field;
    return also != nullptr ? also->find(id) : nullptr;
}

VETHPP_INLINE std::string Names::at(Bytes payload, std::size_t offset) const {
    if (offset < header) return {};
    payload = after(payload, align(header));
    offset -= header;
    while (!payload.empty()) {
        Bytes rest = payload;
        RawAttribute raw;
        if (!next(rest, raw)) return {};
        const std::size_t end = sizeof(nlattr) + raw.payload.size();
        if (offset < end) {
            const NamedField* field = find(raw.type);
            if (field == nullptr) return std::to_string(raw.type);
            std::string name{field->name};
            if (field->below == nullptr || offset < sizeof(nlattr)) return name;
            const std::string below = field->below->at(raw.payload, offset - sizeof(nlattr));
            if (!below.empty()) name.append(".").append(below);
            return name;
        }
        // Padding counts as what follows.
        offset = offset < align(end) ? 0 : offset - align(end);
        payload = rest;
    }
    return {};
}

}  // namespace vethpp::wire
