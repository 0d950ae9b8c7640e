import type { Capability } from "../../../../../src/domain/capability.ts";
import type { UndoScope } from "../../../../../src/shared/undo.ts";

export type Hook = Exclude<keyof Capability, "name" | "usage" | "isWhole">;

/** Writes down each hook that is called and each undo, and fails where it is told to. */
export function spyCapability(name: string, said: string[]) {
  let failing: Hook | null = null;
  const hook = async (which: Hook, scope?: UndoScope) => {
    said.push(`${name}.${which}`);
    if (failing === which) throw new Error(`${name} fails at ${which}`);
    scope?.defer(`${name}.${which}`, () => said.push(`${name}.undo ${which}`));
  };
  const capability: Capability = {
    name,
    async preflight() {
      if (failing !== "preflight") return [];
      return [{ code: "ERR_TEST_MISSING", message: `${name} lacks something`, next: "get it" }];
    },
    create: (_, scope) => hook("create", scope),
    beforeStart: (_, scope) => hook("beforeStart", scope),
    afterStart: (_, scope) => hook("afterStart", scope),
    afterCreateStopped: () => hook("afterCreateStopped"),
    adopt: () => hook("adopt"),
    afterStop: () => hook("afterStop"),
    delete: () => hook("delete"),
    reconfigure: (_at, _next, _running, scope) => hook("reconfigure", scope),
  };
  return {
    capability,
    failAt: (which: Hook | null) => {
      failing = which;
    },
  };
}
