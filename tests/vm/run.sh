#!/usr/bin/env bash
# Runs a command on Debian's own kernel (Debian 12: Linux 6.1, with all modules) in an emulated
# machine, as root: what this machine's kernel lacks or does otherwise is tested there.
#
#     tests/vm/run.sh [--write DIRECTORY] COMMAND [ARGUMENT...]
#
# The machine sees this machine's files, where they are here, so all programs that are installed and
# built here run there. What it writes is gone with it, but for what it writes below DIRECTORY. It
# has no network but those that the command makes.
#
# Needs qemu-system-x86, busybox-static and cpio; downloads the package of the kernel with apt. The
# processor is emulated, which works everywhere; VETHPP_VM_ACCELERATOR=kvm is faster where that does.
set -euo pipefail
here=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
cache=$here/build/vm
write=
if [[ ${1-} == --write ]]; then
    write=$(realpath "$2")
    shift 2
fi
[[ $# -gt 0 ]] || { sed -n '2,/^set/s/^# \{0,1\}//p' "$0" && exit 2; }

# What the machine needs to see the files here, and what the tests need.
base=(virtio_pci 9pnet_virtio 9p overlay)
# crc32c_generic first: libcrc32c asks for it in a way that no list of dependencies shows.
tests=(crc32c_generic bridge 8021q dummy veth vxlan bonding tun openvswitch vport-vxlan vport-geneve vport-gre)

mkdir -p "$cache"
if [[ ! -e $cache/kernel/complete ]]; then
    rm -rf "$cache/kernel" "$cache"/*.deb
    package=$(apt-cache depends linux-image-amd64 | awk '/Depends: linux-image/ { print $2 }')
    (cd "$cache" && apt-get download -qq "$package" 2>/dev/null && dpkg-deb -x linux-image-*.deb kernel)
    rm -f "$cache"/*.deb
    busybox depmod -b "$cache/kernel" "$(ls "$cache/kernel/lib/modules")"
    touch "$cache/kernel/complete"
fi
modules=$(echo "$cache"/kernel/lib/modules/*)

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$scratch"/root/{bin,dev,proc,host,new,upper} "$scratch/root$(dirname "${modules#"$cache/kernel"}")"
cd "$scratch/root"
cp "$(command -v busybox)" bin/
# Each line of modules.dep is a module and all that it depends on.
mkdir -p ".${modules#"$cache/kernel"}"
cp "$modules/modules.dep" ".${modules#"$cache/kernel"}/"
for module in "${base[@]}"; do
    sed -n "s|^\(.*/$module\.ko\):|\1|p" "$modules/modules.dep" | tr ' ' '\n'
done | sort -u | while read -r file; do
    [[ ! $file ]] || install -D "$modules/$file" ".${modules#"$cache/kernel"}/$file"
done

cat >init <<INIT
#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
modprobe -a ${base[*]}
mount -t 9p -o trans=virtio,version=9p2000.L,ro,msize=512000,cache=loose host /host
mount -t tmpfs upper /upper
mkdir /upper/changed /upper/work
mount -t overlay -o lowerdir=/host,upperdir=/upper/changed,workdir=/upper/work overlay /new
mount -t proc proc /new/proc
mount -t sysfs sys /new/sys
mount -t cgroup2 cgroup /new/sys/fs/cgroup
mount -t devtmpfs dev /new/dev
mkdir -p /new/dev/pts /new/dev/shm /new/lib/modules
mount -t devpts pts /new/dev/pts
mount -t tmpfs shm /new/dev/shm
mount -t tmpfs run /new/run
mount -t tmpfs tmp /new/tmp
mount --bind "/host$cache/kernel/lib/modules" /new/lib/modules
if [ "$write" ]; then
    mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000 write "/new$write"
fi
umount /proc
exec switch_root /new /bin/busybox sh -c '. /run/inside'
INIT
# shellcheck disable=SC2016
sed -i 's|^exec switch_root.*|cp /inside /new/run/inside\n&|' init
cat >inside <<INSIDE
# Or gre puts gre0, gretap0 and erspan0 into every new namespace.
echo 1 >/proc/sys/net/core/fb_tunnels_only_for_init_net
for module in ${tests[*]}; do busybox modprobe \$module; done
[ -e /dev/fd ] || ln -s /proc/self/fd /dev/fd
busybox ip link set lo up
busybox chmod 666 /dev/net/tun # as udev does
hostname vm
export HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
cd $(printf %q "$OLDPWD")
echo "Linux \$(uname -r)"
# Through a pipe: a terminal would get colours.
{
    $(printf '%q ' "$@")
    echo "exit status \$?"
} 2>&1 | busybox cat
busybox poweroff -f
INSIDE
chmod +x init
find . | cpio -o -H newc --quiet >"$scratch/initrd"

share() { echo "local,path=$2,mount_tag=$1,security_model=none,multidevs=remap,$3"; }
qemu=(qemu-system-x86_64 -accel "${VETHPP_VM_ACCELERATOR:-tcg,thread=multi}" -smp 2 -m 2048 -nographic -no-reboot -nic none -kernel "$cache"/kernel/boot/vmlinuz-*
    -initrd "$scratch/initrd" -append 'console=ttyS0 quiet panic=-1'
    -virtfs "$(share host / readonly=on)")
[[ ! $write ]] || qemu+=(-virtfs "$(share write "$write" readonly=off)")

"${qemu[@]}" </dev/null | sed -u -n 's/\r//g; /Linux [0-9]/,$p' | tee "$cache/output"
grep -q '^exit status 0$' "$cache/output"
