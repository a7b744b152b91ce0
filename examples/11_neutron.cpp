// A network as OpenStack Neutron builds it: two compute nodes, an Open vSwitch in each, a Linux
// bridge for each instance, a VLAN for each tenant, and VXLAN between the nodes.
//
//     instance eth0 - tap | qbr | qvb - qvo | br-int | patch | br-tun | VXLAN ... the other node
#include <vethpp/ovs/bridge.hpp>
#include <vethpp/ovs/daemon.hpp>
#include <vethpp/ping.hpp>
#include <vethpp/veth.hpp>

#include <fmt/core.h>

#include <string>
#include <vector>

namespace {

struct Node {
    vethpp::Netns netns;
    vethpp::OvsDaemon ovs{{.netns = netns}};
    vethpp::OvsBridge br_phy = bridge("br-phy");  // where the node's own address is
    vethpp::OvsBridge br_tun = bridge("br-tun");
    vethpp::OvsBridge br_int = bridge("br-int");

    Node(const char* label, const char* address) : netns{vethpp::Netns::create(label)} {
        br_int.add_patch_port("patch-tun", "patch-int");
        br_tun.add_patch_port("patch-int", "patch-tun");
        vethpp::Link own = netns.link("br-phy");
        own.add_address({fmt::format("{}/24", address)});
        own.set_up();
    }

    vethpp::OvsBridge bridge(const char* name) const {
        return vethpp::OvsBridge{{.database = ovs.database(),
                                  .name = name,
                                  .datapath_type = ovs.datapath_type()}};
    }
};

// What there is between an instance and the br-int of its node.
struct Instance {
    vethpp::Netns netns;
    vethpp::Bridge qbr;
    vethpp::VethPair tap;
    vethpp::VethPair qvb_qvo;

    Instance(Node& node, const std::string& name, const char* address, std::uint16_t tenant)
        : netns{vethpp::Netns::create(name)},
          qbr{{.netns = node.netns, .name = "qbr-" + name, .up = true}},
          // 54 bytes less than the underlay has: VXLAN over IPv4, and the VLAN tag inside
          tap{{.netns = netns, .name = "eth0", .mtu = 1446, .addresses = {address}, .up = true},
              {.netns = node.netns, .name = "tap-" + name, .master = qbr, .up = true}},
          qvb_qvo{{.netns = node.netns, .name = "qvb-" + name, .master = qbr, .up = true},
                  {.netns = node.netns, .name = "qvo-" + name, .up = true}} {
        node.br_int.add_port(qvb_qvo.second(), {.tag = tenant});
        tap.wait_ready();
        qvb_qvo.wait_ready();
        qbr.wait_ready();
    }
};

// The network in the DOT language of Graphviz, from what the kernel and the switches say.
void draw(const std::vector<const vethpp::Netns*>& spaces,
          const std::vector<const vethpp::OvsBridge*>& bridges,
          const std::vector<const vethpp::Netns*>& of_bridges) {
    fmt::print("graph network {{\n  node [shape=box];\n");
    const auto id = [](const vethpp::Netns& netns, const std::string& link) {
        return fmt::format("\"{}/{}\"", netns.label(), link);
    };
    for (const vethpp::Netns* netns : spaces) {
        fmt::print("  subgraph \"cluster {0}\" {{ label=\"{0}\";\n", netns->label());
        for (const vethpp::LinkState& link : netns->links())
            if (!link.is_loopback() && link.name != "ovs-netdev")
                fmt::print("    {} [label=\"{}\"];\n", id(*netns, link.name), link.name);
        fmt::print("  }}\n");
    }
    for (const vethpp::Netns* netns : spaces) {
        for (const vethpp::LinkState& link : netns->links()) {
            if (link.master)
                fmt::print("  {} -- {};\n",
                           id(*netns, netns->link(*link.master).name()),
                           id(*netns, link.name));
            if (link.kind() != "veth") continue;
            // Both ends know each other; the one that comes first draws the wire.
            for (const vethpp::Netns* other : spaces) {
                vethpp::error_code ec;
                const vethpp::Link peer = netns->link(link.index).peer(*other, ec);
                if (!ec && id(*netns, link.name) < id(*other, peer.name()))
                    fmt::print("  {} -- {} [style=bold];\n",
                               id(*netns, link.name),
                               id(*other, peer.name()));
            }
        }
    }
    for (std::size_t i = 0; i < bridges.size(); ++i) {
        const std::string bridge = id(*of_bridges[i], bridges[i]->name());
        for (const vethpp::OvsPort& port : bridges[i]->ports()) {
            const std::string label =
                port.tag ? fmt::format(" [label=\"VLAN {}\"]", *port.tag) : "";
            fmt::print("  {} -- {}{};\n", bridge, id(*of_bridges[i], port.name), label);
            if (port.type == "patch" && port.name < port.options.at("peer"))
                fmt::print("  {} -- {} [style=bold];\n",
                           id(*of_bridges[i], port.name),
                           id(*of_bridges[i], port.options.at("peer")));
            if (port.type == "vxlan")
                fmt::print("  {} -- \"{}\" [style=dashed];\n",
                           id(*of_bridges[i], port.name),
                           port.options.at("remote_ip"));
        }
    }
    fmt::print("}}\n");
}

void show(const char* what, const vethpp::Netns& from, const char* to, int count = 3) {
    fmt::print("{}\n{}\n\n",
               what,
               vethpp::ping(from, to, {.count = count}));
}

}  // namespace

int main() {
    Node node1{"node1", "10.0.0.1"};
    Node node2{"node2", "10.0.0.2"};
    const vethpp::VethPair wire{{.netns = node1.netns, .name = "eth0", .up = true},
                                {.netns = node2.netns, .name = "eth0", .up = true}};
    node1.br_phy.add_port(wire.first());
    node2.br_phy.add_port(wire.second());
    wire.wait_ready();
    // A userspace switch asks for its neighbour's MAC address only when it has a frame for it, and
    // drops that one; from these pings it learns it.
    show("node 1 to node 2", node1.netns, "10.0.0.2");

    node1.br_tun.add_tunnel("vxlan0", {.remote = "10.0.0.2", .key = 100});
    node2.br_tun.add_tunnel("vxlan0", {.remote = "10.0.0.1", .key = 100});

    const Instance a1{node1, "a1", "192.168.1.1/24", 10};
    const Instance a2{node1, "a2", "192.168.1.2/24", 10};
    const Instance a3{node2, "a3", "192.168.1.3/24", 10};
    const Instance b1{node1, "b1", "192.168.1.1/24", 20};  // a1's address, but another tenant's
    const Instance b4{node2, "b4", "192.168.1.4/24", 20};

    show("tenant a, within a node", a1.netns, "192.168.1.2");
    show("tenant a, across the nodes", a1.netns, "192.168.1.3");
    show("tenant b, across the nodes", b1.netns, "192.168.1.4");
    show("from tenant a to an address that only tenant b has", a2.netns, "192.168.1.4", 1);

    draw({&node1.netns, &node2.netns, &a1.netns, &a2.netns, &a3.netns, &b1.netns, &b4.netns},
         {&node1.br_phy, &node1.br_tun, &node1.br_int, &node2.br_phy, &node2.br_tun, &node2.br_int},
         {&node1.netns, &node1.netns, &node1.netns, &node2.netns, &node2.netns, &node2.netns});
}
