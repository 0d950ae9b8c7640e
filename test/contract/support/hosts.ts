import { readFileSync } from "node:fs";
import { openFakeHostOps } from "../../../src/host/fake/index.ts";
import type { LocalHostOps, ProcessExit, ProcessSpawn } from "../../../src/host/host-ops.ts";
import { openLinuxHostOps } from "../../../src/host/linux/index.ts";
import { amount } from "../../support/amount.ts";

export interface HostUnderTest {
  readonly name: string;
  open(): LocalHostOps;
}

/** What the suite's programs do, for a fake that runs none: `sh -c "exit N"` ends, everything else runs. */
function simulated(spec: ProcessSpawn): ProcessExit | null {
  const script = spec.argv[0] === "sh" && spec.argv[1] === "-c" ? spec.argv[2] : undefined;
  const exit = /^exit (\d+)$/.exec(script ?? "");
  return exit === null ? null : { code: Number(exit[1]), signal: null };
}

/**
 * The fakes, whose kernel is the same everywhere: in the lab, which is slow and there for its kernel, they are left out, unless all is asked for
 * (`make test-long`).
 */
const fakes: readonly HostUnderTest[] = [
  { name: "fake", open: () => openFakeHostOps({ program: simulated }) },
  {
    name: "fake of a poor kernel",
    open: () =>
      openFakeHostOps({
        program: simulated,
        reflinks: false,
        dummyLinks: false,
        deviceMapper: false,
        cgroupRoot: null,
      }),
  },
];

/** Every implementation of HostOps. The suite says the same of all of them. */
export const hosts: readonly HostUnderTest[] = [
  ...(process.env.BANGER_LAB === "1" ? amount<readonly HostUnderTest[]>([], fakes) : fakes),
  { name: "real", open: openReal },
];

export function openReal(): LocalHostOps {
  const how =
    'run it as `sudo unshare -n -- sh -c "ip link set lo up && npx vitest run --project contract --project host"`';
  if (process.geteuid?.() !== 0) throw new Error(`this suite makes kernel objects and needs root: ${how}`);
  if (foreignLinks().length > 0) {
    throw new Error(
      `this suite makes links and routes, and refuses to do so beside ${foreignLinks()}: ${how}`,
    );
  }
  // Another build of the addon: `make test-sanitizers`.
  return openLinuxHostOps(process.env.BANGER_ADDON);
}

/** In a network namespace of our own there is `lo`, and what this suite makes. (Init's own namespace is not ours to look at, even as root.) */
function foreignLinks(): string[] {
  const names = [...readFileSync("/proc/net/dev", "utf8").matchAll(/^\s*([^\s:]+):/gm)].map(
    (match) => match[1],
  );
  return names.filter((name) => name !== undefined && name !== "lo" && !/^bgr/.test(name)) as string[];
}
