import { expect, test } from "vitest";
import { mmdebstrapArguments } from "../../../../src/images/debian/mmdebstrap.ts";

const tree = {
  suite: "bookworm",
  variant: "apt",
  packages: ["git", "curl"],
  target: "/x/tree",
  cacheName: "debian-bookworm",
  dpkgOptions: ["path-exclude=/usr/share/man/*"],
} as const;

test("without a mirror none is named: mmdebstrap knows the archive", () => {
  const args = mmdebstrapArguments(tree, undefined);
  expect(args.slice(-3)).toEqual(["--include=git,curl", "bookworm", "/x/tree"]);
  expect(args).toContain("--variant=apt");
  expect(args).toContain("--dpkgopt=path-exclude=/usr/share/man/*");
  expect(args.join(" ")).not.toMatch(/https?:/);
});

test("a mirror is the last argument, and signatures are always checked", () => {
  const args = mmdebstrapArguments(tree, "http://mirror.example/debian");
  expect(args.at(-1)).toBe("http://mirror.example/debian");
  expect(args.find((arg) => arg.startsWith("--keyring="))).toMatch(/debian-archive-keyring\.gpg$/);
  expect(args.join(" ")).not.toMatch(/trusted=yes|AllowUnauthenticated|allow-insecure/i);
});
