// SPDX-License-Identifier: BSL-1.0
#include "support/catch.hpp"
#include "support/live.hpp"
#include "support/oracle.hpp"
#include "support/patience.hpp"
#include "support/skip.hpp"
#include <vethpp/base/unique_fd.hpp>
#include <vethpp/bridge.hpp>
#include <vethpp/netns.hpp>
#include <vethpp/ping.hpp>
#include <vethpp/veth_pair.hpp>
#include <vethpp/xdp.hpp>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <linux/bpf.h>
#include <optional>
#include <string>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace {

using namespace std::chrono_literals;
using namespace vethpp;
using namespace vethpp_test;
using vethpp::detail::UniqueFd;

int load(std::uint32_t type, int result) {
    // r0 = result; exit
    const std::array<bpf_insn, 2> program{
        bpf_insn{.code = BPF_ALU64 | BPF_MOV | BPF_K,
                 .dst_reg = 0,
                 .src_reg = 0,
                 .off = 0,
                 .imm = result},
        bpf_insn{.code = BPF_JMP | BPF_EXIT, .dst_reg = 0, .src_reg = 0, .off = 0, .imm = 0}};
    bpf_attr attributes{};
    attributes.prog_type = type;
    attributes.insn_cnt = program.size();
    attributes.insns = reinterpret_cast<std::uint64_t>(program.data());
    attributes.license = reinterpret_cast<std::uint64_t>("BSL");
    return static_cast<int>(::syscall(SYS_bpf, BPF_PROG_LOAD, &attributes, sizeof attributes));
}

struct Program {
    explicit Program(int result, std::uint32_t type = BPF_PROG_TYPE_XDP) : fd{load(type, result)} {
        if (!fd && (errno == EPERM || errno == ENOSYS))
            vethpp_test::skip("bpf(2) loads no program for this user");
        REQUIRE(fd);
    }
    [[nodiscard]] std::uint32_t id() const {
        std::ifstream info{"/proc/self/fdinfo/" + std::to_string(fd.get())};
        for (std::string word; info >> word;)
            if (std::uint32_t number = 0; word == "prog_id:" && info >> number) return number;
        FAIL("no program");
        std::abort();
    }
    operator int() const { return fd.get(); }  // NOLINT(google-explicit-constructor)

    UniqueFd fd;
};

struct Fixture {
    Netns a = Netns::create("a");
    Netns b = Netns::create("b");
    VethPair pair{{.netns = a, .name = "veth0", .addresses = {"10.1.1.1/24"}, .up = true},
                  {.netns = b, .name = "veth1", .addresses = {"10.1.1.2/24"}, .up = true}};

    Fixture() { pair.wait_ready(long_enough); }
    [[nodiscard]] bool passes() const {
        return ping(a, "10.1.1.2", {.timeout = 200ms}).received == 1;
    }
    [[nodiscard]] XdpState there() const { return pair.second().state().xdp; }
};

// Both of what a veth pair has.
constexpr std::array modes{XdpMode::generic, XdpMode::native};

}  // namespace

TEST_CASE("xdp: a program drops until its object is gone", "[kernel][xdp]") {
    const Program drop{XDP_DROP};
    const Program pass{XDP_PASS};
    const Fixture f;
    CHECK(f.there() == XdpState{});
    CHECK(to_string(f.there()).empty());
    CHECK(ping(f.a, "10.1.1.2", {.timeout = long_enough}).received == 1);
    for (const XdpMode mode : modes) {
        CAPTURE(to_string(mode));
        {
            Xdp xdp{f.pair.second(), drop, {.mode = mode}};
            CHECK(xdp);
            CHECK(xdp.mode() == mode);
            CHECK(f.there().mode == mode);
            CHECK(f.there().id == drop.id());
            CHECK(to_string(f.there()) == "prog/xdp id " + std::to_string(drop.id()));
            CHECK(xdp.to_string() ==
                  (mode == XdpMode::native ? "xdp on veth1 in b" : "xdpgeneric on veth1 in b"));
            CHECK_THAT(to_string(f.pair.second().state()),
                       contains("xdp={mode=" + std::string{to_string(mode)} + " id="));
            CHECK_FALSE(f.passes());
            xdp.replace(pass);
            CHECK(f.there().id == pass.id());
            CHECK(ping(f.a, "10.1.1.2", {.timeout = long_enough}).received == 1);
            xdp.replace(drop);
            CHECK_FALSE(f.passes());
            CHECK(f.there().mode == mode);
        }
        CHECK(f.there() == XdpState{});
        CHECK(ping(f.a, "10.1.1.2", {.timeout = long_enough}).received == 1);
    }
}

TEST_CASE("xdp: of no given mode, as the driver can", "[kernel][xdp]") {
    const Program pass{XDP_PASS};
    const Fixture f;
    CHECK(Xdp{f.pair.second(), pass}.mode() == XdpMode::native);
    const Link lo = f.b.link("lo");
    const Xdp xdp{lo, pass};
    CHECK(xdp.mode() == XdpMode::generic);
    CHECK(lo.state().xdp == XdpState{.mode = XdpMode::generic,
                                     .id = pass.id(),
                                     .native_id = {},
                                     .generic_id = pass.id(),
                                     .offload_id = {}});
}

TEST_CASE("xdp: a program that is there stays, whoever comes", "[kernel][xdp]") {
    const Program drop{XDP_DROP};
    const Program pass{XDP_PASS};
    const Fixture f;
    const Link& link = f.pair.second();
    std::optional<Xdp> first{std::in_place, link, pass, XdpOptions{.mode = XdpMode::native}};
    const auto sentence = [&](int program, const XdpOptions& options) {
        return std::string{failure_of([&](OnError e) {
                               const Xdp other{link, program, options, e};
                           }).what()};
    };
    const std::string attach = "attach the XDP program: veth1 in b: ";
    CHECK(sentence(drop, {}) ==
          attach + "Device or resource busy; kernel: XDP program already attached");
    // Its own program, too.
    CHECK(sentence(pass, {}) ==
          attach + "Device or resource busy; kernel: XDP program already attached");
    CHECK(sentence(drop, {.mode = XdpMode::generic}) ==
          attach + "File exists; kernel: Native and generic XDP can't be active at the same time");
    CHECK(sentence(drop, {.replaces = int{drop}}) ==
          attach + "File exists; kernel: Active program does not match expected");
    CHECK(f.there().id == pass.id());

    // One that is named gives way. The object that had attached it has nothing to take off then.
    std::optional<Xdp> second{
        std::in_place, link, drop, XdpOptions{.replaces = first->native_handle()}};
    CHECK(f.there().id == drop.id());
    check_error(failure_of([&](OnError e) { first->detach(e); }),
                EEXIST,
                "take off the XDP program: veth1 in b: File exists; kernel: Active program does "
                "not match expected");
    check_error(failure_of([&](OnError e) { first->replace(pass, e); }),
                EEXIST,
                "replace the XDP program: veth1 in b: File exists; kernel: Active program does "
                "not match expected");
    first.reset();
    CHECK(f.there().id == drop.id());

    second->release();
    CHECK_FALSE(*second);
    second.reset();
    CHECK(f.there().id == drop.id());
    need(f.b, "ip");
    CHECK_THAT(shell(f.b, "ip link show veth1").text, contains(to_string(f.there()) + ' '));
    run_command(f.b, "ip link set veth1 xdp off");
    CHECK_FALSE(f.there());
}

TEST_CASE("xdp: moved, shared, forked", "[kernel][xdp]") {
    const Program pass{XDP_PASS};
    const Fixture f;
    Xdp a{f.pair.first(), pass, {.mode = XdpMode::generic}};
    // Its own copy of the descriptor, closed by execve(2).
    CHECK(a.native_handle() != pass);
    CHECK((::fcntl(a.native_handle(), F_GETFD) & FD_CLOEXEC) != 0);
    Xdp b{f.pair.second(), pass};
    const auto on = [&](const Link& link) { return link.state().xdp.id == pass.id(); };
    CHECK(on(f.pair.first()));
    CHECK(on(f.pair.second()));

    Xdp moved{std::move(a)};
    CHECK_FALSE(a);  // NOLINT(bugprone-use-after-move)
    CHECK(a.mode() == XdpMode::none);
    CHECK(on(f.pair.first()));
    const ::pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        { const Xdp gone{std::move(moved)}; }
        error_code ec;
        b.detach(ec);
        ::_exit(ec == make_error_code(errc::used_after_fork) ? 0 : 1);
    }
    int status = -1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    CHECK(on(f.pair.first()));
    CHECK(on(f.pair.second()));

    b = std::move(moved);
    CHECK(on(f.pair.first()));
    CHECK_FALSE(on(f.pair.second()));
    CHECK(b.mode() == XdpMode::generic);
    b.detach();
    CHECK_FALSE(on(f.pair.first()));
    check_error(
        failure_of([&](OnError e) { b.detach(e); }),
        errc::empty_object,
        "take off the XDP program: veth0 in a: the object is empty (no program is attached)");
    CHECK(b.to_string() == "no XDP program");
}

TEST_CASE("xdp: a link that is renamed, moves, or goes", "[kernel][xdp]") {
    const Program pass{XDP_PASS};
    for (const XdpMode mode : modes) {
        CAPTURE(to_string(mode));
        Fixture f;
        Link& link = f.pair.second();
        const std::uint32_t index = link.index();
        link.set_down();
        Xdp xdp{link, pass, {.mode = mode}};
        link.set_up();
        link.set_down();
        link.rename("other");
        CHECK(f.there().id == pass.id());
        const Netns c = Netns::create("c");
        link.move_to(c);
        CHECK(f.there().id == pass.id());
        check_error(failure_of([&](OnError e) { xdp.detach(e); }),
                    ENODEV,
                    "take off the XDP program: veth1 in b: No such device");
        CHECK(xdp);
        // A link of that index that is another one, with another program.
        {
            const Program another{XDP_PASS};
            make_foreign(f.b, index, "foreign");
            Xdp its{f.b.link("foreign"), another, {.mode = XdpMode::generic}};
            CHECK(failure_of([&](OnError e) { xdp.detach(e); }).code() ==
                  boost::system::errc::file_exists);
            { const Xdp gone{std::move(xdp)}; }
            CHECK(f.b.link("foreign").state().xdp.id == another.id());
            f.b.link("foreign").remove();
            check_error(failure_of([&](OnError e) { its.detach(e); }),
                        ENODEV,
                        "take off the XDP program: foreign in b: No such device");
        }
        CHECK(f.there().id == pass.id());
        link.move_to(f.b);
        Xdp again{link, pass, {.mode = mode, .replaces = int{pass}}};
        again.detach();
        CHECK_FALSE(f.there());
    }
}

TEST_CASE("xdp: what native XDP needs of a pair", "[kernel][xdp]") {
    const Program pass{XDP_PASS};
    Fixture f;
    const auto attach = [](const Link& link, XdpMode mode, int program) {
        return std::string{failure_of([&](OnError e) {
                               const Xdp xdp{link, program, {.mode = mode}, e};
                           }).what()};
    };
    f.pair.first().set_mtu(4000);
    CHECK_THAT(attach(f.pair.second(), XdpMode::native, pass),
               contains("Numerical result out of range (for native XDP the MTU of the other end is "
                        "at most about 3500); kernel: ") &&
                   contains("Peer MTU is too large to set XDP"));
    f.pair.first().set_mtu(3400);
    const Xdp xdp{f.pair.second(), pass, {.mode = XdpMode::native}};
    CHECK(failure_of([&](OnError e) { f.pair.first().set_mtu(4000, e); }).code() ==
          boost::system::errc::invalid_argument);
    const VethPair queues{{.netns = f.a, .name = "q0", .tx_queues = 4, .up = true},
                          {.netns = f.b, .name = "q1", .rx_queues = 1, .up = true}};
    CHECK_THAT(attach(queues.second(), XdpMode::native, pass),
               contains("No space left on device (set rx_queues of the link, or tx_queues of the "
                        "other end); kernel: ") &&
                   contains("XDP expects number of rx queues not less than peer tx queues"));
    const Bridge bridge{{.netns = f.b, .name = "br0"}};
    CHECK(attach(bridge, XdpMode::native, pass) ==
          "attach the XDP program: br0 in b: Operation not supported; kernel: Underlying driver "
          "does not support XDP in native mode");
    CHECK_THAT(attach(queues.second(), XdpMode::offload, pass),
               contains("(it is no XDP program that was loaded for this link (prog_ifindex))"));
    CHECK_FALSE(queues.second().state().xdp);
    CHECK_THAT(attach(bridge, XdpMode::generic, Program{0, BPF_PROG_TYPE_SOCKET_FILTER}),
               contains("Invalid argument (the descriptor is not that of an XDP program)"));
}

TEST_CASE("xdp: what is no program is refused", "[kernel][xdp]") {
    const Fixture f;
    const Link& link = f.pair.second();
    const auto attach = [&](int program, const XdpOptions& options = {}) {
        return failure_of([&](OnError e) {
            const Xdp xdp{link, program, options, e};
            CHECK_FALSE(xdp);
        });
    };
    const std::string place = "attach the XDP program: veth1 in b: ";
    for (const int closed : {-1, 100'000})
        check_error(attach(closed),
                    EBADF,
                    place + "Bad file descriptor (the descriptor of the program is not open)");
    const UniqueFd file{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
    const std::string no_program =
        place + "Invalid argument (the descriptor is not that of an XDP program)";
    check_error(attach(file.get()), EINVAL, no_program);
    for (const XdpMode mode : {XdpMode::none, XdpMode::several})
        check_error(attach(file.get(), {.mode = mode}),
                    errc::invalid_option,
                    place + "invalid option (a mode is native, generic, or offload)");
    Xdp none;
    CHECK(failure_of([&](OnError e) { none.replace(file.get(), e); }).code() == errc::empty_object);
    check_error(failure_of([&](OnError e) {
                    const Xdp xdp{LinkRef{}, file.get(), {}, e};
                }),
                errc::no_such_link,
                "attach the XDP program: no link to act on (the object refers to no link)");
    // A full descriptor table.
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
    rlimit full = before;
    full.rlim_cur = 3;
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &full) == 0);
    error_code ec;
    const Xdp xdp{link, file.get(), ec};
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
    CHECK(ec == boost::system::errc::too_many_files_open);
    CHECK_FALSE(f.there());
}

TEST_CASE("ip oracle: take off an XDP program", "[kernel][xdp]") {
    const Program pass{XDP_PASS};
    const Oracle oracle;
    oracle.both("link add veth0 address 02:00:00:00:00:01 type veth peer name veth1");
    const Differences found = oracle.set("xdpgeneric off", [&](Link& link) {
        Xdp{link, pass, {.mode = XdpMode::generic}}.detach();
    });
    // XDP_FLAGS_UPDATE_IF_NOEXIST, which says nothing here, and XDP_FLAGS_REPLACE. Then comes
    // IFLA_XDP_EXPECTED_FD.
    REQUIRE(found.size() == 2);
    CHECK_THAT(found[0], contains("xdp.3: ip 03000000, vethpp 12000000"));
    CHECK_THAT(found[1], contains("only vethpp: xdp.8 "));
}
