#!/bin/busybox sh
# /init of the lab's initramfs: the host's root over 9p, read-only, under an overlay in memory.
PATH=/bin
for applet in mount mkdir insmod switch_root sleep echo sed; do busybox ln -s busybox "/bin/$applet"; done
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev

while read -r module; do
  insmod "/modules/$module" || echo "lab: $module does not load"
done < /modules/order

mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000,cache=loose,ro lab.root /host || echo "lab: no 9p root"
mount -t tmpfs -o size=90% tmpfs /overlay
mkdir /overlay/upper /overlay/work
mount -t overlay -o lowerdir=/host,upperdir=/overlay/upper,workdir=/overlay/work overlay /root || echo "lab: no overlay"
mkdir -p /root/proc /root/sys /root/dev /root/run /root/scratch
mount --move /proc /root/proc
mount --move /sys /root/sys
mount --move /dev /root/dev
exec switch_root /root /bin/sh "$(sed 's/.*lab\.directory=\([^ ]*\).*/\1/' /root/proc/cmdline)/machine.sh"
