import { buffer } from "node:stream/consumers";
import { pack } from "tar-stream";
import type { GuestFile } from "./guest-files.ts";
import { tooLarge } from "./synced-files.ts";

/** Of `banger/config.json` (docs/guest-protocol.md). */
const MAX_MANIFEST_BYTES = 1024 ** 2;
/** Linux looks for partitions on a disk that is no multiple of it sector by sector (block/bdev.c, set_init_blocksize). */
const PAGE_BYTES = 4096;

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

/** The config disk: the manifest first, then the files under `files/`. ERR_FILE_SYNC_TOO_LARGE. */
export async function configTar(
  manifest: ConfigManifest,
  files: readonly GuestFile[],
  now: Date,
): Promise<Buffer> {
  const tar = pack();
  const managed = files.filter((file) => file.type !== "directory").map((file) => file.path);
  const text = JSON.stringify({ ...manifest, managed });
  if (Buffer.byteLength(text) > MAX_MANIFEST_BYTES) throw tooLarge("more names than the manifest holds");
  const owner = { uid: 0, gid: 0, uname: "root", gname: "root", mtime: now };
  void tar.entry({ name: "banger/config.json", type: "file", mode: 0o600, ...owner }, text);
  for (const file of files) {
    const name = `files${file.path}`;
    if (file.type === "symlink") {
      void tar.entry({ name, type: "symlink", linkname: file.target, mode: 0o777, ...owner });
    } else {
      const { type, mode } = file;
      void tar.entry({ name, type, mode, ...owner }, file.type === "file" ? file.text : "");
    }
  }
  tar.finalize();
  const written = await buffer(tar);
  return Buffer.concat([written], Math.ceil(written.length / PAGE_BYTES) * PAGE_BYTES);
}
