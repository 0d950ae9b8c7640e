/** The program behind scripts/lab, which says how it is called. */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { labInitramfs } from "./initramfs.ts";
import { jobEnvironment, jobScript } from "./job.ts";
import { labKernel } from "./kernel.ts";
import { MACHINE_FAILED, makeDisk, runMachine, STALLED } from "./machine.ts";

/** How many machines a job gets, where they stand still. */
const MACHINES = 4;
const top = path.resolve(import.meta.dirname, "../..");
const cache = path.join(top, "build/lab");

async function main(argv: string[]): Promise<number> {
  const {
    LAB_FETCH,
    LAB_MEM = "6G",
    LAB_SMP = "2",
    LAB_TIMEOUT = "900",
    LAB_DISK = "8G",
    LAB_DISK_FS = "xfs",
  } = process.env;
  const kernel = labKernel(cache);
  const initramfs = labInitramfs(cache, kernel);
  // Under /tmp, whatever TMPDIR says: its name goes on the kernel's command line, which takes no spaces.
  const directory = mkdtempSync("/tmp/banger-lab-");
  try {
    const disk = LAB_DISK !== "0";
    copyFileSync(path.join(import.meta.dirname, "machine.sh"), path.join(directory, "machine.sh"));
    symlinkSync(path.join(kernel.root, "lib/modules"), path.join(directory, "modules"));
    const env = jobEnvironment(process.env, disk);
    // The Node that runs this is the one that a command there finds.
    env.PATH = `${path.join(top, "build/toolchain/bin")}:${env.PATH ?? ""}`;
    writeFileSync(path.join(directory, "job.sh"), jobScript({ argv, cwd: process.cwd(), env }));
    const fetch = LAB_FETCH && path.resolve(LAB_FETCH);
    if (fetch) writeFileSync(path.join(directory, "fetch"), fetch);
    const timeoutSeconds = Number(LAB_TIMEOUT);
    const machine = { kernel, initramfs, directory, memory: LAB_MEM, cpus: LAB_SMP, timeoutSeconds, disk };
    const status = await runOnOneOf(MACHINES, () => {
      if (disk) makeDisk(directory, LAB_DISK, LAB_DISK_FS);
      return runMachine(machine);
    });
    const fetched = path.join(directory, "fetched");
    if (fetch && statSync(fetched).size > 0) {
      mkdirSync(path.dirname(fetch), { recursive: true });
      copyFileSync(fetched, fetch);
    }
    return status;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** A machine that stood still says nothing of the job, so the job gets another; the last one's is a failure. */
async function runOnOneOf(machines: number, run: () => Promise<number>): Promise<number> {
  for (let left = machines - 1; left >= 0; left -= 1) {
    const status = await run();
    if (status !== STALLED) return status;
    const then = left > 0 ? "starting another" : "giving up";
    process.stderr.write(`lab: the machine stands still, which is no result of the job; ${then}\n`);
  }
  return MACHINE_FAILED;
}

main(process.argv.slice(2)).then(
  (status) => {
    process.exitCode = status;
  },
  (error: Error) => {
    process.stderr.write(`lab: ${error.message}\n`);
    process.exitCode = 125;
  },
);
