import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import path from "node:path";
import type { BuildInfo } from "../../src/shared/build-info.ts";

function definitions(build: BuildInfo): Record<string, string> {
  return { BANGER_VERSION: build.version, BANGER_COMMIT: build.commit, BANGER_BUILD_TIME: build.time };
}

/** Runs a tool; its output is shown only when it fails, or with `V=1`. */
function run(top: string, command: string, args: string[]): void {
  const result = spawnSync(command, args, { cwd: top, encoding: "utf8", maxBuffer: 1 << 28 });
  const output = `${result.stdout ?? ""}${result.stderr ?? ""}`;
  if (process.env.V === "1" || result.status !== 0) process.stderr.write(output);
  if (result.error) throw new Error(`${command} does not start: ${result.error.message}`);
  if (result.status !== 0)
    throw new Error(`${command} ${args[0] ?? ""} ${args[1] ?? ""} ended with status ${result.status}`);
}

/**
 * Configures when the arguments are not those of the last time (a new build tuple changes them), then compiles what changed. CMake's
 * directories know their own place: in a tree that was moved they are made anew.
 */
function compile(top: string, directory: string, configure: () => void, key: object): void {
  const record = path.join(top, directory, "banger-configured.json");
  const wanted = JSON.stringify({ top, ...key });
  const last = existsSync(record) ? readFileSync(record, "utf8") : "{}";
  if (last !== wanted) {
    const { top: before = top } = JSON.parse(last) as { top?: string };
    if (before !== top) rmSync(path.dirname(record), { recursive: true, force: true });
    mkdirSync(path.dirname(record), { recursive: true });
    configure();
    writeFileSync(record, wanted);
  }
  run(top, "cmake", ["--build", directory, "--parallel", String(availableParallelism())]);
}

/**
 * `build/agent/banger-agent`: the static binary that is banger-init and banger-agent. By Ninja, which compiles again only the file
 * that a new build tuple concerns, where CMake's makefiles would compile all of them.
 */
export function makeAgent(top: string, build: BuildInfo): void {
  const directory = "build/agent/ninja";
  const values = { ...definitions(build), BANGER_OUTPUT_DIRECTORY: path.join(top, "build/agent") };
  const flags = Object.entries(values).map(([key, value]) => `-D${key}=${value}`);
  compile(
    top,
    directory,
    () => run(top, "cmake", ["-G", "Ninja", "-S", "agent", "-B", directory, ...flags]),
    values,
  );
}

/** `build/native/banger.node`: the addon. cmake-js configures, with the headers of the Node-API package; nothing is downloaded. */
export function makeAddon(top: string, build: BuildInfo): void {
  configuredAddon(top, "build/native/cmake", definitions(build));
}

/** `build/asan/banger.node`: the same with AddressSanitizer and UBSan in it. */
export function makeSanitizedAddon(top: string, build: BuildInfo): void {
  configuredAddon(top, "build/asan/cmake", { ...definitions(build), BANGER_NATIVE_SANITIZE: "ON" });
}

function configuredAddon(top: string, directory: string, values: Record<string, string>): void {
  const flags = Object.entries(values).map(([key, value]) => `--CD${key}=${value}`);
  const cmakeJs = "node_modules/cmake-js/bin/cmake-js";
  const args = [cmakeJs, "configure", "--directory", "native", "--out", directory, ...flags];
  compile(top, directory, () => run(top, process.execPath, args), { ...values, node: process.version });
}
