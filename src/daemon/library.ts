import path from "node:path";
import type { Dirs } from "../config/paths.ts";
import { loadCatalog, mirrorFromEnvironment } from "../images/index.ts";
import { Library } from "../images/library.ts";
import type { PackageFiles } from "./package-files.ts";

export interface LibraryInput {
  readonly dirs: Dirs;
  readonly files: PackageFiles;
  readonly env: NodeJS.ProcessEnv;
}

/** Images and kernels of this state directory. ERR_CATALOG_INVALID. */
export async function openLibrary({ dirs, files, env }: LibraryInput): Promise<Library> {
  return new Library({
    catalog: await loadCatalog(files.catalog),
    imagesDirectory: dirs.images,
    kernelsDirectory: dirs.kernels,
    cacheDirectory: dirs.cache,
    logFile: path.join(dirs.logs, "images.log"),
    agentBinary: files.agent,
    ...mirrorFromEnvironment(env),
    now: () => new Date(),
  });
}
