import { spawn } from "node:child_process";

/** Milliseconds from the start of a program to its end. @throws Error when it ends with a status other than 0. */
export function timeProcess(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const child = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"], env });
    let stderr = "";
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
    });
    child.once("error", reject);
    child.once("exit", (status, signal) => {
      const elapsed = performance.now() - start;
      if (status === 0) resolve(elapsed);
      else reject(new Error(`${program} ${args.join(" ")} ended with ${status ?? signal}: ${stderr}`));
    });
  });
}
