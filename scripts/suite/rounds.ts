import { readdirSync } from "node:fs";
import path from "node:path";
import { labRounds } from "./lab-rounds.ts";
import { AFTER_BASE, baseImage, type Host, NETNS, type Round, vitest } from "./round.ts";

/** The whole suite, cheapest first, so that a slip is seen early. */
export function allRounds(host: Host): Round[] {
  return [...checks(host), ...plain(host), ...privileged(host), ...labRounds(host)];
}

function checks(host: Host): Round[] {
  const module = (file: string) => path.join("node_modules", file);
  const all: Round[] = [
    { name: "lint", argv: [host.node, module("@biomejs/biome/bin/biome"), "check", "."] },
    { name: "types", argv: [host.node, module("typescript/bin/tsc"), "--noEmit"] },
    {
      name: "c++ format",
      argv: ["clang-format", "--dry-run", "-Werror", ...cxxFiles(host.top)],
      skip: host.has("clang-format") ? undefined : "clang-format is not installed",
    },
  ];
  return all.map((round) => ({ ...round, beside: true }));
}

function cxxFiles(top: string): string[] {
  return ["native", "agent"].flatMap((room) =>
    readdirSync(path.join(top, room), { recursive: true, encoding: "utf8" })
      .filter((name) => /\.(cc|cpp|h)$/.test(name))
      .map((name) => path.join(room, name)),
  );
}

function plain(host: Host): Round[] {
  const beside = true;
  const build = ["cmake", "--build", "build/native/cmake", "--target", "codec_test"];
  return [
    vitest(host, "unit", ["unit", "arch"], { beside }),
    {
      name: "c++ unit",
      argv: ["sh", "-c", `${build.join(" ")} >build/test/codec.log && build/native/cmake/codec_test`],
      beside,
    },
    {
      name: "c++ unit of the agent",
      argv: [
        "sh",
        "-c",
        "cmake --build build/agent/ninja --target agent_test >build/test/agent-test.log && build/agent/ninja/agent_test",
      ],
      beside,
    },
    // Long enough to try the seeds and what is near them; `make fuzz` looks further.
    {
      name: "fuzz",
      argv: [host.node, "scripts/fuzz.ts"],
      env: { FUZZ_SECONDS: "3" },
      skip: host.has("clang++") ? undefined : "clang++ is not installed",
      beside,
    },
    // The tarball, installed: its dependencies come from the registry, so not in a namespace without one. It puts the addon where others find it.
    vitest(host, "package", ["host"], { files: ["test/host/package"] }),
  ];
}

function privileged(host: Host): Round[] {
  const { root } = host;
  const skip = root === null ? "needs root, and there is no sudo" : undefined;
  const before = root ?? [];
  const noQemu = host.has("qemu-system-x86_64") ? undefined : "qemu-system-x86_64 is not installed";
  const boots = true;
  const rooms = readdirSync(path.join(host.top, "test/host"))
    .filter((room) => !["images", "package", "beside"].includes(room))
    .map((room) => `test/host/${room}/`);
  return [
    vitest(host, "contract", ["contract"], { before: [...before, ...NETNS], skip }),
    ...sanitizers(host, before, skip),
    baseImage(host, before, skip ?? noQemu),
    // Assembled from the archive, so not without a network; and first, since the VMM's tests boot the kernel that it brings.
    vitest(host, "images", ["host"], { before, files: ["test/host/images"], skip, boots }),
    vitest(host, "host", ["host"], { before: [...before, ...NETNS], files: rooms, skip, boots }),
    // With a sample of the matrix, on each change: what needs neither KVM nor device-mapper.
    vitest(host, "e2e", ["e2e", "matrix"], {
      before,
      env: { BANGER_MATRIX: "qemu-tcg-reflink,qemu-tcg-overlay" },
      after: AFTER_BASE,
      skip: skip ?? noQemu,
      boots,
    }),
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
    vitest(host, "sanitizers", ["contract", "host"], {
      before: [...before, ...NETNS, ...preload],
      files: ["test/contract/", ...hostops],
      env: {
        BANGER_ADDON: path.join(host.top, "build/asan/banger.node"),
        ASAN_OPTIONS: "detect_leaks=0",
        UBSAN_OPTIONS: "print_stacktrace=1",
      },
      skip,
    }),
  ];
}
