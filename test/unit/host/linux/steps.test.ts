import { expect, it } from "vitest";
import type { Addon } from "../../../../src/host/linux/addon.ts";
import { ask, askBoth, atOnce, later, type Steps } from "../../../../src/host/linux/steps.ts";

function refusal(path: string): Error {
  return Object.assign(new Error(path), { errno: -2, syscall: "open", object: path });
}

function read(path: string): string {
  if (path.startsWith("/missing")) throw refusal(path);
  return path.slice(1);
}

const ADDON = { procRead: async (path: string) => read(path), sync: { procRead: read } } as unknown as Addon;

function* both(...paths: [string, string]): Steps<string> {
  const [first, second] = yield* askBoth(
    "two",
    (addon) => addon.procRead(paths[0]),
    (addon) => addon.procRead(paths[1]),
  );
  return first + second + (yield* ask("one", (addon) => addon.procRead(paths[0])));
}

function* orNothing(steps: Steps<string>): Steps<string> {
  try {
    return yield* steps;
  } catch (error) {
    return `nothing: ${(error as { code: string }).code}`;
  }
}

const twins = [
  { name: "later", run: async (steps: Steps<string>) => later(ADDON, steps) },
  { name: "at once", run: async (steps: Steps<string>) => atOnce(ADDON, steps) },
];

it.each(twins)("asks one after another, and answers, $name", async ({ run }) => {
  expect(await run(both("/a", "/b"))).toBe("aba");
});

it.each(twins)("throws a failure into the steps, as a HostError, $name", async ({ run }) => {
  expect(await run(orNothing(both("/a", "/missing")))).toBe("nothing: ERR_HOST_NOT_FOUND");
  await expect(run(both("/missing/1", "/b"))).rejects.toMatchObject({
    code: "ERR_HOST_NOT_FOUND",
    object: "/missing/1",
  });
});

it("answers on this very stack only at once", () => {
  expect(atOnce(ADDON, both("/a", "/b"))).toBe("aba");
  expect(later(ADDON, both("/a", "/b"))).toBeInstanceOf(Promise);
});
