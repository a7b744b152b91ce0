#!/usr/bin/env bash
# Runs a command on Debian's own kernel (Debian 12: Linux 6.1, with all modules) in an emulated
# machine, as root: what this machine's kernel lacks or does otherwise is tested there.
#
#     tests/vm/run.sh [--write DIRECTORY] COMMAND [ARGUMENT...]
#
# The machine sees this machine's files, where they are here, so all programs that are installed and
# built here run there; of /tmp, /run and /dev, this clone only. What it writes is gone with it, but
# for what it writes below DIRECTORY. It has no network but those that the command makes.
#
# Needs qemu-system-x86, busybox-static and cpio; downloads the package of the kernel with apt. The
# exit status is that of the command, or 77, with the reason, where there can be no such machine. The
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
cannot() { echo "skipped: $1" && exit 77; }

for program in qemu-system-x86_64 busybox cpio; do
    command -v $program >/dev/null || cannot "$program is not installed"
done
! ldd "$(command -v busybox)" >/dev/null 2>&1 || cannot "busybox needs libraries; busybox-static does not"

mkdir -p "$cache"
if [[ ! -e $cache/kernel/complete ]]; then
    rm -rf "$cache/kernel" "$cache"/*.deb
    fetch() {
        package=$(apt-cache depends linux-image-amd64 | awk '/Depends: linux-image/ { print $2 }')
        [[ $package ]] && cd "$cache" && apt-get download -qq "$package"
    }
    error=$(fetch 2>&1) ||
        { [[ $(id -u) -eq 0 ]] && apt-get update -qq >/dev/null 2>&1 && error=$(fetch 2>&1); } ||
        cannot "apt cannot download the kernel, linux-image-amd64: ${error##*E: }"
    dpkg-deb -x "$cache"/linux-image-*.deb "$cache/kernel"
    rm -f "$cache"/*.deb
    busybox depmod -b "$cache/kernel" "$(ls "$cache/kernel/lib/modules")"
    touch "$cache/kernel/complete"
fi
modules=$(echo "$cache"/kernel/lib/modules/*)

# What the machine needs to see the files here, and what the tests need.
base=(virtio_pci 9pnet_virtio 9p overlay)
# crc32c_generic first: libcrc32c asks for it in a way that no list of dependencies shows.
tests=(crc32c_generic bridge 8021q dummy ifb veth vxlan macvlan bonding tun openvswitch vport-vxlan vport-geneve
    vport-gre)

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$scratch"/root/{bin,dev,proc,host,new,here,upper} "$scratch/root$(dirname "${modules#"$cache/kernel"}")"
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
mount --bind /new$(printf %q "$here") /here
mount -t proc proc /new/proc
mount -t sysfs sys /new/sys
mount -t cgroup2 cgroup /new/sys/fs/cgroup
mount -t devtmpfs dev /new/dev
mkdir -p /new/dev/pts /new/dev/shm /new/lib/modules
mount -t devpts pts /new/dev/pts
mount -t tmpfs shm /new/dev/shm
mount -t tmpfs run /new/run
mount -t tmpfs tmp /new/tmp
# The clone may lie below one of these.
mkdir -p /new$(printf %q "$here")
mount --bind /here /new$(printf %q "$here")
mount --bind /host$(printf %q "$cache")/kernel/lib/modules /new/lib/modules
if [ "$write" ]; then
    mkdir -p /new$(printf %q "$write")
    mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000 write /new$(printf %q "$write")
fi
umount /proc
cp /inside /new/run/inside
exec switch_root /new /bin/busybox sh -c '. /run/inside'
INIT
cat >inside <<INSIDE
# Or gre puts gre0, gretap0 and erspan0 into every new namespace.
echo 1 >/proc/sys/net/core/fb_tunnels_only_for_init_net
for module in ${tests[*]}; do busybox modprobe \$module; done
# Kinds of links, ciphers and families of generic netlink bring their modules when they are asked for.
printf '#!/bin/busybox sh\nexec /bin/busybox modprobe "\$@"\n' >/run/modprobe
chmod +x /run/modprobe
echo /run/modprobe >/proc/sys/kernel/modprobe
[ -e /dev/fd ] || ln -s /proc/self/fd /dev/fd
busybox ip link set lo up
busybox chmod 666 /dev/net/tun # as udev does
hostname vm
export HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
# In a machine that has been up for less than 10 s ovs-vswitchd counts no processors, and starts no
# thread that would take a packet from the kernel.
until grep -q '^[0-9][0-9]' /proc/uptime; do busybox sleep 0.1; done
echo "Linux \$(uname -r)"
# Through a pipe: a terminal would get colours.
{
    cd $(printf %q "$OLDPWD") && $(printf '%q ' "$@")
    echo "exit status \$?"
} 2>&1 | busybox cat
busybox poweroff -f
INSIDE
chmod +x init
find . | cpio -o -H newc --quiet >"$scratch/initrd"

share() { echo "local,path=${2//,/,,},mount_tag=$1,security_model=none,multidevs=remap,$3"; }
# rcu_expedited: otherwise tests of links take half as long again, waiting for grace periods.
# cgroup_disable: for its first group the memory controller changes the kernel's code under way, of
# which the emulator misses its part now and then: a processor meets the same int3 for ever.
# softlockup_panic: where it does so elsewhere, the machine ends after two minutes.
parameters=(console=ttyS0 quiet panic=-1 rcupdate.rcu_expedited=1 cgroup_disable=memory softlockup_panic=1
    watchdog_thresh=60)
qemu=(qemu-system-x86_64 -accel "${VETHPP_VM_ACCELERATOR:-tcg,thread=multi}" -smp 2 -m 2048
    -display none -vga none -serial stdio -monitor none -no-reboot -nic none
    -kernel "$cache"/kernel/boot/vmlinuz-* -initrd "$scratch/initrd" -append "${parameters[*]}"
    -virtfs "$(share host / readonly=on)")
[[ ! $write ]] || qemu+=(-virtfs "$(share write "$write" readonly=off)")

for attempt in first second; do
    "${qemu[@]}" </dev/null 2>&1 | sed -u 's/\r//g' | tee "$cache/console" | sed -u -n '/Linux [0-9]/,$p'
    grep -q 'Kernel panic - not syncing: softlockup' "$cache/console" || break
    echo "the emulated processors are locked up, in the $attempt attempt"
done
status=$(sed -n 's/^exit status //p' "$cache/console" | tail -1)
[[ $status ]] || { echo "the machine ended before the command:" && tail "$cache/console"; }
exit "${status:-1}"
