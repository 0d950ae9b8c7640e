import type { KernelSummary } from "../../rpc/contract.ts";
import { manifestText } from "./manifest.ts";
import { sanitize } from "./sanitize.ts";
import type { Style } from "./style.ts";
import { details, table } from "./table.ts";
import { ago } from "./time.ts";

const HEADER = ["NAME", "VERSION", "DISTRO", "IMPORTED"];

export function kernelTable(kernels: readonly KernelSummary[], now: Date, style: Style): string {
  const rows = kernels.map((kernel) => [
    sanitize(kernel.name),
    sanitize(kernel.version ?? "-"),
    sanitize(kernel.distro),
    kernel.importedAt === null ? style.dim("not pulled") : ago(kernel.importedAt, now),
  ]);
  return table(
    HEADER.map((title) => style.bold(title)),
    rows,
  );
}

export function kernelDetails(
  kernel: KernelSummary & { manifest: unknown },
  now: Date,
  style: Style,
): string {
  const { importedAt } = kernel;
  const here = [
    ["version", sanitize(kernel.version ?? "-")],
    ["sha256", sanitize(kernel.sha256 ?? "-")],
    ["imported", importedAt === null ? "-" : `${sanitize(importedAt)} (${ago(importedAt, now)})`],
  ] as const;
  return (
    details([
      ["name", style.bold(sanitize(kernel.name))],
      ["distro", sanitize(kernel.distro)],
      ["here", kernel.local ? "yes" : `no; \`banger kernel pull ${sanitize(kernel.name)}\` gets it`],
      ...(kernel.local ? here : []),
    ]) + manifestText(kernel.manifest)
  );
}
