/** Where a package carries the addon for the system of the Node that runs this, below the package's root, as prebuildify lays it out. */
export function prebuiltAddon(): string {
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  const libc = header.glibcVersionRuntime === undefined ? "musl" : "glibc";
  return `prebuilds/${process.platform}-${process.arch}/banger-vm.${libc}.node`;
}
