/**
 * Golden dumps of device-mapper: what dmsetup(8) asks of /dev/mapper/control, and what the kernel answers, written down by an ioctl(2) that
 * is preloaded. Writes native/test/golden/dm.h; needs a C compiler, and a machine without other loop devices. Where there is no device-mapper:
 * `LAB_FETCH=native/test/golden/dm.h scripts/lab node scripts/golden/dm.ts`, which brings back what was written there.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";

const HEADER_BYTES = 312; // sizeof(struct dm_ioctl)

/** linux/dm-ioctl.h */
const [VERSION, LIST, CREATE, REMOVE, RENAME, SUSPEND, STATUS] = [0, 2, 3, 4, 5, 6, 7];
const [LOAD, DEPS, TABLE_STATUS, LIST_VERSIONS] = [9, 11, 12, 13];

interface Step {
  readonly command: string;
  /** Which ioctls are wanted of it, by name. */
  readonly wanted: Readonly<Record<string, number>>;
}

const STEPS: readonly Step[] = [
  { command: "dmsetup version", wanted: { version: VERSION } },
  {
    command: "dmsetup create bgr-base --readonly --uuid BANGER-bgr-base base.table",
    wanted: { create: CREATE, load: LOAD, resume: SUSPEND },
  },
  {
    command: "dmsetup create bgr-snap snap.table",
    wanted: { loadSnapshot: LOAD },
  },
  { command: "dmsetup info bgr-base", wanted: { info: STATUS } },
  { command: "dmsetup status bgr-snap", wanted: { status: TABLE_STATUS } },
  { command: "dmsetup table bgr-base", wanted: { table: TABLE_STATUS } },
  { command: "dmsetup table bgr-snap", wanted: { tableSnapshot: TABLE_STATUS } },
  { command: "dmsetup deps bgr-snap", wanted: { dependencies: DEPS } },
  { command: "dmsetup ls", wanted: { names: LIST } },
  { command: "dmsetup targets", wanted: { targets: LIST_VERSIONS } },
  { command: "dmsetup suspend --nolockfs bgr-snap", wanted: { suspend: SUSPEND } },
  { command: "dmsetup resume bgr-snap", wanted: {} },
  { command: "dmsetup rename bgr-snap bgr-new", wanted: { rename: RENAME } },
  { command: "dmsetup remove --deferred bgr-base", wanted: { removeDeferred: REMOVE } },
  { command: "dmsetup remove bgr-new", wanted: { remove: REMOVE } },
];

const PRELOADED = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <linux/dm-ioctl.h>
#include <linux/ioctl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static void note(char way, unsigned long request, const struct dm_ioctl *of) {
  FILE *log = fopen(getenv("GOLDEN_LOG"), "a");
  fprintf(log, "%c %lu ", way, _IOC_NR(request));
  for (unsigned at = 0; at < of->data_size; at++) fprintf(log, "%02x", ((const unsigned char *)of)[at]);
  fputc('\\n', log);
  fclose(log);
}

int ioctl(int fd, unsigned long request, ...) {
  va_list rest;
  va_start(rest, request);
  void *argument = va_arg(rest, void *);
  va_end(rest);
  int (*real)(int, unsigned long, ...) = dlsym(RTLD_NEXT, "ioctl");
  if (_IOC_TYPE(request) != DM_IOCTL) return real(fd, request, argument);
  note('S', request, argument);
  int result = real(fd, request, argument);
  if (result == 0) note('R', request, argument);
  return result;
}
`;

const directory = mkdtempSync(path.join(os.tmpdir(), "banger-golden-"));
const file = (name: string) => path.join(directory, name);
const run = (program: string, ...args: string[]) =>
  execFileSync(program, args, { cwd: directory, encoding: "utf8" }).trim();

function loop(name: string): string {
  writeFileSync(file(name), "");
  truncateSync(file(name), 4 * 2 ** 20);
  return run("losetup", "--find", "--show", file(name));
}

const numberOf = (device: string) => readFileSync(`/sys/block/${path.basename(device)}/dev`, "utf8").trim();

interface Calls {
  /** The last of each ioctl, by its number. */
  readonly sent: Map<number, Buffer>;
  readonly answered: Map<number, Buffer>;
}

function traced(command: string): Calls {
  const log = file("log");
  writeFileSync(log, "");
  const [program = "", ...args] = command.split(" ");
  execFileSync(program, args, {
    cwd: directory,
    stdio: ["ignore", "ignore", "inherit"],
    env: { ...process.env, LD_PRELOAD: file("preloaded.so"), GOLDEN_LOG: log },
  });
  const calls: Calls = { sent: new Map(), answered: new Map() };
  for (const line of readFileSync(log, "utf8").split("\n").filter(Boolean)) {
    const [way, number, hex = ""] = line.split(" ");
    (way === "S" ? calls.sent : calls.answered).set(Number(number), Buffer.from(hex, "hex"));
  }
  return calls;
}

/** Behind what was asked there is room for the answer. */
function withoutRoom(request: Buffer): Buffer {
  let end = request.length;
  while (end > HEADER_BYTES && request[end - 1] === 0) end -= 1;
  return request.subarray(0, Math.ceil(end / 8) * 8);
}

function constant(prefix: string, name: string, command: string, bytes: Buffer | undefined): string {
  if (bytes === undefined) throw new Error(`\`${command}\` makes no such call`);
  const lines = (bytes.toString("hex").match(/.{1,96}/g) ?? []).map((line) => `    "${line}"`);
  return `// ${command}\ninline constexpr const char* ${prefix}${name[0]?.toUpperCase()}${name.slice(1)} =\n${lines.join("\n")};\n`;
}

function main(target: string): void {
  writeFileSync(file("preloaded.c"), PRELOADED);
  run("cc", "-shared", "-fPIC", "-o", "preloaded.so", "preloaded.c");
  const [base, cow] = [loop("base"), loop("cow")];
  writeFileSync(file("base.table"), `0 2048 linear ${numberOf(base)} 0\n2048 4096 zero\n`);
  const parts: string[] = [];
  for (const { command, wanted } of STEPS) {
    if (command.endsWith(" snap.table")) {
      // By number: without udev there are no links of names.
      const origin = run(
        "dmsetup",
        "info",
        "-c",
        "--noheadings",
        "--separator",
        ":",
        "-o",
        "major,minor",
        "bgr-base",
      );
      const params = `${origin} ${numberOf(cow)} P 8`;
      writeFileSync(file("snap.table"), `0 2048 snapshot ${params}\n`);
      parts.push(`inline constexpr const char* kSnapshotParams = "${params}";\n`);
    }
    const { sent, answered } = traced(command);
    for (const [name, number] of Object.entries(wanted)) {
      const asked = sent.get(number);
      parts.push(constant("kSent", name, command, asked && withoutRoom(asked)));
      parts.push(constant("kAnswer", name, command, answered.get(number)));
    }
  }
  for (const device of [base, cow]) run("losetup", "--detach", device);
  const version = run("dmsetup", "--version").split("\n")[0]?.replace(/\s+/g, " ");
  const text = [
    "// clang-format off",
    `// Made by scripts/golden/dm.ts: what dmsetup (${version}) asks, and what Linux ${os.release().split("-")[0]} answers.`,
    "// Over 200 lines: dumps.",
    "#pragma once\n",
    "namespace banger::test::golden::dm {\n",
    ...parts,
    "} // namespace banger::test::golden::dm\n",
  ];
  writeFileSync(target, text.join("\n"));
}

try {
  main(path.resolve(process.argv[2] ?? path.resolve(import.meta.dirname, "../../native/test/golden/dm.h")));
} finally {
  rmSync(directory, { recursive: true });
}
