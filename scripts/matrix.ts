/**
 * `make test-matrix`: every VMM with every storage driver, on this host what runs on it and in the lab what does not; writes
 * docs/matrix.md. Needs root; a `firecracker` on PATH for its cells.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { MatrixReport } from "../test/matrix/support/report.ts";
import { ALL_CELLS } from "../test/support/cells.ts";
import { merge, type PlacedReport, table } from "./suite/matrix-table.ts";

const top = path.resolve(import.meta.dirname, "..");
const VITEST = ["node_modules/vitest/vitest.mjs", "run", "--project", "matrix"];

interface Place {
  readonly name: string;
  /** A machine of its own for each entry: what one machine loses when it stands still is little. */
  readonly cells: readonly string[];
  /** The command that runs vitest; its report is brought back by the lab. */
  readonly before: readonly string[];
}

const LAB = "scripts/nested/lab-e2e";
const KVM_CELLS = ALL_CELLS.filter(({ accelerator }) => accelerator === "kvm").map(({ name }) => name);
const PLACES: readonly Place[] = [
  { name: "host", cells: ["*"], before: [] },
  { name: "lab", cells: KVM_CELLS, before: [LAB] },
  // Software emulation with device-mapper: the lab's machine without its KVM, which is its own to lose.
  {
    name: "lab without KVM",
    cells: ["qemu-tcg-dm-snapshot"],
    before: [LAB, "sh", "-c", 'rm /dev/kvm; exec "$@"', "sh"],
  },
];

function runAt(place: Place): PlacedReport[] {
  return place.cells.map((cells) => ({ place: place.name, report: runCells(place, cells) }));
}

function runCells(place: Place, cells: string): MatrixReport {
  const report = path.join("build/matrix", `${place.name}-${cells}.json`.replaceAll(/[ *]/g, "-"));
  rmSync(path.join(top, report), { force: true });
  process.stdout.write(`\n== matrix: ${place.name}, ${cells}\n`);
  const [program = process.execPath, ...args] = [...place.before, process.execPath, ...VITEST];
  const { status } = spawnSync(program, args, {
    cwd: top,
    stdio: "inherit",
    env: {
      ...process.env,
      BANGER_MATRIX: cells,
      BANGER_MATRIX_REPORT: report,
      ...{ LAB_FETCH: report, LAB_TIMEOUT: "3600", LAB_DISK: "12G" },
    },
  });
  if (status !== 0) process.exitCode = 1;
  const file = path.join(top, report);
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as MatrixReport) : {};
}

mkdirSync(path.join(top, "build/matrix"), { recursive: true });
const asked = process.argv.slice(2);
const reports = PLACES.filter(({ name }) => asked.length === 0 || asked.includes(name)).flatMap(runAt);
const text = table(merge(reports));
process.stdout.write(`\n${text}`);
// A part of the matrix says nothing about the rest: only a whole run is written down.
if (asked.length === 0) writeFileSync(path.join(top, "docs/matrix.md"), text);
