#!/bin/sh
# PID 1 of the lab after init.sh: what an init sets up that tests expect, then the job, then power off.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
directory=$(sed 's/.*lab\.directory=\([^ ]*\).*/\1/' /proc/cmdline)

mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/lock /run/netns /dev/pts /dev/shm
mount -t devpts -o gid=5,mode=620,ptmxmode=666 devpts /dev/pts
mount -t tmpfs tmpfs /dev/shm
mount -t cgroup2 cgroup2 /sys/fs/cgroup
for controller in cpu io memory pids; do echo "+$controller" >/sys/fs/cgroup/cgroup.subtree_control; done
# What the kernel asks for later it finds as on any host: iptables has a module for each kind of match.
mkdir -p /lib/modules
[ -e "/lib/modules/$(uname -r)" ] || ln -s "$directory/modules/$(uname -r)" /lib/modules/
ip link set lo up
hostname lab
echo "127.0.0.1 lab" >>/etc/hosts
[ ! -e /dev/vda ] || mount /dev/vda /scratch || echo "lab: the scratch disk does not mount"

# The first VM, the first vCPU whose APIC is off as it is at its start, and the first CPU limit have the kernel patch its scheduler and KVM, and
# the last ones back again, while the other processor runs just that. QEMU before 8.1 may keep the breakpoint which stands there meanwhile in
# what it has translated, and the machine stands still. So there is one of each all the time: KVM_CREATE_VM, _IRQCHIP, _VCPU (linux/kvm.h).
perl -e '
  sub kvm { my ($of, $request) = @_; ioctl($of, $request, 0) or die "lab: KVM request $request: $!\n" }
  open(my $kvm, "+<", "/dev/kvm") or exit;
  open(my $vm, "+<&=", kvm($kvm, 0xAE01));
  kvm($vm, 0xAE60);
  kvm($vm, 0xAE41);
  sleep' </dev/null &
mkdir /sys/fs/cgroup/lab && echo 100000 >/sys/fs/cgroup/lab/cpu.max

# The ports are found by name: their numbers depend on the order of discovery.
port() {
  for entry in /sys/class/virtio-ports/*; do
    [ "$(cat "$entry/name")" != "$1" ] || echo "/dev/${entry##*/}"
  done
}
beat=$(port lab.beat)
while :; do echo; sleep 5; done >"$beat" 2>/dev/null </dev/null &
sh "$directory/job.sh" </dev/null >"$(port lab.output)" 2>&1
status=$?
[ ! -e "$directory/fetch" ] || cat "$(cat "$directory/fetch")" >"$(port lab.fetched)"
echo $status >"$(port lab.status)"
sync
echo o >/proc/sysrq-trigger
sleep 60
