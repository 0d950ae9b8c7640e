import { guarded } from "../../doctor/check.ts";
import { checkArtifact } from "../../doctor/checks/image.ts";
import { checkStore } from "../../doctor/checks/store.ts";
import type { DoctorCheck } from "../../domain/doctor.ts";
import type { ImageRecord } from "../../domain/image.ts";
import type { Library } from "../../images/library.ts";
import { lackingTools } from "../../images/requirements.ts";
import { openLibrary } from "../library.ts";
import { isThere } from "./facts.ts";
import type { DoctorScope } from "./run.ts";
import { reading } from "./running-vms.ts";

/** The store, and what new VMs are made of. */
export async function artifactChecks(scope: DoctorScope): Promise<DoctorCheck[]> {
  const { dirs, config } = scope;
  let image: ImageRecord | null = null;
  const store = await guarded("store", () =>
    checkStore(dirs.stateFile, () =>
      reading(scope, (state) => {
        image = state.images.byName(config.defaultImageName);
        return { vms: state.vms.list().length, images: state.images.list().length };
      }),
    ),
  );
  const found: ImageRecord | null = image;
  return [
    store,
    await guarded("image", async () => imageCheck(scope, await openLibrary(scope), found)),
    await guarded("kernel", async () => kernelCheck(scope, await openLibrary(scope), found)),
  ];
}

async function imageCheck(
  { config }: DoctorScope,
  library: Library,
  image: ImageRecord | null,
): Promise<DoctorCheck> {
  const name = config.defaultImageName;
  const files = image === null ? [] : Object.values(library.imageFiles(image));
  return checkArtifact("image", {
    name,
    local: image !== null,
    lost: await missingOf(files),
    inCatalog: library.catalogImages().some((entry) => entry.name === name),
    lacking: await lackingTools(),
    remove: null,
  });
}

async function kernelCheck(
  { config, dirs }: DoctorScope,
  library: Library,
  image: ImageRecord | null,
): Promise<DoctorCheck> {
  const entry = library.catalogImages().find(({ name }) => name === config.defaultImageName);
  const name = image?.kernelName ?? entry?.kernel ?? "no kernel";
  const local = (await library.kernel(name)) !== null;
  return checkArtifact("kernel", {
    name,
    local,
    lost: local ? await missingOf([library.kernelFile(name)]) : [],
    inCatalog: library.catalogKernels().some((each) => each.name === name),
    lacking: await lackingTools(),
    remove: `rm -r ${dirs.kernels}/${name}`,
  });
}

async function missingOf(files: readonly string[]): Promise<string[]> {
  const there = await Promise.all(files.map(isThere));
  return files.filter((_, index) => there[index] === false);
}
