/** What one run of the lab does, as a shell script that the machine reads from this host's filesystem. */
export interface Job {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Any string as one word of a POSIX shell. */
export function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

export function jobScript(job: Job): string {
  const exports = Object.entries(job.env).map(([name, value]) => `export ${name}=${quote(value)}\n`);
  return `${exports.join("")}cd ${quote(job.cwd)} || exit 125\nexec ${job.argv.map(quote).join(" ")}\n`;
}

/** Of this environment, what a command in the lab should see too. */
export function jobEnvironment(from: NodeJS.ProcessEnv, scratch: boolean): Record<string, string> {
  const env: Record<string, string> = { HOME: "/root", TERM: "dumb", LANG: "C.UTF-8", BANGER_LAB: "1" };
  if (scratch) env.TMPDIR = "/scratch";
  for (const [name, value] of Object.entries(from)) {
    if (value !== undefined && /^(PATH|CI|NO_COLOR|BANGER_[A-Z_]+)$/.test(name)) env[name] = value;
  }
  return env;
}
