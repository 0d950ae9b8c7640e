import { buffer } from "node:stream/consumers";
import { pack } from "tar-stream";
import type { GuestFile } from "./guest-files.ts";

/** `banger/config.json` (docs/guest-protocol.md), without `managed`, which follows from the files. */
export interface ConfigManifest {
  readonly protocol: 1;
  readonly vmId: string;
  readonly hostname: string;
  readonly bootToken: string;
  readonly network: { mac: string; address: string; gateway: string } | null;
  /** `overlay`: the root disk is the image itself, read-only, and the upper disk goes over it. */
  readonly root: { grow: boolean; init: string; overlay: boolean };
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
  const add = (name: string, type: "file" | "directory", mode: number, text: string) =>
    void tar.entry({ name, type, mode, ...owner }, text);
  add("banger/config.json", "file", 0o600, JSON.stringify({ ...manifest, managed }));
  for (const file of files)
    add(`files${file.path}`, file.type, file.mode, file.type === "file" ? file.text : "");
  tar.finalize();
  return buffer(tar);
}
