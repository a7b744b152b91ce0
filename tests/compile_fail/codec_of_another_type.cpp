// expect: the member.s type is not
// A field is described with the codec of its own type.
#include <vethpp/wire/message.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace wire = vethpp::wire;

struct Values {
    std::optional<std::uint32_t> number{};
    static constexpr auto fields() {
#ifdef VETHPP_OK
        return wire::Fields<
            wire::Field<&Values::number,
                        wire::Attribute<1, wire::Scalar<std::uint32_t>, "number">>>{};
#else
        return wire::Fields<
            wire::Field<&Values::number, wire::Attribute<1, wire::Text, "number">>>{};
#endif
    }
};

void send(wire::Writer& writer, const Values& values) { wire::write(writer, values); }
