import type { Problem, Vmm } from "../../domain/ports.ts";
import type { StorageKind, VmRecord, VmSpec } from "../../domain/vm.ts";
import { BangerError, errorMessage } from "../../shared/errors.ts";
import { isThere } from "../../shared/is-there.ts";
import { MAKE_SPACE, noSpace } from "../../shared/space.ts";
import type { VmDeps } from "./deps.ts";
import { capabilityVm } from "./drivers.ts";
import type { SpacePromise } from "./space-promises.ts";

/** Room that logs, the config disk and the database take beside the disks. */
const SLACK_BYTES = 64 * 2 ** 20;

type WantedSpace = Omit<SpacePromise, "release">;

/**
 * VM-15: everything that a start needs is checked before it touches the host; all that is missing is said at once, each with its fix.
 * `vm` is null for one that is yet to be made.
 */
export async function preflight(
  deps: VmDeps,
  vmm: Pick<Vmm, "preflight" | "refusals">,
  wanted: VmSpec,
  space: WantedSpace | Promise<WantedSpace>,
  vm: VmRecord | null = null,
): Promise<void> {
  const found = await Promise.all([
    vmm.preflight(),
    vmm.refusals(wanted),
    deps.network.preflight(),
    spaceProblems(deps, space),
    vm === null ? [] : fileProblems(deps, vm),
    deps.capabilities.preflight(vm === null ? null : capabilityVm(deps, vm), wanted),
  ]);
  throwProblems(found.flat());
}

/** Storage whose VMs have only their changes in a file of their own: they need the image at every start. */
const STANDS_ON_IMAGE: ReadonlySet<StorageKind> = new Set(["overlay", "dm-snapshot"]);

/** The files that a VM which exists already needs for its next start. */
async function fileProblems(deps: VmDeps, vm: VmRecord): Promise<Problem[]> {
  const { rootDisk } = deps.paths(vm.id);
  const kernel = deps.library.kernelFile(vm.kernelName);
  const { rootfs } = deps.library.imageFiles({ id: vm.imageId });
  const files: [string, Problem][] = [
    [rootDisk, missing("the root disk", rootDisk, `delete the VM: \`banger vm rm ${vm.name}\``)],
    [kernel, missing(`kernel ${vm.kernelName}`, kernel, `\`banger kernel pull ${vm.kernelName}\``)],
    ...(STANDS_ON_IMAGE.has(vm.spec.storage)
      ? [
          [
            rootfs,
            missing(
              `image ${vm.imageName}, with which this VM shares its root,`,
              rootfs,
              `delete the VM: \`banger vm rm ${vm.name}\``,
            ),
          ] as [string, Problem],
        ]
      : []),
  ];
  const checks = files.map(([path, problem]) =>
    isThere(path).then(
      (there) => (there ? null : problem),
      (error) => ({
        ...problem,
        message: errorMessage(error),
        next: "see what the host's disk has: `dmesg`",
      }),
    ),
  );
  return (await Promise.all(checks)).filter((problem) => problem !== null);
}

async function spaceProblems(deps: VmDeps, space: WantedSpace | Promise<WantedSpace>): Promise<Problem[]> {
  const { neededBytes, promisedBytes } = await space;
  const found = await deps.freeBytes(deps.settings.stateDirectory);
  const free = Math.max(0, found.free - promisedBytes);
  const wanted = neededBytes + SLACK_BYTES;
  if (free >= wanted) return [];
  const directory = deps.settings.stateDirectory;
  const { code, message } = noSpace({ what: "a VM", directory, neededBytes: wanted, freeBytes: free });
  return [{ code, message, next: MAKE_SPACE }];
}

function missing(what: string, path: string, next: string): Problem {
  return { code: "ERR_FILE_MISSING", message: `${what} is not there (${path})`, next };
}

function throwProblems(problems: Problem[]): void {
  const [first, ...rest] = problems;
  if (first === undefined) return;
  if (rest.length === 0) throw new BangerError(first.code, first.message, { next: first.next });
  throw new BangerError("ERR_PREFLIGHT", problems.map((problem) => problem.message).join("; "), {
    next: problems.map((problem) => problem.next).join("; "),
    details: { problems },
  });
}
