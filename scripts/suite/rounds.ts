import { existsSync, readdirSync } from "node:fs";
import path from "node:path";

/** One program of the suite. */
export interface Round {
  readonly name: string;
  readonly argv: readonly string[];
  /** Where vitest writes its report; a round without one is a single check. */
  readonly report?: string;
  /** Names of test files, or parts of them; all of the round's if there is none. */
  readonly files?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Why it cannot run on this host. */
  readonly skip?: string | undefined;
  /** Whether machines boot in it: what fails there gets a second attempt, and is named when it needed that. */
  readonly boots?: boolean;
}

export interface Host {
  readonly top: string;
  readonly node: string;
  /** What puts root before a command: nothing, sudo, or null where there is no way. */
  readonly root: readonly string[] | null;
  /** Whether a program is on PATH. */
  has(program: string): boolean;
}

/** Many times what a round takes: it only ends what hangs. A machine that stands still is seen by its heartbeat. */
const LAB_TIMEOUT_SECONDS = "5400";

/** The whole suite, cheapest first, so that a slip is seen early. */
export function allRounds(host: Host): Round[] {
  return [...checks(host), ...plain(host), ...privileged(host), ...lab(host)];
}

function checks(host: Host): Round[] {
  const module = (file: string) => path.join("node_modules", file);
  return [
    { name: "lint", argv: [host.node, module("@biomejs/biome/bin/biome"), "check", "."] },
    { name: "types", argv: [host.node, module("typescript/bin/tsc"), "--noEmit"] },
    {
      name: "c++ format",
      argv: ["clang-format", "--dry-run", "-Werror", ...cxxFiles(host.top)],
      skip: host.has("clang-format") ? undefined : "clang-format is not installed",
    },
  ];
}

function cxxFiles(top: string): string[] {
  return ["native", "agent"].flatMap((room) =>
    readdirSync(path.join(top, room), { recursive: true, encoding: "utf8" })
      .filter((name) => /\.(cc|cpp|h)$/.test(name))
      .map((name) => path.join(room, name)),
  );
}

interface VitestOptions extends Pick<Round, "skip" | "files" | "boots"> {
  /** The command that runs vitest. */
  readonly before?: readonly string[];
}

function vitest(host: Host, name: string, projects: readonly string[], options: VitestOptions = {}): Round {
  const report = path.join("build/test", `${name.replaceAll(/\W+/g, "-")}.json`);
  const { before = [], ...rest } = options;
  const argv = [
    ...before,
    host.node,
    "node_modules/vitest/vitest.mjs",
    "run",
    ...projects.flatMap((project) => ["--project", project]),
    ...["--reporter=default", "--reporter=json", `--outputFile.json=${report}`],
  ];
  return { name, argv, report, ...rest };
}

function plain(host: Host): Round[] {
  const build = ["cmake", "--build", "build/native/cmake", "--target", "codec_test"];
  return [
    vitest(host, "unit", ["unit", "arch"]),
    {
      name: "c++ unit",
      argv: ["sh", "-c", `${build.join(" ")} >build/test/codec.log && build/native/cmake/codec_test`],
    },
    {
      name: "c++ unit of the agent",
      argv: [
        "sh",
        "-c",
        "cmake --build build/agent/ninja --target agent_test >build/test/agent-test.log && build/agent/ninja/agent_test",
      ],
    },
    // Long enough to try the seeds and what is near them; `make fuzz` looks further.
    {
      name: "fuzz",
      argv: [host.node, "scripts/fuzz.ts"],
      env: { FUZZ_SECONDS: "3" },
      skip: host.has("clang++") ? undefined : "clang++ is not installed",
    },
    // The tarball, installed: its dependencies come from the registry, so not in a namespace without one.
    vitest(host, "package", ["host"], { files: ["test/host/package"] }),
  ];
}

/** A network namespace of its own, so that no TAP, address or route of a test is the host's. */
const NETNS = ["unshare", "-n", "--", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"];

function privileged(host: Host): Round[] {
  const { root } = host;
  const skip = root === null ? "needs root, and there is no sudo" : undefined;
  const before = root ?? [];
  const qemu = host.has("qemu-system-x86_64") ? undefined : "qemu-system-x86_64 is not installed";
  const boots = true;
  const rooms = readdirSync(path.join(host.top, "test/host"))
    .filter((room) => !["images", "package", "beside"].includes(room))
    .map((room) => `test/host/${room}/`);
  return [
    vitest(host, "contract", ["contract"], { before: [...before, ...NETNS], skip }),
    ...sanitizers(host, before, skip),
    // Assembled from the archive, so not without a network; and first, since the VMM's tests boot the kernel that it brings.
    vitest(host, "images", ["host"], { before, files: ["test/host/images"], skip, boots }),
    vitest(host, "host", ["host"], { before: [...before, ...NETNS], files: rooms, skip, boots }),
    vitest(host, "e2e", ["e2e"], { before, skip: skip ?? qemu, boots }),
    // A sample of the matrix, on each change: what needs neither KVM nor device-mapper.
    {
      ...vitest(host, "matrix", ["matrix"], { before, skip: skip ?? qemu, boots }),
      env: { BANGER_MATRIX: "qemu-tcg-reflink,qemu-tcg-overlay" },
    },
  ];
}

/**
 * The contract suite, and what else has threads and children, on an addon with AddressSanitizer and UBSan. Node itself has neither, so
 * their library is preloaded, and what Node leaves to the end of the process is no leak of ours.
 */
function sanitizers(host: Host, before: readonly string[], skip: string | undefined): Round[] {
  const preload = ["sh", "-c", 'export LD_PRELOAD="$(c++ -print-file-name=libasan.so)" && exec "$@"', "sh"];
  const hostops = ["workers", "spawn", "jail", "foreign", "fifo"].map((name) => `test/host/hostops/${name}`);
  return [
    { name: "sanitizers build", argv: [host.node, "scripts/build.ts", "sanitized"], skip },
    {
      ...vitest(host, "sanitizers", ["contract", "host"], {
        before: [...before, ...NETNS, ...preload],
        files: ["test/contract/", ...hostops],
        skip,
      }),
      env: {
        BANGER_ADDON: path.join(host.top, "build/asan/banger.node"),
        ASAN_OPTIONS: "detect_leaks=0",
        UBSAN_OPTIONS: "print_stacktrace=1",
      },
    },
  ];
}

/** The same suites where the kernel has everything: device-mapper, dummy links, cgroups that are ours. */
function lab(host: Host): Round[] {
  const skip = host.has("qemu-system-x86_64") ? undefined : "qemu-system-x86_64 is not installed";
  const contract = vitest(host, "lab contract", ["contract"], { before: ["scripts/lab", ...NETNS], skip });
  const storage = vitest(host, "lab storage", ["host"], {
    before: ["scripts/lab"],
    files: ["test/host/storage/dm-snapshot", "test/host/hostops/examples", "test/host/hostops/dm"],
    skip,
  });
  // Names are routed by a dummy link.
  const dns = vitest(host, "lab names", ["host"], {
    before: ["scripts/lab", ...NETNS],
    files: ["test/host/dns/resolved"],
    skip,
  });
  const files = ["test/e2e/run.test.ts"];
  const e2e = vitest(host, "lab e2e", ["e2e"], { before: ["scripts/nested/lab-e2e"], files, skip });
  // What is written in the machine stays there; the report is brought back.
  const matrix = {
    ...vitest(host, "lab matrix", ["matrix"], { before: ["scripts/nested/lab-e2e"], skip }),
    env: { BANGER_MATRIX: "qemu-kvm-dm-snapshot,firecracker-kvm-dm-snapshot" },
  };
  // Real firewalls of others, in namespaces of their own even there: a test makes links only where there are none.
  const firewalls = path.join(host.top, "build/unpacked/firewalls");
  const beside = vitest(host, "lab firewalls", ["host"], {
    before: ["scripts/lab", "unshare", "--mount", "--", ...NETNS],
    files: ["test/host/beside/"],
    skip: skip ?? (existsSync(firewalls) ? undefined : "Docker, firewalld and ufw are not unpacked"),
  });
  return [contract, storage, dns, beside, e2e, matrix].map((round) => ({
    ...round,
    boots: true,
    env: { ...round.env, LAB_TIMEOUT: LAB_TIMEOUT_SECONDS, LAB_FETCH: round.report ?? "" },
  }));
}
