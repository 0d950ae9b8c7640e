import { appendFile } from "node:fs/promises";
import path from "node:path";
import { CLI } from "../../e2e/support/sandbox.ts";
import { timeProcess } from "../harness/process.ts";
import { type MeasuredRow, measuredRow } from "../harness/report.ts";
import type { ExecVm } from "./exec-vm.ts";

export const WORKSPACE_ROWS = ["workspace-prepare", "workspace-prepare-again"] as const;
const REFERENCE = "git clone, tar | ssh";
/** Where the reference puts its copy: the same disk in the guest. */
const BESIDE = "/root/reference";

/**
 * A checkout brought into a VM: by `vm workspace prepare`, and by a shallow clone and the tracked files through tar and ssh. Then once more
 * with one file changed, against that first way's cost. The guest's disk is empty and written out before each.
 */
export async function workspaceRows(vm: ExecVm, repository: string, runs: number): Promise<MeasuredRow[]> {
  const { sandbox } = vm;
  const samples = { first: [] as number[], again: [] as number[], reference: [] as number[] };
  const prepare = () =>
    timeProcess(
      "nsenter",
      [`--net=/run/netns/${sandbox.netns}`, CLI, "vm", "workspace", "prepare", "bench", repository],
      sandbox.env,
    );
  const clean = () =>
    sandbox.ok("vm", "exec", "bench", "--", "sh", "-c", `rm -rf /root/repo ${BESIDE}; sync`);
  const ours = async () => {
    await clean();
    samples.first.push(await prepare());
    await appendFile(path.join(repository, "src/0/file-0.txt"), "// one more line\n");
    samples.again.push(await prepare());
  };
  const other = async () => {
    await clean();
    samples.reference.push(await timeProcess("sh", ["-ec", byHand(vm, repository)], sandbox.env));
  };
  for (let run = 0; run < runs; run++)
    for (const one of run % 2 === 0 ? [ours, other] : [other, ours]) await one();
  const row = (name: string, subject: number[]) =>
    measuredRow({ name, reference: REFERENCE, unit: "ms" }, { subject, reference: samples.reference });
  return [row("workspace-prepare", samples.first), row("workspace-prepare-again", samples.again)];
}

/** What a person types who has no banger. */
function byHand({ sandbox, ssh }: ExecVm, repository: string): string {
  const temp = path.join(sandbox.directory, "clone");
  const unpack = `mkdir ${BESIDE} && tar -x -C ${BESIDE}`;
  const login = ["nsenter", ...ssh([], unpack)].map((word) => `'${word}'`).join(" ");
  return `
    rm -rf ${temp}
    git clone --quiet --depth 10 --no-checkout file://${repository} ${temp}
    git -C ${repository} ls-files -z > ${temp}.list
    tar -c -C ${temp} .git -C ${repository} --null --files-from=${temp}.list | ${login}
    rm -rf ${temp}
  `;
}
