/** Before it, vsock does not survive a restore (1.16.0), and the configuration file knows less. */
export const LEAST_VERSION = "1.16.1";
/** What banger was last tried with; a newer one is fine, and doctor says that it is newer. */
export const KNOWN_VERSION = "1.17.0";

/** The version that a Firecracker says at its start (`Running Firecracker v1.16.1`) or over its API; null where there is none. */
export function parseVersion(text: string): string | null {
  return /(?:^|Firecracker v|\bv)(\d{1,5}\.\d{1,5}\.\d{1,5})(?![\d.])/.exec(text)?.[1] ?? null;
}

/** As numbers, part by part: negative when `left` is older. */
export function compareVersions(left: string, right: string): number {
  const [a, b] = [left, right].map((version) => version.split(".").map(Number));
  for (let index = 0; index < 3; index++) {
    const difference = (a?.[index] ?? 0) - (b?.[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
