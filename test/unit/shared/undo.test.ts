import { describe, expect, it } from "vitest";
import { UndoScope, withUndo } from "../../../src/shared/undo.ts";

describe("undo scope", () => {
  it("releases last-in first-out, goes on when one fails, and joins the errors after the cause", async () => {
    const log: string[] = [];
    const failing = withUndo(async (scope) => {
      scope.defer("a", () => void log.push("a"));
      scope.defer("b", () => Promise.reject(new Error("b stays")));
      scope.defer("c", () => void log.push("c"));
      throw new Error("cause");
    });
    await expect(failing).rejects.toBeInstanceOf(AggregateError);
    const error = (await failing.catch((caught: unknown) => caught)) as AggregateError;
    expect(log).toEqual(["c", "a"]);
    expect(error.errors.map((each: Error) => each.message)).toEqual(["cause", "undo of b failed"]);
    expect(error.cause).toMatchObject({ message: "cause" });
  });

  it("keeps the cause itself when everything could be undone", async () => {
    const cause = new Error("cause");
    await expect(withUndo(() => Promise.reject(cause))).rejects.toBe(cause);
  });

  it("undoes nothing after commit, and takes nothing once closed", async () => {
    const scope = new UndoScope();
    let released = false;
    scope.defer("a", () => (released = true));
    scope.commit();
    expect(await scope.rollback()).toEqual([]);
    expect(released).toBe(false);
    expect(() => scope.defer("late", () => undefined)).toThrow("late");
  });
});
