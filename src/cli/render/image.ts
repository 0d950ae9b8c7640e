import { shortId } from "../../domain/vm.ts";
import type { ImageSummary } from "../../rpc/contract.ts";
import { manifestText } from "./manifest.ts";
import { bytes } from "./progress.ts";
import { sanitize } from "./sanitize.ts";
import type { Style } from "./style.ts";
import { details, table } from "./table.ts";
import { ago } from "./time.ts";

const HEADER = ["NAME", "ID", "KERNEL", "ROOTFS", "CREATED", "DESCRIPTION"];

export function imageTable(images: readonly ImageSummary[], now: Date, style: Style): string {
  const rows = images.map((image) => [
    sanitize(image.name),
    image.id === null ? "-" : shortId(sanitize(image.id)),
    sanitize(image.kernel),
    image.rootfsBytes === null ? "-" : bytes(image.rootfsBytes),
    image.createdAt === null ? style.dim("not pulled") : ago(image.createdAt, now),
    sanitize(image.description),
  ]);
  return table(
    HEADER.map((title) => style.bold(title)),
    rows,
  );
}

export function imageDetails(image: ImageSummary & { manifest: unknown }, now: Date, style: Style): string {
  const here = [
    ["id", sanitize(image.id ?? "-")],
    ["rootfs", image.rootfsBytes === null ? "-" : bytes(image.rootfsBytes)],
    [
      "created",
      image.createdAt === null ? "-" : `${sanitize(image.createdAt)} (${ago(image.createdAt, now)})`,
    ],
  ] as const;
  return (
    details([
      ["name", style.bold(sanitize(image.name))],
      ["description", sanitize(image.description)],
      ["kernel", sanitize(image.kernel)],
      ["here", image.local ? "yes" : `no; \`banger image pull ${sanitize(image.name)}\` gets it`],
      ...(image.local ? here : []),
    ]) + manifestText(image.manifest)
  );
}
