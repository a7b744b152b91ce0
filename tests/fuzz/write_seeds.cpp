// SPDX-License-Identifier: BSL-1.0
// Writes real replies as files, for fuzzers to start from: write_seeds DIRECTORY
#include "support/bytes.hpp"
#include "support/recorded.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    const std::filesystem::path directory{argv[1]};
    std::filesystem::create_directories(directory);
    for (const auto& [name, dump] : {std::pair{"bridge", vethpp_test::recorded_bridge},
                                     {"port", vethpp_test::recorded_port},
                                     {"veth", vethpp_test::recorded_veth},
                                     {"loopback", vethpp_test::recorded_loopback},
                                     {"v4", vethpp_test::recorded_v4},
                                     {"v6", vethpp_test::recorded_v6},
                                     {"route", vethpp_test::recorded_route},
                                     {"neighbour", vethpp_test::recorded_neighbour},
                                     {"rule", vethpp_test::recorded_rule},
                                     {"fdb_entry", vethpp_test::recorded_fdb_entry},
                                     {"xfrm_state", vethpp_test::recorded_xfrm_state},
                                     {"xfrm_policy", vethpp_test::recorded_xfrm_policy},
                                     {"mdb", vethpp_test::recorded_mdb}}) {
        const auto message = vethpp_test::bytes(dump);
        std::ofstream file{directory / name, std::ios::binary};
        file.write(reinterpret_cast<const char*>(message.data()) + sizeof(nlmsghdr),
                   static_cast<std::streamsize>(message.size() - sizeof(nlmsghdr)));
        if (!file) return 1;
    }
    return 0;
}
