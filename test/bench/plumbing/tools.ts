import { spawn } from "node:child_process";

/** Runs a program to its end and gives what it printed. */
export type Tool = (program: string, ...args: readonly (string | number)[]) => Promise<string>;

/** A standard tool, as a daemon that has no library calls it. @throws Error with its words when it fails. */
export const runTool: Tool = (program, ...args) =>
  new Promise((resolve, reject) => {
    const child = spawn(program, args.map(String), { stdio: ["ignore", "pipe", "pipe"] });
    const output = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const)
      child[name].on("data", (chunk) => {
        output[name] += chunk;
      });
    child.once("error", reject);
    child.once("close", (status, signal) => {
      if (status === 0) resolve(output.stdout.trim());
      else reject(new Error(`${program} ${args.join(" ")} ended with ${status ?? signal}: ${output.stderr}`));
    });
  });
