// SPDX-License-Identifier: BSL-1.0
#include "fuzz/targets.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    vethpp_test::fuzz_xfrm(vethpp::wire::Bytes{reinterpret_cast<const std::byte*>(data), size});
    return 0;
}
