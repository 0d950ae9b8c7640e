/**
 * Runs the fuzz targets of the addon and of the agent, or those that are named: `node scripts/fuzz.ts [TARGET]...`, each for FUZZ_SECONDS
 * (10). What it learns stays in build/fuzz/corpus for the next time; an input that breaks something is left in build/fuzz/failures, and
 * the target's program takes it as its argument.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

const top = path.resolve(import.meta.dirname, "..");
const home = path.join(top, "build/fuzz");

interface Room {
  readonly source: string;
  /** Where the programs of a build of it are, below the build. */
  readonly programs: string;
  readonly flags: readonly string[];
  readonly targets: readonly string[];
}

const ROOMS: readonly Room[] = [
  {
    source: "native/fuzz",
    programs: ".",
    flags: [],
    targets: ["dm_reply", "dm_table", "netlink_reply", "netlink_message", "proc_stat"],
  },
  {
    source: "agent",
    programs: "fuzz",
    flags: ["-DBANGER_FUZZ=ON"],
    targets: ["tar", "frames", "reset", "listeners", "json"],
  },
];

/** A tool's output is shown when it fails, without libFuzzer's account of its progress, or with `V=1`. */
function run(program: string, args: readonly string[]): string {
  const { status, signal, error, stdout, stderr } = spawnSync(program, args, {
    cwd: top,
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  if (error) throw new Error(`${program} does not start: ${error.message}`);
  if (process.env.V === "1") process.stderr.write(stdout + stderr);
  else if (status !== 0) process.stderr.write((stdout + stderr).replaceAll(/^#\d+\s.*\n/gm, ""));
  if (status !== 0) throw new Error(`${path.basename(program)} ended with ${signal ?? `status ${status}`}`);
  return stdout + stderr;
}

function build(room: Room, targets: readonly string[]): string {
  const directory = path.join(home, room.source.replaceAll("/", "-"));
  const compiler = ["-DCMAKE_CXX_COMPILER=clang++", "-DCMAKE_BUILD_TYPE=RelWithDebInfo"];
  run("cmake", ["-G", "Ninja", "-S", room.source, "-B", directory, ...compiler, ...room.flags]);
  run("cmake", ["--build", directory, "--target", ...targets]);
  return directory;
}

/** Real archives of the formats that the config disk's reader knows, of names that take their extensions. */
function tarSeeds(directory: string): void {
  const tree = path.join(home, "tree");
  mkdirSync(path.join(tree, "d".repeat(90), "e".repeat(90)), { recursive: true });
  mkdirSync(directory, { recursive: true });
  writeFileSync(path.join(tree, "d".repeat(90), "e".repeat(90), `${"n".repeat(120)}.conf`), "x".repeat(700));
  writeFileSync(path.join(tree, "hostname"), "vm\n");
  for (const format of ["ustar", "gnu", "pax"]) {
    const names = format === "ustar" ? ["hostname"] : ["."];
    run("tar", ["-C", tree, `--format=${format}`, "-cf", path.join(directory, format), ...names]);
  }
}

/** This host's own sockets, and what docs/guest-protocol.md has as JSON. */
function agentSeeds(directory: string): void {
  const listeners = path.join(directory, "fuzz_listeners");
  const json = path.join(directory, "fuzz_json");
  for (const each of [listeners, json]) mkdirSync(each, { recursive: true });
  for (const name of ["tcp", "tcp6", "udp", "udp6"]) {
    const file = `/proc/net/${name}`;
    const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n").slice(0, 6) : [];
    writeFileSync(path.join(listeners, name), lines.map((line) => `${line}\n`).join(""));
  }
  for (const [name, value] of Object.entries(JSON_SEEDS)) {
    writeFileSync(path.join(json, name), JSON.stringify(value));
  }
}

const JSON_SEEDS = {
  nul: {
    protocol: 1,
    hostname: "vm",
    bootToken: "62",
    root: { init: "/sbin/init\0x" },
    work: { mount: "\0" },
    managed: ["etc/\0x"],
  },
  start: {
    argv: ["sh", "-c", "true"],
    env: { A: "1" },
    cwd: "/root",
    user: "root",
    tty: { rows: 24, cols: 80, term: "xterm" },
  },
  resize: { rows: 50, cols: 132 },
  signal: { signal: 15 },
  manifest: {
    protocol: 1,
    hostname: "vm",
    bootToken: "62616e676572",
    network: { mac: "02:00:00:00:00:02", address: "172.30.0.2/32", gateway: "172.30.0.1" },
    root: { grow: true, overlay: false, init: "/sbin/init" },
    work: { grow: true, mount: "/root" },
    clock: { unixNanoseconds: "1" },
    managed: ["etc/hostname"],
    shutdownGraceSeconds: 10,
  },
};

function fuzz(program: string, target: string, seconds: number): number {
  const corpus = path.join(home, "corpus", target);
  const seeds = path.join(home, "seeds", target);
  for (const directory of [corpus, seeds, path.join(home, "failures")])
    mkdirSync(directory, { recursive: true });
  let inputs = 0;
  // A host that stood still for a moment gets more time: a program that ends well without having tried anything has shown nothing.
  for (const time of [seconds, 20 * seconds]) {
    const output = run(program, [
      `-max_total_time=${time}`,
      "-timeout=120",
      "-rss_limit_mb=2048",
      "-print_final_stats=1",
      `-artifact_prefix=${path.join(home, "failures", target)}-`,
      corpus,
      seeds,
    ]);
    inputs = Number(/stat::number_of_executed_units:\s*(\d+)/.exec(output)?.[1] ?? 0);
    if (inputs > readdirSync(seeds).length) return inputs;
  }
  throw new Error(`${target} tried ${inputs} inputs`);
}

function main(asked: readonly string[]): void {
  const seconds = Number(process.env.FUZZ_SECONDS ?? "10");
  if (!Number.isInteger(seconds) || seconds < 1) throw new Error("FUZZ_SECONDS is a whole number of seconds");
  const unknown = asked.filter((name) => !ROOMS.some((room) => room.targets.includes(name)));
  const known = ROOMS.flatMap((room) => room.targets).join(", ");
  if (unknown.length > 0) throw new Error(`no target ${unknown.join(", ")}; there are ${known}`);
  for (const room of ROOMS) {
    const targets = room.targets.filter((name) => asked.length === 0 || asked.includes(name));
    if (targets.length === 0) continue;
    const names = targets.map((name) => `fuzz_${name}`);
    const native = room.source === "native/fuzz";
    const directory = build(room, native ? [...names, "seeds"] : names);
    if (native) run(path.join(directory, "seeds"), [path.join(home, "seeds")]);
    else agentSeeds(path.join(home, "seeds"));
    if (names.includes("fuzz_tar")) tarSeeds(path.join(home, "seeds/fuzz_tar"));
    for (const name of names) {
      const inputs = fuzz(path.join(directory, room.programs, name), name, seconds);
      process.stdout.write(`${name}: ${inputs} inputs in ${seconds} s, nothing found\n`);
    }
  }
}

try {
  main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`fuzz: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
