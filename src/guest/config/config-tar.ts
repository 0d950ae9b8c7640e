import { buffer } from "node:stream/consumers";
import { type Headers, pack } from "tar-stream";
import type { GuestFile } from "./guest-files.ts";

/** `banger/config.json` (docs/guest-protocol.md), without `managed`, which follows from the files. */
export interface ConfigManifest {
  readonly protocol: 1;
  readonly vmId: string;
  readonly hostname: string;
  readonly bootToken: string;
  readonly network: { mac: string; address: string; gateway: string } | null;
  readonly root: { grow: boolean; init: string };
  readonly work: { mount: string; grow: boolean };
  readonly clock: { unixNanoseconds: string };
  readonly shutdownGraceSeconds: number;
}

/** The config disk: the manifest first, then the files under `files/`. A tar's length is a multiple of 512, as a disk's must be. */
export async function configTar(
  manifest: ConfigManifest,
  files: readonly GuestFile[],
  now: Date,
): Promise<Buffer> {
  const tar = pack();
  const managed = files.filter((file) => file.type === "file").map((file) => file.path);
  const owner = { uid: 0, gid: 0, uname: "root", gname: "root", mtime: now };
  const add = (headers: Headers, text?: string) => void tar.entry({ ...headers, ...owner }, text);
  add({ name: "banger/config.json", mode: 0o600, type: "file" }, JSON.stringify({ ...manifest, managed }));
  for (const file of files) {
    const headers = { name: `files${file.path}`, mode: file.mode, type: file.type };
    if (file.type === "file") add(headers, file.text);
    else add(headers);
  }
  tar.finalize();
  return buffer(tar);
}
