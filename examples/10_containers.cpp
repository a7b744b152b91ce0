// Networks for containers: runc starts them without any, and vethpp plugs them together from outside.
#include <vethpp/ping.hpp>
#include <vethpp/veth.hpp>

#include <fmt/core.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <thread>
#include <unistd.h>

namespace fs = std::filesystem;

struct NotStarted : std::runtime_error { using std::runtime_error::runtime_error; };

struct Directory {
    std::string path = (fs::temp_directory_path() / "vethpp.XXXXXX").string();
    Directory() { if (!mkdtemp(path.data())) throw std::runtime_error{"no temporary directory"}; }
    Directory(const Directory&) = delete;
    Directory& operator=(const Directory&) = delete;
    ~Directory() { std::error_code ignored; fs::remove_all(path, ignored); }
};

// A container with nothing but busybox in it, and with a network namespace in which nobody has done anything.
class Container {
public:
    explicit Container(const std::string& name) : id_{fmt::format("vethpp-{}-{}", getpid(), name)} {
        fs::create_directories(dir_.path + "/rootfs/bin");
        fs::copy_file("/bin/busybox", dir_.path + "/rootfs/bin/busybox");
        for (const char* program : {"cat", "ping"}) fs::create_symlink("busybox", dir_.path + "/rootfs/bin/" + program);
        std::ofstream{dir_.path + "/config.json"} << R"({
            "ociVersion": "1.0.2",
            "process": {"args": ["cat"], "cwd": "/", "env": ["PATH=/bin"], "user": {"uid": 0, "gid": 0},
                        "capabilities": {"bounding": ["CAP_NET_RAW"], "permitted": ["CAP_NET_RAW"],
                                         "effective": ["CAP_NET_RAW"]}},
            "root": {"path": "rootfs", "readonly": true},
            "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"},
                       {"destination": "/dev", "type": "tmpfs", "source": "tmpfs"}],
            "linux": {"namespaces": [{"type": "pid"}, {"type": "mount"}, {"type": "network"}]}})";

        // What runs in it is `cat`, which ends with its input: when this process does, also by SIGKILL. All that
        // would be left then are files and empty cgroups.
        int input[2];
        if (pipe2(input, O_CLOEXEC) != 0) throw std::runtime_error{"no pipe"};
        const bool started = runc(fmt::format(
            "run --detach --bundle '{0}' --pid-file '{0}/pid' {1} </proc/{2}/fd/{3} >'{0}/log' 2>&1",
            dir_.path, id_, getpid(), input[0]));
        close(input[0]);
        input_ = input[1];
        if (started && std::ifstream{dir_.path + "/pid"} >> pid_) return;
        std::ifstream log{dir_.path + "/log"};
        kill();
        throw NotStarted{std::string{std::istreambuf_iterator<char>{log}, {}}};
    }
    Container(const Container&) = delete;
    Container& operator=(const Container&) = delete;
    ~Container() { kill(); }

    pid_t pid() const { return pid_; }
    void exec(const std::string& command) const {
        fmt::print("$ {}\n", command);
        if (!runc("exec " + id_ + " " + command)) throw std::runtime_error{command + " failed"};
    }
    void kill() {
        if (input_ < 0) return;
        runc("delete --force " + id_ + " 2>/dev/null");
        close(input_);
        input_ = -1;
    }

private:
    bool runc(const std::string& arguments) const {
        std::fflush(stdout);  // it writes to the same place
        // "Rootless" of runc: does without cgroups where it may not make any.
        const std::string runc = "PATH=$PATH:/usr/sbin:/sbin; runc --rootless=true --root '" + dir_.path + "/state' ";
        return std::system((runc + arguments).c_str()) == 0;
    }

    Directory dir_{};
    std::string id_;
    int input_ = -1;
    pid_t pid_ = 0;
};

void cable() {
    const Container a{"a"};
    const Container b{"b"};
    const auto inside_a = vethpp::Netns::of_process(a.pid());
    const auto inside_b = vethpp::Netns::of_process(b.pid());

    const vethpp::VethPair pair{
        {.netns = inside_a, .name = "eth0", .addresses = {"10.1.1.2/24"}, .up = true},
        {.netns = inside_b, .name = "eth0", .addresses = {"10.1.1.3/24"}, .up = true}};

    pair.wait_ready();
    a.exec("ping -c 1 10.1.1.3");
    fmt::print("from outside:\n{}\n", vethpp::ping(inside_b, "10.1.1.2", {.count = 1}));
}

// Leaves the pair to the kernel: a namespace lives as long as a Netns or a VethPair refers to it, also when the
// container is dead. Without them, its end of the pair goes with the container, and takes the other one along.
void plug(const Container& container, std::string address, const vethpp::Netns& fabric, const vethpp::Bridge& bridge,
          std::string port) {
    vethpp::VethPair pair{
        {.netns = vethpp::Netns::of_process(container.pid()), .name = "eth0", .addresses = {address}, .up = true},
        {.netns = fabric, .name = std::move(port), .master = bridge, .up = true}};
    pair.wait_ready();
    pair.release();
}

void bridge() {
    const Container a{"a"};
    Container b{"b"};
    const auto fabric = vethpp::Netns::create("fabric");
    const vethpp::Bridge br0{{.netns = fabric, .name = "br0", .addresses = {"10.1.2.1/24"}, .up = true}};
    plug(a, "10.1.2.2/24", fabric, br0, "to-a");
    plug(b, "10.1.2.3/24", fabric, br0, "to-b");

    a.exec("ping -c 1 10.1.2.3");
    fmt::print("from outside:\n{}\n", vethpp::ping(fabric, "10.1.2.3", {.count = 1}));

    b.kill();
    for (int i = 0; i < 1000 && fabric.links().size() > 3; ++i) std::this_thread::sleep_for(std::chrono::milliseconds{10});
    fmt::print("b is dead, there are:");
    for (const vethpp::LinkState& link : fabric.links()) fmt::print(" {}", link.name);
    fmt::print("\n");
}

int main() try {
    cable();
    bridge();
} catch (const NotStarted& error) {
    const std::string why = error.what();
    const bool refused = why.find("not permitted") != why.npos || why.find("ermission denied") != why.npos;
    fmt::print("{}: runc says {}\n", refused ? "skipped" : "failed", why);
    return refused ? 77 : 1;
} catch (const std::exception& error) {
    fmt::print("failed: {}\n", error.what());
    return 1;
}
