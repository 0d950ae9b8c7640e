import { expect } from "vitest";
import { HostError } from "../../../src/host/host-error.ts";

/** Rejects with a whole HostError: code, errno (negative, of that name), syscall and object are there. */
export async function expectHostError(promise: Promise<unknown>, code: string, errnoCode?: string) {
  const error = await promise.then(
    (value) => {
      throw new Error(`expected ${code}, but it succeeded with ${String(value)}`);
    },
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(HostError);
  const found = error as HostError;
  expect(found).toMatchObject({ code });
  if (errnoCode !== undefined) expect(found.errnoCode).toBe(errnoCode);
  expect(found.errno).toBeLessThan(0);
  expect(found.syscall).not.toBe("");
  expect(found.object).toBeTypeOf("string");
  expect(found.message).toContain(found.errnoCode);
  return found;
}
