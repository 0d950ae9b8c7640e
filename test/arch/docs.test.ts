import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, it } from "vitest";
import { LIBRARY } from "../../scripts/make/library.ts";
import { undocumented } from "./rules/docs.ts";
import { TOP } from "./support/tree.ts";

it("what others import is commented, and its calls name the codes that they reject with", () => {
  expect(undocumented(TOP, Object.values(LIBRARY))).toEqual([]);
});

it("what is not, is found", () => {
  const project = mkdtempSync(path.join(os.tmpdir(), "banger-docs-"));
  try {
    const options = { module: "nodenext", target: "es2023", lib: ["es2023"], types: [], strict: true };
    writeFileSync(
      path.join(project, "tsconfig.json"),
      JSON.stringify({ compilerOptions: { ...options, allowImportingTsExtensions: true, noEmit: true } }),
    );
    writeFileSync(
      path.join(project, "index.ts"),
      `export * from "./inner.ts";
       export { hidden as shown } from "./inner.ts";
       /** Says all: ERR_HOST_BUSY. */
       export async function good(): Promise<void> {}
       /** Waits. */
       export async function silent(): Promise<void> {}
       /** Not a promise. */
       export const plain = (): number => 1;`,
    );
    writeFileSync(
      path.join(project, "inner.ts"),
      `export interface Bare { name: string }
       /** Rooms. */
       export interface RoomOps {
         readonly links: string;
         /** As {@link Others.get}. */
         like(): Promise<void>;
         /** Gets. */
         get(): Promise<void>;
         find(): Promise<void>;
       }
       /** All reject with ERR_HOST_BUSY. */
       export interface Others {
         readonly links: string;
         /** Gets. */
         get(): Promise<void>;
         find(): Promise<void>;
       }
       /** A class. */
       export class Implements implements Others {
         links = "";
         async get() {}
         async find() {}
         async more() {}
         async #own() {}
         run = () => this.#own();
       }
       const hidden = 1;
       export { hidden };`,
    );
    expect(undocumented(project, ["index.ts"])).toEqual([
      "Bare has no comment",
      "Implements.more has no comment",
      "Implements.run has no comment",
      "Others.find has no comment",
      "RoomOps.find has no comment",
      "RoomOps.get names no code",
      "RoomOps.links has no comment",
      "hidden has no comment",
      "silent names no code",
    ]);
  } finally {
    rmSync(project, { recursive: true });
  }
});
