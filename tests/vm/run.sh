#!/usr/bin/env bash
# Runs a program on Debian's own kernel (Linux 6.1, with all modules) in an emulated machine, as root
# and with nothing else in it: what this machine's kernel lacks or does otherwise is tested there.
#
#     tests/vm/run.sh PROGRAM [ARGUMENT...]
#
# Needs qemu-system-x86, busybox-static and cpio; downloads the package of the kernel with apt.
set -euo pipefail
program=$(realpath "$1")
shift
here=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
cache=$here/build/vm
modules=(llc stp bridge dummy 8021q veth vxlan)
mkdir -p "$cache"

if [[ ! -e $cache/kernel ]]; then
    package=$(apt-cache depends linux-image-amd64 | awk '/Depends: linux-image/ { print $2 }')
    (cd "$cache" && apt-get download -qq "$package" 2>/dev/null && dpkg-deb -x linux-image-*.deb kernel)
fi

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p "$root"/{bin,sbin,dev,proc,sys,run,tmp,lib/modules}
cp /bin/busybox "$root/bin/"
cp "$program" "$root/bin/program"
# The program's libraries, at the places where its loader looks for them.
ldd "$program" | grep -oE '/[^ ]+' | while read -r library; do
    mkdir -p "$root$(dirname "$library")"
    cp -L "$library" "$root$library"
done
for module in "${modules[@]}"; do
    find "$cache/kernel" -name "$module.ko" -exec cp {} "$root/lib/modules/" \;
done

cat >"$root/init" <<INIT
#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t tmpfs run /run
mount -t tmpfs tmp /tmp
ln -s /proc/self/fd /dev/fd
ip link set lo up
for module in ${modules[*]}; do insmod /lib/modules/\$module.ko; done 2>/dev/null
cd /tmp
echo "Linux \$(uname -r)"
/bin/program $(printf '%q ' "$@")
echo "exit status \$?"
poweroff -f
INIT
chmod +x "$root/init"
(cd "$root" && find . | cpio -o -H newc --quiet) | gzip -1 >"$cache/initrd.gz"

qemu-system-x86_64 -accel tcg,thread=multi -smp 2 -m 1024 -nographic -no-reboot -nic none \
    -kernel "$cache"/kernel/boot/vmlinuz-* -initrd "$cache/initrd.gz" \
    -append "console=ttyS0 quiet panic=-1" </dev/null | tr -d '\r' | sed -n '/^.*Linux 6/,$p' |
    tee "$cache/output"
grep -q '^exit status 0$' "$cache/output"
