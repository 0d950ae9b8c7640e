import path from "node:path";
import type { Bench, Operation } from "../operation.ts";
import { makeFile, type Place, PREFIX } from "../place.ts";

const BACKING_BYTES = 2 ** 20;
const SECTORS = 2048;

/** Loop and device-mapper devices. */
export async function blockOperations({ host }: Bench, place: Place): Promise<Operation[]> {
  const file = await makeFile(path.join(place.plain.directory, "backing"), BACKING_BYTES);
  const mapper = await host.dm.available();
  const obstacle = mapper.ok ? null : mapper.reason;
  const attach = async (name: string) =>
    (await host.loop.attach({ backingFile: file, readOnly: false, name })).device;
  const detach = (device: string) => host.loop.detach(device);
  const zeros = { type: "zero", lengthSectors: BigInt(SECTORS) } as const;
  const create = (name: string) => host.dm.create({ name, table: [zeros], readOnly: false });
  const remove = (name: string) => host.dm.remove(name);
  const nameOf = async (run: number) => `${PREFIX}${run}`;
  return [
    {
      name: "loop-attach",
      prepare: nameOf,
      c: (name) => `loop-attach ${file} ${name}`,
      addon: attach,
      tools: (tool) => tool("losetup", "--find", "--show", file),
      undo: (_, device) => detach(device),
    },
    {
      name: "loop-detach",
      prepare: async (run) => attach(await nameOf(run)),
      c: (device) => `loop-detach ${device}`,
      addon: detach,
      tools: (tool, device) => tool("losetup", "--detach", device),
      undo: detach,
    },
    {
      name: "dm-create",
      obstacle,
      prepare: nameOf,
      c: (name) => `dm-create ${name} ${SECTORS}`,
      addon: create,
      tools: (tool, name) => tool("dmsetup", "create", "--noudevsync", "--table", `0 ${SECTORS} zero`, name),
      undo: async (name) => {
        await remove(name);
      },
    },
    {
      name: "dm-remove",
      obstacle,
      prepare: async (run) => (await create(await nameOf(run))).name,
      c: (name) => `dm-remove ${name}`,
      addon: remove,
      tools: (tool, name) => tool("dmsetup", "remove", "--noudevsync", name),
      undo: async (name) => {
        await remove(name);
      },
    },
  ];
}
