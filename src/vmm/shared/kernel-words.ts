/** What every guest's kernel is told (docs/guest-protocol.md); nothing secret. */
export const COMMON_KERNEL_WORDS = [
  "console=ttyS0",
  // The console is dear.
  "quiet",
  "loglevel=3",
  // At once. How the machine reboots is each VMM's; it ends the VMM.
  "panic=-1",
  "rdinit=/init",
  // The kernel's self-tests of its ciphers: a fifth of an emulated boot, and nothing that a VM could learn from them.
  "cryptomgr.notests",
] as const;
